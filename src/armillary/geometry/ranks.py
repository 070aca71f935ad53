"""Where given rows stand in the order of all rows by cosine to a query, and which rows stand before one."""

from collections.abc import Sequence

import numpy as np

from armillary.geometry.scores import check_queries, exact_scores, row_norms
from armillary.geometry.shortlist import merits_of
from armillary.shapes import Float32, Int64

_CELLS = 2**20
"""Rough cosines that are held at once: 4 MiB."""
_SLACK = 1e-7
"""More than the rounding of a bound to float32 can take away from it."""


def ranks(
    vectors: Float32[np.ndarray, "n d"],
    query: Float32[np.ndarray, "d"],
    rows: Int64[np.ndarray, "r"],
    *,
    norms: Float32[np.ndarray, "n"] | None = None,
    banned: Int64[np.ndarray, "b"] | None = None,
) -> Int64[np.ndarray, "r"]:
    """The place, from 1, that each of `rows` has in `nearest(vectors, query[None], n)`, from one scan.

    Rows in `banned` are not counted. A row of zeros has no place: 0.

    Raises:
        InputError: the query is zero, not finite, or of another width.
    """
    rough = _Rough(vectors, query, norms)
    if banned is not None:
        rough.merits[banned] = -np.inf
    places = np.zeros(len(rows), dtype=np.int64)
    for i, (row, score) in enumerate(zip(rows.tolist(), rough.exact(rows), strict=True)):
        if np.isfinite(score):
            surely, doubtful = rough.split(score)
            scores = rough.exact(doubtful)
            before = (scores > score) | ((scores == score) & (doubtful < row))
            places[i] = 1 + np.count_nonzero(surely) + np.count_nonzero(before)
    return places


def ranks_of_many(
    vectors: Float32[np.ndarray, "n d"],
    queries: Float32[np.ndarray, "m d"],
    rows: Sequence[Int64[np.ndarray, "_"]],
    *,
    norms: Float32[np.ndarray, "n"] | None = None,
) -> list[Int64[np.ndarray, "_"]]:
    """For each query the places of its own `rows`, as `ranks` gives them: from one matrix product for all queries.

    Raises:
        InputError: as `ranks`, of any query.
    """
    check_queries(queries, vectors.shape[1], "cosine")
    norms = row_norms(vectors) if norms is None else norms
    merits = merits_of(queries, norms, "cosine")
    if merits is None:  # lengths so extreme that float32 bounds nothing
        return [ranks(vectors, query, some, norms=norms) for query, some in zip(queries, rows, strict=True)]
    asked = np.repeat(np.arange(len(rows)), [len(some) for some in rows])
    wanted = np.concatenate([np.empty(0, np.int64), *rows])
    scores = exact_scores(vectors, queries, wanted, asked)
    before = np.zeros(len(wanted), np.int64)
    step = max(1, _CELLS // max(1, len(queries)))
    for start in range(0, len(vectors), step):
        points = vectors[start : start + step]
        found = np.empty((len(points), len(queries)), np.float32)
        merits.fill(points, start, found)
        rough = np.ascontiguousarray(found.T)
        for pair in np.flatnonzero(np.isfinite(scores)).tolist():
            one = asked[pair]
            block, row = (rough[one], start, float(merits.error[one])), (int(wanted[pair]), scores[pair])
            before[pair] += _before(vectors, queries[one], block, row)
    places = np.where(np.isfinite(scores), 1 + before, 0)
    return np.split(places, np.cumsum([len(some) for some in rows])[:-1])


def _before(
    vectors: Float32[np.ndarray, "n d"], query: Float32[np.ndarray, "d"],
    block: tuple[Float32[np.ndarray, "b"], int, float], wanted: tuple[int, np.float32],
) -> int:
    """How many rows of a block of rough cosines, which begins at a row and errs by so much, stand before a row."""
    (rough, start, error), (row, score) = block, wanted
    low, high = np.float32(score - 1.01 * error - _SLACK), np.float32(score + 1.01 * error + _SLACK)
    surely = rough > high
    doubtful = start + np.flatnonzero((rough >= low) & ~surely)
    exact = exact_scores(vectors, query[None], doubtful, np.zeros(len(doubtful), np.int64))
    return int(np.count_nonzero(surely) + np.count_nonzero((exact > score) | ((exact == score) & (doubtful < row))))


def closer_than(
    vectors: Float32[np.ndarray, "n d"], row: int, other: int, *, norms: Float32[np.ndarray, "n"] | None = None
) -> Int64[np.ndarray, "c"]:
    """The rows, ascending, whose cosine to `row` is above that of `other`; `row` itself is not one of them.

    As gensim's `closer_than`; its `rank` is one more than the length of this.

    Raises:
        InputError: `row` is zero.
    """
    rough = _Rough(vectors, vectors[row], norms)
    score = rough.exact(np.array([other]))[0]
    surely, doubtful = rough.split(score)
    surely[doubtful] = rough.exact(doubtful) > score
    surely[row] = False
    return np.flatnonzero(surely)


class _Rough:
    """The cosine of every row to one query, rough (with its error) and exact."""

    def __init__(
        self,
        vectors: Float32[np.ndarray, "n d"],
        query: Float32[np.ndarray, "d"],
        norms: Float32[np.ndarray, "n"] | None,
    ) -> None:
        self.vectors, self.queries = vectors, np.asarray(query)[None, :]
        check_queries(self.queries, vectors.shape[1], "cosine")
        norms = row_norms(vectors) if norms is None else norms
        self.merits = np.zeros(len(vectors), dtype=np.float32)
        self.error = np.inf
        merits = merits_of(self.queries, norms, "cosine")
        if merits is not None:
            merits.fill(vectors, 0, self.merits[:, None])
            self.error = float(merits.error[0])
        self.merits[norms == 0] = -np.inf

    def exact(self, rows: Int64[np.ndarray, "p"]) -> Float32[np.ndarray, "p"]:
        return exact_scores(self.vectors, self.queries, rows, np.zeros(len(rows), dtype=np.int64))

    def split(self, score: np.float32) -> tuple[np.ndarray, Int64[np.ndarray, "p"]]:
        """Which rows score higher for sure (n,), and those where only the exact score can tell."""
        with np.errstate(invalid="ignore"):  # two rows of zeros: -inf less -inf, which is not above anything
            above = self.merits.astype(np.float64) - float(score)
        return above > self.error, np.flatnonzero((np.abs(above) <= self.error) & (self.merits > -np.inf))
