"""Every way to cut a piece of a vocabulary in two of its pieces, found for all pieces at once.

A vocabulary of a quarter of a million pieces can be cut at more than a million places. Each stretch of characters has
a number (see `rolling`); a table finds which piece has it, and what it finds is compared character by character.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from armillary.shapes import Bool, Int32, UInt32
from armillary.text.rolling import Rolling

_MOST_BITS = 20
"""Of a number that place it in the table: a million entries."""
_AT_ONCE = 1 << 16
"""Cuts that are looked at together, so that what comes in between stays in the cache."""

Cuts = tuple[Int32[np.ndarray, "c"], Int32[np.ndarray, "c"], Int32[np.ndarray, "c"]]


def splits(pieces: Sequence[str]) -> Cuts:
    """The places in `pieces` of all (first, second, whole) where first + second = whole, in the order of whole.

    Args:
        pieces: texts of which no two are alike and none is empty.

    >>> [column.tolist() for column in splits(["a", "b", "ab", "abb"])]
    [[0, 2], [1, 1], [2, 3]]
    """
    text = _Text(pieces)
    cuts = np.cumsum(text.size - 1)
    total = int(cuts[-1]) if len(pieces) else 0
    borders = np.searchsorted(cuts, np.arange(_AT_ONCE, total, _AT_ONCE))
    found = [text.cut(first, last) for first, last in pairwise([0, *borders.tolist(), len(pieces)])]
    first, second, whole = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return first, second, whole


def _counted(counts: Int32[np.ndarray, "n"]) -> Int32[np.ndarray, "c"]:
    """0, 1, ... for each of the counts: of 2 and 3, 0 1 0 1 2."""
    ends = np.cumsum(counts, dtype=np.int32)
    total = int(ends[-1]) if len(ends) else 0
    counted: np.ndarray = np.arange(total, dtype=np.int32) - np.repeat(ends - counts, counts)
    return counted


class _Text:
    """All pieces in a row, and which of them a stretch is.

    Attributes:
        start, size: where each piece lies.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.size: Int32[np.ndarray, "n"] = np.fromiter(map(len, pieces), np.int32, len(pieces))
        self.start: Int32[np.ndarray, "n"] = np.cumsum(self.size, dtype=np.int32) - self.size
        self.characters: UInt32[np.ndarray, "t"] = np.frombuffer("".join(pieces).encode("utf-32-le"), np.uint32)
        self._rolling = Rolling(self.characters)
        self._numbers = self._rolling.numbers(self.start, self.start + self.size)
        self._index()

    def cut(self, first: int, last: int) -> Cuts:
        """All cuts of the pieces from `first` to the one before `last`."""
        size = self.size[first:last] - np.int32(1)
        whole = np.repeat(np.arange(first, last, dtype=np.int32), size)
        begin = np.repeat(self.start[first:last], size)
        place = _counted(size) + begin + np.int32(1)
        one = self.find(begin, place)
        held = one >= 0
        one, whole, begin, place = one[held], whole[held], begin[held], place[held]
        two = self.find(place, begin + self.size[whole])
        held = two >= 0
        one, two, whole = one[held], two[held], whole[held]
        same = self.same(one, two, whole)
        return one[same], two[same], whole[same]

    def find(self, start: Int32[np.ndarray, "c"], end: Int32[np.ndarray, "c"]) -> Int32[np.ndarray, "c"]:
        """The piece that each stretch of characters is; -1 if it is none."""
        wanted = self._rolling.numbers(start, end)
        found: np.ndarray = self._table[wanted >> self._shift]
        missed = np.flatnonzero(self._numbers[found] != wanted)
        found[missed] = -1
        if len(self._rest):
            places = np.minimum(np.searchsorted(self._numbers[self._rest], wanted[missed]), len(self._rest) - 1)
            others = self._rest[places]
            found[missed] = np.where(self._numbers[others] == wanted[missed], others, -1)
        return found

    def same(
        self, first: Int32[np.ndarray, "c"], second: Int32[np.ndarray, "c"], whole: Int32[np.ndarray, "c"]
    ) -> Bool[np.ndarray, "c"]:
        """Whether first + second is whole, character by character."""
        same: np.ndarray = self.size[first] + self.size[second] == self.size[whole]
        for part, begin in ((first, self.start[whole]), (second, self.start[whole] + self.size[first])):
            size = np.where(same, self.size[part], 0).astype(np.int32)
            within = _counted(size)
            ours, theirs = (np.repeat(at, size) + within for at in (self.start[part], begin))
            of = np.repeat(np.arange(len(part), dtype=np.int32), size)
            same[of[self.characters[ours] != self.characters[theirs]]] = False
        return same

    def _index(self) -> None:
        """A table by the highest bits of numbers; those that find their entry taken are searched for among the rest."""
        bits = min(_MOST_BITS, 4 + len(self.size).bit_length())
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, np.int32)
        entries, all_of_them = self._numbers >> self._shift, np.arange(len(self.size), dtype=np.int32)
        self._table[entries] = all_of_them
        rest = np.flatnonzero(self._table[entries] != all_of_them)
        self._rest: Int32[np.ndarray, "r"] = rest[np.argsort(self._numbers[rest])].astype(np.int32)
