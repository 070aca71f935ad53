"""The options of every learning, and how it is told, interrupted and answered."""

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from armillary.cli.command import F, option, together
from armillary.cli.learn_progress import told
from armillary.cli.options import force_option, json_option, quiet_option, words_from
from armillary.cli.show import as_json, say_line
from armillary.language import say
from armillary.learning import Outcome, snapshot_of
from armillary.learning.conduct import METHODS

_PATH = click.Path(path_type=Path)
_COUNT = click.IntRange(1)

METHOD = (
    option("--method", default="skipgram", show_default=True, type=click.Choice(METHODS), help="How it is learned."),
    option("--vector-size", type=_COUNT, help="Numbers in a vector (100)."),
    option("--window", type=_COUNT, help="Words on each side that count as near (5; GloVe 15)."),
    option("--negative", type=click.IntRange(0), help="Random words that each centre is told apart from (5)."),
    option("--hs", is_flag=True, default=None, help="Hierarchical softmax in place of negative samples."),
    option("--ns-exponent", type=float, help="The power of the counts that random words are drawn by (0.75)."),
    option("--sample", type=float, help="Words more frequent than this part of the text are thinned out (0.001); 0 "
           "keeps all."),
    option("--epochs", type=_COUNT, help="Times through the text (5; GloVe 25)."),
    option("--alpha", type=float, help="The learning rate at the start (0.025; CBOW 0.05)."),
    option("--min-alpha", type=float, help="The learning rate at the end (0.0001)."),
    option("--x-max", type=float, help="GloVe: the count from which on a pair weighs in full (100)."),
    option("--seed", type=click.IntRange(0), help="The seed of all that is drawn at random (1)."),
    option("--shards", type=click.IntRange(0), help="Parts of the text that learn side by side; the result depends on "
           "it. Unsaid, as many as the text is worth and memory allows."),
    option("--workers", type=click.IntRange(0), help="Threads; they change no byte of the result. One for each "
           "processor."),
)
CONDUCT = (
    option("--start", metavar="TARGET", help="Begin with these vectors: a file, a folder, or a name on the shelf."),
    option("--freeze", greedy=True, metavar="WORD...", help="Words that keep the vectors they begin with; @FILE reads "
           "them from a file, one a line."),
    option("--held-out", type=float, metavar="PART", help="Learn without this part of the sentences (0.01, say) and "
           "measure the loss on it after each epoch."),
    option("--patience", type=_COUNT, help="Stop when the loss on held-out text has not fallen for so many epochs; "
           "holds out 0.01 unless told otherwise."),
    option("--watch", metavar="WORD,WORD", help="Record the way of these words while they are learned, in OUT.watch."),
    option("--snapshot-seconds", type=click.FloatRange(0), metavar="SECONDS",
           help="How often all is saved beside the output, in OUT.learning (60)."),
    option("--resume", is_flag=True, help="Go on from what an interrupted learning saved; the result is that of one "
           "that was never interrupted."),
    force_option,
    json_option,
    quiet_option,
)
out_option = option("--out", required=True, type=_PATH, metavar="SPACE", help="The space to write, a folder.")


def learning_options(*of_the_text: Callable[[F], F]) -> Callable[[F], F]:
    """The options of a learning: its output, those of the text, of the method, and of how it goes."""
    return together(out_option, *of_the_text, *METHOD, *CONDUCT)


def run(learn: Callable[[dict[str, Any]], Outcome], out: Path, settings: dict[str, Any]) -> int:
    """Learn, tell, answer; gives the exit code: 0, or 130 where it was interrupted."""
    json_, quiet = settings.pop("json_"), settings.pop("quiet")
    settings["freeze"] = [word for argument in settings["freeze"] for word in words_from(argument)]
    settings["watch"] = [word for word in (settings["watch"] or "").split(",") if word]
    settings = {name: value for name, value in settings.items() if value not in (None, [], ())}
    with resumable(out), told(quiet) as progress:
        outcome = learn({**settings, "progress": progress})
    answer(lambda: facts(outcome, out), lambda: _tell(outcome, out), json_, quiet)
    return 0


@contextmanager
def resumable(out: Path) -> Iterator[None]:
    """Of what is broken off inside the `with` block, it is said how to go on; the exit code is 130."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"armillary: {_how_to_resume(out)}", err=True)
        raise click.exceptions.Exit(130) from None


def answer(facts: Callable[[], dict[str, Any]], tell: Callable[[], None], json_: bool, quiet: bool) -> None:
    """Tell what came of it: as JSON, in words, or not at all."""
    if json_:
        as_json(facts())
    elif not quiet:
        tell()


def _how_to_resume(out: Path) -> str:
    """What to say where a learning was interrupted."""
    if not snapshot_of(out).exists():
        return say("interrupted; nothing was written")
    words = [word for word in sys.argv[1:] if word not in ("--resume", "--force")]
    command = shlex.join(["armillary", *words, "--resume"])
    return say("interrupted; all is saved in {snapshot}. Go on with: {command}",
               snapshot=str(snapshot_of(out)), command=command)


def facts(outcome: Outcome, out: Path) -> dict[str, Any]:
    """The answer as JSON."""
    space, learned = outcome.space, outcome.space.origin["learned"]
    return {
        "out": str(out), "method": learned["method"], "words": outcome.words, "vocabulary": len(space),
        "vector_size": space.dim, "epochs": len(outcome.loss), "loss": list(outcome.loss),
        "held_out": list(outcome.held_out), "words_per_second": outcome.words_per_second, "seconds": outcome.seconds,
        "sha256": outcome.sha256, "settings": {**learned, "text": space.origin["text"]},
        "notes": [str(note) for note in outcome.notes],
        "watched": None if outcome.watched is None else str(outcome.watched),
    }


def _tell(outcome: Outcome, out: Path) -> None:
    say_line(say("{out}: {rows:,} points of {dim} numbers, learned from {words:,} words in {seconds:.1f} s",
                 out=str(out), rows=len(outcome.space), dim=outcome.space.dim, words=outcome.words,
                 seconds=outcome.seconds))
    if outcome.loss:
        glove = outcome.space.origin["learned"]["method"] == "glove"
        unit = say("squared nats a count") if glove else say("nats a pair")
        say_line(say("loss by epoch, {unit}: {losses}", unit=unit, losses=_listed(outcome.loss)))
    if outcome.held_out:
        say_line(say("on held-out text: {losses}", losses=_listed(outcome.held_out)))
    if outcome.words_per_second:
        say_line(say("{rate:,.0f} words/s", rate=outcome.words_per_second))
    if outcome.watched is not None:
        say_line(say("the way of the watched words: {path}", path=str(outcome.watched)))
    say_line(say("SHA-256 of the vectors: {sha256}", sha256=outcome.sha256))


def _listed(losses: Any) -> str:
    """Up to twelve losses: the first, the last, and some between."""
    shown = [f"{loss:.3f}" for loss in losses]
    return " ".join(shown if len(shown) <= 12 else [*shown[:6], "…", *shown[-5:]])

