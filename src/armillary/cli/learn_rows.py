"""What the learnings from rows with an answer share: their options, how they are told, interrupted and answered."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from armillary.cli.command import F, option, together
from armillary.cli.learn_options import answer, resumable
from armillary.cli.learn_progress import as_line, bar_with_figures, clock, listener
from armillary.cli.options import force_option, json_option, quiet_option
from armillary.extras import need
from armillary.language import Note, printable, say
from armillary.learning.supervised.figures import Part
from armillary.learning.supervised.reports import Progress, Stage, nobody

_COUNT = click.IntRange(1)


def rows_options(function: F) -> F:
    """The options that they share."""
    return together(
        option("--held-out", default=0.2, show_default=True, metavar="PART",
               type=click.FloatRange(0, 1, min_open=True, max_open=True),
               help="The part of the rows that is not learned from; all is measured on it."),
        option("--steps", type=_COUNT, help="How many steps; unsaid, by the number of rows."),
        option("--batch", default=64, show_default=True, type=_COUNT, help="Rows in a step."),
        option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The seed of all that is drawn at "
               "random."),
        option("--snapshot-seconds", default=60.0, type=click.FloatRange(0), metavar="SECONDS",
               help="How often all is saved beside the output, in OUT.learning (60)."),
        option("--resume", is_flag=True, help="Go on from what an interrupted learning saved; the result is that of "
               "one that was never interrupted."),
        force_option, json_option, quiet_option,
    )(function)


def run(learn: Callable[[Progress], Any], tell: Callable[[Any], None], out: Path, json_: bool, quiet: bool) -> int:
    """Learn, and tell the card of what came of it; gives the exit code."""
    need("torch")
    with resumable(out), _told(quiet) as progress:
        card = learn(progress)
    answer(card.facts, lambda: tell(card), json_, quiet)
    return 0


def shown(part: Part) -> tuple[str, str]:
    """An accuracy and its interval, as cells."""
    return f"{part.accuracy:.1%}", f"{part.low:.1%} – {part.high:.1%}"


def _told(quiet: bool) -> AbstractContextManager[Progress]:
    """Whom to tell how far it is."""
    return listener(quiet, nobody, _bar, lambda: _line)


def _line(told: Stage | Note) -> None:
    """A line of JSON for each note, and for each look at the held-out rows."""
    if isinstance(told, Note):
        as_line({"note": str(told)})
    elif told.held_out is not None:
        as_line(asdict(told))


@contextmanager
def _bar() -> Iterator[Progress]:
    with bar_with_figures() as (screen, move):
        def show(told: Stage | Note) -> None:
            if isinstance(told, Note):
                return screen.print(f"armillary: {printable(str(told))}", markup=False)
            if told.held_out is not None:
                screen.print(say("step {step:,}: {figure:.3f} on held-out rows", step=told.step, figure=told.held_out),
                             markup=False)
            move(description=say("step {step:,} of {steps:,}", step=told.step, steps=told.steps),
                 total=told.steps, completed=told.step, figures=told.figures(), left=clock(told.seconds_left))
            return None

        yield show
