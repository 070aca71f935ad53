"""The nearest rows to one query or to many: exact, in blocks, ties to the lower row."""

from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.geometry.scores import DISTANCES, Metric, check_queries, exact_scores, row_norms
from armillary.geometry.shortlist import merits_of, queries_at_once, shortlist
from armillary.shapes import Float32, Int64


@dataclass(frozen=True, eq=False)
class Nearest:
    """The k nearest rows to each of m queries, best first.

    Where a query has fewer answers than another, its last places hold row -1 with the worst score there is (-inf, or
    +inf for a distance). One query alone never has such places.

    Attributes:
        rows: (m, k) row numbers.
        scores: (m, k) cosine, dot product, Euclidean distance, or angle in degrees.
    """

    rows: Int64[np.ndarray, "m k"]
    scores: Float32[np.ndarray, "m k"]


def nearest(
    vectors: Float32[np.ndarray, "n d"],
    queries: Float32[np.ndarray, "m d"],
    top: int,
    *,
    metric: Metric = "cosine",
    norms: Float32[np.ndarray, "n"] | None = None,
    among: Int64[np.ndarray, "s"] | None = None,
    banned: Int64[np.ndarray, "m b"] | None = None,
) -> Nearest:
    """The `top` rows nearest to each query.

    Exact: a scan in float32 only shortlists, and the scores are those of `exact_scores`. Of equal scores the lower row
    comes first. Rows of zeros have no cosine and no angle and are left out of those.

    Args:
        vectors: the points.
        queries: the questions, of any length.
        top: how many answers at most to each.
        metric: "cosine", "dot", "euclidean", or "angle" (degrees).
        norms: `row_norms(vectors)` where they are at hand; computing them costs more than one query.
        among: only these rows. For the first rows of the space, pass `vectors[:s]` instead, which copies nothing.
        banned: rows to leave out, per query; -1 stands for none.

    Raises:
        InputError: `top` is under 1, or a query is of another width, not finite, or zero where it needs a direction.
    """
    if top < 1:
        raise InputError("at least one neighbour must be asked for, not {top}", top=top)
    check_queries(queries, vectors.shape[1], metric)
    norms = row_norms(vectors) if norms is None else norms
    if among is not None:
        among = np.unique(among)
        vectors, norms = vectors[among], norms[among]
        banned = None if banned is None else _renumber(banned, among)
    banned = np.empty((len(queries), 0), dtype=np.int64) if banned is None else banned
    keep = max(1, min(top + banned.shape[1], len(vectors)))
    parts, step = [], queries_at_once(keep)
    for start in range(0, len(queries), step):
        some = queries[start : start + step]
        asked, rows = _candidates(vectors, some, keep, metric, norms)
        parts.append(ranked(vectors, some, (asked, rows), top, metric, banned[start : start + step]))
    answer = _stacked(parts, metric)
    return answer if among is None else Nearest(np.append(among, -1)[answer.rows], answer.scores)


def ranked(
    vectors: Float32[np.ndarray, "n d"],
    queries: Float32[np.ndarray, "m d"],
    pairs: tuple[Int64[np.ndarray, "p"], Int64[np.ndarray, "p"]],
    top: int,
    metric: Metric,
    banned: Int64[np.ndarray, "m b"],
) -> Nearest:
    """The `top` best of shortlisted pairs (query, row) by their exact scores; each row at most once per query."""
    asked, rows = pairs
    allowed = ~(rows[:, None] == banned[asked]).any(axis=1)
    asked, rows = asked[allowed], rows[allowed]
    scores = exact_scores(vectors, queries, rows, asked, metric)
    if metric in ("cosine", "angle"):
        directed = np.isfinite(scores)
        asked, rows, scores = asked[directed], rows[directed], scores[directed]
    order = np.lexsort((rows, scores if metric in DISTANCES else -scores, asked))
    asked, rows, scores = asked[order], rows[order], scores[order]
    counts = np.bincount(asked, minlength=len(queries))
    place = np.arange(len(asked)) - np.repeat(np.cumsum(counts) - counts, counts)
    answer = _empty(len(queries), min(top, int(counts.max(initial=0))), metric)
    kept = place < top
    answer.rows[asked[kept], place[kept]] = rows[kept]
    answer.scores[asked[kept], place[kept]] = scores[kept]
    return answer


def _candidates(
    vectors: Float32[np.ndarray, "n d"],
    queries: Float32[np.ndarray, "m d"],
    keep: int,
    metric: Metric,
    norms: Float32[np.ndarray, "n"],
) -> tuple[Int64[np.ndarray, "p"], Int64[np.ndarray, "p"]]:
    merits = merits_of(queries, norms, metric) if len(vectors) else None
    if merits is not None:
        return shortlist(vectors, merits, keep)
    every = np.arange(len(vectors))
    return np.repeat(np.arange(len(queries)), len(every)), np.tile(every, len(queries))


def _renumber(banned: Int64[np.ndarray, "m b"], among: Int64[np.ndarray, "s"]) -> Int64[np.ndarray, "m b"]:
    place = np.searchsorted(among, banned)
    found = np.append(among, -1)[place] == banned
    return np.where(found, place, -1)


def _empty(asked: int, width: int, metric: Metric) -> Nearest:
    worst = np.inf if metric in DISTANCES else -np.inf
    return Nearest(
        np.full((asked, width), -1, dtype=np.int64), np.full((asked, width), worst, dtype=np.float32)
    )


def _stacked(parts: list[Nearest], metric: Metric) -> Nearest:
    if len(parts) == 1:
        return parts[0]
    width = max((part.rows.shape[1] for part in parts), default=0)
    whole = _empty(sum(len(part.rows) for part in parts), width, metric)
    start = 0
    for part in parts:
        place = slice(start, start + len(part.rows)), slice(0, part.rows.shape[1])
        whole.rows[place], whole.scores[place] = part.rows, part.scores
        start += len(part.rows)
    return whole
