"""What the commands share in which a text becomes a model: their options, and how they go."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from armillary.cli.command import F, option, together
from armillary.cli.learn_basics_progress import told
from armillary.cli.learn_options import answer, resumable
from armillary.cli.options import force_option, json_option, quiet_option
from armillary.extras import need
from armillary.learning.self_supervised.reports import Progress

_COUNT = click.IntRange(1)


def basic_options(function: F) -> F:
    """Where the model goes, how long it learns, how large it is, how it goes on."""
    return together(
        option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where the model goes."),
        option("--minutes", default=2.0, show_default=True, type=click.FloatRange(0, min_open=True),
               help="How long it learns; the model is as large as is good for that time."),
        option("--steps", type=_COUNT, help="So many steps, not what the pace of this machine gives: repeats an "
               "earlier plan, bit for bit."),
        option("--d-model", type=_COUNT, help="Numbers in a point; unsaid, by the time."),
        option("--n-layers", type=_COUNT, help="Blocks; unsaid, by the time."),
        option("--context", type=click.IntRange(2), help="Tokens in a window; unsaid, by the time."),
        option("--batch", type=_COUNT, help="Windows in a step; unsaid, by the time."),
        option("--seed", default=1, show_default=True, type=click.IntRange(0),
               help="The seed of all that is drawn at random."),
        option("--snapshot-seconds", default=60.0, type=click.FloatRange(0), metavar="SECONDS",
               help="How often all is saved beside the output, in OUT.learning (60)."),
        option("--resume", is_flag=True, help="Go on from what an interrupted learning saved; the result is that of "
               "one that was never interrupted."),
        option("--share", is_flag=True, help="Under torchrun each process holds some rows of every matrix, not all of "
               "the model, while it learns: for one that does not fit."),
        force_option, json_option, quiet_option,
    )(function)


def run(
    kind: str, learn: Callable[[Progress], Any], tell: Callable[[Any], None], out: Path, json_: bool, quiet: bool
) -> int:
    """Learn, and tell the card of what came of it; of several processes the first does. Gives the exit code."""
    need("torch")
    from armillary.train.together import is_first, join

    join()
    with resumable(out), told(quiet or not is_first(), kind) as progress:
        card = learn(progress)
    if is_first():
        answer(card.facts, lambda: tell(card), json_, quiet)
    return 0
