from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.geometry.angle import cosine
from armillary.geometry.direction import remove
from armillary.geometry.sentence import (
    common_component,
    mean_of_words,
    probabilities_from_counts,
    probabilities_from_ranks,
    sif,
    sum_of_words,
)
from tests.geometry.glove_words import reader


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def test_the_sum_and_the_mean_by_hand() -> None:
    words = np.array([[1, 2], [3, 6]], np.float32)
    assert sum_of_words(words).tolist() == [4, 8]
    assert mean_of_words(words).tolist() == [2, 4]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**31))
def test_sum_and_mean_have_the_same_cosines(p: int, q: int, seed: int) -> None:
    a, b = normal(p, 6, seed=seed), normal(q, 6, seed=seed + 1)
    of_sums = cosine(sum_of_words(a), sum_of_words(b))
    assert cosine(mean_of_words(a), mean_of_words(b)) == pytest.approx(of_sums, abs=1e-12)


def test_the_order_of_words_is_lost(data: Path) -> None:
    read = reader(data)
    one, other = read("dog bites man"), read("man bites dog")
    likely = np.array([0.01, 0.001, 0.02])
    assert mean_of_words(one) == pytest.approx(mean_of_words(other))
    assert sif(one, likely) == pytest.approx(sif(other, likely[::-1].copy()))


def test_counts_become_shares() -> None:
    known = probabilities_from_counts(np.array([6, 3, 0, 1]))
    assert known.values.tolist() == [0.6, 0.3, 0, 0.1]
    assert known.source == "counts"


def test_ranks_become_zipf_s_law() -> None:
    guessed = probabilities_from_ranks(4)
    assert guessed.values == pytest.approx(np.array([12, 6, 4, 3]) / 25)
    assert guessed.source == "ranks"


def test_sif_weights_as_the_paper_has_them() -> None:
    words, likely = normal(3, 4), np.array([0.05, 1e-3, 0.0])
    weights = [1e-3 / 0.051, 0.5, 1]
    expected = sum(weight * word for weight, word in zip(weights, words.astype(np.float64), strict=True)) / 3
    assert sif(words, likely) == pytest.approx(expected)


def test_a_large_a_weighs_all_words_alike() -> None:
    words = normal(3, 4)
    assert sif(words, np.array([0.5, 0.1, 0.01]), a=1e9) == pytest.approx(mean_of_words(words))


def test_the_common_component_is_what_the_texts_share() -> None:
    shared = np.array([0, -3, 0, 4], np.float32) / 5
    texts = normal(200, 4) * np.float32(0.1) + 5 * shared
    found = common_component(texts)
    assert np.linalg.norm(found) == pytest.approx(1)
    assert found == pytest.approx(shared, abs=0.01)
    assert np.abs(remove(texts, found) @ found).max() < 1e-5


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: mean_of_words(normal(0, 3)), "no word that the space holds"),
        (lambda: sum_of_words(normal(0, 3)), "no word that the space holds"),
        (lambda: sif(normal(0, 3), np.empty(0)), "no word that the space holds"),
        (lambda: sif(normal(1, 3), np.ones(1), a=0.0), "must be above 0, it is 0"),
        (lambda: probabilities_from_counts(np.zeros(3, np.int64)), "nor all zero"),
        (lambda: probabilities_from_counts(np.array([-1, 5])), "must not be negative"),
        (lambda: probabilities_from_counts(np.empty(0, np.int64)), "nor all zero"),
        (lambda: probabilities_from_ranks(0), "without words"),
        (lambda: common_component(normal(1, 3)), "at least 2 texts"),
        (lambda: common_component(np.zeros((3, 3), np.float32)), "not all zero"),
    ],
)
def test_what_cannot_be_is_refused(ask: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ask()  # type: ignore[operator]
