"""Rows gathered while a file is read, and turned into Points at its end."""

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile
from armillary.formats import limits
from armillary.formats.checks import checked, decode
from armillary.formats.labels import Labels
from armillary.formats.points import Accept, Points
from armillary.language import Note
from armillary.shapes import Float32


class Gathered:
    """Words and vectors that come in block by block; memory grows with what was read, never with what was promised.

    Attributes:
        path: the file, for messages.
        words: the words so far, as bytes.
        width: the bytes of a vector.
    """

    def __init__(self, path: Path, dim: int, capacity: int = 0) -> None:
        """`capacity` rows are set aside at once, where the size of the file shows that they are there.

        Raises:
            DamagedFile: no vector has `dim` numbers.
        """
        if not 0 < dim <= limits.DIMENSION:
            raise DamagedFile(
                path, "vectors of {dim} numbers: 1 to {limit} can be read", dim=dim, limit=limits.DIMENSION
            )
        self.path = path
        self.words: list[bytes] = []
        self.width = 4 * dim
        self._vectors = np.empty((capacity, dim), np.float32)
        self._finite: list[Iterable[bool]] = []

    def room(self, rows: int) -> Float32[np.ndarray, "rows d"]:
        """Where the vectors of the next `rows` words go; they are to be added before the next call."""
        end = len(self.words) + rows
        if end > len(self._vectors):
            # The block is lengthened, and may move. No view of it is in use: what was to be filled is so after this.
            self._finish()
            self._vectors.resize((end, self._vectors.shape[1]), refcheck=False)
        return self._vectors[len(self.words) : end]

    def add(self, words: list[bytes], finite: Iterable[bool]) -> None:
        """Take in `words`, whose vectors lie in the `room` that was asked for last.

        Args:
            words: as they stand in the file.
            finite: whether parts of the vectors surely are; they may go on being filled until it has been iterated.
        """
        self.words += words
        self._finite.append(finite)

    def points(self, format: str, accept: Accept, notes: tuple[Note, ...]) -> Points:
        """What was gathered, held to the rules of `checks` (which raises what they refuse)."""
        vectors = self._vectors[: len(self.words)]
        indexed = Labels.of_bytes(self.words)
        if self._finish() and self.words and indexed is not None:
            return Points(indexed, vectors, format=format, notes=notes)  # `checked` would pass it, after a slower look
        labels, note = decode(self.words)
        notes += () if note is None else (note,)
        return checked(self.path, Points(labels, vectors, format=format, notes=notes), accept)

    def _finish(self) -> bool:
        """Wait until all vectors are filled; gives whether all are surely finite."""
        found = [each for part in self._finite for each in part]
        self._finite = [found]
        return all(found)


def all_finite(vectors: Float32[np.ndarray, "n d"]) -> bool:
    """Whether no number is NaN or infinite; False also where it takes a closer look to say so."""
    numbers = vectors.reshape(-1)
    with np.errstate(all="ignore"):
        # Any NaN or infinity makes the sum of squares one too, at the speed of the memory.
        return math.isfinite(np.dot(numbers, numbers))
