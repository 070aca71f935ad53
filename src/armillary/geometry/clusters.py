"""Points in groups: k-means over directions.

Lloyd's algorithm (1982) on vectors of length 1, from centres drawn far from each other (k-means++, Arthur and
Vassilvitskii, 2007); the best of a few starts. Of many points a sample is enough to find the centres; then every point
joins the nearest.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from armillary.errors import InputError
from armillary.geometry.rows import blocks, lengths, unit_rows
from armillary.shapes import Float, Float32, Int64

SAMPLE = 20_000
"""Rows that the centres are found on."""
ROUNDS, STARTS = 40, 4


@dataclass(frozen=True, eq=False)
class Clusters:
    """Points in groups.

    Attributes:
        centres: the mean direction of each group, of length 1 unless its points cancel each other.
        members: for each point, its group; the largest group is 0.
        sizes: how many points each has.
    """

    centres: Float32[np.ndarray, "k d"]
    members: Int64[np.ndarray, "n"]
    sizes: Int64[np.ndarray, "k"]


def clusters(vectors: Float[np.ndarray, "n d"], count: int = 8, seed: int = 0) -> Clusters:
    """`vectors` in `count` groups by direction; the same for the same `seed`.

    Raises:
        InputError: not 1 to n groups, or points that are all zero.
    """
    n = len(vectors)
    if not 1 <= count <= n:
        raise InputError("{n} points make 1 to {n} groups, not {count}", n=n, count=count)
    random = np.random.default_rng(seed)
    chosen = np.sort(random.permutation(n)[:SAMPLE])
    chosen = chosen[lengths(vectors[chosen]) > 0]
    if not len(chosen):
        raise InputError("the {n} points are all zero: they have no directions to be grouped by", n=n)
    some = unit_rows(np.asarray(vectors[chosen], np.float32)).astype(np.float32)
    centres = max((_fitted(some, _spread(some, count, random)) for _ in range(STARTS)), key=partial(_fit, some))
    joined = np.empty(n, np.int64)
    for rows in blocks(n, vectors.shape[1]):
        joined[rows] = (vectors[rows] @ centres.T).argmax(axis=1)
    sizes = np.bincount(joined, minlength=count)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    return Clusters(centres[order], rank[joined], sizes[order].astype(np.int64))


def _fitted(unit: Float32[np.ndarray, "m d"], centres: Float32[np.ndarray, "k d"]) -> Float32[np.ndarray, "k d"]:
    """The centres once they stand still, or after so many rounds."""
    for _ in range(ROUNDS):
        moved = _means(unit, (unit @ centres.T).argmax(axis=1), centres)
        if np.allclose(moved, centres, atol=1e-5):
            break
        centres = moved
    return centres


def _fit(unit: Float32[np.ndarray, "m d"], centres: Float32[np.ndarray, "k d"]) -> float:
    """How near all points are to the nearest centre: the sum of their cosines."""
    return float((unit @ centres.T).max(axis=1).sum())


def _spread(unit: Float32[np.ndarray, "m d"], count: int, random: np.random.Generator) -> Float32[np.ndarray, "k d"]:
    """Centres drawn one after the other, each row with a chance that grows with its distance from those drawn."""
    found = [unit[int(random.integers(len(unit)))]]
    far = np.full(len(unit), np.inf)
    while len(found) < count:
        far = np.minimum(far, np.maximum(0, 2 - 2 * (unit @ found[-1]).astype(np.float64)))
        whole = float(far.sum())
        row = random.choice(len(unit), p=far / whole) if whole > 0 else random.integers(len(unit))
        found.append(unit[int(row)])
    return np.stack(found)


def _means(
    unit: Float32[np.ndarray, "m d"], members: Int64[np.ndarray, "m"], before: Float32[np.ndarray, "k d"]
) -> Float32[np.ndarray, "k d"]:
    """The mean direction of each group; a group that nobody joined stays where it was."""
    sums = np.stack([unit[members == one].sum(axis=0) for one in range(len(before))])
    long = np.linalg.norm(sums, axis=1, keepdims=True)
    found: np.ndarray = np.where(long > 1e-6, sums / np.maximum(long, 1e-6), before)
    return found.astype(np.float32)
