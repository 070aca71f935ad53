"""Who is near a point, with its own words told apart: the work behind `Space.near`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.geometry.analogy import Rule, Terms, solve
from armillary.geometry.neighbours import nearest
from armillary.geometry.ranks import ranks, ranks_of_many
from armillary.geometry.scores import Metric, exact_scores
from armillary.shapes import Float32, Int64
from armillary.space.answers import Neighbour, Neighbours
from armillary.space.point import Point
from armillary.space.rows import Rows

if TYPE_CHECKING:
    from armillary.geometry.scan import Scanner
else:
    Scanner = Any  # threads and kernels: nobody who asks once should wait for their import


def near_point(
    space: Rows, point: Point, n: int, metric: Metric, candidates: Int64[np.ndarray, "k"] | None,
    scanner: Scanner | None,
) -> Neighbours:
    """The n nearest rows among `candidates` (all, if None); through `scanner` where one is ready."""
    own = _own_rows(space, point)
    if scanner is not None:
        found = scanner.nearest(point.vector, n + len(own))
    else:
        found = nearest(
            space.vectors, point.vector[None], n + len(own), metric=metric, norms=space.norms, among=candidates
        )
    order = found.rows[0].tolist()
    others = [row for row in order if row not in own][:n]
    own = [row for row in own if candidates is None or row in candidates]
    rank = dict(zip(order, range(1, len(order) + 1), strict=True))
    rank |= _far_ranks(space, point, [row for row in own if row not in rank], metric, candidates)
    shown = [*others, *own]
    cosines = _scores(space, point.vector, shown, "cosine")
    scores = cosines if metric == "cosine" else _scores(space, point.vector, shown, metric)
    listed = [Neighbour(space.labels[row], cosines[row], rank.get(row, 0), scores[row]) for row in shown]
    left_out = sorted(listed[len(others) :], key=lambda one: one.rank)
    return Neighbours(point.label, tuple(listed[: len(others)]), tuple(left_out))


def near_points(space: Rows, points: Sequence[Point], n: int, scanner: Scanner | None) -> list[Neighbours]:
    """What `near_point` gives for each of `points` by cosine among all rows, from as few scans as can be."""
    own = [_own_rows(space, point) for point in points]
    vectors = np.stack([point.vector for point in points])
    if scanner is None:
        found = nearest(space.vectors, vectors, n + max(map(len, own)), norms=space.norms).rows
        orders = [row[row >= 0].tolist() for row in found]
    else:
        orders = [scanner.nearest(one, n + len(rows)).rows[0].tolist() for one, rows in zip(vectors, own, strict=True)]
    ranked = _ranked(space, vectors, own, orders)
    each = zip(points, orders, ranked, strict=True)
    return [_answer(space, point, n, order, places) for point, order, places in each]


def _ranked(
    space: Rows, vectors: Float32[np.ndarray, "m d"], own: Sequence[list[int]], orders: Sequence[list[int]]
) -> list[dict[int, int]]:
    """For each query its own rows with their ranks, those that its scan did not meet from one scan for all queries."""
    each = zip(own, orders, strict=True)
    ranked = [{row: order.index(row) + 1 for row in rows if row in order} for rows, order in each]
    far = [[row for row in rows if row not in met] for rows, met in zip(own, ranked, strict=True)]
    asked = [place for place, rows in enumerate(far) if rows]
    if asked:
        wanted = [np.array(far[place], np.int64) for place in asked]
        places = ranks_of_many(space.vectors, vectors[asked], wanted, norms=space.norms)
        for place, found in zip(asked, places, strict=True):
            ranked[place] |= dict(zip(far[place], found.tolist(), strict=True))
    return ranked


def _answer(space: Rows, point: Point, n: int, order: list[int], own: dict[int, int]) -> Neighbours:
    """The first n rows of an order that are not the point's own, and its own with their ranks."""
    others = [(row, rank) for rank, row in enumerate(order, 1) if row not in own][:n]
    listed = [*others, *sorted(own.items(), key=lambda pair: pair[1])]
    cosines = _scores(space, point.vector, [row for row, _ in listed], "cosine")
    told = tuple(Neighbour(space.labels[row], cosines[row], rank, cosines[row]) for row, rank in listed)
    return Neighbours(point.label, told[: len(others)], told[len(others) :])


def near_by_rule(
    space: Rows, point: Point, n: int, rule: Rule, candidates: Int64[np.ndarray, "k"] | None
) -> Neighbours:
    """The n nearest rows by 3CosAdd or 3CosMul, from the words that the point is made of."""
    terms = Terms(
        points=np.stack([point.space.vector(term.label) for term in point.terms]),
        weights=np.array([term.factor for term in point.terms]),
        rows=np.array([_own_row(space, point, term.label) for term in point.terms]),
    )
    found = solve(space.vectors, terms, n, rule=rule, norms=space.norms, among=candidates)
    listed = _listed(space, found.rows, found.scores, found.ranks)
    left_out = _listed(space, found.own_rows, found.own_scores, found.own_ranks)
    return Neighbours(point.label, listed, tuple(sorted(left_out, key=lambda one: one.rank)), rule)


def _listed(
    space: Rows, rows: Int64[np.ndarray, "k"], scores: Float32[np.ndarray, "k"], places: Int64[np.ndarray, "k"]
) -> tuple[Neighbour, ...]:
    labels = (space.labels[row] for row in rows.tolist())
    return tuple(map(Neighbour, labels, scores.tolist(), places.tolist(), scores.tolist()))


def _own_row(space: Rows, point: Point, label: str) -> int:
    """The row of a label that the point is made of, or -1; another space's words are no one's own here."""
    row = space.labels.find(label) if point.space is space else None
    return -1 if row is None else row


def _own_rows(space: Rows, point: Point) -> list[int]:
    found = (_own_row(space, point, term.label) for term in point.terms)
    return list(dict.fromkeys(row for row in found if row >= 0))


def _far_ranks(
    space: Rows, point: Point, far: list[int], metric: Metric, candidates: Int64[np.ndarray, "k"] | None
) -> dict[int, int]:
    """The ranks of rows so far down that the scan for the nearest did not meet them."""
    if not far:
        return {}
    if candidates is None and metric == "cosine":
        places = ranks(space.vectors, point.vector, np.array(far), norms=space.norms)
        return dict(zip(far, places.tolist(), strict=True))
    every = nearest(
        space.vectors, point.vector[None], len(space), metric=metric, norms=space.norms, among=candidates
    )
    return {row: place for place, row in enumerate(every.rows[0].tolist(), 1) if row in far}


def _scores(
    space: Rows, vector: Float32[np.ndarray, "d"], rows: Sequence[int], metric: Metric
) -> dict[int, float]:
    """How `vector` lies to each of `rows`; a row that is zero has the cosine 0 and the angle 90 degrees."""
    chosen = np.array(rows, np.int64)
    if metric in ("dot", "euclidean"):
        found = exact_scores(space.vectors, vector[None], chosen, np.zeros_like(chosen), metric)
        return dict(zip(rows, found.tolist(), strict=True))
    lengths = space.norms[chosen] * np.linalg.norm(vector)
    dots = space.vectors[chosen] @ vector
    cosines = np.clip(np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0), -1, 1)
    values = cosines if metric == "cosine" else np.degrees(np.arccos(cosines))
    return dict(zip(rows, values.tolist(), strict=True))
