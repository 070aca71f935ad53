"""Blocks only add: the embedding and all that attention and MLPs write is the last point; a score is a sum of parts."""

import pytest
import torch

from armillary.opening import open_model
from armillary.trace.run import Run
from armillary.trace.taps import Record
from armillary.transformer.places import places
from tests.trace.small import DECODERS, config, run, tokens
from tests.transformer.tiny import model

TEXT = "The hedgehog raised a quill, and the writer dipped another quill into the ink."


def missed(traced: Run) -> float:
    """By how much the sum of what is added misses the last point, at most; the sum is taken in double precision."""
    outs = [f"blocks.{block}.{out}" for block in range(traced.model.config.n_layers) for out in ("attn_out", "mlp_out")]
    last = f"blocks.{traced.model.config.n_layers - 1}.resid_post"
    kept = traced.record(["embed", *outs, last])
    total = torch.stack([kept[place].double() for place in ("embed", *outs)]).sum(0)
    return float((total - kept[last]).abs().max() / kept[last].abs().max())


@pytest.mark.parametrize("name", [*DECODERS, "experts"])
def test_the_embedding_and_all_outputs_add_up_to_the_last_point(name: str) -> None:
    assert missed(run(name)) < 1e-6


def test_of_a_model_that_norms_after_each_sum_this_holds_block_by_block() -> None:
    name = "post, both ways, transform"
    made, record = model(config(name)), Record(set(places(config(name))))
    made(tokens(), tap=record)
    x = record.kept["embed"]
    for number, block in enumerate(made.blocks):
        there = {place: record.kept[f"blocks.{number}.{place}"] for place in ("attn_out", "resid_mid", "mlp_out")}
        torch.testing.assert_close(there["resid_mid"], block.after_attention(x + there["attn_out"]), rtol=0, atol=1e-6)
        x = block.after_mlp(there["resid_mid"] + there["mlp_out"])
        torch.testing.assert_close(record.kept[f"blocks.{number}.resid_post"], x, rtol=0, atol=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.shelf(name)) for name in ("smollm2-135m-instruct", "gemma3-270m")]
)
def test_real_models_add_up(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    traced = open_model(name, device="cpu").trace(TEXT)
    off, found = missed(traced), traced.contributions(-1)
    total = sum(part.score for part in found.parts)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{name}: embedding + all outputs miss the last point by {off:.1e} of its largest number; "
            f"{len(found.parts)} contributions miss the score of {found.score:.3f} by {found.error:.1e}; "
            f"the last norm divides by {found.scale:.3f}")
    assert off < 1e-5
    assert total == pytest.approx(found.score, abs=1e-3)
    assert found.score == pytest.approx(float(traced.scores([-1])[0, found.token]), abs=1e-3)  # neither has a cap
