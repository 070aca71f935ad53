"""Do the categories that people name fall apart in the space? k-means, and the purity of its clusters."""

import numpy as np

from armillary.errors import InputError
from armillary.geometry.rows import unit_rows
from armillary.shapes import Float, Float64, Int64

_ROUNDS = 300


def purity(clusters: Int64[np.ndarray, "p"], categories: Int64[np.ndarray, "p"]) -> float:
    """The share of points whose category is the commonest one of their cluster, in (0, 1].

    Manning, Raghavan and Schütze, Introduction to Information Retrieval, 2008, section 16.3.

    Raises:
        InputError: there are no points.
    """
    if not len(clusters):
        raise InputError("no word of the categories is in the space")
    _, cluster = np.unique(clusters, return_inverse=True)
    _, category = np.unique(categories, return_inverse=True)
    table = np.zeros((cluster.max() + 1, category.max() + 1), dtype=np.int64)
    np.add.at(table, (cluster, category), 1)
    return float(table.max(axis=1).sum() / len(clusters))


def categorise(
    points: Float[np.ndarray, "p d"], categories: Int64[np.ndarray, "p"], restarts: int = 10, seed: int = 0
) -> float:
    """The purity of k-means over the unit vectors, with as many clusters as there are categories.

    Raises:
        InputError: there are no points, or one is zero.
    """
    if not len(points):
        raise InputError("no word of the categories is in the space")
    return purity(k_means(unit_rows(points), len(np.unique(categories)), restarts, seed), categories)


def k_means(
    points: Float64[np.ndarray, "p d"], clusters: int, restarts: int = 10, seed: int = 0
) -> Int64[np.ndarray, "p"]:
    """The cluster of each point, of the restart with the least sum of squared distances.

    Lloyd's rounds from centres drawn by k-means++ (Arthur and Vassilvitskii, k-means++: The Advantages of Careful
    Seeding, 2007).

    Raises:
        InputError: fewer points than clusters, or no cluster at all.
    """
    if not 1 <= clusters <= len(points):
        raise InputError("{points} points cannot fall into {clusters} clusters", points=len(points), clusters=clusters)
    random = np.random.default_rng(seed)
    runs = [_lloyd(points, _seeds(points, clusters, random)) for _ in range(restarts)]
    return min(runs, key=lambda run: run[1])[0]


def _seeds(
    points: Float64[np.ndarray, "p d"], clusters: int, random: np.random.Generator
) -> Float64[np.ndarray, "k d"]:
    centres: np.ndarray = points[random.integers(len(points))][None]
    nearest = _squares(points, centres)[:, 0]
    while len(centres) < clusters:
        total = nearest.sum()
        chances = nearest / total if total > 0 else None  # every point is a centre already: any will do
        centre = points[random.choice(len(points), p=chances)][None]
        centres = np.concatenate([centres, centre])
        nearest = np.minimum(nearest, _squares(points, centre)[:, 0])
    return centres


def _lloyd(
    points: Float64[np.ndarray, "p d"], centres: Float64[np.ndarray, "k d"]
) -> tuple[Int64[np.ndarray, "p"], float]:
    cluster = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        squares = _squares(points, centres)
        before, cluster = cluster, squares.argmin(axis=1)
        if np.array_equal(before, cluster):
            break
        sums = np.zeros_like(centres)
        np.add.at(sums, cluster, points)
        counts = np.bincount(cluster, minlength=len(centres))[:, None]
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)  # an empty cluster stays where it is
    return cluster, float(squares[np.arange(len(points)), cluster].sum())


def _squares(points: Float64[np.ndarray, "p d"], centres: Float64[np.ndarray, "k d"]) -> Float64[np.ndarray, "p k"]:
    lengths = (points * points).sum(axis=1)[:, None] + (centres * centres).sum(axis=1)
    squares: np.ndarray = np.maximum(lengths - 2 * (points @ centres.T), 0)
    return squares
