import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.geometry.alignment import procrustes, random_rotation


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@given(st.integers(2, 8), st.integers(0, 2**31), st.booleans(), st.booleans())
def test_a_turned_space_is_turned_back(d: int, seed: int, unit: bool, centred: bool) -> None:
    source, turn = normal(3 * d, d, seed=seed).astype(np.float64), random_rotation(d, seed % 1000)
    found = procrustes(source, source @ turn, unit, centred)
    assert np.allclose(found.rotation, turn, atol=1e-6)
    assert found.cosines == pytest.approx(np.ones(3 * d))
    assert found.residual == pytest.approx(0, abs=1e-6)
    assert found.rank == d


def test_centred_rows_are_brought_to_the_target_s_mean() -> None:
    source, turn = normal(30, 4), random_rotation(4)
    target = (source @ turn + 5).astype(np.float32)
    assert np.allclose(procrustes(source, target, unit=False, centred=True).apply(source), target, atol=1e-5)
    assert not np.allclose(procrustes(source, target, unit=False).apply(source), target, atol=1)


def test_apply_prepares_rows_as_the_matched_ones_and_lets_zero_rows_be() -> None:
    source = normal(30, 4)
    turn = random_rotation(4)
    found = procrustes(source, (source @ turn).astype(np.float32))
    moved = found.apply(np.vstack([source, np.zeros((1, 4), np.float32)]))
    assert np.allclose(np.linalg.norm(moved[:-1], axis=1), 1, atol=1e-6)
    assert not moved[-1].any()
    assert np.allclose(moved[:-1], source / np.linalg.norm(source, axis=1, keepdims=True) @ turn, atol=1e-5)


def test_the_word_that_moved_is_found() -> None:
    source = normal(200, 6)
    target = (source @ random_rotation(6)).astype(np.float32)
    target[17], target[42] = -target[17], normal(6, seed=9)
    moved = procrustes(source, target).moved_most(2)
    assert set(moved.tolist()) == {17, 42}
    assert moved[0] == 17


def test_long_rows_count_no_more_than_short_ones_by_default() -> None:
    source = normal(200, 5)
    target = (source @ random_rotation(5)).astype(np.float32)
    target[0] *= -1
    source[0], target[0] = 1000 * source[0], 1000 * target[0]
    assert procrustes(source, target).cosines[1:].min() > 0.99
    assert procrustes(source, target, unit=False).cosines[1:].min() < 0.5


def test_too_few_matched_rows_settle_too_few_directions() -> None:
    assert procrustes(normal(3, 8), normal(3, 8, seed=1)).rank == 3


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (normal(3, 4), normal(2, 4), "3 rows of 4 numbers against 2 rows of 4"),
        (normal(3, 4), normal(3, 5), "3 rows of 4 numbers against 3 rows of 5"),
        (normal(0, 4), normal(0, 4), "0 rows"),
        (normal(3, 4), np.zeros((3, 4), np.float32), "vector 1 of those given is zero"),
    ],
)
def test_rows_that_do_not_match_are_refused(source: np.ndarray, target: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        procrustes(source, target)


@given(st.integers(1, 12), st.integers(0, 2**31))
def test_a_random_rotation_is_one(d: int, seed: int) -> None:
    turn = random_rotation(d, seed)
    assert np.allclose(turn @ turn.T, np.eye(d))
    assert np.linalg.det(turn) == pytest.approx(1)
    assert np.array_equal(turn, random_rotation(d, seed))


def test_random_rotations_prefer_no_direction() -> None:
    turns = np.stack([random_rotation(3, seed) for seed in range(3000)])
    assert np.abs(turns.mean(axis=0)).max() < 0.05  # each entry has standard error 0.01 about 0
    assert np.trace(turns, axis1=1, axis2=2).mean() == pytest.approx(0, abs=0.08)


def test_a_rotation_changes_every_number_and_no_neighbour() -> None:
    space = normal(300, 20)
    turned = (space @ random_rotation(20, 1)).astype(np.float32)
    assert (np.abs(turned - space) > 1e-6).all()

    def cosines(vectors: np.ndarray) -> np.ndarray:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit @ unit.T

    before, after = cosines(space), cosines(turned)
    assert np.allclose(before, after, atol=1e-6)
    assert np.array_equal(np.argsort(-before, axis=1)[:, :6], np.argsort(-after, axis=1)[:, :6])
