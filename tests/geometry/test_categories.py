"""k-means and purity: clear groups are found, the same seed gives the same answer, edges do not break."""

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.geometry.categories import categorise, k_means, purity


def test_purity_counts_the_commonest_category_of_each_cluster():
    clusters = np.array([0, 0, 0, 5, 5, 9])
    categories = np.array([1, 1, 2, 2, 2, 1])
    assert purity(clusters, categories) == 5 / 6
    assert purity(categories, categories) == 1


def groups(spread):
    random = np.random.default_rng(0)
    centres = random.standard_normal((4, 8)) * 3
    kind = np.repeat(np.arange(4), 30)
    return centres[kind] + spread * random.standard_normal((120, 8)), kind


def test_clear_groups_are_found_whatever_the_lengths():
    points, kind = groups(0.2)
    assert purity(k_means(points, 4), kind) == 1
    lengths = np.random.default_rng(1).exponential(1, 120)[:, None] + 0.1
    assert categorise((points * lengths).astype(np.float32), kind) == 1


def test_the_same_seed_gives_the_same_clusters_and_restarts_never_hurt():
    points, _ = groups(2.5)
    once, many = k_means(points, 6, restarts=1, seed=3), k_means(points, 6, restarts=8, seed=3)
    assert np.array_equal(many, k_means(points, 6, restarts=8, seed=3))

    def inertia(cluster):
        return sum(((points[cluster == c] - points[cluster == c].mean(axis=0)) ** 2).sum() for c in np.unique(cluster))

    assert inertia(many) <= inertia(once)


def test_as_many_clusters_as_points_and_equal_points():
    assert sorted(k_means(np.eye(5), 5).tolist()) == list(range(5))
    assert len(k_means(np.ones((6, 2)), 3)) == 6


def test_questions_without_an_answer_are_refused():
    with pytest.raises(InputError, match="3 points cannot fall into 4 clusters"):
        k_means(np.eye(3), 4)
    with pytest.raises(InputError, match="no word"):
        categorise(np.empty((0, 3)), np.empty(0, dtype=np.int64))
    with pytest.raises(InputError, match="no word"):
        purity(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
