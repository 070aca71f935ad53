"""Where given rows stand in the order of all rows by cosine to a query, and which rows stand before one."""

import numpy as np

from armillary.geometry.scores import check_queries, exact_scores, row_norms
from armillary.geometry.shortlist import merits_of
from armillary.shapes import Float32, Int64


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
