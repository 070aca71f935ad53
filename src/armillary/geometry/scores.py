"""What the score of a row is: computed in float64 from that row and the query alone, then rounded to float32.

A matrix product rounds a row differently with the rows beside it, so its numbers depend on how the rows were cut into
blocks. Here each score is summed on its own. Equal rows get equal scores, and no answer depends on a block size.
"""

from typing import Literal

import numpy as np

from armillary.errors import InputError
from armillary.geometry.rows import blocks
from armillary.shapes import Float32, Float64, Int64

Metric = Literal["cosine", "dot", "euclidean", "angle"]

DISTANCES = ("euclidean", "angle")


def row_norms(vectors: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "n"]:
    """The Euclidean length of each row, summed in float64, some megabytes at a time."""
    norms = np.empty(len(vectors), dtype=np.float32)
    with np.errstate(over="ignore"):  # a length beyond float32 is infinite
        for part in blocks(*vectors.shape):
            norms[part] = _lengths(vectors[part].astype(np.float64))
    return norms


def exact_scores(
    vectors: Float32[np.ndarray, "n d"],
    queries: Float32[np.ndarray, "m d"],
    rows: Int64[np.ndarray, "p"],
    asked: Int64[np.ndarray, "p"],
    metric: Metric = "cosine",
) -> Float32[np.ndarray, "p"]:
    """The score of `vectors[rows[i]]` to `queries[asked[i]]` for each i.

    Angles are in degrees, to 1e-9 of one. A row of zeros has no direction: its cosine is -inf and its angle +inf, which
    are worse than any other, so that it is never among the nearest.
    """
    wide = queries.astype(np.float64)
    lengths = _lengths(wide)
    scores = np.empty(len(rows), dtype=np.float32)
    for part in blocks(len(rows), vectors.shape[1]):
        points = vectors[rows[part]].astype(np.float64)
        with np.errstate(over="ignore"):  # so is a product or a distance beyond it
            scores[part] = _score(points, wide[asked[part]], lengths[asked[part]], metric)
    return scores


def check_queries(queries: Float32[np.ndarray, "m d"], width: int, metric: Metric) -> None:
    """Refuse queries that no row can be compared with.

    Raises:
        InputError: a query is of another width, not finite, or has no direction where one is needed.
    """
    if queries.shape[1] != width:
        raise InputError(
            "the query has {got} numbers, the points of this space have {d}", got=queries.shape[1], d=width
        )
    if not np.isfinite(queries).all():
        raise InputError("the query holds NaN or infinity; nothing is near to that")
    if metric in ("cosine", "angle") and not queries.any(axis=1).all():
        raise InputError("the query is all zeros: it has no direction, so it has no cosine with anything")


def _score(
    points: Float64[np.ndarray, "p d"],
    queries: Float64[np.ndarray, "p d"],
    lengths: Float64[np.ndarray, "p"],
    metric: Metric,
) -> Float64[np.ndarray, "p"]:
    if metric == "euclidean":
        return _lengths(points - queries)
    dots: np.ndarray = (points * queries).sum(axis=1)
    if metric == "dot":
        return dots
    norms = _lengths(points)
    alive = norms > 0
    if metric == "angle":
        unit = points / np.where(alive, norms, 1)[:, None]
        return np.where(alive, _degrees(unit, queries / lengths[:, None]), np.inf)
    cosines = np.full(len(dots), -np.inf)
    np.divide(dots, norms * lengths, out=cosines, where=alive)
    return np.clip(cosines, -1, 1, out=cosines, where=alive)


def _degrees(a: Float64[np.ndarray, "p d"], b: Float64[np.ndarray, "p d"]) -> Float64[np.ndarray, "p"]:
    """The angle of unit vectors from their sum and difference: exact near 0 and 180, where the arc cosine is not."""
    angles: np.ndarray = np.degrees(2 * np.arctan2(_lengths(a - b), _lengths(a + b)))
    return angles.round(9)  # so that parallel rows of different lengths tie


def _lengths(points: Float64[np.ndarray, "p d"]) -> Float64[np.ndarray, "p"]:
    lengths: np.ndarray = np.sqrt((points * points).sum(axis=1))
    return lengths
