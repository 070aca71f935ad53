from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.geometry.alignment import random_rotation
from armillary.geometry.angle import cosine
from armillary.geometry.direction import Axis, axis, intervals, project, remove, separation
from tests.geometry.glove_words import reader


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def pointing(differences: np.ndarray) -> Axis:
    return axis(np.zeros_like(differences), differences)


SINGULAR = (
    "cat dog king queen car tree house book student teacher city river apple bird horse girl boy computer mouse child"
)
PLURAL = (
    "cats dogs kings queens cars trees houses books students teachers cities rivers apples birds horses girls boys "
    "computers mice children"
)


def test_one_pair_gives_the_plain_difference_and_no_coherence() -> None:
    a, b = normal(1, 4), normal(1, 4, seed=1)
    one = axis(a, b)
    assert np.allclose(one.vector, b[0].astype(float) - a[0])
    assert one.coherence is None
    assert one.agreement == pytest.approx([1])


def test_many_pairs_give_the_difference_of_the_poles_means() -> None:
    a, b = normal(6, 4), normal(6, 4, seed=1)
    assert np.allclose(axis(a, b).vector, b.mean(0) - a.mean(0), atol=1e-6)


def test_coherence_is_the_mean_cosine_of_all_pairs_of_differences() -> None:
    found = axis(normal(5, 4), normal(5, 4, seed=1))
    cosines = [cosine(found.differences[i], found.differences[j]) for i in range(5) for j in range(i)]
    assert found.coherence == pytest.approx(np.mean(cosines))
    assert found.agreement == pytest.approx([cosine(each, found.vector) for each in found.differences])


@given(st.integers(2, 9), st.integers(0, 2**31))
def test_pairs_that_differ_alike_cohere_wholly(p: int, seed: int) -> None:
    start = normal(p, 6, seed=seed)
    step = normal(6, seed=seed + 1).astype(np.float64)
    assert axis(start.astype(np.float64), start + step).coherence == pytest.approx(1)


@given(st.integers(1, 6), st.integers(0, 2**31))
def test_an_axis_turned_round_gives_the_opposite_values(p: int, seed: int) -> None:
    a, b, words = normal(p, 5, seed=seed), normal(p, 5, seed=seed + 1), normal(7, 5, seed=seed + 2)
    there, back = axis(a, b), axis(b, a)
    assert np.allclose(project(words, there).value, -project(words, back).value)
    assert there.coherence == pytest.approx(back.coherence)


@given(st.integers(0, 2**31))
def test_a_rotation_changes_no_value_coherence_or_p(seed: int) -> None:
    a, b, words = (normal(4, 5, seed=seed + i).astype(np.float64) for i in range(3))
    turn = random_rotation(5, seed % 1000)
    plain, turned = axis(a, b), axis(a @ turn, b @ turn)
    assert turned.coherence == pytest.approx(plain.coherence, abs=1e-9)
    assert np.allclose(project(words, plain).value, project(words @ turn, turned).value)
    assert separation(plain) == separation(turned)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (normal(0, 3), normal(0, 3), "at least one pair"),
        (normal(2, 3), normal(1, 3), "2 vectors at its start, 1 at its end"),
        (normal(2, 3), np.stack([normal(2, 3)[0] + 1, normal(2, 3)[1]]), "pair 2 of the axis is twice the same"),
        (np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[::-1].copy(), "2 pairs cancel out"),
    ],
)
def test_an_axis_that_cannot_be_is_refused(start: np.ndarray, end: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        axis(start, end)


def test_projection_by_hand_and_a_zero_vector() -> None:
    found = project(np.array([[3, 4], [0, 0]], np.float32), pointing(np.array([[2, 0]], np.float32)))
    assert found.value.tolist() == [6, 0]
    assert found.cosine == pytest.approx([0.6, 0])


def test_one_pair_has_no_interval() -> None:
    assert intervals(normal(3, 4), pointing(normal(1, 4))) is None


def test_pairs_that_agree_wholly_leave_the_interval_no_width() -> None:
    same = pointing(np.repeat(normal(1, 4), 5, axis=0))
    words = normal(3, 4, seed=1)
    found = intervals(words, same)
    assert found is not None
    assert found.low == pytest.approx(project(words, same).value)
    assert found.high == pytest.approx(found.low)


def test_intervals_are_the_percentiles_of_axes_from_drawn_pairs() -> None:
    many, words = pointing(normal(40, 3) + 1), normal(5, 3, seed=1)
    found = intervals(words, many, draws=4000, seed=7)
    assert found is not None
    spread = (words.astype(np.float64) @ many.differences.T).std(axis=1) / np.sqrt(40)
    assert found.low == pytest.approx(project(words, many).value - 1.96 * spread, abs=0.05)
    assert found.high == pytest.approx(project(words, many).value + 1.96 * spread, abs=0.05)
    again = intervals(words, many, draws=4000, seed=7)
    assert again is not None
    assert np.array_equal(found.low, again.low)


@pytest.mark.parametrize("p", [1, 2])
def test_under_three_pairs_there_is_no_p(p: int) -> None:
    assert separation(pointing(normal(p, 4))) is None


@given(st.integers(3, 8), st.integers(0, 2**31))
def test_p_equals_a_slow_count_of_every_swap(p: int, seed: int) -> None:
    found = pointing(normal(p, 4, seed=seed) + 0.3)
    seen = np.linalg.norm(found.differences.mean(axis=0))
    longer = [
        np.linalg.norm((np.array(signs)[:, None] * found.differences).mean(axis=0)) >= seen * (1 - 1e-9)
        for signs in product((1, -1), repeat=p)
    ]
    answer = separation(found)
    assert answer is not None
    assert answer.p == np.mean(longer)
    assert answer.smallest == 2 / 2**p
    assert answer.exact


def test_pairs_that_agree_reach_the_smallest_p_and_others_do_not() -> None:
    agreeing, random = separation(pointing(normal(8, 40) + 2)), separation(pointing(normal(8, 40)))
    assert agreeing is not None
    assert random is not None
    assert agreeing.p == agreeing.smallest == 1 / 128
    assert random.p > 0.05


def test_many_pairs_are_sampled_and_the_one_seen_is_counted() -> None:
    answer = separation(pointing(normal(30, 10) + 1), draws=199)
    assert answer is not None
    assert not answer.exact
    assert answer.p == answer.smallest == 1 / 200


def test_the_sampled_p_is_near_the_exact_one() -> None:
    differences = normal(16, 6) + 0.15
    exact = separation(pointing(differences))
    added = separation(pointing(np.vstack([differences, np.full((1, 6), 1e-12, np.float32)])))  # 17 pairs: sampled
    assert exact is not None
    assert added is not None
    assert exact.exact
    assert not added.exact
    assert added.p == pytest.approx(exact.p, abs=0.02)


@given(st.integers(0, 2**31))
def test_what_was_removed_is_gone_and_the_rest_stays(seed: int) -> None:
    words, direction = normal(6, 5, seed=seed), normal(5, seed=seed + 1)
    left = remove(words, direction)
    assert np.allclose(left @ direction, 0, atol=1e-5)
    assert np.allclose(remove(left, direction), left, atol=1e-6)
    across = np.linalg.svd(direction[None].astype(np.float64))[2][1:]
    assert np.allclose(left @ across.T, words @ across.T, atol=1e-5)


def test_a_zero_direction_cannot_be_removed() -> None:
    with pytest.raises(InputError, match="is zero"):
        remove(normal(2, 3), np.zeros(3, np.float32))


def test_cats_less_cat_is_plural_and_counts_almost(data: Path) -> None:
    read = reader(data)
    plural = axis(read("cat"), read("cats"))
    assert (project(read(PLURAL), plural).value > project(read(SINGULAR), plural).value).all()
    numbers = project(read("one two three four five six seven eight nine ten"), plural).value
    assert (np.diff(numbers[:5]) > 0).all()
    assert numbers[5] < numbers[4]  # told as it is: six is not above five,
    assert numbers[7] < numbers[6]  # nor eight above seven,
    assert numbers[9] < numbers[8]  # nor ten above nine
    assert numbers.round(2).tolist() == [-2.40, 0.79, 1.27, 1.49, 1.75, 1.74, 2.34, 2.12, 2.62, 2.27]


def test_family_words_differ_as_woman_from_man(data: Path) -> None:
    read = reader(data)
    gender = axis(read("man"), read("woman"))
    family = axis(read("king son nephew uncle father husband"), read("queen daughter niece aunt mother wife"))
    assert project(family.differences, gender).cosine.round(2).tolist() == [0.60, 0.81, 0.75, 0.69, 0.67, 0.40]
    test = separation(family)
    assert test is not None
    assert test.p == test.smallest == 1 / 32
