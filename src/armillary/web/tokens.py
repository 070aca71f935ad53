"""Tokens: a text cut by a tokenizer, and how byte pairs merge to get there."""

from dataclasses import dataclass
from typing import Annotated

from armillary.errors import InputError
from armillary.text.byte_pairs import BytePairs
from armillary.text.merges import merge_steps
from armillary.web.library import Library
from armillary.web.route import Route
from armillary.web.schema import Name, Size, Text


@dataclass(frozen=True)
class CutQuestion:
    """A text, and the tokenizer that is to cut it."""

    id: Name
    text: Text
    special: bool = False


@dataclass(frozen=True)
class Piece:
    """A token: its id, the characters that begin in it, its bytes in hexadecimal, the characters that it covers."""

    id: int
    text: str
    bytes: str
    start: int
    end: int
    special: bool


@dataclass(frozen=True)
class Cut:
    """A text in tokens; `characters` and `bytes` are those of the text as the tokenizer sees it."""

    kind: str
    vocabulary: int
    characters: int
    bytes: int
    tokens: tuple[Piece, ...]


@dataclass(frozen=True)
class MergeQuestion:
    """A short text whose merges are to be seen."""

    id: Name
    text: Annotated[str, Size(2_000)]


@dataclass(frozen=True)
class Merged:
    """A stretch of the text, and its parts before the first merge and after each."""

    stretch: str
    steps: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Merges:
    """The stretches of a text; none merges beyond another."""

    stretches: tuple[Merged, ...]


def cut(library: Library, asked: CutQuestion) -> Cut:
    """The tokens of a text."""
    tokenizer = library.tokenizer(asked.id)
    found = tokenizer.tokens(asked.text, asked.special)
    seen = tokenizer.normalised(asked.text)
    pieces = tuple(Piece(one.id, one.text, one.bytes.hex(), one.start, one.end, one.special) for one in found)
    return Cut(tokenizer.kind, len(tokenizer), len(seen), len(seen.encode()), pieces)


def merges(library: Library, asked: MergeQuestion) -> Merges:
    """How the bytes of a text merge, step by step."""
    tokenizer = library.tokenizer(asked.id)
    if not isinstance(tokenizer, BytePairs):
        raise InputError("{kind} does not merge pairs, so there are no merges to see; choose a tokenizer of byte "
                         "pairs, such as cl100k_base", kind=tokenizer.kind)
    return Merges(tuple(_merged(tokenizer, stretch) for stretch in tokenizer.stretches(asked.text)))


def _merged(tokenizer: BytePairs, stretch: str) -> Merged:
    atoms = [one.encode() for one in stretch] if tokenizer.writing.spaces else ()
    steps = merge_steps(stretch.encode(), tokenizer.ranks, atoms)
    return Merged(stretch, tuple(tuple(map(_part, parts)) for parts in steps))


def _part(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError:
        return f"<{part.hex()}>"


ROUTES = (
    Route("tokens", "The tokens of a text.", CutQuestion, Cut, cut),
    Route("merges", "How byte pairs merge, step by step.", MergeQuestion, Merges, merges),
)
