"""Words that are spelled when they are asked for: of most words of a text nothing but their count is ever needed."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from armillary.shapes import Int64, UInt8


class Letters(Sequence[str]):
    """Words as the bytes of all of them, one after the other, each with a newline."""

    def __init__(self, letters: UInt8[np.ndarray, "bytes"], begins: Int64[np.ndarray, "edges"]) -> None:
        """`begins` is where each word begins, and where the last one ends."""
        self._begins = np.ascontiguousarray(begins).data  # gives Python's own integers, several times as fast
        self._letters = letters[: self._begins[-1]].tobytes()

    def __len__(self) -> int:
        return len(self._begins) - 1

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        row %= len(self)
        return self._letters[self._begins[row] : self._begins[row + 1] - 1].decode()

    def take(self, rows: Int64[np.ndarray, "n"]) -> list[str]:
        """The words by these numbers."""
        edges = np.asarray(self._begins)
        begins, ends = edges[rows].tolist(), (edges[rows + 1] - 1).tolist()
        return [self._letters[begin:end].decode() for begin, end in zip(begins, ends, strict=True)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._letters.decode().split("\n")[:-1])
