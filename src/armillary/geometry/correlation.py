"""Rank and linear correlation, and how far a sample of pairs pins it down."""

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float64, Int64


def average_ranks(values: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "p"]:
    """The rank of each value from 1, equal values sharing the mean of their ranks."""
    _, kind = np.unique(values, return_inverse=True)
    return _ranks(kind.astype(np.int64))


def pearson(a: Float64[np.ndarray, "p"], b: Float64[np.ndarray, "p"]) -> float:
    """Pearson's product-moment correlation.

    Raises:
        InputError: under two pairs, or all values of a side are equal.
    """
    if len(a) < 2:
        raise InputError("a correlation needs at least 2 pairs, {pairs} are left", pairs=len(a))
    value = _correlation(a, b)
    if np.isnan(value):
        raise InputError("all values of one side are equal, so nothing correlates with them")
    return value


def spearman(a: Float64[np.ndarray, "p"], b: Float64[np.ndarray, "p"]) -> float:
    """Spearman's rank correlation: Pearson's of the average ranks.

    Raises:
        InputError: as `pearson`.
    """
    return pearson(average_ranks(a), average_ranks(b))


def spearman_interval(
    a: Float64[np.ndarray, "p"], b: Float64[np.ndarray, "p"], draws: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """The percentile bootstrap interval of `spearman`: pairs drawn with replacement, `draws` times, seeded.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13. Draws in which a side is constant have no
    correlation and do not count.

    Raises:
        InputError: as `pearson`; no draw has a correlation; `draws` under 1.
    """
    spearman(a, b)
    if draws < 1:
        raise InputError("an interval needs at least one draw, not {draws}", draws=draws)
    random = np.random.default_rng(seed)
    # Values are numbered once, so that ranking a draw is a count and needs no sorting.
    kinds = [np.unique(side, return_inverse=True)[1].astype(np.int64) for side in (a, b)]
    values = np.empty(draws)
    for draw in range(draws):
        chosen = random.integers(0, len(a), len(a))
        values[draw] = _correlation(_ranks(kinds[0][chosen]), _ranks(kinds[1][chosen]))
    values = values[~np.isnan(values)]
    if not len(values):
        raise InputError("too few pairs for an interval: no draw of {pairs} has two different values", pairs=len(a))
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _ranks(kinds: Int64[np.ndarray, "p"]) -> Float64[np.ndarray, "p"]:
    counts = np.bincount(kinds)
    last = np.cumsum(counts)
    ranks: np.ndarray = (last - (counts - 1) / 2)[kinds]
    return ranks


def _correlation(a: Float64[np.ndarray, "p"], b: Float64[np.ndarray, "p"]) -> float:
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt((a @ a) * (b @ b))
    return float(np.clip(a @ b / spread, -1, 1)) if spread > 0 else float("nan")
