"""Sampling: worked examples, properties, and the `transformers` library as an oracle."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from armillary.errors import InputError
from armillary.speak.sample import Sampling, chances, draw, keep_min_p, keep_top_k, keep_top_p, penalise, softmax

torch = pytest.importorskip("torch")
process = pytest.importorskip("transformers.generation.logits_process")

SCORES = arrays(np.float32, 12, elements=st.floats(-20, 20, width=32), unique=True)
FOUR = np.array([2.0, 1.0, 0.0, -1.0], np.float32)


def test_softmax_at_three_temperatures() -> None:
    np.testing.assert_allclose(softmax(FOUR), [0.643914, 0.236883, 0.087144, 0.032059], atol=1e-6)
    np.testing.assert_allclose(softmax(FOUR, 2.0), [0.455054, 0.276005, 0.167405, 0.101536], atol=1e-6)
    assert softmax(FOUR, 0.0).tolist() == [1, 0, 0, 0]


@given(SCORES, st.floats(0.01, 50))
def test_softmax_is_a_distribution_that_keeps_the_order(scores: np.ndarray, temperature: float) -> None:
    found = softmax(scores, temperature)
    assert found.sum() == pytest.approx(1)
    assert (np.diff(found[np.argsort(scores)]) >= 0).all()


@given(SCORES, st.integers(1, 20), st.floats(0.05, 0.99), st.floats(0.01, 0.9), st.floats(0.2, 5))
def test_chances_are_those_of_transformers(
    scores: np.ndarray, k: int, p: float, least: float, temperature: float
) -> None:
    seen = [3, 1, 3]
    ids, theirs = torch.tensor([seen]), torch.from_numpy(scores.copy())[None]
    for one in (process.RepetitionPenaltyLogitsProcessor(1.3), process.TemperatureLogitsWarper(temperature),
                process.TopKLogitsWarper(k), process.TopPLogitsWarper(p), process.MinPLogitsWarper(least)):
        theirs = one(ids, theirs)
    ours = chances(scores, Sampling(temperature, k, p, least, 1.3), seen)
    np.testing.assert_allclose(ours, theirs.double().softmax(-1)[0].numpy(), atol=1e-5)


def test_what_may_be_drawn() -> None:
    assert np.isfinite(keep_top_k(FOUR, 2)).tolist() == [True, True, False, False]
    assert np.isfinite(keep_top_p(FOUR, 0.7)).tolist() == [True, True, False, False]
    assert np.isfinite(keep_top_p(FOUR, 0.6)).tolist() == [True, False, False, False]
    assert np.isfinite(keep_min_p(FOUR, 0.1)).tolist() == [True, True, True, False]
    for all_kept in (keep_top_k(FOUR, 0), keep_top_k(FOUR, 9), keep_top_p(FOUR, 1.0), keep_min_p(FOUR, 0.0)):
        assert all_kept.tolist() == FOUR.tolist()


def test_what_was_seen_gets_smaller_on_both_sides_of_zero() -> None:
    assert penalise(FOUR, [0, 3, 3], 2.0).tolist() == [1.0, 1.0, 0.0, -2.0]


def test_the_highest_is_taken_at_temperature_zero() -> None:
    assert chances(FOUR, Sampling(temperature=0.0, top_k=3)).tolist() == [1, 0, 0, 0]
    assert chances(FOUR, Sampling(temperature=0.0, repetition_penalty=4.0), [0]).tolist() == [0, 1, 0, 0]


def test_tokens_are_drawn_by_their_chances() -> None:
    random = np.random.default_rng(5)
    drawn = np.bincount([draw(softmax(FOUR), random) for _ in range(6_000)], minlength=4) / 6_000
    np.testing.assert_allclose(drawn, softmax(FOUR), atol=0.02)
    assert {draw(np.array([0.0, 1.0, 0.0]), random) for _ in range(50)} == {1}


def test_one_seed_draws_one_sequence() -> None:
    one, same, other = (
        [draw(softmax(FOUR), random) for _ in range(40)]
        for random in map(np.random.default_rng, (1, 1, 2))
    )
    assert one == same != other


def test_the_last_digits_of_scores_draw_no_other_token() -> None:
    """Among thousands of tokens with tiny chances: a dart thrown at chances laid end to end hits others."""
    scores = np.random.default_rng(0).normal(size=50_000).astype(np.float32)
    scores[0] = 11.0
    noisy = scores.copy()
    noisy[0] += np.float32(1e-5)
    one, other = softmax(scores), softmax(noisy)
    drawn = [[draw(each, np.random.default_rng(seed)) for seed in range(300)] for each in (one, other)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 100


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": -1.0}, {"temperature": float("nan")}, {"top_k": -1}, {"top_p": 0.0}, {"top_p": 1.1},
     {"min_p": -0.1}, {"repetition_penalty": 0.0}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Sampling(**wrong)


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="NaN"):
        chances(np.array([1, np.nan], np.float32), Sampling())
