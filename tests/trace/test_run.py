"""A run: what it keeps is what the model computes, and opening a block again gives what stood there."""

import numpy as np
import pytest
import torch

from armillary.errors import InputError, NotFound
from armillary.trace.changes import ablate, add, listen_to_one, put
from armillary.trace.taps import NOT_MADE, Record, cheap
from armillary.trace.text import read
from armillary.transformer.places import places
from tests.trace.small import DECODERS, IDS, bytes_only, config, run, run_of, tokens
from tests.transformer.tiny import CONFIGS, model

ALL = [*DECODERS, "experts", "post, both ways, transform"]


def recorded(name: str) -> dict[str, torch.Tensor]:
    record = Record(set(places(config(name))))
    with torch.inference_mode():
        model(config(name))(tokens(), tap=record)
    return record.kept


@pytest.mark.parametrize("name", ALL)
def test_layers_are_the_points_between_the_blocks(name: str) -> None:
    everything, found = recorded(name), run(name)
    assert len(found.points) == 4
    for block in range(3):
        np.testing.assert_allclose(found.layer(block).vectors, everything[f"blocks.{block}.resid_pre"][0], atol=1e-5)
    np.testing.assert_allclose(found.layer(3).vectors, everything["blocks.2.resid_post"][0], atol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_a_block_opened_again_gives_what_stood_there(name: str) -> None:
    everything, found = recorded(name), run(name)
    for place in everything:
        if place.startswith("blocks."):
            np.testing.assert_allclose(found[place], everything[place][0], atol=1e-5, err_msg=place)


def test_without_scores_and_patterns_a_recording_leaves_the_fast_path_as_it_is() -> None:
    made = model(CONFIGS["rotary, rms, gated"])
    record = Record(set(cheap(made.config)))
    with torch.inference_mode():
        assert torch.equal(made(tokens(), tap=record), made(tokens()))
    assert not [place for place in record.kept if place.endswith(NOT_MADE)]
    assert set(record.kept) == set(cheap(made.config))


@pytest.mark.parametrize("name", DECODERS)
def test_patterns_on_demand_are_those_of_a_full_recording(name: str) -> None:
    everything, found = recorded(name), run(name)
    for block in range(3):
        attention = found.attention(block)
        for head in range(4):
            np.testing.assert_allclose(attention.scores(head), everything[f"blocks.{block}.scores"][0, head], atol=1e-5)
            pattern = everything[f"blocks.{block}.pattern"][0, head].numpy()
            np.testing.assert_allclose(attention.pattern(head), pattern, atol=1e-6)
            likeliest = attention.listened(5, 1)[head][0]
            assert likeliest == (int(pattern[5].argmax()), pytest.approx(pattern[5].max(), abs=1e-6))


def test_entropy_falls_where_scores_are_not_divided() -> None:
    attention = run("learned positions, layer norms").attention(1)
    assert attention.entropy(0)[0] == 0  # the first position has only itself to listen to
    assert attention.entropy(0, divided=False)[1:].mean() < attention.entropy(0)[1:].mean()
    np.testing.assert_allclose(attention.scores(0, divided=False) / 6**0.5, attention.scores(0), atol=1e-5)


def test_queries_and_keys_of_a_head_are_points_of_one_space() -> None:
    attention = run("rotary, rms, gated").attention(0)
    space = attention.spots(3)
    assert (len(space), space.dim) == (16, 6)
    dot = space["q t9@5"] @ space["k t4@2"].vector
    assert dot * 6**-0.5 == pytest.approx(attention.scores(3)[5, 2], abs=1e-5)


def test_a_spot_is_a_point_that_knows_its_layer_and_position() -> None:
    found = run("rotary, rms, gated")
    assert found.at(2, -1).label == "t6@2.7"
    np.testing.assert_array_equal(found.at(2, -1).vector, found.layer(2).vectors[7])
    journey = found.journey(3)
    assert list(journey.labels) == ["t1@0.3", "t1@1.3", "t1@2.3", "t1@3.3"]
    np.testing.assert_array_equal(journey.vectors[2], found.at(2, 3).vector)


def test_the_same_token_starts_the_same_and_ends_where_its_neighbours_take_it() -> None:
    found = run("rotary, rms, gated")
    np.testing.assert_array_equal(found.at(0, 1).vector, found.at(0, 3).vector)
    assert np.abs(found.at(3, 1).vector - found.at(3, 3).vector).max() > 0.1


@pytest.mark.parametrize("name", DECODERS)
def test_scores_losses_and_what_comes_next_are_the_models_own(name: str) -> None:
    found = run(name)
    with torch.inference_mode():
        plain = model(config(name))(tokens())[0]
    np.testing.assert_allclose(found.scores(range(8)), plain, atol=1e-5)
    losses = torch.nn.functional.cross_entropy(plain[:-1], torch.tensor(IDS[1:]), reduction="none")
    np.testing.assert_allclose(found.losses(), losses, atol=1e-5)
    assert found.next(1)[0].id == int(plain[-1].argmax())


@pytest.mark.parametrize("written", ["1.z.2", "1.z.2@3", "0.mlp_out", "2.attn_out@-1", "1.mlp_post.7", "embed@2",
                                     "1.pattern.0", "1.scores.1@4", "0.q", "2.resid_post@1,2", "1.resid_pre"])
def test_ablating_is_the_same_edit_made_by_hand(written: str) -> None:
    made = model(config("learned positions, layer norms"))
    there = run_of(made).where(written)

    class ByHand:
        def __call__(self, place: str, x: torch.Tensor) -> torch.Tensor:
            if place != there.place:
                return x
            x = x.clone()
            heads = slice(None) if there.part is None else slice(there.part, there.part + 1)
            rows = slice(None) if there.positions is None else list(there.positions)
            if x.dim() == 4:
                x[:, heads, rows] = 0
            else:
                x[:, rows, heads] = 0
            return x

        def wants(self, place: str) -> bool:
            return place == there.place

    with torch.inference_mode():
        by_hand, plain = made(tokens(), tap=ByHand())[0], made(tokens())[0]
    changed = run_of(made, ablate(there))
    np.testing.assert_allclose(changed.scores(range(8)), by_hand, atol=1e-5)
    assert (by_hand - plain).abs().max() > 1e-4
    for block in range(there.place == "blocks.1.resid_pre", 3):  # opened again, a block is as it was under the change
        np.testing.assert_allclose(changed[f"{block}.resid_post"], array(changed.points[block + 1]), atol=1e-5)


def array(x: torch.Tensor) -> np.ndarray:
    return x.numpy()


def test_steering_adds_once_though_its_block_is_opened_again() -> None:
    made, vector = model(config("rotary, rms, gated")), np.ones(12, np.float32)
    plain = run_of(made)
    steered = run_of(made, add(plain.where("1.resid_pre@4"), vector, 3.0))
    np.testing.assert_allclose(steered.at(1, 4).vector, plain.at(1, 4).vector + 3, atol=1e-5)
    np.testing.assert_array_equal(steered.at(1, 3).vector, plain.at(1, 3).vector)
    np.testing.assert_allclose(steered["1.resid_post"], steered.layer(2).vectors, atol=1e-5)


def test_patching_all_heads_of_a_block_makes_its_output_the_others() -> None:
    made = model(config("rotary, rms, gated"))
    other = run_of(made, ids=[7, 7, 2, 8, 1, 1, 0, 3])
    patched = run_of(made, other.patch("1.z"))
    np.testing.assert_allclose(patched["1.attn_out"], other["1.attn_out"], atol=1e-5)
    moved = run_of(made, other.patch("0.mlp_out@2", at=[5]))
    np.testing.assert_allclose(moved["0.mlp_out@5"], other["0.mlp_out@2"], atol=1e-5)
    np.testing.assert_allclose(moved["0.mlp_out@4"], run_of(made)["0.mlp_out@4"], atol=1e-5)


def test_changes_compose_in_their_order() -> None:
    made = model(config("rotary, rms, gated"))
    there = run_of(made).where("0.attn_out@1")
    ones = np.ones(12, np.float32)
    np.testing.assert_allclose(run_of(made, ablate(there), add(there, ones))["0.attn_out@1"], ones[None])
    assert not run_of(made, add(there, ones), ablate(there))["0.attn_out@1"].any()


def test_listening_to_one_only_is_not_what_attention_does() -> None:
    made = model(config("learned positions, layer norms"))
    hard = run_of(made, listen_to_one(run_of(made).where("1.pattern")))
    pattern = hard["1.pattern"]
    assert set(np.unique(pattern)) == {0.0, 1.0}
    np.testing.assert_array_equal(pattern.sum(-1), np.ones((4, 8)))
    assert np.abs(hard["1.attn_out"] - run_of(made)["1.attn_out"]).max() > 0.01
    with pytest.raises(InputError, match="is no pattern"):
        listen_to_one(hard.where("1.z"))


def test_what_is_not_there_is_said() -> None:
    found = run("rotary, rms, gated")
    with pytest.raises(NotFound, match=r"no place '1.atn_out'.*1.attn_out"):
        found["1.atn_out"]
    with pytest.raises(NotFound, match="--places"):
        found["xyz"]
    with pytest.raises(InputError, match="position 8 is outside the text, whose 8 tokens are 0 to 7"):
        found.at(1, 8)
    with pytest.raises(InputError, match="position -9 is outside"):
        found["1.z@-9"]
    with pytest.raises(InputError, match="whole numbers with commas"):
        found["1.z@last"]
    with pytest.raises(InputError, match="parts 0 to 3, not 4"):
        found["1.z.4"]
    with pytest.raises(InputError, match="no layer 4"):
        found.layer(4)
    with pytest.raises(InputError, match="holds 'the' 2 times; there is no number 2 of them"):
        read(bytes_only(), "the cat, the dog").position("the", 2)
    with pytest.raises(InputError, match="no block 3"):
        found.attention(3)
    with pytest.raises(InputError, match="no head 4"):
        found.attention(0).pattern(4)
    with pytest.raises(InputError, match=r"shape \(5,\); there is room for \(1, 8, 12\)"):
        run_of(found.model, put(found.where("0.mlp_out"), np.ones(5, np.float32))).points
    with pytest.raises(InputError, match="41 tokens, more than the context of 40"):
        run("rotary, rms, gated", ids=[1] * 41)
    with pytest.raises(InputError, match="sees both ways"):
        run("post, both ways, transform").losses()
