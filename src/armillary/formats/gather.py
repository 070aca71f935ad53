"""Rows gathered while a file is read, and turned into Points at its end."""

import math
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile
from armillary.formats import limits
from armillary.formats.checks import checked, decode
from armillary.formats.points import Accept, Points
from armillary.language import Note
from armillary.shapes import Float32


class Gathered:
    """Words and vectors that come in block by block; memory grows with what was read, never with what was promised.

    Attributes:
        path: the file, for messages.
        words: the words so far, as bytes.
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
        self._vectors = np.empty((capacity, dim), np.float32)
        self._finite = True

    def room(self, rows: int) -> Float32[np.ndarray, "rows d"]:
        """Where the vectors of the next `rows` words go; to be filled before the next call."""
        end = len(self.words) + rows
        if end > len(self._vectors):
            # The block is lengthened where it lies. No view of it is in use: each was filled before this call.
            self._vectors.resize((end, self._vectors.shape[1]), refcheck=False)
        return self._vectors[len(self.words) : end]

    def add(self, words: list[bytes]) -> None:
        """Take in `words`, whose vectors lie in `room(len(words))`."""
        numbers = self.room(len(words)).reshape(-1)
        with np.errstate(all="ignore"):
            # Any NaN or infinity makes the sum of squares one too, at the speed of the memory.
            self._finite = self._finite and math.isfinite(np.dot(numbers, numbers))
        self.words += words

    def points(self, format: str, accept: Accept, notes: tuple[Note, ...]) -> Points:
        """What was gathered, held to the rules of `checks` (which raises what they refuse)."""
        labels, note = decode(self.words)
        notes += () if note is None else (note,)
        found = Points(labels, self._vectors[: len(labels)], format=format, notes=notes)
        if self._finite and 0 < len(labels) == len(set(labels)):
            return found  # `checked` would pass it as it is, after a slower look
        return checked(self.path, found, accept)
