"""A model from a GGUF file is gone on from, and what is written opens here and in transformers."""

from pathlib import Path

import pytest
import torch
import transformers

import armillary
from armillary.learning.gpt.asked import Asked
from armillary.learning.gpt.learn import gpt_learned
from armillary.learning.gpt.origin import Published

pytestmark = [pytest.mark.shelf("smollm2-135m-instruct"), pytest.mark.long]


def test_what_begins_in_gguf_ends_as_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("armillary.learning.self_supervised.material.MOST_HELD_TOKENS", 200)
    monkeypatch.setattr("armillary.learning.self_supervised.course._WRITTEN", 2)
    monkeypatch.setattr(Published, "looks", 1)
    text = tmp_path / "text.txt"
    text.write_text("The armillary sphere shows the heavens, and nothing in it is hidden.\n" * 40)
    name = "smollm2-135m-instruct"
    before = armillary.open(name)
    card = gpt_learned(text, tmp_path / "out", Asked(start=name, train="lora", steps=3, batch=2, context=32))
    ours, prompt = armillary.open(tmp_path / "out"), "The armillary sphere shows"
    assert card.before is not None
    assert card.model.nats_per_token < card.before.nats_per_token
    assert ours.config == before.config
    assert ours.ids(prompt) == before.ids(prompt)
    assert ours.speaking.stops == before.speaking.stops
    assert ours.speaking.template == before.speaking.template
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    ids = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")(prompt)["input_ids"]
    assert ids == ours.ids(prompt)
    with torch.no_grad():
        expected = theirs(torch.tensor([ids])).logits[0, -1]
    torch.testing.assert_close(torch.from_numpy(ours.scores(prompt)), expected, rtol=0, atol=1e-3)
