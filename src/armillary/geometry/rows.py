"""What the other files do to rows again and again: their lengths, unit length, a few thousand at a time."""

from collections.abc import Callable, Iterator

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float, Float64

_NUMBERS_PER_BLOCK = 1 << 21  # 16 MiB as float64: small against the machine, large against the cost of a call

Told = Callable[[int, int], None]
"""Called now and then with how much is done, and of how much."""


def nobody(done: int, total: int) -> None:
    """Progress that nobody watches."""


def blocks(n: int, width: int) -> Iterator[slice]:
    """Slices that cover `n` rows in order, each of about two million numbers when a row has `width` of them."""
    size = max(1, _NUMBERS_PER_BLOCK // max(1, width))
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def lengths(vectors: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n"]:
    """The Euclidean length of each row."""
    norms: np.ndarray = np.linalg.norm(vectors.astype(np.float64), axis=1)
    return norms


def unit_rows(vectors: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
    """A copy of `vectors` with every row at length 1.

    Raises:
        InputError: a row is zero and points nowhere.
    """
    norms = lengths(vectors)
    zero = np.flatnonzero(norms == 0)
    if zero.size:
        raise InputError(
            "vector {position} of those given is zero: it has no direction, so no angle to anything",
            position=int(zero[0]) + 1,
        )
    unit: np.ndarray = vectors / norms[:, None]
    return unit
