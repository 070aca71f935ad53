"""Arithmetic with points: the three rules, and the ranks with the question's rows kept and left out."""

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.geometry.analogy import Terms, combine, products, solve
from tests.geometry.glove_words import table
from tests.geometry.plain_order import order_of


def terms(vectors, rows, weights):
    rows = np.array(rows, dtype=np.int64)
    return Terms(vectors[rows], np.array(weights, dtype=np.float64), rows)


@pytest.fixture
def space():
    vectors = np.random.default_rng(0).standard_normal((200, 6)).astype(np.float32) + np.float32(0.5)
    vectors[50] = 0
    vectors[60] = vectors[61]
    return vectors


def test_a_sum_is_the_sum():
    points = np.array([[1, 2], [3, 5], [7, 11]], dtype=np.float32)
    assert combine(terms(points, [0, 1, 2], [1, -1, 2])).tolist() == [12, 19]


def test_3cosadd_takes_unit_vectors_of_rows_and_other_points_as_they_are():
    points = np.array([[3, 4], [0, 10]], dtype=np.float32)
    both = Terms(points, np.array([1.0, -1.0]), np.array([0, -1]))
    expected = np.array([0.6, 0.8 - 10])
    assert combine(both, "3cosadd") == pytest.approx(expected / np.linalg.norm(expected), rel=1e-6)


@pytest.mark.parametrize("rule", ["sum", "3cosadd"])
def test_the_answer_leaves_out_the_question_and_says_where_it_stands(space, rule):
    asked = terms(space, [4, 60, 9, 4], [1, 1, -1, 1])
    answer = solve(space, asked, 8, rule=rule)
    order = order_of(space, combine(asked, rule))
    kept = [row for row, _ in order]
    assert answer.own_rows.tolist() == [4, 9, 60]
    assert answer.rows.tolist() == [row for row in kept if row not in (4, 9, 60)][:8]
    assert answer.ranks.tolist() == [kept.index(row) + 1 for row in answer.rows.tolist()]
    assert answer.own_ranks.tolist() == [kept.index(row) + 1 for row in (4, 9, 60)]
    scores = dict(order)
    assert answer.scores.tolist() == [scores[row] for row in answer.rows.tolist()]
    assert answer.own_scores.tolist() == [scores[row] for row in (4, 9, 60)]


def test_3cosmul_is_a_quotient_of_products(space):
    asked = terms(space, [4, 60, 9], [1, 2, -1])
    unit = np.delete(space, 50, axis=0).astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    a, b, c = ((1 + unit @ unit[i]) / 2 for i in (4, 59, 9))
    expected = a * b**2 / (c + 1e-6)
    found = products(space, asked)
    assert found[50] == -np.inf
    assert np.delete(found, 50) == pytest.approx(expected, rel=1e-6)
    answer = solve(space, asked, 300, rule="3cosmul")
    order = sorted((row for row in range(200) if row != 50), key=lambda row: (-found[row], row))
    assert answer.rows.tolist() == [row for row in order if row not in (4, 9, 60)]
    assert answer.ranks.tolist() == [order.index(row) + 1 for row in answer.rows.tolist()]
    assert answer.own_ranks.tolist() == [order.index(row) + 1 for row in (4, 9, 60)]
    assert answer.own_scores.tolist() == found[[4, 9, 60]].tolist()


@pytest.mark.parametrize("rule", ["sum", "3cosadd", "3cosmul"])
def test_among_ranks_among_those_rows_only(space, rule):
    asked = terms(space, [4, 60, 9], [1, 1, -1])
    among = np.array([9, 100, 30, 61, 50, 120, 30])
    answer = solve(space, asked, 3, rule=rule, among=among)
    whole = solve(space, asked, 200, rule=rule)
    rows, ranks = np.append(whole.rows, whole.own_rows).tolist(), np.append(whole.ranks, whole.own_ranks).tolist()
    places = dict(zip(rows, ranks, strict=True))
    order = sorted((row for row in set(among.tolist()) if row != 50), key=places.get)
    assert answer.own_rows.tolist() == [9]
    assert answer.own_ranks.tolist() == [order.index(9) + 1]
    assert answer.rows.tolist() == [row for row in order if row != 9][:3]
    assert answer.ranks.tolist() == [order.index(row) + 1 for row in answer.rows.tolist()]


def test_a_prefix_of_the_rows_answers_alone(space):
    answer = solve(space[:40], terms(space, [4, 60], [1, 1]), 40)
    assert answer.own_rows.tolist() == [4]
    assert sorted([*answer.rows.tolist(), 4]) == list(range(40))


def test_a_row_of_zeros_may_be_added_and_is_never_ranked(space):
    answer = solve(space, terms(space, [4, 50], [1, 1]), 3)
    assert answer.own_rows.tolist() == [4]
    assert answer.own_ranks.tolist() == [1]


@pytest.mark.parametrize(
    ("rows", "weights", "rule", "words"),
    [
        ([], [], "sum", "at least one term"),
        ([4, 4], [1, -1], "sum", "zeros"),
        ([4, 4], [1, -1], "3cosadd", "zeros"),
        ([4, 50], [1, 1], "3cosadd", "is zero"),
        ([4, 50], [1, 1], "3cosmul", "is zero"),
        ([4], [-1], "3cosmul", "added"),
    ],
)
def test_expressions_without_an_answer_are_refused(space, rows, weights, rule, words):
    with pytest.raises(InputError, match=words):
        solve(space, terms(space, rows, weights), 3, rule=rule)


@pytest.fixture(scope="module")
def words(data):
    table_of = table(data)
    return list(table_of), np.stack(list(table_of.values()))


@pytest.mark.parametrize(
    ("positive", "negative", "rule", "first", "score", "own"),
    [
        ("king woman", "man", "sum", "queen", 0.861, {"king": (1, 0.886)}),
        ("king woman", "man", "3cosadd", "queen", 0.852, {"king": (1, 0.885)}),
        ("italy hitler", "germany", "sum", "mussolini", 0.847, {"hitler": (2, 0.726)}),
    ],
)
def test_what_the_explainers_show_is_the_plain_sum(words, positive, negative, rule, first, score, own):
    labels, vectors = words
    plus, minus = positive.split(), negative.split()
    asked = terms(vectors, [labels.index(word) for word in plus + minus], [1] * len(plus) + [-1] * len(minus))
    answer = solve(vectors, asked, 1, rule=rule)
    assert labels[answer.rows[0]] == first
    assert answer.scores[0] == pytest.approx(score, abs=5e-4)
    for word, (rank, cosine) in own.items():
        place = answer.own_rows.tolist().index(labels.index(word))
        assert answer.own_ranks[place] == rank
        assert answer.own_scores[place] == pytest.approx(cosine, abs=5e-4)
