"""Chances are exactly as asked, and streams of numbers are what they are named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.train.words.sampling import WHOLE, Numbers, alias_table, kept, stream, thresholds, weights


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=200), st.sampled_from([0.0, 0.5, 0.75, 1.0, -0.5]))
def test_the_alias_table_has_the_chances_it_was_told(counts: list[int], exponent: float) -> None:
    chances = weights(np.array(counts, np.int64), exponent)
    table = alias_table(chances).astype(np.int64)
    own = np.where(table[:, 1] == np.arange(len(table)), WHOLE, table[:, 0])
    given_away = np.bincount(table[:, 1], weights=WHOLE - own, minlength=len(table))
    assert np.allclose((own + given_away) / (WHOLE * len(table)), chances, rtol=0, atol=2 / WHOLE)


def test_draws_follow_the_table() -> None:
    counts = np.array([50, 30, 15, 5], np.int64)
    numbers, table = Numbers(stream(3, 0, 0)), alias_table(weights(counts, 1.0))
    drawn = np.bincount([numbers.draw(table) for _ in range(20_000)], minlength=4) / 20_000
    assert np.abs(drawn - counts / 100).max() < 0.015


def test_numbers_below_a_limit_are_below_it_and_all_there() -> None:
    numbers = Numbers(stream(1, 2, 3))
    assert {numbers.below(7) for _ in range(500)} == set(range(7))


def test_every_seed_shard_and_round_has_its_own_stream() -> None:
    seen = {stream(seed, shard, turn) for seed in range(10) for shard in range(10) for turn in range(100)}
    assert len(seen) == 10_000
    assert all(0 < state < 2**63 for state in seen)


def test_frequent_words_are_left_out_as_word2vec_does() -> None:
    share = kept(np.array([900_000, 99_900, 100], np.int64), 1e-3)
    assert share == pytest.approx([(np.sqrt(900) + 1) / 900, (np.sqrt(99.9) + 1) / 99.9, 1.0])
    assert (kept(np.array([5, 5], np.int64), 0.0) == 1).all()
    assert thresholds(np.array([0.0, 0.5, 1.0])).tolist() == [0, 2**31, 2**32 - 1]


def test_an_exponent_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="ns_exponent 500"):
        weights(np.array([10, 1000], np.int64), 500.0)
    with pytest.raises(InputError, match="ns_exponent -500"):
        weights(np.array([10, 1000], np.int64), -500.0)
