"""The lens and the contributions: the last layer is the model itself, and the parts add up to it."""

import numpy as np
import pytest
import torch

from armillary.errors import InputError
from armillary.trace.changes import ablate, add
from tests.trace.small import DECODERS, config, run, run_of, tokens
from tests.transformer.tiny import model


@pytest.mark.parametrize("name", DECODERS)
def test_the_last_layer_reads_what_the_model_says(name: str) -> None:
    found = run(name).lens(n=3)
    with torch.inference_mode():
        chances = model(config(name))(tokens())[0].softmax(-1)
    best = chances.topk(3)
    assert found.depths == (0, 1, 2, 3)
    np.testing.assert_array_equal(found.ids[-1], best.indices)
    np.testing.assert_allclose(found.chances[-1], best.values, atol=1e-6)
    assert found.token == int(chances[-1].argmax())
    np.testing.assert_allclose(found.token_chances[-1], chances[:, found.token], atol=1e-6)
    assert found.token_ranks[-1, -1] == 1


def test_a_layer_is_read_through_the_last_norm_and_the_unembedding() -> None:
    traced = run("rotary, rms, gated")
    found = traced.lens([2, -1], token=17, middles=True)
    assert found.depths == (0, 0.5, 1, 1.5, 2, 2.5, 3)
    assert found.positions == (2, 7)
    made = traced.model
    middle = torch.from_numpy(traced["1.resid_mid@2"])
    normed = middle / (middle.square().mean(-1, keepdim=True) + 1e-6).sqrt() * made.final_norm.gain
    scores = (normed @ made.table.T)[0]
    assert found.token_chances[3, 0] == pytest.approx(float(scores.softmax(-1)[17]), abs=1e-6)
    assert found.token_ranks[3, 0] == int((scores.argsort(descending=True) == 17).nonzero()) + 1


def test_many_positions_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    traced, told = run("rotary, rms, gated"), []
    whole = traced.lens(n=2)
    monkeypatch.setattr("armillary.trace.lens.NUMBERS", 3 * 256)
    parts = traced.lens(n=2, told=lambda done, of: told.append((done, of)))
    np.testing.assert_array_equal(parts.ids, whole.ids)
    np.testing.assert_allclose(parts.chances, whole.chances, atol=1e-7)
    assert told[0] == (3, 32)
    assert told[-1] == (32, 32)


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("position", [-1, 2])
def test_contributions_add_up_to_the_score_before_any_cap(name: str, position: int) -> None:
    traced = run(name)
    found = traced.contributions(position, 17)
    logit = float(traced.scores([position])[0, 17])
    cap = config(name).unembedding.softcap
    assert found.score == pytest.approx(logit if cap is None else cap * np.arctanh(logit / cap), abs=1e-4)
    assert sum(part.score for part in found.parts) == pytest.approx(found.score, abs=1e-5)
    assert found.error < 1e-5
    assert [part.part for part in found.parts if ".z." in part.part] == [
        f"{block}.z.{head}" for block in range(3) for head in range(4)]


def test_a_head_that_is_ablated_contributes_nothing_and_steering_is_a_part() -> None:
    made = model(config("learned positions, layer norms"))
    plain = run_of(made)
    without = run_of(made, ablate(plain.where("1.z.2"))).contributions(token=17)
    assert {part.part: part.score for part in without.parts}["1.z.2"] == 0
    steered = run_of(made, add(plain.where("2.resid_post"), np.ones(12, np.float32))).contributions(token=17)
    assert "2.resid_post" in {part.part for part in steered.parts}
    assert max(without.error, steered.error) < 1e-5


def test_a_score_that_is_no_sum_is_not_taken_apart() -> None:
    with pytest.raises(InputError, match="no sum of parts"):
        run("post, both ways, transform").contributions()
    with pytest.raises(InputError, match="no token 256"):
        run("rotary, rms, gated").lens(token=256)


def test_a_model_that_sees_both_ways_is_read_too() -> None:
    found = run("post, both ways, transform").lens()
    with torch.inference_mode():
        best = model(config("post, both ways, transform"))(tokens())[0].argmax(-1)
    np.testing.assert_array_equal(found.ids[-1, :, 0], best)
