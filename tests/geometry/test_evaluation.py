"""Analogy questions and judged pairs, held to one question at a time in plain code."""

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.geometry import evaluation
from armillary.geometry.correlation import pearson, spearman
from armillary.geometry.evaluation import agreement, answer_analogies
from tests.geometry.plain_order import order_of


def plainly(vectors, folds, question):
    """gensim's rules for one question over all rows."""
    a, b, c, _ = question
    unit = vectors.astype(np.float64) / np.maximum(np.linalg.norm(vectors.astype(np.float64), axis=1), 1e-30)[:, None]
    query = (unit[b] + unit[c] - unit[a]).astype(np.float32)
    found = [folds[row] for row, _ in order_of(vectors, query) if row not in (a, b, c)][:5]
    return next((fold for fold in found if fold not in (a, b, c)), found[-1])


@pytest.fixture
def space():
    vectors = np.random.default_rng(0).standard_normal((90, 5)).astype(np.float32)
    vectors[33] = 0
    folds = np.arange(90)
    folds[60:90] = np.arange(30)  # 60 is spelled like 0, 61 like 1, ...
    vectors[60:75] = vectors[:15] * np.float32(1.25)  # ... and lies where that lies
    vectors[76:84] = vectors[0] + vectors[76:84] * np.float32(0.001)
    folds[76:84] = 0
    return vectors, folds


def test_each_answer_is_that_of_plain_code(space):
    vectors, folds = space
    questions = np.random.default_rng(1).integers(0, 60, (80, 4))
    # gensim's odd case: all five rows looked through are spelled like 0.
    questions[:3, :3] = [[5, 0, 5], [0, 0, 0], [7, 0, 1]]
    questions[:3, 3] = 0
    questions[(questions == 33).any(axis=1)] = 2
    found = answer_analogies(vectors, questions, folds=folds)
    assert found.asked.all()
    assert found.answers.tolist() == [plainly(vectors, folds, question) for question in questions.tolist()]
    assert found.correct.tolist() == (found.answers == questions[:, 3]).tolist()
    assert found.correct[0]


def test_missing_words_rows_beyond_the_limit_and_zeros_are_skipped(space):
    vectors, _ = space
    first = [[0, 1, 2, 3], [0, 1, 2, -1], [0, -1, 2, 3], [50, 1, 2, 3]]
    questions = np.array([*first, [0, 1, 2, 49], [33, 1, 2, 3], [4, 5, 4, 6]])
    found = answer_analogies(vectors, questions, restrict_vocab=50)
    assert found.asked.tolist() == [True, False, False, False, True, False, True]
    assert found.answers[~found.asked].tolist() == [-1] * 4
    assert found.answers.max() < 50
    vectors[6] = -vectors[5]
    assert not answer_analogies(vectors, np.array([[5, 5, 6, 1], [4, 5, 6, 4]])).correct.any()


def test_blocks_of_questions_change_nothing(space, monkeypatch):
    vectors, folds = space
    questions = np.random.default_rng(2).integers(34, 60, (50, 4))
    whole = answer_analogies(vectors, questions, folds=folds)
    monkeypatch.setattr(evaluation, "_AT_ONCE", 7)
    assert np.array_equal(answer_analogies(vectors, questions, folds=folds).answers, whole.answers)


def test_sections_count_what_was_right_asked_and_skipped(space):
    vectors, _ = space
    answer = answer_analogies(vectors, np.array([[0, 1, 2, 3]])).answers[0]
    questions = np.array([[0, 1, 2, answer], [0, 1, 2, 5], [0, 1, 2, -1], [0, 1, 2, answer]])
    found = answer_analogies(vectors, questions)
    assert found.by_section(np.array([0, 0, 0, 2]), 3).tolist() == [[1, 2, 1], [0, 0, 0], [1, 1, 0]]


def test_agreement_correlates_cosines_with_scores(space):
    vectors, _ = space
    pairs = np.array([[0, 1], [2, 3], [4, 5], [6, -1], [7, 8], [33, 9], [10, 89], [11, 12]])
    judged = np.array([1.0, 4, 2, 9, 4, 9, 9, 7])
    used = [0, 1, 2, 4, 7]
    x = vectors.astype(np.float64)
    cosines = np.array([x[a] @ x[b] / np.linalg.norm(x[a]) / np.linalg.norm(x[b]) for a, b in pairs[used]])
    found = agreement(vectors, pairs, judged, restrict_vocab=80, draws=100)
    assert found.spearman == pytest.approx(spearman(judged[used], cosines))
    assert found.pearson == pytest.approx(pearson(judged[used], cosines), abs=1e-6)
    assert (found.pairs, found.skipped) == (5, 3)
    assert found.low <= found.spearman <= found.high
    zeros = np.zeros(8)
    zeros[used] = cosines
    filled = agreement(vectors, pairs, judged, restrict_vocab=80, unknown_is_zero=True, draws=100)
    assert filled.spearman == pytest.approx(spearman(judged, zeros))
    assert (filled.pairs, filled.skipped) == (8, 0)


def test_one_pair_is_not_enough(space):
    with pytest.raises(InputError, match="at least 2 pairs"):
        agreement(space[0], np.array([[0, 1], [2, -1]]), np.array([1.0, 2.0]))
