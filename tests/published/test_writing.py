"""A model written as a folder: read again it is the same, and the official implementation gives the same scores."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from armillary.errors import InputError
from armillary.published.configs import config_of
from armillary.published.folder import read_model
from armillary.published.writing import decoder_keys, write_model
from armillary.transformer.initial import drawn
from tests.parity.test_models_transformers import GPT2, MODELS, SHARED, saved

WRITTEN = ("gpt2", "llama, biases, wide heads", "mixtral", "qwen2", "qwen3 mixture", "gemma2, no caps", "gemma3")
TOKENS = torch.randint(0, 99, (2, 23), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", WRITTEN)
@torch.no_grad()
def test_what_was_read_can_be_written_and_others_read_it(name: str, tmp_path: Path) -> None:
    theirs = saved(*MODELS[name], tmp_path)
    expected = theirs(TOKENS).logits
    keys = json.loads((tmp_path / "config.json").read_text())
    ours = read_model(tmp_path)
    (tmp_path / "again").mkdir()
    write_model(ours, tmp_path / "again", keys)
    back = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "again", attn_implementation="eager")
    assert torch.equal(back(TOKENS).logits, expected)
    assert all(torch.equal(one, other) for one, other in zip(
        ours.state_dict().values(), read_model(tmp_path / "again").state_dict().values(), strict=True))


def test_a_masked_model_is_written_too(tmp_path: Path) -> None:
    values = {"vocab_size": 99, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
              "intermediate_size": 20, "max_position_embeddings": 30}
    theirs = saved("bert", values, tmp_path, transformers.AutoModelForMaskedLM)
    (tmp_path / "again").mkdir()
    write_model(read_model(tmp_path), tmp_path / "again", json.loads((tmp_path / "config.json").read_text()))
    back = transformers.AutoModelForMaskedLM.from_pretrained(tmp_path / "again", attn_implementation="eager")
    with torch.no_grad():
        assert torch.equal(back(TOKENS).logits, theirs(TOKENS).logits)


@torch.no_grad()
def test_the_decoder_that_is_learned_here_opens_elsewhere(tmp_path: Path) -> None:
    keys = decoder_keys(d_vocab=99, d_model=16, n_layers=2, n_heads=2, n_ctx=32, d_mlp=40)
    model = drawn(config_of(tmp_path, keys), rows=0.5, matrices=0.3)
    write_model(model, tmp_path, keys)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    torch.testing.assert_close(model(TOKENS), theirs(TOKENS).logits, rtol=0, atol=1e-5)
    again = np.array([(tmp_path / name).stat().st_size for name in ("config.json", "model.safetensors")])
    write_model(model, tmp_path, keys)
    assert [(tmp_path / name).stat().st_size for name in ("config.json", "model.safetensors")] == again.tolist()


def test_keys_of_another_model_are_refused(tmp_path: Path) -> None:
    saved("gpt2", GPT2, tmp_path)
    with pytest.raises(InputError, match="describe another model"):
        write_model(read_model(tmp_path), tmp_path, {"model_type": "llama", **SHARED})
    assert (tmp_path / "config.json").exists()


def test_half_precision_stays_as_it_is(tmp_path: Path) -> None:
    keys = decoder_keys(d_vocab=9, d_model=8, n_layers=1, n_heads=1, n_ctx=8, d_mlp=8)
    for dtype in (torch.bfloat16, torch.float16):
        model = drawn(config_of(tmp_path, keys)).to(dtype)
        write_model(model, tmp_path, keys)
        read = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=dtype)
        assert torch.equal(read.model.embed_tokens.weight, model.table)
