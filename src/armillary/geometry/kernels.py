"""The compiled scan over int8 codes. Needs numba; `scan` imports it only when a Scanner is made.

Plain NumPy says the same in tests/geometry/test_scan.py, which holds the two equal.
"""

from inspect import unwrap

import numba
import numpy as np

from armillary.shapes import Float32, Int, Int8

GROUP = 64

Codes = tuple[Int8[np.ndarray, "n w"], Float32[np.ndarray, "n"], Float32[np.ndarray, "n"]]
Query = tuple[Int[np.ndarray, "w"], float, float]
Bounds = tuple[Float32[np.ndarray, "n"], Float32[np.ndarray, "g"], Float32[np.ndarray, "g"]]


def bound_groups(space: Codes, query: Query, groups: tuple[int, int], bounds: Bounds) -> None:
    """Bound each cosine from both sides: (codes @ levels) * scale, give or take error * stretch + slack.

    `space` is (codes, scales, errors), `query` is (levels, stretch, slack). Fills, for the rows of `groups` (first,
    last; 64 rows each), `bounds`: each row's upper bound, each group's highest lower bound and its highest upper bound.
    A row with scale 0 has no cosine: its bounds are -inf.
    """
    codes, scales, errors = space
    levels, stretch, slack = query[0], np.float32(query[1]), np.float32(query[2])
    upper, lows, highs = bounds
    nothing = np.float32(-np.inf)
    for group in range(groups[0], groups[1]):
        low, high = nothing, nothing
        for row in range(group * GROUP, min(len(codes), (group + 1) * GROUP)):
            total = np.int32(0)  # every step cast back to int32: numba would widen to int64
            for column in range(codes.shape[1]):
                total = np.int32(total + np.int32(np.int32(codes[row, column]) * np.int32(levels[column])))
            upper[row] = nothing
            if scales[row] > 0:
                middle = np.float32(total) * scales[row]
                spread = errors[row] * stretch + slack
                upper[row] = middle + spread
                low, high = max(low, middle - spread), max(high, upper[row])
        lows[group], highs[group] = low, high


# Unwrapped, since numba cannot cache a function that the test run has put its shape checks around.
scan = numba.njit(nogil=True, cache=True)(unwrap(bound_groups))
