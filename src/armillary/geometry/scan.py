"""A space prepared for many single questions: one byte per number, bounds that hold, the same answers.

A Scanner reads int8 codes in place of the float32 rows, a quarter of the bytes, and bounds every cosine from both
sides. Rows whose upper bound reaches the k-th best lower bound are scored exactly from the float32 rows, so what comes
out equals `neighbours.nearest` always, by construction.

    row       u = s c + r    c int8, s its scale, |r| stored, rounded up
    query     v = t k + f    k int16
    so        |u.v - s t c.k| = |r.v + s c.f| <= |r| |v| + (1 + |r|) |f|      (Cauchy-Schwarz, |u| = 1)
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from armillary import extras
from armillary.errors import InputError
from armillary.geometry.neighbours import Nearest, ranked
from armillary.geometry.rows import blocks
from armillary.geometry.scores import check_queries
from armillary.shapes import Float32, Int, Int8, Int64

# Rows of codes are padded to whole vector registers.
_PAD = 64

# Two threads take all the bandwidth of a small machine, and eight that of most.
# The processors that this process may use, where the system says so.
_THREADS = min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

# What rounding in float32 can add to a bound between -1.1 and 1.1, several times over.
_SLACK = 1e-6


class Scanner:
    """Answers single cosine questions faster than `nearest`, from a copy of a quarter of the size.

    Needs the extra `fast`. Making one costs about ten plain queries; it keeps n * (d rounded up to 64) bytes.
    It may be asked from several threads at once.
    """

    def __init__(self, vectors: Float32[np.ndarray, "n d"]) -> None:
        self.vectors = vectors
        self._kernels = _kernels()
        self._codes, self._scales, self._errors = encode(vectors)
        self._workers = ThreadPoolExecutor(_THREADS, thread_name_prefix="armillary-scan")
        nothing = np.empty(0, np.float32)  # the kernel is loaded by a scan of no row, so that no question waits for it
        self._bound(np.ones(vectors.shape[1], np.float32), (nothing, nothing, nothing))

    def nearest(
        self, query: Float32[np.ndarray, "d"], top: int, banned: Int64[np.ndarray, "b"] | None = None
    ) -> Nearest:
        """The `top` rows of highest cosine to one query: equal to `neighbours.nearest` with m = 1.

        Raises:
            InputError: as `neighbours.nearest`.
        """
        if top < 1:
            raise InputError("at least one neighbour must be asked for, not {top}", top=top)
        queries = query[None, :]
        check_queries(queries, self.vectors.shape[1], "cosine")
        banned = np.empty(0, dtype=np.int64) if banned is None else banned
        rows = self._candidates(query, top + len(banned))
        asked = np.zeros(len(rows), dtype=np.int64)
        return ranked(self.vectors, queries, (asked, rows), top, "cosine", banned[None, :])

    def _candidates(self, query: Float32[np.ndarray, "d"], keep: int) -> Int64[np.ndarray, "p"]:
        count, group = len(self.vectors), self._kernels.GROUP
        groups = -(-count // group)
        upper = np.full(groups * group, -np.inf, dtype=np.float32)
        lows, highs = np.empty((2, groups), dtype=np.float32)
        self._bound(query, (upper, lows, highs))
        bound = np.partition(lows, groups - keep)[groups - keep] if keep <= groups else -np.inf
        reached = np.flatnonzero(highs >= bound)
        group_of, place = np.nonzero(upper.reshape(groups, group)[reached] >= max(bound, -2))
        rows: np.ndarray = reached[group_of] * group + place
        return rows

    def _bound(self, query: Float32[np.ndarray, "d"], bounds: tuple[Float32[np.ndarray, "_"], ...]) -> None:
        levels, step, error = encode_query(query, self._codes.shape[1])
        scales = self._scales * np.float32(step)
        space, asked = (self._codes, scales, self._errors), (levels, 1 + error, error + _SLACK)
        cuts = np.linspace(0, len(bounds[1]), _THREADS + 1).astype(int).tolist()
        parts = list(pairwise(cuts))
        others = [self._workers.submit(self._kernels.scan, space, asked, part, bounds) for part in parts[1:]]
        self._kernels.scan(space, asked, parts[0], bounds)
        for other in others:
            other.result()


def encode(
    vectors: Float32[np.ndarray, "n d"],
) -> tuple[Int8[np.ndarray, "n w"], Float32[np.ndarray, "n"], Float32[np.ndarray, "n"]]:
    """Codes, scales and errors of the unit rows: |row / |row| - scale * code| <= error. Rows of zeros have scale 0."""
    count, width = vectors.shape
    codes = np.zeros((count, -(-width // _PAD) * _PAD), dtype=np.int8)
    scales, errors = np.zeros((2, count), dtype=np.float32)
    for part in blocks(count, width):
        unit = vectors[part].astype(np.float64)
        lengths = np.sqrt(np.vecdot(unit, unit))[:, None]
        unit /= np.where(lengths > 0, lengths, 1)
        scales[part] = np.abs(unit).max(axis=1, initial=0) / 127
        scale = scales[part, None].astype(np.float64)
        code = np.rint(unit / np.where(scale > 0, scale, 1)).clip(-127, 127)
        codes[part, :width] = code
        unit -= code * scale
        errors[part] = np.nextafter(np.sqrt(np.vecdot(unit, unit)).astype(np.float32), np.float32(np.inf))
    return codes, scales, errors


def encode_query(query: Float32[np.ndarray, "d"], width: int) -> tuple[Int[np.ndarray, "w"], float, float]:
    """Levels, step and error of the unit query: |query / |query| - step * levels| <= error.

    Levels are int16, and small enough that no sum of `width` products with codes leaves int32.
    """
    unit = query.astype(np.float64)
    unit /= np.abs(unit).max()  # the square of a very small number would be lost
    unit /= np.sqrt(unit @ unit)
    most = min(2**15 - 1, (2**31 - 1) // (127 * width))
    step = float(np.abs(unit).max()) / most
    levels = np.zeros(width, dtype=np.int16)
    levels[: len(unit)] = np.rint(unit / step).clip(-most, most)
    rest = unit - levels[: len(unit)] * step
    return levels, step, float(np.sqrt(rest @ rest)) + 1e-12


def _kernels() -> Any:
    extras.numba_cache()
    extras.need("numba")
    from armillary.geometry import kernels

    return kernels
