from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.geometry.alignment import random_rotation
from armillary.geometry.angle import RandomPairs, angle_degrees, cosine, dot, n_similarity, odd_one_out, random_pairs
from tests.geometry.glove_words import reader


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def test_dot_cosine_and_angle_by_hand() -> None:
    a, b = np.array([3, 0], np.float32), np.array([2, 2], np.float32)
    assert dot(a, b) == 6
    assert cosine(a, b) == pytest.approx(np.sqrt(0.5))
    assert angle_degrees(a, b) == pytest.approx(45)


def test_two_one_hot_words_are_at_a_right_angle_and_root_two_apart() -> None:
    table = np.eye(7, dtype=np.float32)
    assert angle_degrees(table[2], table[5]) == pytest.approx(90)
    assert np.linalg.norm(table[2] - table[5]) == pytest.approx(np.sqrt(2))


def test_the_angle_keeps_its_digits_where_the_arc_cosine_loses_them() -> None:
    a, b = np.array([1.0, 0.0]), np.array([1.0, 1e-9])
    assert angle_degrees(a, b) == pytest.approx(np.degrees(1e-9), rel=1e-6)
    assert angle_degrees(a, a) == 0
    assert angle_degrees(a, -b) == pytest.approx(180)


@given(st.integers(0, 2**31), st.floats(1e-3, 1e3))
def test_angle_and_cosine_agree_and_ignore_length_and_rotation(seed: int, scale: float) -> None:
    a, b = normal(2, 9, seed=seed).astype(np.float64)
    assert np.cos(np.radians(angle_degrees(a, b))) == pytest.approx(cosine(a, b), abs=1e-12)
    assert cosine(a * scale, b) == pytest.approx(cosine(b, a), abs=1e-12)
    turn = random_rotation(9, seed % 1000)
    assert cosine(a @ turn, b @ turn) == pytest.approx(cosine(a, b), abs=1e-12)
    assert cosine(a, -b) == pytest.approx(-cosine(a, b), abs=1e-12)


@pytest.mark.parametrize("ask", [cosine, angle_degrees])
def test_a_zero_vector_has_no_angle(ask: object) -> None:
    with pytest.raises(InputError, match="vector 2 of those given is zero"):
        ask(np.ones(3, np.float32), np.zeros(3, np.float32))  # type: ignore[operator]


def test_real_words_near_dog_and_a_near_antonym(data: Path) -> None:
    dog, cat, pet, walk, good, bad = reader(data)("dog cat pet walk good bad")
    assert [round(cosine(dog, other), 2) for other in (cat, pet, walk)] == [0.92, 0.77, 0.53]
    assert round(cosine(good, bad), 2) == 0.80


def test_the_odd_one_out_of_real_words(data: Path) -> None:
    answer = odd_one_out(reader(data)("breakfast cereal dinner lunch"))
    assert answer.position == 1
    assert answer.scores.argmin() == 1


def test_the_odd_one_out_needs_three() -> None:
    with pytest.raises(InputError, match="at least 3 words; given: 2"):
        odd_one_out(normal(2, 4))


def test_the_odd_one_out_of_a_tie_is_the_first() -> None:
    assert odd_one_out(np.array([[1, 1], [1, 0], [0, 1], [1, 0], [0, 1]], np.float32)).position == 1


def test_n_similarity_of_empty_sets_is_refused() -> None:
    with pytest.raises(InputError, match="at least one vector in each set"):
        n_similarity(normal(2, 4), normal(0, 4))


def test_where_a_value_lies_among_random_pairs() -> None:
    pairs = RandomPairs(np.array([-0.5, 0.0, 0.25, 0.5]))
    assert pairs.mean == 0.0625
    assert pairs.negative == 0.25
    assert [pairs.percentile(value) for value in (-1.0, 0.3, 1.0)] == [0, 75, 100]


def test_random_pairs_find_the_mean_cosine_over_all_pairs() -> None:
    vectors = normal(60, 5) + 0.5
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    every = (unit @ unit.T)[~np.eye(60, dtype=bool)]
    pairs = random_pairs(vectors, 100_000)
    assert pairs.mean == pytest.approx(every.mean(), abs=0.01)
    assert pairs.negative == pytest.approx((every < 0).mean(), abs=0.01)
    assert pairs.cosines.max() < 1 - 1e-6, "a row was paired with itself"


def test_random_pairs_come_from_their_seed() -> None:
    vectors = normal(50, 4)
    assert np.array_equal(random_pairs(vectors, 100, 1).cosines, random_pairs(vectors, 100, 1).cosines)
    assert not np.array_equal(random_pairs(vectors, 100, 1).cosines, random_pairs(vectors, 100, 2).cosines)


def test_random_pairs_leave_out_zero_rows() -> None:
    vectors = normal(4, 3)
    vectors[1] = 0
    found = len(random_pairs(vectors, 1000).cosines)
    assert 400 < found < 600  # half of all pairs of 4 rows have row 1 in them


@pytest.mark.parametrize("vectors", [normal(1, 3), np.zeros((5, 3), np.float32)])
def test_random_pairs_need_two_points_somewhere(vectors: np.ndarray) -> None:
    with pytest.raises(InputError):
        random_pairs(vectors, 50)
