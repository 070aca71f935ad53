"""Every place at once: what stood there, and squares that are made again the same."""

import numpy as np
import pytest
import torch

from armillary.trace.changes import add
from armillary.trace.everything import Everything
from armillary.trace.taps import NOT_MADE, Record, Several
from armillary.transformer import attention
from armillary.transformer.places import places
from tests.trace.small import DECODERS, config, run, run_of, tokens
from tests.transformer.tiny import CONFIGS, TOKENS, model, source


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("patterns", [True, False])
@torch.inference_mode()
def test_all_is_there_and_scores_made_again_are_the_runs_own_to_the_bit(name: str, patterns: bool) -> None:
    facts = CONFIGS[name]
    if facts.encoder is not None:
        pytest.skip("an encoder's places are another model's")
    made, record, everything = model(facts), Record(list(places(facts))), Everything(facts, patterns)
    beside = Record([place for place in places(facts) if not place.endswith(NOT_MADE)])
    made(TOKENS, tap=record, **source(facts))
    made(TOKENS, tap=Several(beside, everything), **source(facts))
    assert list(everything) == list(record.kept)
    assert len(everything) == len(record.kept)
    again = {one for one in record.kept if one not in everything.kept}
    squares = {one for one in record.kept if one.endswith(NOT_MADE[: 1 if patterns else 2])}
    assert {one for one in again if one.endswith(NOT_MADE)} == squares
    assert {one.rpartition(".")[2] for one in again - squares} == {
        *(["resid_mid"] if facts.wiring != "post" and not facts.pattern[0].cross else []),
        *(["mlp_post"] if any(not block.mlp.gated for block in facts.pattern) else [])}
    for place in everything:
        torch.testing.assert_close(everything[place], record.kept[place], rtol=0, atol=1e-5, msg=place)
        if place in beside.kept:
            assert torch.equal(everything[place], beside.kept[place]), place
        elif place.startswith("blocks.0") and place.endswith("scores"):  # the first block has read the same points
            assert torch.equal(everything[place], record.kept[place])


@pytest.mark.parametrize("name", DECODERS)
def test_of_a_run_with_its_changes(name: str) -> None:
    plain = run(name)
    changed = run_of(plain.model, add(plain.where("1.scores.2@4"), np.arange(8)))
    kept = changed.everything()
    torch.testing.assert_close(kept["blocks.1.scores"][0], torch.from_numpy(changed["1.scores"]), rtol=0, atol=1e-5)
    assert not torch.equal(kept["blocks.1.scores"], plain.everything()["blocks.1.scores"])
    assert not [place for place in kept if place not in kept.kept and not place.endswith(NOT_MADE)]
    torch.testing.assert_close(kept["logits"][0], torch.from_numpy(changed.scores(range(8))), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", DECODERS)
@torch.inference_mode()
def test_patterns_in_pieces_are_those_of_the_formula(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_TOGETHER", 3)
    whole, pieces = Record(list(places(config(name)))), Everything(config(name))
    scores = model(config(name))(tokens(), tap=whole)
    torch.testing.assert_close(model(config(name))(tokens(), tap=pieces), scores, rtol=0, atol=1e-5)
    for place in places(config(name)):
        torch.testing.assert_close(pieces[place], whole.kept[place], rtol=0, atol=1e-5, msg=place)
        if place.endswith("pattern"):
            assert torch.equal(pieces[place] == 0, whole.kept[place] == 0)


def test_what_is_no_place_is_not_there() -> None:
    everything = run(DECODERS[0]).everything()
    for name in ("blocks.9.scores", "blocks.0.cross.pattern", "nowhere"):
        with pytest.raises(KeyError):
            everything[name]
