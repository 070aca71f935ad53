"""A scan in float32 that leaves out every row which cannot be among the best.

Each row gets a rough merit (a matrix product, higher is nearer) whose error is bounded. The keep-th best merit is
bounded from below by the keep-th best of the maxima over groups of rows, since that many rows reach it: two cheap
passes in place of a partition of everything. Rows whose merit stays under the bound by more than the error are out.
"""

from dataclasses import dataclass

import numpy as np

from armillary.geometry.scores import Metric
from armillary.shapes import Float32, Float64, Int64

# Merits held at once: 16 MiB. With 4 MiB the matrix products are so small that their threads wait for each other: 1.2
# to 1.3 times slower at 200 and 300 numbers a row, and several times where other work shares the processors.
_CELLS = 2**22
_MOST_QUERIES = 1024
_GROUP = 64

# Any merit that a row with one can have is above this; rows of zeros, and no row at all, have -inf.
_NEVER = np.float32(np.finfo(np.float32).min)

# Lengths between which no product of float32 numbers under- or overflows in a way that matters.
_SHORTEST, _LONGEST = 1e-18, 1e18

# |rounded sum - sum| <= d u |x||q| in any order of summation, u = 2^-24 (Higham, Accuracy and Stability of Numerical
# Algorithms, 2002, 3.1); the rest is for scaling, subtracting and the rounding of the score itself.
_ROUNDING, _EXTRA = 2.0**-24, 16


@dataclass(frozen=True, eq=False)
class Merits:
    """How the rough merit of rows for m queries is computed, and how wrong it may be.

    Attributes:
        directions: (d, m) what rows are multiplied with.
        norms: (n,) the length of each row.
        scaled: whether merits are divided by the length (cosine and angle).
        centred: whether half the squared length is taken off (Euclidean).
        dead: rows of zeros where those have no merit.
        error: (m,) no merit is further than this from the true value.
    """

    directions: Float32[np.ndarray, "d m"]
    norms: Float32[np.ndarray, "n"]
    scaled: bool
    centred: bool
    dead: Int64[np.ndarray, "z"]
    error: Float64[np.ndarray, "m"]

    def fill(self, points: Float32[np.ndarray, "b d"], start: int, out: Float32[np.ndarray, "b m"]) -> None:
        """Write the merits of the rows `start`, `start + 1`, ... whose points are given."""
        norms = self.norms[start : start + len(points), None]
        width, asked = self.directions.shape
        with np.errstate(divide="ignore", invalid="ignore"):  # rows of zeros, overwritten below
            if self.scaled and asked >= width:  # dividing the rows costs less than dividing the merits
                points = points * (1 / norms)
            np.matmul(points, self.directions, out=out)
            if self.scaled and asked < width:
                out /= norms
        if self.centred:
            out -= norms * norms / 2
        first, last = np.searchsorted(self.dead, [start, start + len(points)])
        out[self.dead[first:last] - start] = -np.inf


def merits_of(
    queries: Float32[np.ndarray, "m d"], norms: Float32[np.ndarray, "n"], metric: Metric
) -> Merits | None:
    """How to scan for `queries`, or None where lengths are so extreme that float32 bounds nothing."""
    wide = queries.astype(np.float64)
    lengths = np.sqrt((wide * wide).sum(axis=1))
    longest = float(norms.max(initial=0))
    directed = metric in ("cosine", "angle")
    dead = np.flatnonzero(norms == 0) if norms.min(initial=1) == 0 else np.empty(0, dtype=np.int64)
    shortest = float(np.delete(norms, dead).min(initial=1)) if len(dead) else float(norms.min(initial=1))
    if shortest < _SHORTEST or longest > _LONGEST or lengths.max(initial=0) > _LONGEST:
        return None
    unit = _ROUNDING * (queries.shape[1] + _EXTRA)
    if metric == "euclidean":
        directions, error = wide, unit * (longest + lengths) ** 2
    else:
        directions = wide / np.where(lengths > 0, lengths, 1)[:, None]
        error = np.full(len(queries), unit if directed else unit * longest)
    return Merits(
        directions=np.ascontiguousarray(directions.T, dtype=np.float32),
        norms=norms,
        scaled=directed,
        centred=metric == "euclidean",
        dead=dead if directed else dead[:0],
        error=error,
    )


def queries_at_once(keep: int) -> int:
    """How many queries to scan for together, so that a block holds several times `keep` rows."""
    return int(np.clip(_CELLS // max(1, 2 * keep), 1, _MOST_QUERIES))


def shortlist(
    vectors: Float32[np.ndarray, "n d"], merits: Merits, keep: int
) -> tuple[Int64[np.ndarray, "p"], Int64[np.ndarray, "p"]]:
    """Pairs (query, row): for each query all rows that could be among its `keep` nearest, and few others."""
    asked = merits.directions.shape[1]
    step = max(1, min(_CELLS // asked, len(vectors)))
    group = int(np.clip(step // (2 * keep), 1, _GROUP))
    groups = -(-step // group)
    block = np.empty((groups * group, asked), dtype=np.float32)
    best = _Best(keep, merits)
    for start in range(0, len(vectors), step):
        points = vectors[start : start + step]
        merits.fill(points, start, block[: len(points)])
        block[len(points) :] = -np.inf
        best.add(block.reshape(group, groups, asked), start)
    return best.pairs()


class _Best:
    """The bound on the keep-th best merit of each query so far, and the rows that reached it."""

    def __init__(self, keep: int, merits: Merits) -> None:
        self.keep = keep
        self.margin = (2 * merits.error).astype(np.float32)
        self.peaks = np.full((len(self.margin), keep), -np.inf, dtype=np.float32)
        self.bound = np.full(len(self.margin), -np.inf, dtype=np.float32)
        self.found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # queries, rows, merits

    def add(self, block: Float32[np.ndarray, "group groups m"], start: int) -> None:
        """Take in a block of merits; row `r * groups + g` of it is [r, g]."""
        groups, asked = block.shape[1:]
        peaks = block.max(axis=0)
        reached = np.flatnonzero(peaks >= np.maximum(self.bound - self.margin, _NEVER))
        hot = np.flatnonzero(np.bincount(reached % asked, minlength=asked))  # np.unique would import numpy.ma first
        self._raise_bound(hot, peaks[:, hot])
        low = np.maximum(self.bound - self.margin, _NEVER)
        reached = reached[peaks.ravel()[reached] >= low[reached % asked]]
        group, query = np.divmod(reached, asked)
        merits = block[:, group, query]
        row, pair = np.nonzero(merits >= low[query])
        self.found.append((query[pair], start + row * groups + group[pair], merits[row, pair]))

    def _raise_bound(self, hot: Int64[np.ndarray, "h"], peaks: Float32[np.ndarray, "groups h"]) -> None:
        both = np.concatenate([self.peaks[hot], peaks.T], axis=1)
        both.partition(both.shape[1] - self.keep, axis=1)
        self.peaks[hot] = both[:, -self.keep :]
        self.bound[hot] = both[:, -self.keep]

    def pairs(self) -> tuple[Int64[np.ndarray, "p"], Int64[np.ndarray, "p"]]:
        """The pairs (query, row) that the final bounds leave."""
        query, row, merit = (np.concatenate(part) for part in zip(*self.found, strict=True))
        left = merit >= (self.bound - self.margin)[query]
        return query[left], row[left]
