"""The slow twins: what the geometry of nearest points says, row by row in plain Python."""

from collections.abc import Iterable
from functools import reduce
from math import atan2, degrees, sqrt
from operator import add

import numpy as np


def total(terms: Iterable[float]) -> float:
    """A plain sum in float64, term by term; `sum` of a later Python is more exact than what is tested."""
    return reduce(add, terms, 0.0)


def score(point: np.ndarray, query: np.ndarray, metric: str) -> float | None:
    """The score of one point, None where it has none."""
    x, q = point.astype(float).tolist(), query.astype(float).tolist()
    if metric == "euclidean":
        return sqrt(total((a - b) ** 2 for a, b in zip(x, q, strict=True)))
    dot = total(a * b for a, b in zip(x, q, strict=True))
    if metric == "dot":
        return dot
    lengths = sqrt(total(a * a for a in x)) * sqrt(total(b * b for b in q))
    if lengths == 0:
        return None
    if metric == "cosine":
        return max(-1.0, min(1.0, dot / lengths))
    long, short = sqrt(total(b * b for b in q)), sqrt(total(a * a for a in x))
    apart = sqrt(total((a / short - b / long) ** 2 for a, b in zip(x, q, strict=True)))
    together = sqrt(total((a / short + b / long) ** 2 for a, b in zip(x, q, strict=True)))
    return round(degrees(2 * atan2(apart, together)), 9)


def order_of(vectors: np.ndarray, query: np.ndarray, metric: str = "cosine") -> list[tuple[int, np.float32]]:
    """Every row that has a score, best first, of equal float32 scores the lower row first."""
    sign = 1 if metric in ("euclidean", "angle") else -1
    scored = [(row, score(point, query, metric)) for row, point in enumerate(vectors)]
    with np.errstate(over="ignore"):
        kept = [(row, np.float32(value)) for row, value in scored if value is not None]
    return sorted(kept, key=lambda pair: (sign * pair[1], pair[0]))
