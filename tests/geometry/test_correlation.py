"""Correlations: ties share ranks, intervals are seeded, constants are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.geometry.correlation import average_ranks, pearson, spearman, spearman_interval


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0, 7.0]), min_size=1, max_size=20))
def test_a_rank_is_one_more_than_the_smaller_and_half_of_the_equal(values):
    expected = [1 + sum(b < a for b in values) + (sum(b == a for b in values) - 1) / 2 for a in values]
    assert average_ranks(np.array(values)).tolist() == expected


def test_spearman_sees_order_and_pearson_lines():
    a, b = np.arange(1.0, 6), np.arange(1.0, 6) ** 3
    assert spearman(a, b) == 1
    assert spearman(a, -b) == -1
    assert pearson(a, 2 * a - 7) == pytest.approx(1)
    assert 0.9 < pearson(a, b) < 1


def test_an_interval_is_seeded_and_narrows_with_more_pairs():
    random = np.random.default_rng(0)
    a = random.standard_normal(400)
    b = a + random.standard_normal(400)
    low, high = spearman_interval(a, b, 300)
    assert low < spearman(a, b) < high
    assert spearman_interval(a, b, 300) == (low, high)
    assert spearman_interval(a, b, 300, seed=1) != (low, high)
    few = spearman_interval(a[:40], b[:40], 300)
    assert few[1] - few[0] > 2 * (high - low)
    narrow = spearman_interval(a, b, 300, level=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_an_interval_ranks_every_draw_anew():
    random = np.random.default_rng(3)
    a, b = random.integers(0, 9, (2, 30)).astype(float)
    random = np.random.default_rng(7)
    drawn = [random.integers(0, 30, 30) for _ in range(50)]
    values = [spearman(a[chosen], b[chosen]) for chosen in drawn]
    assert spearman_interval(a, b, 50, seed=7) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])))


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [([1.0], [2.0], "at least 2 pairs"), ([1.0, 1.0], [1.0, 2.0], "equal"), ([1.0, 2.0], [3.0, 3.0], "equal")],
)
def test_what_has_no_correlation_is_refused(a, b, words):
    for correlate in (pearson, spearman, spearman_interval):
        with pytest.raises(InputError, match=words):
            correlate(np.array(a), np.array(b))


def test_an_interval_without_draws_is_refused():
    with pytest.raises(InputError, match="draw"):
        spearman_interval(np.arange(3.0), np.arange(3.0), 0)
