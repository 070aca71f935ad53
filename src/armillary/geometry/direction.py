"""A direction that means something: built from pairs, measured for agreement, projected on, tested, removed.

The axis of pairs (a_1, b_1) ... (a_p, b_p) is the mean of the differences b_i - a_i, each at its own length. That is
what Kozlowski, Taddy and Evans (The Geometry of Culture, 2019) take; it equals the difference of the two poles' means,
as in An, Kwak and Ahn (SemAxis, 2018); and with one pair it is the plain difference b - a. A pair that lies farther
apart weighs more. (Bolukbasi et al., Man is to Computer Programmer as Woman is to Homemaker?, 2016, take the first
principal component of the centred pairs instead, which has no sign: nothing would say which pole is up.)

The value of a vector on the axis is its dot product with that mean difference, not divided by anything: the number that
"cats - cat" gives to "three". The cosine beside it does not depend on lengths.
"""

from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.geometry.rows import blocks, unit_rows
from armillary.shapes import Float, Float32, Float64

_ENUMERATED_PAIRS = 16  # 2^15 sign patterns up to the overall sign: exact still costs milliseconds


@dataclass(frozen=True, eq=False)
class Axis:
    """A direction from one pole to the other.

    Attributes:
        vector: (d,) the mean difference.
        differences: (p, d) the difference of each pair.
        agreement: (p,) the cosine of each pair's difference with `vector`.
        coherence: the mean cosine between the differences of any two pairs, from -1 to 1; None with one pair.
    """

    vector: Float64[np.ndarray, "d"]
    differences: Float64[np.ndarray, "p d"]
    agreement: Float64[np.ndarray, "p"]
    coherence: float | None


def axis(start: Float[np.ndarray, "p d"], end: Float[np.ndarray, "q d"]) -> Axis:
    """The axis from the rows of `start` to the rows of `end`, paired by their order.

    Raises:
        InputError: no pairs, poles of different number, a pair of equal vectors, or pairs that cancel out.
    """
    if start.shape != end.shape or not len(start):
        raise InputError(
            "an axis needs at least one pair: {start} vectors at its start, {end} at its end",
            start=len(start), end=len(end),
        )
    differences = end.astype(np.float64) - start.astype(np.float64)
    same = np.flatnonzero(~differences.any(axis=1))
    if same.size:
        raise InputError("pair {pair} of the axis is twice the same point", pair=int(same[0]) + 1)
    vector = differences.mean(axis=0)
    if np.linalg.norm(vector) < 1e-9 * np.linalg.norm(differences, axis=1).max():
        raise InputError("the {pairs} pairs cancel out: their mean difference is zero", pairs=len(differences))
    unit = unit_rows(differences)
    agreement = np.clip(unit @ unit_rows(vector[None])[0], -1, 1)
    return Axis(vector, differences, agreement, _coherence(unit))


def _coherence(unit: Float64[np.ndarray, "p d"]) -> float | None:
    """The mean cosine over all pairs of different rows: the square of their sum holds each twice, and the diagonal."""
    p = len(unit)
    if p == 1:
        return None
    total = unit.sum(axis=0)
    return float(np.clip((total @ total - p) / (p * (p - 1)), -1, 1))


@dataclass(frozen=True, eq=False)
class Projection:
    """Where vectors lie on an axis.

    Attributes:
        value: (n,) the dot product with the mean difference.
        cosine: (n,) the cosine with it; 0 for a zero vector, which lies nowhere on it.
    """

    value: Float64[np.ndarray, "n"]
    cosine: Float64[np.ndarray, "n"]


def project(vectors: Float[np.ndarray, "n d"], along: Axis) -> Projection:
    """The place of each vector on the axis."""
    n, d = vectors.shape
    value, norm = np.empty(n), np.empty(n)
    for rows in blocks(n, d):
        block = vectors[rows].astype(np.float64)
        value[rows] = block @ along.vector
        norm[rows] = np.linalg.norm(block, axis=1)
    longest = norm * np.linalg.norm(along.vector)
    cosine = np.divide(value, longest, out=np.zeros(n), where=longest > 0)
    return Projection(value, np.clip(cosine, -1, 1))


@dataclass(frozen=True, eq=False)
class Intervals:
    """95 % bootstrap intervals of projected values.

    Attributes:
        low: (n,) the 2.5th percentile.
        high: (n,) the 97.5th.
    """

    low: Float64[np.ndarray, "n"]
    high: Float64[np.ndarray, "n"]


def intervals(
    vectors: Float[np.ndarray, "n d"], along: Axis, draws: int = 2_000, seed: int = 0
) -> Intervals | None:
    """How far each projected value would move, had other pairs like these been chosen; None with one pair.

    The percentile bootstrap over pairs (Efron and Tibshirani, 1993, chapter 13): `draws` times p pairs are drawn with
    replacement, and the axis and the values are computed from them.
    """
    p = len(along.differences)
    if p == 1:
        return None
    picks = np.random.default_rng(seed).integers(p, size=(draws, p))
    weights = np.stack([np.bincount(pick, minlength=p) for pick in picks]) / p  # (b, p): how much each pair counts
    n = len(vectors)
    low, high = np.empty(n), np.empty(n)
    for rows in blocks(n, draws + vectors.shape[1]):
        values = (vectors[rows].astype(np.float64) @ along.differences.T) @ weights.T
        low[rows], high[rows] = np.percentile(values, [2.5, 97.5], axis=1)
    return Intervals(low, high)


@dataclass(frozen=True)
class Separation:
    """Whether the pairs point the same way more than chance allows.

    Attributes:
        p: the share of ways to swap poles within pairs whose mean difference is at least as long as the one seen.
        smallest: the smallest p that could have come out; with few pairs it is not small.
        exact: whether all ways were counted, or a seeded sample drawn.
    """

    p: float
    smallest: float
    exact: bool


def separation(along: Axis, draws: int = 9_999, seed: int = 0) -> Separation | None:
    """A permutation test that the axis separates its poles; None under three pairs, which can prove nothing.

    Were it chance which word of a pair stands first, swapping the two would change nothing of note. The statistic is
    the length of the mean difference, so the test has two sides. All 2^p swaps are counted for up to 16 pairs, else
    `draws` of them are drawn and the one seen is counted with them (Phipson and Smyth, 2010).
    """
    p = len(along.differences)
    if p < 3:
        return None
    exact = p <= _ENUMERATED_PAIRS
    if exact:  # the sign of the first pair stays: turning all pairs round leaves the length as it is
        free = np.arange(2 ** (p - 1))[:, None] >> np.arange(p - 1) & 1
        signs = np.hstack([np.ones((len(free), 1)), 1.0 - 2.0 * free])
    else:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, p))
        signs = np.vstack([np.ones((1, p)), signs])
    squares = np.einsum("bp,bp->b", signs @ (along.differences @ along.differences.T), signs)
    reached = squares >= squares[0] * (1 - 1e-9)  # the first row is the pairs as they were given
    return Separation(float(reached.mean()), 1 / len(signs), exact)


def remove(vectors: Float[np.ndarray, "n d"], direction: Float[np.ndarray, "d"]) -> Float32[np.ndarray, "n d"]:
    """A copy of `vectors` without their part along `direction`; lengths are left as they come out.

    This is the neutralising step of Bolukbasi et al. (2016).

    Raises:
        InputError: the direction is zero.
    """
    unit = unit_rows(direction[None])[0]
    left = np.empty(vectors.shape, np.float32)
    for rows in blocks(*vectors.shape):
        block = vectors[rows].astype(np.float64)
        left[rows] = block - np.outer(block @ unit, unit)
    return left
