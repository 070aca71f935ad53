"""The pieces of a vocabulary in arrays, which may lie in a file: what is asked for is looked up, nothing is built.

A dictionary of 49,000 pieces takes as long to build as some models take to answer. A short text asks for a few dozen.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from armillary.shapes import Bool, Int32, UInt8, UInt64
from armillary.text.rolling import Rolling


class Row:
    """Pieces one after the other.

    Attributes:
        text: all of them.
        starts: where each begins in it, and where the last one ends.
    """

    def __init__(self, text: UInt8[np.ndarray, "b"], starts: Int32[np.ndarray, "n1"]) -> None:
        """Take arrays as they are.

        Raises:
            ValueError: a piece begins before the one in front of it, or ends where there is no text.
        """
        if len(starts) == 0 or starts[0] != 0 or starts[-1] != len(text) or (np.diff(starts) < 0).any():
            raise ValueError("pieces that lie nowhere")
        self.text, self.starts = text, starts
        self._text, self._starts = text.data, starts.data

    @classmethod
    def of(cls, pieces: Sequence[bytes]) -> "Row":
        """These pieces in a row."""
        starts = np.cumsum([0, *map(len, pieces)]).astype(np.int32)
        return cls(np.frombuffer(b"".join(pieces), np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, place: int) -> bytes:
        return bytes(self._text[self._starts[place] : self._starts[place + 1]])


class ById(Mapping[int, bytes]):
    """The pieces that ids stand for (`Vocabulary.pieces`).

    Attributes:
        row: a piece for each id.
        there: which ids have one.
    """

    def __init__(self, row: Row, there: Bool[np.ndarray, "n"]) -> None:
        self.row, self.there = row, there
        self._all = bool(there.all())

    @classmethod
    def of(cls, pieces: Mapping[int, bytes]) -> "ById":
        """The same in arrays."""
        there = np.zeros(max(pieces, default=-1) + 1, bool)
        there[list(pieces)] = True
        return cls(Row.of([pieces.get(one, b"") for one in range(len(there))]), there)

    def __getitem__(self, one: int) -> bytes:
        if 0 <= one < len(self.there) and (self._all or self.there[one]):
            return self.row[one]
        raise KeyError(one)

    def __iter__(self) -> Iterator[int]:
        return iter(np.flatnonzero(self.there).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self.there))


class ByPiece(Mapping[bytes, int]):
    """The places of pieces in a row (`BytePairs.ranks`), found by the numbers that `rolling` gives them.

    Attributes:
        row: the pieces, the one of place 0 first.
        numbers: of all pieces, the lowest first.
        places: the piece of each number.
    """

    def __init__(self, row: Row, numbers: UInt64[np.ndarray, "n"], places: Int32[np.ndarray, "n"]) -> None:
        self.row, self.numbers, self.places = row, numbers, places
        self._longest = int(np.diff(row.starts).max(initial=0))

    @classmethod
    def of(cls, ranks: Mapping[bytes, int]) -> "ByPiece":
        """The same in arrays.

        Raises:
            ValueError: two pieces have one number, or ranks are not 0, 1, 2, ... in this order.
        """
        if list(ranks.values()) != list(range(len(ranks))):
            raise ValueError("ranks that are no places")
        row = Row.of(list(ranks))
        numbers = Rolling(row.text).numbers(row.starts[:-1], row.starts[1:])
        places = np.argsort(numbers).astype(np.int32)
        numbers = numbers[places]
        if (numbers[1:] == numbers[:-1]).any():
            raise ValueError("two pieces of one number")
        return cls(row, numbers, places)

    def within(self, text: bytes) -> dict[bytes, int]:
        """Those pieces that occur in `text`."""
        rolling, found = Rolling(np.frombuffer(text, np.uint8)), {}
        for size in range(1, min(self._longest, len(text)) + 1):
            begins = np.arange(len(text) - size + 1, dtype=np.int32)
            places = self._places(rolling.numbers(begins, begins + np.int32(size)))
            met = np.flatnonzero(places >= 0)
            for begin, place in zip(met.tolist(), places[met].tolist(), strict=True):
                if (piece := text[begin : begin + size]) == self.row[place]:
                    found[piece] = place
        return found

    def _places(self, wanted: UInt64[np.ndarray, "c"]) -> Int32[np.ndarray, "c"]:
        """The pieces of these numbers; -1 where there is none."""
        at = np.minimum(np.searchsorted(self.numbers, wanted), len(self.numbers) - 1)
        return np.where(self.numbers[at] == wanted, self.places[at], np.int32(-1))

    def __getitem__(self, piece: bytes) -> int:
        ends = np.array([0, len(piece)], np.int32)
        place = int(self._places(Rolling(np.frombuffer(piece, np.uint8)).numbers(ends[:1], ends[1:]))[0])
        if place < 0 or self.row[place] != piece:
            raise KeyError(piece)
        return place

    def __iter__(self) -> Iterator[bytes]:
        return map(self.row.__getitem__, range(len(self.row)))

    def __len__(self) -> int:
        return len(self.row)
