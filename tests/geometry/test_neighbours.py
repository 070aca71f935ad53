"""Nearest rows: equal to a plain sort, whatever the blocks, the ties, the lengths or the rows of zeros."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from armillary.errors import InputError
from armillary.geometry import shortlist
from armillary.geometry.neighbours import nearest
from armillary.geometry.scores import check_queries, exact_scores, row_norms
from tests.geometry.plain_order import order_of

METRICS = ["cosine", "dot", "euclidean", "angle"]

# Few distinct numbers make ties, equal rows and rows of zeros; all numbers make under- and overflow.
few = st.sampled_from([-2.0, -1.0, 0.0, 1.0, 3.0])
every = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def questions(draw, numbers):
    n, d, m = draw(st.integers(1, 40)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    vectors = draw(arrays(np.float32, (n, d), elements=numbers))
    queries = draw(arrays(np.float32, (m, d), elements=numbers))
    queries[~queries.any(axis=1), 0] = 1
    banned = draw(arrays(np.int64, (m, draw(st.integers(0, 3))), elements=st.integers(-1, n - 1)))
    return vectors, queries, draw(st.integers(1, n + 2)), banned


def check(vectors, queries, top, banned, metric):
    found = nearest(vectors, queries, top, metric=metric, banned=banned)
    assert found.rows.dtype == np.int64
    for query, rows, scores, out in zip(queries, found.rows, found.scores, banned, strict=True):
        expected = [pair for pair in order_of(vectors, query, metric) if pair[0] not in out][:top]
        assert rows[: len(expected)].tolist() == [row for row, _ in expected]
        assert scores[: len(expected)].tolist() == [score for _, score in expected]
        assert (rows[len(expected) :] == -1).all()
    assert not np.isnan(found.scores).any()


@pytest.mark.parametrize("metric", METRICS)
@given(asked=questions(few))
@settings(max_examples=60, deadline=None)
def test_ties_and_zero_rows_as_a_plain_sort_has_them(metric, asked):
    check(*asked, metric)


@pytest.mark.parametrize("metric", METRICS)
@given(asked=questions(every))
@settings(max_examples=60, deadline=None)
def test_any_numbers_that_float32_holds(metric, asked):
    check(*asked, metric)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("cells", [7, 64, 1000, 10**6])
def test_no_answer_depends_on_the_block_size(monkeypatch, metric, cells):
    random = np.random.default_rng(1)
    vectors = random.standard_normal((500, 12)).astype(np.float32)
    vectors[300:] = vectors[:200]  # every one of these ties with another row
    vectors[17] = 0
    queries = vectors[[0, 5, 310]] * np.float32(1.7)
    expected = nearest(vectors, queries, 20, metric=metric)
    monkeypatch.setattr(shortlist, "_CELLS", cells)
    monkeypatch.setattr(shortlist, "_MOST_QUERIES", 2)
    found = nearest(vectors, queries, 20, metric=metric)
    assert np.array_equal(found.rows, expected.rows)
    assert np.array_equal(found.scores, expected.scores)
    assert expected.rows[:, :2].tolist() == [[0, 300], [5, 305], [10, 310]] or metric == "dot"


@pytest.mark.parametrize("metric", METRICS)
def test_near_ties_come_in_their_true_order(metric):
    """Rows closer together than float32 products can tell apart."""
    random = np.random.default_rng(2)
    base = random.standard_normal(300).astype(np.float32)
    vectors = np.repeat(base[None], 400, axis=0)
    vectors[np.arange(400), random.integers(0, 300, 400)] *= 1 + random.integers(1, 40, 400).astype(np.float32) * 2**-16
    check(vectors, base[None], 15, np.empty((1, 0), dtype=np.int64), metric)


def test_the_shortlist_is_short():
    random = np.random.default_rng(3)
    vectors = random.standard_normal((20_000, 50)).astype(np.float32)
    merits = shortlist.merits_of(vectors[:8], row_norms(vectors), "cosine")
    asked, _ = shortlist.shortlist(vectors, merits, 10)
    assert np.bincount(asked, minlength=8).min() >= 10
    assert len(asked) <= 8 * 12


@pytest.mark.parametrize("metric", METRICS)
def test_the_error_of_a_merit_is_never_above_what_it_says(metric):
    random = np.random.default_rng(4)
    vectors = (random.standard_normal((2000, 40)) * random.exponential(1, (2000, 1))).astype(np.float32)
    queries = (random.standard_normal((64, 40)) * 3).astype(np.float32)
    for some in (queries, queries[:3]):
        merits = shortlist.merits_of(some, row_norms(vectors), metric)
        rough = np.empty((2000, len(some)), dtype=np.float32)
        merits.fill(vectors, 0, rough)
        x, q = vectors.astype(np.float64), some.astype(np.float64)
        true = x @ q.T
        if metric == "euclidean":
            true -= (x * x).sum(axis=1)[:, None] / 2
        else:
            true /= np.linalg.norm(q, axis=1)
        if metric in ("cosine", "angle"):
            true /= np.linalg.norm(x, axis=1)[:, None]
        assert (np.abs(rough - true) <= merits.error).all()


def test_among_answers_from_those_rows_only():
    random = np.random.default_rng(5)
    vectors = random.standard_normal((60, 4)).astype(np.float32)
    among = np.array([40, 3, 3, 17, 59, 20])
    found = nearest(vectors, vectors[:2], 4, among=among, banned=np.array([[17], [2]]))
    for query, rows, out in zip(vectors[:2], found.rows, (17, 2), strict=True):
        allowed = set(among.tolist()) - {out}
        assert rows.tolist() == [row for row, _ in order_of(vectors, query) if row in allowed][:4]


def test_places_without_an_answer_hold_minus_one():
    vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)
    found = nearest(vectors, vectors, 2, banned=np.array([[0], [-1]]))
    assert found.rows.tolist() == [[1, -1], [1, 0]]
    assert found.scores.tolist() == [[0.0, -np.inf], [1.0, 0.0]]
    far = nearest(vectors, vectors, 2, banned=np.array([[0], [-1]]), metric="angle")
    assert far.scores.tolist() == [[90.0, np.inf], [0.0, 90.0]]


def test_norms_at_hand_change_no_answer_and_rows_stay_as_they_are():
    vectors = np.random.default_rng(6).standard_normal((50, 3)).astype(np.float32)
    vectors.setflags(write=False)
    given = nearest(vectors, vectors[:5], 7, norms=row_norms(vectors))
    computed = nearest(vectors, vectors[:5], 7)
    assert np.array_equal(given.rows, computed.rows)
    assert np.array_equal(given.scores, computed.scores)


def test_row_norms_are_right_to_the_last_bit():
    vectors = np.random.default_rng(7).standard_normal((1000, 30)).astype(np.float32)
    expected = np.linalg.norm(vectors.astype(np.float64), axis=1).astype(np.float32)
    assert np.array_equal(row_norms(vectors), expected)


def test_an_empty_space_has_no_neighbours():
    found = nearest(np.empty((0, 3), dtype=np.float32), np.ones((2, 3), dtype=np.float32), 5)
    assert found.rows.shape == (2, 0)


def test_angles_are_degrees():
    points = np.array([[1, 0], [1, 1], [0, 2], [-1, 0]], dtype=np.float32)
    angles = exact_scores(points, points[:1], np.arange(4), np.zeros(4, dtype=np.int64), "angle")
    assert angles.tolist() == [0, 45, 90, 180]


@pytest.mark.parametrize(
    ("query", "top", "metric", "words"),
    [
        ([0, 0], 1, "cosine", "zeros"),
        ([0, 0], 1, "angle", "zeros"),
        ([1, np.nan], 1, "dot", "NaN"),
        ([1, 0], 0, "dot", "at least one"),
    ],
)
def test_questions_without_an_answer_are_refused(query, top, metric, words):
    with pytest.raises(InputError, match=words):
        nearest(np.eye(2, dtype=np.float32), np.array([query], dtype=np.float32), top, metric=metric)


def test_a_query_of_another_width_is_refused():
    with pytest.raises(InputError, match="3 numbers, the points of this space have 2"):
        check_queries(np.ones((1, 3), dtype=np.float32), 2, "dot")


def test_a_zero_query_has_distances():
    points, zero = np.array([[3, 4], [1, 0]], dtype=np.float32), np.zeros((1, 2), dtype=np.float32)
    found = nearest(points, zero, 2, metric="euclidean")
    assert found.rows.tolist() == [[1, 0]]
    assert found.scores.tolist() == [[1, 5]]
