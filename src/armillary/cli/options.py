"""Options and arguments that several commands share, and how a command opens what it is pointed at."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click import Choice, Context, Parameter, get_current_context
from click.shell_completion import CompletionItem

from armillary.cli.command import F, option, together
from armillary.cli.progress import progress
from armillary.cli.show import warn
from armillary.errors import ArmillaryWarning, DamagedFile, InputError, NotFound
from armillary.language import printable, say

if TYPE_CHECKING:
    from armillary.formats.points import Accept
    from armillary.language_model import LanguageModel
    from armillary.space import Space
else:
    Accept = Space = Any  # imported where something is opened: count opens nothing, and NumPy takes its time


def complete_target(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """What the shell offers for a TARGET: names on the shelf, or else files."""
    from armillary.shelf import Shelf  # only the shell asks

    shelf = Shelf()
    names = [one.name for one in shelf.entries if one.name.startswith(incomplete)]
    return [CompletionItem(name) for name in names if shelf.here(name) or param.name == "names"] or [
        CompletionItem(incomplete, type="file")
    ]


in_option = option("--in", "target", required=True, metavar="TARGET", shell_complete=complete_target,
                   help="A file, a folder, or a name on the shelf.")


def _remember(ctx: Context, param: Parameter, chosen: str | None) -> None:
    ctx.meta[_POINTS] = chosen


_POINTS = "armillary.points"
points_option = option(
    "--points", type=Choice(["W_E", "W_U"]), expose_value=False, callback=_remember,
    help="Of a language model: W_E, the rows that tokens start from (if unsaid), or W_U, the columns that score them.",
)
"""For every command that calls `opened`, which looks there."""
json_option = option("--json", "json_", is_flag=True, help="One JSON object on stdout, for programs.")
quiet_option = option("--quiet", is_flag=True, help="No progress and no warnings.")
columns_option = option(
    "--columns", is_flag=True, help="Draw tokens, or their places, as columns; unsaid, they are rows.",
)
"""For every command that draws tokens against something: one switch that transposes its pictures."""
force_option = option("--force", is_flag=True, help="Replace the output if it is there.")
seed_option = option("--seed", default=0, show_default=True, help="The seed of all that is drawn at random.")


def accept_options(function: F) -> F:
    """The flags that let a reader pass what it refuses by default (see `formats.points.Accept`)."""
    return together(
        option("--short", is_flag=True, help="Take a file with fewer rows than its header says."),
        option("--drop-nonfinite", is_flag=True, help="Leave out rows with NaN or infinity."),
        option("--huge", is_flag=True, help="Lift the limits on lines and on what unpacks to how much."),
    )(function)


def opened(
    target: str, quiet: bool = False, accept: Accept | None = None, limit: int | None = None, choice: bool = True
) -> Space:
    """The space that a command is pointed at, of a model the one that --points names (unless `choice` is False).

    What was odd about its file goes to stderr.
    """
    from armillary.formats.points import STRICT
    from armillary.opening import open_space as open_target

    points = chosen_points() if choice else None
    with warnings.catch_warnings(), progress(say("opening {target}", target=printable(target)), quiet):
        warnings.simplefilter("ignore", ArmillaryWarning)
        space = open_target(target, accept or STRICT, limit, points)
    if not quiet:
        warn(space.notes)
    return space


def chosen_points() -> Any:
    """What --points says, or None."""
    return get_current_context().meta.get(_POINTS)


def encoder_at(target: str) -> "LanguageModel | None":
    """The encoder that a command is pointed at, to read whole texts; None of anything else, or if --points is given."""
    from armillary.formats.store import is_store
    from armillary.opening import WITH_MODEL, located, open_model

    path = located(target, ("points", *WITH_MODEL))
    if chosen_points() or is_store(path):
        return None
    from armillary.language_model import is_model

    if not is_model(path):
        return None
    from armillary.published.sentences import is_encoder

    model = open_model(target)
    return model if is_encoder(model.config) else None


def lines_of(argument: str) -> Iterator[str]:
    """`argument` itself, or where it is `-` the lines of stdin that are not empty."""
    if argument != "-":
        yield argument
        return
    for _, line in lines_in(Path(argument)):
        yield line


def lines_in(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file (`-` is stdin) that are not empty, with their numbers, from 1.

    Raises:
        NotFound: no such file.
        DamagedFile: a line is not UTF-8.
    """
    stdin = str(path) == "-"
    if not (stdin or path.exists()):
        raise NotFound("there is no file {path}", path=str(path))
    with nullcontext(sys.stdin.buffer) if stdin else path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise DamagedFile(path, "line {number} is not text in UTF-8", number=number) from error
            if text:
                yield number, text


def pairs_of(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """`cat:cats dog:dogs` as pairs.

    Raises:
        InputError: a word without a colon between two others.
    """
    pairs = []
    for word in words:
        first, colon, second = word.partition(":")
        if not (first and colon and second):
            raise InputError("{word!r} is no pair: write two words with a colon between, as in cat:cats", word=word)
        pairs.append((first, second))
    return pairs


def words_from(argument: str) -> list[str]:
    """The words of a file, one a line, if `argument` names one (`@FILE`); else the argument itself."""
    if not argument.startswith("@") or len(argument) == 1:
        return [argument]
    return [line for _, line in lines_in(Path(argument[1:]))]
