"""Scores against the official implementation, on tiny random models of every family and variant, read from a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from armillary.count import count
from armillary.published.configs import named
from armillary.published.folder import read_model
from armillary.published.tensors import Holding
from armillary.shelf import Shelf
from armillary.transformer.cache import Cache
from armillary.transformer.weights import weights

WIDTHS = {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
          "intermediate_size": 56, "max_position_embeddings": 64}
SHARED = WIDTHS | {"num_key_value_heads": 2, "pad_token_id": None, "bos_token_id": None, "eos_token_id": None}
GPT2 = {"vocab_size": 99, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64, "bos_token_id": 0,
        "eos_token_id": 0}
MIX = {"num_experts_per_tok": 2, "num_experts": 4, "moe_intermediate_size": 24, "head_dim": 8}
GEMMA = SHARED | {"head_dim": 16, "query_pre_attn_scalar": 24, "sliding_window": 5}
LLAMA3 = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "rope_theta": 1e4,
          "original_max_position_embeddings": 16}
YARN = {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4, "original_max_position_embeddings": 16}
GEMMA3_ROPE = {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
               "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}}

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("gpt2", GPT2),
    "gpt2, untied, exact gelu, narrow": ("gpt2", GPT2 | {
        "tie_word_embeddings": False, "activation_function": "gelu", "n_inner": 40}),
    "llama, all heads apart": ("llama", SHARED | {"num_key_value_heads": 4}),
    "llama, one shared head, tied": ("llama", SHARED | {"num_key_value_heads": 1, "tie_word_embeddings": True}),
    "llama, biases, wide heads": ("llama", SHARED | {"attention_bias": True, "mlp_bias": True, "head_dim": 12}),
    "llama, banded rotary": ("llama", SHARED | {"rope_parameters": LLAMA3}),
    "llama, stretched rotary": ("llama", SHARED | {"rope_parameters": {
        "rope_type": "linear", "factor": 3.0, "rope_theta": 500.0}}),
    "mistral, window": ("mistral", SHARED | {"sliding_window": 5}),
    "mixtral": ("mixtral", SHARED | {"num_experts_per_tok": 2, "num_local_experts": 4}),
    "qwen2": ("qwen2", SHARED),
    "qwen2, window above, yarn": ("qwen2", SHARED | {
        "use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1, "rope_parameters": YARN}),
    "qwen3": ("qwen3", SHARED | {"head_dim": 8}),
    "qwen3, tied, biases": ("qwen3", SHARED | {"head_dim": 16, "tie_word_embeddings": True, "attention_bias": True}),
    "qwen3 mixture": ("qwen3_moe", SHARED | MIX),
    "qwen3 mixture, renormalised": ("qwen3_moe", SHARED | MIX | {"norm_topk_prob": True}),
    "gemma": ("gemma", SHARED | {"head_dim": 16}),
    "gemma2, caps and windows": ("gemma2", GEMMA | {"final_logit_softcapping": 3.0, "attn_logit_softcapping": 2.0}),
    "gemma2, no caps": ("gemma2", GEMMA | {"final_logit_softcapping": None, "attn_logit_softcapping": None}),
    "gemma3": ("gemma3_text", GEMMA | {"num_hidden_layers": 7}),
    "gemma3, stretched": ("gemma3_text", GEMMA | {"num_hidden_layers": 7, "rope_parameters": GEMMA3_ROPE}),
}


def saved(kind: str, values: dict[str, Any], folder: Path, head: Any = transformers.AutoModelForCausalLM) -> Any:
    """A random model of the official implementation, written to `folder`; biases and gains are random too."""
    torch.manual_seed(0)
    theirs = head.from_config(transformers.AutoConfig.for_model(kind, **values), attn_implementation="eager")
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.12)
    theirs.eval().save_pretrained(folder)
    return theirs


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_scores_with_and_without_cache_and_the_count(name: str, tmp_path: Path) -> None:
    theirs = saved(*MODELS[name], tmp_path)
    ours = read_model(tmp_path)
    tokens = torch.randint(0, 99, (2, 23), generator=torch.Generator().manual_seed(1))
    expected = theirs(tokens).logits
    assert expected.std() > 0.05, "scores that are all alike prove nothing"
    torch.testing.assert_close(ours(tokens), expected, rtol=0, atol=1e-5)
    cache = Cache(ours.config)
    pieces = [ours(piece, cache=cache) for piece in tokens.split([9, 1, 1, 7, 1, 1, 1, 1, 1], dim=1)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), expected, rtol=0, atol=1e-5)
    assert cache.n_tokens == 23
    # and the ledger is the sum of the real tensors
    real = {name: tuple(parameter.shape) for name, parameter in ours.named_parameters()}
    assert real == {weight.name: weight.shape for weight in weights(ours.config) if not weight.tied_to}
    assert count(ours.config).total == sum(parameter.numel() for parameter in ours.parameters())


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Models so small are slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


BERT = WIDTHS | {"type_vocab_size": 2}


@pytest.mark.parametrize("head", ["Model", "ForMaskedLM", "ForPreTraining"])
@torch.no_grad()
def test_encoders(head: str, tmp_path: Path) -> None:
    kind = getattr(transformers, f"AutoModel{head.removeprefix('Model')}")
    theirs = saved("bert", BERT, tmp_path, kind)
    ours = read_model(tmp_path)
    random = torch.Generator().manual_seed(1)
    tokens, types = (torch.randint(0, high, (2, 12), generator=random) for high in (99, 2))
    present = torch.ones(2, 12, dtype=torch.bool)
    present[1, 7:] = False
    expected = theirs(tokens, attention_mask=present.long(), token_type_ids=types)
    found = ours(tokens, present=present, types=types)
    theirs_found = expected.last_hidden_state if head == "Model" else expected[0]
    torch.testing.assert_close(found[present], theirs_found[present], rtol=0, atol=1e-5)
    assert ours.config.pooler == (head != "ForMaskedLM")
    if head == "Model":
        torch.testing.assert_close(ours.pooled(found), expected.pooler_output, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "llama, biases, wide heads", "gemma3"])
@torch.no_grad()
def test_half_precision_is_as_near_to_the_truth_as_theirs(name: str, tmp_path: Path) -> None:
    theirs = saved(*MODELS[name], tmp_path)
    tokens = torch.arange(64)[None]
    true = theirs(tokens).logits
    their_error = (theirs.bfloat16()(tokens).logits - true).square().mean().sqrt()
    error = (read_model(tmp_path, Holding(torch.bfloat16))(tokens) - true).square().mean().sqrt()
    assert 0 < error < 1.1 * their_error


@torch.no_grad()
def test_shards_give_the_same_numbers_and_stay_mapped(tmp_path: Path) -> None:
    theirs = saved(*MODELS["llama, all heads apart"], tmp_path / "whole")
    theirs.save_pretrained(tmp_path / "shards", max_shard_size="20kB")
    assert len(list((tmp_path / "shards").glob("model-*.safetensors"))) > 2
    one, many = read_model(tmp_path / "whole"), read_model(tmp_path / "shards")
    tokens = torch.arange(9)[None]
    assert torch.equal(one(tokens), many(tokens))


@pytest.mark.shelf("minilm-l6-v2")
@torch.no_grad()
def test_a_published_encoder_gives_the_same_points() -> None:
    folder = Shelf().path("minilm-l6-v2")
    ours, theirs = read_model(folder), transformers.AutoModel.from_pretrained(folder).eval()
    assert count(ours.config).total == count(named("minilm-l6-v2").config).total == 22_713_216
    tokens = torch.randint(0, 30_522, (4, 100), generator=torch.Generator().manual_seed(0))
    present = torch.arange(100) < torch.tensor([[100], [60], [2], [31]])
    found = ours(tokens, present=present)
    expected = theirs(tokens, attention_mask=present.long())
    torch.testing.assert_close(found[present], expected.last_hidden_state[present], rtol=0, atol=1e-5)
    torch.testing.assert_close(ours.pooled(found), expected.pooler_output, rtol=0, atol=1e-5)
