"""Ids on the disk, as many as there are: a file without a name that vanishes with its last user, whatever happens."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from armillary.errors import FileError
from armillary.shapes import Int32
from armillary.text.encoded import END

BLOCK = 1 << 22


class Spool:
    """Ids that are written block by block, in a `with` block, and read back memory-mapped, in it and after it."""

    def __init__(self, folder: Path) -> None:
        """`folder` says on which disk they lie."""
        self._folder = folder
        self._length = 0
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, ids: Int32[np.ndarray, "t"]) -> None:
        """Write a block of ids after those that are there.

        Raises:
            FileError: the disk is full.
        """
        rest = np.ascontiguousarray(ids).data.cast("B")
        try:
            while rest:  # a disk that fills takes a part, and refuses the next one
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise FileError(self._folder, "has no room for the numbers of the text: {reason}",
                            reason=error.strerror or str(error)) from error
        self._length += len(ids)

    def ids(self) -> Int32[np.ndarray, "t"]:
        """All of them, read-only; what is mapped outlives the Spool."""
        if not self._length:
            return np.zeros(0, np.int32)
        return np.memmap(self._file, np.int32, "r", shape=(self._length,)).view(np.ndarray)


def sentences(ids: Int32[np.ndarray, "t"], longest: int) -> Iterator[Int32[np.ndarray, "s"]]:
    """`ids` in blocks of whole sentences, none of which has more than `longest` words."""
    start = 0
    while start < len(ids):
        end = start + BLOCK
        ends = np.flatnonzero(ids[end : end + longest + 1] == END)
        end = end + int(ends[0]) + 1 if len(ends) else len(ids)
        yield ids[start:end]
        start = end
