"""TEXT <-> TOKENS: what every tokenizer does, whatever it was made with and wherever it was read from.

    tokenizer.encode("小沈阳")      ids, as an array
    tokenizer.tokens("小沈阳")      the same with the bytes and the place of each
    tokenizer.decode(ids)          the text again; decode_bytes, to the byte

What looks like a special token in a text is text, unless `special=True` says otherwise: text that somebody else wrote
must not end a document or speak for the system.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import SupportsInt

import numpy as np

from armillary.errors import InputError
from armillary.language import Note
from armillary.shapes import UInt32

Ids = UInt32[np.ndarray, "n"]
SomeIds = Iterable[SupportsInt] | Ids


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a text.

    A character that is split over several tokens belongs, as text, to the one that has its first byte: the `text` of
    all tokens in a row is the text, with each character in it once.

    Attributes:
        id: its row in the model's table.
        text: the characters that begin in it; "" where it only goes on with one.
        bytes: what it stands for, in UTF-8.
        start, end: the characters of the text that it covers, in whole or in part.
        byte_start, byte_end: the bytes of the text in UTF-8 that it covers.
        special: whether it is one of the special tokens rather than text.
    """

    id: int
    text: str
    bytes: bytes
    start: int
    end: int
    byte_start: int
    byte_end: int
    special: bool = False


@dataclass(frozen=True)
class Added:
    """A token that is looked for in the text before all others.

    Attributes:
        text: how it is written.
        id: its row in the model's table.
        special: whether it counts only where special tokens are asked for.
        left, right: whether it takes the white space on that side along.
    """

    text: str
    id: int
    special: bool = True
    left: bool = False
    right: bool = False


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The tokens of a tokenizer.

    Attributes:
        pieces: the bytes that each id stands for, special ones as they are written.
        added: those that are looked for first.
        format: the format of the file, as `armillary info` prints it.
        before, after: ids that the model expects around a text.
        notes: what was odd about the file and accepted.
    """

    pieces: Mapping[int, bytes]
    added: Sequence[Added] = ()
    format: str = ""
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()

    @cached_property
    def special(self) -> dict[str, int]:
        """The special tokens as they are written, with their ids, in the order of these."""
        return {one.text: one.id for one in sorted(self.added, key=lambda one: one.id) if one.special}

    @cached_property
    def size(self) -> int:
        """One more than the highest id: the rows that a table for it needs (n_vocab, d_vocab)."""
        return max(self.pieces) + 1

    @property
    def unused(self) -> list[int]:
        """The ids below `size` that no token has."""
        return [] if len(self.pieces) == self.size else [one for one in range(self.size) if one not in self.pieces]

    @cached_property
    def ids(self) -> dict[bytes, int]:
        """The ids of pieces; where several stand for the same bytes, the lowest."""
        return {piece: one for one, piece in sorted(self.pieces.items(), reverse=True)}


class Tokenizer(ABC):
    """What every tokenizer does.

    Attributes:
        kind: how it cuts: "byte pairs", "WordPiece", "Unigram".
        vocabulary: its tokens.
    """

    kind: str
    vocabulary: Vocabulary

    def __len__(self) -> int:
        """How many tokens there are, special ones included."""
        return len(self.vocabulary.pieces)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.kind}, {len(self):,} tokens, {self.vocabulary.format}>"

    def encode(self, text: str, special: bool = False, framed: bool = False) -> Ids:
        """The ids of `text`.

        Args:
            text: any text.
            special: whether special tokens that are written in it count as such.
            framed: whether to add what the model expects around a text ([CLS] and [SEP], a beginning).

        Raises:
            InputError: `text` holds half of a surrogate pair, which no UTF-8 can hold.
        """
        ids = self._ids(whole(text), special)
        if not framed:
            return ids
        before, after = self.vocabulary.before, self.vocabulary.after
        return np.concatenate([np.array(some, np.uint32) for some in (before, ids, after)])

    def decode_bytes(self, ids: SomeIds, special: bool = True) -> bytes:
        """The bytes that `ids` stand for; special tokens as they are written, or left out.

        Raises:
            InputError: an id that no token has.
        """
        wanted = ids.tolist() if isinstance(ids, np.ndarray) else [int(one) for one in ids]
        if not special:
            left_out = set(self.vocabulary.special.values())
            wanted = [one for one in wanted if one not in left_out]
        try:
            return b"".join(map(self.vocabulary.pieces.__getitem__, wanted))
        except KeyError as error:
            raise InputError("this tokenizer has no token {id}; its ids go from 0 to {last}",
                             id=error.args[0], last=self.vocabulary.size - 1) from None

    def decode(self, ids: SomeIds, special: bool = True) -> str:
        """The text of `ids`; bytes that are no UTF-8 become U+FFFD (`decode_bytes` keeps them)."""
        return self.decode_bytes(ids, special).decode(errors="replace")

    def spelled(self, one: int) -> bytes | None:
        """A token as the vocabulary writes it: its bytes, marked where they only go on with a word; None if none."""
        return self.vocabulary.pieces.get(one)

    def normalised(self, text: str) -> str:
        """`text` as the tokenizer sees it, which is what all places of tokens refer to; most change nothing."""
        return text

    @abstractmethod
    def tokens(self, text: str, special: bool = False) -> list[Token]:
        """The tokens of `text` with their bytes and places (arguments and errors as `encode`)."""

    @abstractmethod
    def _ids(self, text: str, special: bool) -> Ids:
        """The ids of a text that is whole."""


def whole(text: str) -> str:
    """`text`, which must be one that UTF-8 can hold.

    Raises:
        InputError: it holds half of a surrogate pair.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("character {place} of the text is half of a surrogate pair, which stands for nothing",
                         place=error.start) from None
    return text


def by_character(tokens: Sequence[Token]) -> list[list[Token]]:
    """`tokens` in groups that each cover whole characters: as a rule one, several where a character is split."""
    groups: list[list[Token]] = []
    for token in tokens:
        if groups and token.start < groups[-1][-1].end:
            groups[-1].append(token)
        else:
            groups.append([token])
    return groups
