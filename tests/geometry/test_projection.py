import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError, MissingExtra
from armillary.extras import have
from armillary.geometry.alignment import random_rotation
from armillary.geometry.projection import principal_components, slice_through, tsne


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def test_a_line_has_one_component_that_keeps_all() -> None:
    line = np.outer(np.arange(5), [0, -2, 1]).astype(np.float32) + 7
    found = principal_components(line, 1)
    assert found.variance == pytest.approx([1])
    assert np.allclose(found.directions, [[0, 2 / np.sqrt(5), -1 / np.sqrt(5)]])
    assert np.allclose(found.coordinates(line)[:, 0], np.sqrt(5) * np.array([2, 1, 0, -1, -2]))


@pytest.mark.parametrize("shape", [(40, 6), (6, 40)])  # many rows and few: two ways to the same answer
def test_coordinates_are_centred_uncorrelated_and_hold_the_stated_variance(shape: tuple[int, int]) -> None:
    vectors = normal(*shape) * np.arange(1, shape[1] + 1, dtype=np.float32)
    found = principal_components(vectors, 3)
    placed = found.coordinates(vectors)
    covariance = np.cov(placed.T)
    assert np.allclose(placed.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(covariance, np.diag(np.diag(covariance)), atol=1e-4 * covariance.max())
    assert np.diag(covariance) / vectors.var(axis=0, ddof=1).sum() == pytest.approx(found.variance, rel=1e-4)
    assert (np.diff(found.variance) < 0).all()
    largest = found.directions[np.arange(3), np.abs(found.directions).argmax(axis=1)]
    assert (largest > 0).all()


def test_many_blocks_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = normal(100, 4)
    whole = principal_components(vectors)
    monkeypatch.setattr("armillary.geometry.rows._NUMBERS_PER_BLOCK", 12)
    parts = principal_components(vectors)
    assert np.allclose(whole.directions, parts.directions)
    assert np.allclose(whole.coordinates(vectors), parts.coordinates(vectors))
    assert np.allclose(whole.kept(vectors), parts.kept(vectors))


@pytest.mark.parametrize(
    ("vectors", "components", "words"),
    [
        (normal(2, 5), 2, "at most 1 principal components, 2 were asked for"),
        (normal(9, 2), 3, "at most 2 principal components"),
        (normal(0, 2), 1, "at most 0 principal components"),
        (np.full((5, 3), 0.1, np.float32), 2, "the 5 points are all the same"),
        (np.full((3, 5), 0.1, np.float32), 2, "the 3 points are all the same"),
    ],
)
def test_components_that_cannot_be_are_refused(vectors: np.ndarray, components: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        principal_components(vectors, components)


@given(st.integers(2, 3), st.integers(0, 2**31))
def test_a_slice_holds_what_spans_it_turned_the_right_way(count: int, seed: int) -> None:
    chosen = normal(count, 6, seed=seed)
    found = slice_through(chosen)
    assert np.allclose(found.directions @ found.directions.T, np.eye(count), atol=1e-9)
    placed = found.coordinates(chosen)
    assert np.allclose(np.triu(placed, 1), 0, atol=1e-6)
    assert (np.diag(placed) > 0).all()
    assert found.kept(chosen) == pytest.approx(np.ones(count))
    assert placed @ placed.T == pytest.approx(chosen @ chosen.T, abs=1e-4)  # lengths and angles are the true ones


def test_a_slice_keeps_part_of_what_rises_out_of_it() -> None:
    found = slice_through(np.array([[2, 0, 0], [1, 3, 0]], np.float32))
    vectors = np.array([[3, 0, 4], [0, 0, 1], [0, 0, 0]], np.float32)
    assert np.allclose(found.coordinates(vectors), [[3, 0], [0, 0], [0, 0]])
    assert found.kept(vectors) == pytest.approx([0.6, 0, 1])


@given(st.integers(0, 2**31))
def test_a_slice_looks_the_same_in_a_turned_space(seed: int) -> None:
    chosen, words = normal(3, 7, seed=seed).astype(np.float64), normal(5, 7, seed=seed + 1).astype(np.float64)
    turn = random_rotation(7, seed % 1000)
    plain, turned = slice_through(chosen), slice_through(chosen @ turn)
    assert np.allclose(plain.coordinates(words), turned.coordinates(words @ turn), atol=1e-6)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (normal(1, 5), "by 2 or 3 words or directions; given: 1"),
        (normal(4, 5), "given: 4"),
        (np.array([[1, 2, 3], [-2, -4, -6]], np.float32), "direction 2 adds nothing"),
        (np.array([[1, 0, 0], [0, 1, 0], [3, 4, 0]], np.float32), "direction 3 adds nothing"),
        (normal(3, 2), "a slice through 2 dimensions"),
        (np.zeros((2, 3), np.float32), "vector 1 of those given is zero"),
    ],
)
def test_a_slice_that_cannot_be_is_refused(chosen: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        slice_through(chosen)


needs_opentsne = pytest.mark.skipif(not have("openTSNE"), reason="the extra map is not installed")


@needs_opentsne
def test_a_map_keeps_clusters_together_and_comes_out_the_same_again() -> None:
    centres = np.repeat(10 * np.eye(3, 12, dtype=np.float32), 15, axis=0)
    vectors = centres + normal(45, 12)
    found, again = tsne(vectors), tsne(vectors)
    assert np.array_equal(found.coordinates, again.coordinates)
    clusters = found.coordinates.reshape(3, 15, 2)
    middles = clusters.mean(axis=1)
    own = np.linalg.norm(clusters - middles[:, None], axis=2).max()
    assert own < min(np.linalg.norm(middles[i] - middles[j]) for i in range(3) for j in range(i))
    assert found.kept > 0.6
    assert found.chance == 10 / 44
    assert found.neighbours == 10


def test_without_the_extra_the_line_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(MissingExtra, match=r"armillary\[map\]"):
        tsne(normal(9, 4))


@needs_opentsne
def test_a_map_of_few_points_and_of_too_few() -> None:
    assert tsne(normal(5, 4)).kept == 1  # four neighbours of four others: nothing to get wrong
    with pytest.raises(InputError, match="at least 5 points; given: 4"):
        tsne(normal(4, 4))
