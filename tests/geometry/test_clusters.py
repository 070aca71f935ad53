"""Groups by direction: those that are there are found, as an independent k-means finds them."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from armillary.errors import InputError
from armillary.geometry.clusters import clusters


def bunches(each: int = 60, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    centres = np.linalg.qr(random.standard_normal((d, 5)))[0].T
    true = np.repeat(np.arange(5), [each * 3, each * 2, each, each, each])
    vectors = centres[true] + 0.12 * random.standard_normal((len(true), d))
    return (vectors * random.uniform(0.5, 4, (len(true), 1))).astype(np.float32), true


def test_bunches_are_found_whatever_the_lengths() -> None:
    vectors, true = bunches()
    found = clusters(vectors, 5)
    assert found.sizes.tolist() == [180, 120, 60, 60, 60]
    assert all(len(set(found.members[true == one])) == 1 for one in range(5))
    np.testing.assert_allclose(np.linalg.norm(found.centres, axis=1), 1, atol=1e-5)


def test_as_good_as_an_independent_k_means() -> None:
    vectors = np.random.default_rng(0).standard_normal((2000, 20)).astype(np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = clusters(vectors, 8)
    theirs = KMeans(8, n_init=4, random_state=0).fit(unit)
    ours = sum(((unit[found.members == one] - unit[found.members == one].mean(axis=0)) ** 2).sum() for one in range(8))
    assert ours <= 1.02 * theirs.inertia_


def test_the_same_seed_gives_the_same_groups_and_zeros_join_one() -> None:
    vectors = np.vstack([bunches()[0], np.zeros((2, 12), np.float32)])
    first, second = clusters(vectors, 4, seed=5), clusters(vectors, 4, seed=5)
    assert (first.members == second.members).all()
    assert first.sizes.sum() == len(vectors)
    assert len(clusters(vectors[:1], 1).members) == 1


def test_more_groups_than_points_are_refused() -> None:
    with pytest.raises(InputError, match="3 points make 1 to 3 groups, not 4"):
        clusters(np.eye(3, dtype=np.float32), 4)
