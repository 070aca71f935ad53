"""How two vectors lie to each other: dot product, cosine, angle; and what is ordinary among random pairs."""

from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.geometry.rows import blocks, lengths, unit_rows
from armillary.shapes import Float, Float64


def dot(a: Float[np.ndarray, "d"], b: Float[np.ndarray, "d"]) -> float:
    """The dot product: the sum of the products of the numbers at the same places."""
    return float(a.astype(np.float64) @ b.astype(np.float64))


def cosine(a: Float[np.ndarray, "d"], b: Float[np.ndarray, "d"]) -> float:
    """The cosine of the angle between two vectors, from -1 to 1.

    Raises:
        InputError: one of them is zero.
    """
    unit = unit_rows(np.stack([a, b]))
    return float(np.clip(unit[0] @ unit[1], -1, 1))


def angle_degrees(a: Float[np.ndarray, "d"], b: Float[np.ndarray, "d"]) -> float:
    """The angle between two vectors in degrees, from 0 to 180.

    Kahan's form (Miscalculating Area and Angles, 2014, section 12): the arc cosine loses half of the digits near 0 and
    180 degrees, this form none.

    Raises:
        InputError: one of them is zero.
    """
    unit = unit_rows(np.stack([a, b]))
    apart, together = lengths(np.stack([unit[0] - unit[1], unit[0] + unit[1]]))
    return float(np.degrees(2 * np.arctan2(apart, together)))


def n_similarity(a: Float[np.ndarray, "p d"], b: Float[np.ndarray, "q d"]) -> float:
    """The cosine between the means of two sets of vectors, as gensim's `n_similarity` gives it.

    Raises:
        InputError: a set is empty, or its mean is zero.
    """
    if not (len(a) and len(b)):
        raise InputError("n_similarity needs at least one vector in each set")
    return cosine(a.mean(axis=0, dtype=np.float64), b.mean(axis=0, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class OddOneOut:
    """Which of some vectors does not go with the others.

    Attributes:
        position: its place among the vectors given; the first one, should several be equally far.
        scores: (p,) the cosine of each with the mean of all, each at unit length; the odd one's is the smallest.
    """

    position: int
    scores: Float64[np.ndarray, "p"]


def odd_one_out(vectors: Float[np.ndarray, "p d"]) -> OddOneOut:
    """The vector with the smallest cosine to the mean of all (each at unit length): gensim's `doesnt_match`.

    Raises:
        InputError: fewer than three vectors (of two, each is as odd as the other), or a zero among them.
    """
    if len(vectors) < 3:
        raise InputError("the odd one out needs at least 3 words; given: {got}", got=len(vectors))
    unit = unit_rows(vectors)
    scores = unit @ unit_rows(unit.mean(axis=0, keepdims=True))[0]
    return OddOneOut(int(np.argmin(scores)), scores)


@dataclass(frozen=True, eq=False)
class RandomPairs:
    """The cosines of random pairs of a space: what any one cosine is to be held against.

    Attributes:
        cosines: (m,) in ascending order.
    """

    cosines: Float64[np.ndarray, "m"]

    @property
    def mean(self) -> float:
        """The mean cosine."""
        return float(self.cosines.mean())

    @property
    def negative(self) -> float:
        """The share of pairs whose cosine is below zero, from 0 to 1."""
        return float(np.searchsorted(self.cosines, 0.0)) / len(self.cosines)

    def percentile(self, value: float) -> float:
        """The percentage of random pairs whose cosine is below `value`, from 0 to 100."""
        return 100 * float(np.searchsorted(self.cosines, value)) / len(self.cosines)


def random_pairs(vectors: Float[np.ndarray, "n d"], pairs: int = 20_000, seed: int = 0) -> RandomPairs:
    """The cosines of `pairs` random pairs of different rows, every pair equally likely.

    With 20,000 pairs the standard error of a share is at most 0.0036. Pairs with a zero row are left out.

    Raises:
        InputError: no pair of different rows with a direction was found.
    """
    n = len(vectors)
    if n < 2:
        raise InputError("random pairs need a space of at least 2 points, this one has {n}", n=n)
    random = np.random.default_rng(seed)
    first = random.integers(n, size=pairs)
    second = (first + random.integers(1, n, size=pairs)) % n
    found = [_cosines(vectors[first[part]], vectors[second[part]]) for part in blocks(pairs, vectors.shape[1])]
    cosines = np.sort(np.concatenate(found))
    if not cosines.size:
        raise InputError("none of {pairs} random pairs has two points that are not zero", pairs=pairs)
    return RandomPairs(cosines)


def _cosines(a: Float[np.ndarray, "m d"], b: Float[np.ndarray, "m d"]) -> Float64[np.ndarray, "k"]:
    """The cosine of each pair of rows in which neither is zero."""
    kept = (lengths(a) > 0) & (lengths(b) > 0)
    cosines: np.ndarray = (unit_rows(a[kept]) * unit_rows(b[kept])).sum(axis=1)
    return cosines.clip(-1, 1)
