"""inside: what was asked, read from the command line: the model, the text, the position, the token, what is changed."""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from armillary.cli.progress import progress
from armillary.errors import ArmillaryWarning, InputError
from armillary.language import printable, say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel
    from armillary.trace.run import Run


@dataclass(frozen=True)
class Asked:
    """A question.

    Attributes:
        model: the opened model.
        run: the text on its way, with the changes that were asked for.
        position: the position that is looked at.
        count: how many lines to show.
        columns: draw those who listen as columns.
        quiet: no progress.
    """

    model: "LanguageModel"
    run: "Run"
    position: int
    count: int
    columns: bool
    quiet: bool


@dataclass(frozen=True)
class View:
    """An answer, to be told, written as JSON, or drawn.

    Attributes:
        facts: gives what JSON tells.
        tell: prints it for people.
        svg: draws it.
        html: draws it to be turned; None where that helps nobody.
    """

    facts: Callable[[], dict[str, Any]]
    tell: Callable[[], None]
    svg: Callable[[], str]
    html: Callable[[], str] | None = None


def opened_inside(target: str, quiet: bool, dtype: str, device: str) -> "LanguageModel":
    """The model that is looked into, its weights read: any, not only those that write."""
    from armillary.opening import open_model

    with warnings.catch_warnings(), progress(say("opening {target}", target=printable(target)), quiet):
        warnings.simplefilter("ignore", ArmillaryWarning)
        model = open_model(target, dtype, device)
        _ = model.transformer
    return model


def place_of(run: "Run", written: str) -> int:
    """A position as people write it: its number, or a word, whose last token is meant.

    Raises:
        InputError: the text has no such position, or not the word.
    """
    from armillary.trace.where import inside

    if re.fullmatch(r"-?\d+", written):
        return inside(int(written), len(run))
    return run.position(written)


def several_tokens(run: "Run", written: str) -> list[str]:
    """The tokens of a word that is written as a position, if it is more than one."""
    if re.fullmatch(r"-?\d+", written):
        return []
    last = run.position(written)
    start = run.read.text.rindex(written)
    first = next(place for place, piece in enumerate(run.read.pieces) if piece.end > start)
    return [] if first == last else run.read.names[first : last + 1]


def token_of(model: "LanguageModel", written: str) -> int:
    """A token as people write it: the word with a space before it if that is one token, else without; quoted, exactly.

    Raises:
        InputError: it is several tokens.
    """
    exact = len(written) > 2 and written[0] == written[-1] == '"'
    texts = [written[1:-1]] if exact else [f" {written}", written]
    cut = [model.tokenizer.encode(text).tolist() for text in texts]
    found = next((ids for ids in cut if len(ids) == 1), None)
    if found is None:
        pieces = [one.text or f"<{one.bytes.hex()}>" for one in model.tokenizer.tokens(texts[-1])]
        raise InputError("{written!r} is {count} tokens of this model ({pieces}); ask about one of them",
                         written=written, count=len(pieces), pieces=" ".join(pieces))
    return int(found[0])


def numbered(run: "Run", most: int = 40) -> list[str]:
    """The tokens with their positions; of a long text the first and the last."""
    from armillary.trace.pictures import seen

    named = [f"{place}:{seen(name)}" for place, name in enumerate(run.read.names)]
    if len(named) <= most:
        return named
    return [*named[: most // 2], "…", *named[-most // 2 :]]


def cut(names: Sequence[str]) -> str:
    """Tokens in a row, to be seen apart."""
    from armillary.trace.pictures import seen

    return "│".join(map(seen, names))
