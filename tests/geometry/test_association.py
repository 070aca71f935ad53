from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.geometry.alignment import random_rotation
from armillary.geometry.angle import cosine
from armillary.geometry.association import weat
from tests.geometry.glove_words import reader


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def leaning(word: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """s(w, A, B) as the paper writes it."""
    return float(np.mean([cosine(word, each) for each in a]) - np.mean([cosine(word, each) for each in b]))


@settings(max_examples=25)
@given(st.integers(2, 4), st.integers(1, 3), st.integers(0, 2**31))
def test_the_paper_s_formulas_word_by_word(size: int, attributes: int, seed: int) -> None:
    x, y = normal(size, 5, seed=seed), normal(size, 5, seed=seed + 1)
    a, b = normal(attributes, 5, seed=seed + 2), normal(attributes, 5, seed=seed + 3)
    s = [leaning(word, a, b) for word in [*x, *y]]
    total = sum(s)
    seen = sum(s[:size]) - sum(s[size:])
    sums = [2 * sum(s[i] for i in chosen) - total for chosen in combinations(range(2 * size), size)]
    answer = weat(x, y, a, b)
    assert answer.effect == pytest.approx((np.mean(s[:size]) - np.mean(s[size:])) / np.std(s, ddof=1))
    assert answer.p == np.mean([other >= seen - 1e-9 for other in sums])
    assert answer.exact
    assert answer.smallest == 1 / len(sums)
    assert np.concatenate([answer.x, answer.y]) == pytest.approx(s)


@settings(max_examples=25)
@given(st.integers(0, 2**31))
def test_swapping_targets_or_attributes_turns_the_effect_round_and_a_rotation_does_not(seed: int) -> None:
    x, y, a, b = (normal(4, 6, seed=seed + i).astype(np.float64) for i in range(4))
    effect = weat(x, y, a, b).effect
    assert weat(y, x, a, b).effect == pytest.approx(-effect)
    assert weat(x, y, b, a).effect == pytest.approx(-effect)
    turn = random_rotation(6, seed % 1000)
    assert weat(x @ turn, y @ turn, a @ turn, b @ turn).effect == pytest.approx(effect)


def test_targets_of_different_sizes_are_compared_by_their_means() -> None:
    x, y, a, b = normal(2, 5), normal(5, 5, seed=1), normal(3, 5, seed=2), normal(3, 5, seed=3)
    answer = weat(x, y, a, b)
    assert answer.smallest == 1 / 21
    s = np.concatenate([answer.x, answer.y])
    gaps = [s[list(c)].mean() - np.delete(s, list(c)).mean() for c in combinations(range(7), 2)]
    assert answer.p == np.mean([gap >= answer.x.mean() - answer.y.mean() - 1e-12 for gap in gaps])


def test_a_sampled_p_is_near_the_exact_one_and_comes_from_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = [normal(6, 8) + 0.1, normal(6, 8, seed=1), normal(5, 8, seed=2) + 0.1, normal(5, 8, seed=3)]
    exact = weat(*sets)
    monkeypatch.setattr("armillary.geometry.association._ENUMERATED", 0)
    sampled = weat(*sets, draws=25_000, seed=1)
    assert not sampled.exact
    assert sampled.effect == exact.effect
    assert 0.1 < exact.p < 0.9, "an extreme p would compare nothing"
    assert sampled.p == pytest.approx(exact.p, abs=0.015)
    assert sampled.smallest == 1 / 25_001
    assert weat(*sets, draws=25_000, seed=1).p == sampled.p
    assert weat(*sets, draws=25_000, seed=2).p != sampled.p


def test_too_many_partitions_are_sampled_and_p_is_never_zero() -> None:
    a, b = normal(3, 8), normal(3, 8, seed=1)
    x, y = a[0] + 0.01 * normal(12, 8, seed=2), b[0] + 0.01 * normal(12, 8, seed=3)
    answer = weat(x, y, a, b, draws=99)
    assert not answer.exact
    assert answer.p == answer.smallest == 0.01


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((1, 2, 1, 1), "at least 2 words in X, 1 are left"),
        ((2, 0, 1, 1), "at least 2 words in Y, 0 are left"),
        ((2, 2, 0, 1), "at least 1 words in A, 0 are left"),
        ((2, 2, 1, 0), "at least 1 words in B, 0 are left"),
    ],
)
def test_too_few_words_are_an_error_and_never_nan(sizes: tuple[int, int, int, int], words: str) -> None:
    x, y, a, b = (normal(size, 4, seed=i) for i, size in enumerate(sizes))
    with pytest.raises(InputError, match=words):
        weat(x, y, a, b)


def test_words_that_all_lean_alike_are_an_error() -> None:
    same = np.tile(normal(1, 4), (2, 1))
    with pytest.raises(InputError, match="no effect"):
        weat(same, same, normal(1, 4, seed=1), normal(1, 4, seed=2))


def test_flowers_are_pleasant_and_insects_are_not(data: Path) -> None:
    read = reader(data)
    answer = weat(
        read("rose daisy lily orchid iris flowers roses"), read("ant spider mosquito beetle ants worm bug"),
        read("love peace friend pleasure happy laughter honest gift"),
        read("abuse crash dirty murder sickness accident death grief"),
    )
    assert answer.effect > 0.8
    assert answer.p < 0.05
