"""Where the engine gets a model from: its config, and its tensors as they lie in their files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from armillary.formats.dequantise import Kind
from armillary.shapes import Float32, UInt8
from armillary.transformer.config import Config


@dataclass(frozen=True, eq=False)
class Stored:
    """A matrix in whole blocks of one kind.

    Attributes:
        kind: the kind of its numbers.
        inputs: numbers in a row.
        rows: (rows, bytes) the blocks of each row.
    """

    kind: Kind
    inputs: int
    rows: UInt8[np.ndarray, "n b"]

    def numbers(self, rows: slice | list[int]) -> Float32[np.ndarray, "m d"]:
        """Some rows as float32."""
        some = np.ascontiguousarray(self.rows[rows])
        return self.kind.read(some.reshape(-1)).reshape(len(some), self.inputs)


@runtime_checkable
class Source(Protocol):
    """A model in a file or several.

    Attributes:
        path: for messages.
        config: what it is.
    """

    path: Path
    config: Config

    @property
    def paths(self) -> list[Path]:
        """The files that hold it."""

    def kind(self, name: str) -> str:
        """The kind of the numbers of a matrix, which are not looked at."""

    def matrix(self, name: str) -> Stored:
        """A matrix by our name, a row for each of its outputs; of W_E and W_pos a row for each token or place."""

    def vector(self, name: str) -> Float32[np.ndarray, "d"]:
        """A gain or a bias by our name."""

    def theirs(self, name: str) -> str:
        """How the file calls one of our tensors, for messages."""
