"""A labelled vector that does arithmetic: `space["king"] - space["man"] + space["woman"]`."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from armillary.errors import InputError
from armillary.language import printable
from armillary.shapes import Float32
from armillary.space.answers import Neighbours
from armillary.space.expression import Term, written

if TYPE_CHECKING:
    from armillary.space.space import Space
else:
    Space = Any  # at run time the import would go in a circle

_Number = int | float | np.floating | np.integer


class Point:
    """One vector of a space, or a sum of such, that remembers the labels it is made of.

    NumPy takes it wherever it takes an array. Sums and multiples of points of one space are points; anything else
    (`point @ array`, `point * array`, `array + point`) is left to NumPy, and is an array.

    Attributes:
        space: where it lies.
        terms: the labels it is made of, with their factors.
        vector: (d,) float32.
    """

    __slots__ = ("space", "terms", "vector")

    def __init__(self, space: Space, terms: tuple[Term, ...], vector: Float32[np.ndarray, "d"]) -> None:
        self.space = space
        self.terms = terms
        self.vector = vector

    @property
    def label(self) -> str:
        """The expression that makes this point: `king - man + woman`."""
        return written(self.terms, exact=self.space.tokens)

    @property
    def norm(self) -> float:
        """The Euclidean length of the vector."""
        return float(np.linalg.norm(self.vector))

    def near(self, n: int = 10) -> Neighbours:
        """The n nearest points by cosine, the labels that this one is made of left out and shown apart."""
        return self.space.near(self, n)

    def __add__(self, other: object) -> "Point":
        return self._plus(other, 1.0) if isinstance(other, Point) else NotImplemented

    def __sub__(self, other: object) -> "Point":
        return self._plus(other, -1.0) if isinstance(other, Point) else NotImplemented

    def __neg__(self) -> "Point":
        return self * -1.0

    def __mul__(self, factor: object) -> "Point":
        if not isinstance(factor, _Number):
            return NotImplemented
        factor = float(factor)
        terms = tuple(Term(term.factor * factor, term.label) for term in self.terms)
        return Point(self.space, terms, self.vector * np.float32(factor))

    __rmul__ = __mul__

    def __truediv__(self, divisor: object) -> "Point":
        return self * (1.0 / divisor) if isinstance(divisor, _Number) else NotImplemented

    def __matmul__(self, other: ArrayLike) -> Any:
        return self.vector @ np.asarray(other)

    def __rmatmul__(self, other: ArrayLike) -> Any:
        return np.asarray(other) @ self.vector

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.vector, dtype=dtype, copy=copy)

    def __len__(self) -> int:
        return len(self.vector)

    def __getitem__(self, column: Any) -> Any:
        return self.vector[column]

    def __repr__(self) -> str:
        shown = " ".join(f"{value:.3g}" for value in self.vector[:4].tolist())
        return printable(f"Point({self.label}: [{shown}{' …' if len(self) > 4 else ''}], d={len(self)})")

    def _plus(self, other: "Point", sign: float) -> "Point":
        if other.space is not self.space:
            raise InputError("{a!r} and {b!r} lie in different spaces; align the spaces first",
                             a=self.label, b=other.label)
        terms = self.terms + tuple(Term(sign * term.factor, term.label) for term in other.terms)
        return Point(self.space, terms, self.vector + np.float32(sign) * other.vector)
