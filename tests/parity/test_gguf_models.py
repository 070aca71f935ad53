"""Tiny random models of each family, written as GGUF as llama.cpp's converter does, against their originals."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch

from armillary.count import count
from armillary.errors import ArmillaryError
from armillary.published.configs import read_config
from armillary.published.gguf import read_gguf_model
from tests.parity.test_models_transformers import GPT2, MIX, SHARED, saved

ARCHITECTURES = {"gpt2": "GPT2", "llama": "LLAMA", "qwen2": "QWEN2", "qwen3": "QWEN3", "gemma": "GEMMA",
                 "gemma2": "GEMMA2", "gemma3_text": "GEMMA3", "mixtral": "LLAMA", "qwen3_moe": "QWEN3MOE"}
GEMMA = SHARED | {"head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 5}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("gpt2", GPT2),
    "llama": ("llama", SHARED),
    "llama, tied": ("llama", SHARED | {"tie_word_embeddings": True}),
    "llama, banded rotary": ("llama", SHARED | {"rope_parameters": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "rope_theta": 5e5,
        "original_max_position_embeddings": 8192}, "max_position_embeddings": 16384}),
    "llama, stretched": ("llama", SHARED | {"rope_parameters": {
        "rope_type": "linear", "factor": 3.0, "rope_theta": 500.0}}),
    "qwen2": ("qwen2", SHARED),
    "qwen3": ("qwen3", SHARED | {"head_dim": 8}),
    "mixtral": ("mixtral", SHARED | {
        "num_experts_per_tok": 2, "num_local_experts": 5, "rope_parameters": {
            "rope_type": "default", "rope_theta": 1e5}}),
    "qwen3 mixture": ("qwen3_moe", SHARED | MIX | {"norm_topk_prob": True}),
    "gemma": ("gemma", SHARED | {"head_dim": 16}),
    "gemma2": ("gemma2", GEMMA | {"final_logit_softcapping": 3.0, "attn_logit_softcapping": 2.0}),
    "gemma3": ("gemma3_text", GEMMA | {"num_hidden_layers": 7}),
}
TOKENS = torch.randint(0, 99, (2, 23), generator=torch.Generator().manual_seed(1))


def facts(writer: gguf.GGUFWriter, config: Any, rope: dict[str, Any]) -> None:
    """What llama.cpp's converter writes of a config."""
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_token_list([f"t{token}" for token in range(config.vocab_size)])
    if config.model_type == "gpt2":
        writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if experts := getattr(config, "num_local_experts", None):
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
    if config.model_type == "qwen3_moe":
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    writer.add_rope_freq_base(rope.get("rope_theta", 1e6 if config.model_type == "gemma3_text" else 1e4))
    if getattr(config, "head_dim", None):
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    if rope.get("rope_type") == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if config.model_type in ("gemma2", "gemma3_text"):
        writer.add_sliding_window(config.sliding_window)
    if config.model_type == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)


def converted(theirs: Any, path: Path, rope: dict[str, Any], quantised: bool = False) -> Path:
    """The model as a GGUF file; names are those of the `gguf` package."""
    config = theirs.config
    architecture = getattr(gguf.MODEL_ARCH, ARCHITECTURES[config.model_type])
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[architecture])
    facts(writer, config, rope)
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    for name, parameter in theirs.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        if ".experts." in name:
            add_experts(writer, name, parameter.numpy(), quantised)
            continue
        writer.add_tensor(str(names.get_name(name, (".weight", ".bias"))), stored(name, parameter.numpy(), config))
    if rope.get("rope_type") == "llama3":
        plain = 1 / rope["rope_theta"] ** (np.arange(0, 8, 2) / 8)
        writer.add_tensor("rope_freqs.weight", (plain / theirs.model.rotary_emb.inv_freq.numpy()).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def add_experts(writer: gguf.GGUFWriter, name: str, numbers: np.ndarray, quantised: bool) -> None:
    """All experts of a block in one tensor, as the newer converter has them."""
    parts = {"down": numbers} if name.endswith("down_proj") else dict(
        zip(("gate", "up"), np.split(numbers, 2, axis=1), strict=True))
    for part, one in parts.items():
        stored_as = f"blk.{name.split('.')[2]}.ffn_{part}_exps.weight"
        if quantised:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(stored_as, gguf.quantize(one, kind), raw_dtype=kind)
        else:
            writer.add_tensor(stored_as, np.ascontiguousarray(one))


def stored(name: str, numbers: np.ndarray, config: Any) -> np.ndarray:
    """The numbers in the order and size in which a GGUF file has them."""
    if config.model_type == "gpt2" and ".c_" in name and name.endswith(".weight"):
        numbers = numbers.T
    if config.model_type.startswith("gemma") and name.endswith("norm.weight"):
        numbers = numbers + 1
    if config.model_type in ("llama", "mixtral") and name.endswith(("q_proj.weight", "k_proj.weight")):
        heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
        halves = numbers.reshape(heads, 2, -1, numbers.shape[-1])
        numbers = halves.swapaxes(1, 2).reshape(numbers.shape)
    return np.ascontiguousarray(numbers)


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_scores_are_those_of_the_original(name: str, tmp_path: Path) -> None:
    kind, values = MODELS[name]
    theirs = saved(kind, values, tmp_path / "hf")
    path = converted(theirs, tmp_path / "m.gguf", values.get("rope_parameters", {}))
    expected = theirs(TOKENS).logits
    assert expected.std() > 0.05
    ours = read_gguf_model(path)
    torch.testing.assert_close(ours(TOKENS), expected, rtol=0, atol=1e-5)
    assert count(read_config(path)).total == sum(parameter.numel() for parameter in ours.parameters())


@torch.no_grad()
def test_experts_may_be_quantised(tmp_path: Path) -> None:
    theirs = saved("mixtral", MODELS["mixtral"][1] | {"intermediate_size": 64}, tmp_path / "hf")
    kind = gguf.GGMLQuantizationType.Q8_0
    for name, parameter in theirs.named_parameters():
        if ".experts." in name:
            parameter.copy_(torch.from_numpy(gguf.dequantize(gguf.quantize(parameter.numpy(), kind), kind)))
    path = converted(theirs, tmp_path / "m.gguf", {"rope_theta": 1e5}, quantised=True)
    torch.testing.assert_close(read_gguf_model(path)(TOKENS), theirs(TOKENS).logits, rtol=0, atol=1e-5)


def llama(path: Path, **more: Any) -> Path:
    """A Llama with facts of its own."""
    theirs = saved("llama", SHARED, path / "hf")
    writer = gguf.GGUFWriter(path / "m.gguf", "llama")
    facts(writer, theirs.config, {})
    for name, value in more.items():
        writer.add_key_value(name.replace("__", "."), value, gguf.GGUFValueType.get_type(value))
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 3)
    for name, parameter in theirs.state_dict().items():
        theirs_name = str(names.get_name(name, (".weight", ".bias")))
        writer.add_tensor(theirs_name, stored(name, parameter.numpy(), theirs.config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path / "m.gguf"


@pytest.mark.parametrize(
    ("fact", "value"),
    [("llama__rope__dimension_count", 4), ("llama__attention__value_length", 4), ("llama__expert_shared_count", 1),
     ("llama__something_new", 1.0), ("llama__rope__scaling__type", "longrope")],
)
def test_facts_that_could_change_numbers_are_refused(tmp_path: Path, fact: str, value: Any) -> None:
    with pytest.raises(ArmillaryError, match=fact.rpartition("__")[2].replace("type", "longrope")):
        read_gguf_model(llama(tmp_path, **{fact: value}))


def test_facts_that_say_what_is_so_anyway_are_not(tmp_path: Path) -> None:
    model = read_gguf_model(llama(tmp_path, llama__rope__dimension_count=8, llama__vocab_size=99))
    assert model.config.d_vocab == 99


def test_another_architecture_is_named(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "mamba")
    writer.add_tensor("a", np.zeros(8, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ArmillaryError, match="mamba"):
        read_gguf_model(tmp_path / "m.gguf")
