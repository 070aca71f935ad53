"""Facts of a GGUF file that lie: whatever stands there, the answer is a model or an error of ours, and soon."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from armillary.errors import ArmillaryError
from armillary.formats.gguf import read_gguf
from armillary.published.gguf import model_of

OWN: dict[str, Any] = {
    "block_count": 1, "context_length": 16, "embedding_length": 8, "feed_forward_length": 12, "attention.head_count": 2,
    "attention.head_count_kv": 1, "attention.key_length": 4, "attention.value_length": 4,
    "attention.layer_norm_rms_epsilon": 1e-5, "rope.freq_base": 1e4, "rope.dimension_count": 4, "expert_count": 3,
    "expert_used_count": 2, "expert_feed_forward_length": 6, "expert_weights_norm": True, "expert_gating_func": 1,
    "rope.scaling.type": "linear", "rope.scaling.factor": 2.0,
}
TENSORS = {
    "token_embd": (5, 8), "output_norm": (8,), "blk.0.attn_norm": (8,), "blk.0.attn_q": (8, 8), "blk.0.attn_k": (4, 8),
    "blk.0.attn_v": (4, 8), "blk.0.attn_output": (8, 8), "blk.0.attn_q_norm": (4,), "blk.0.attn_k_norm": (4,),
    "blk.0.ffn_norm": (8,), "blk.0.ffn_gate_inp": (3, 8), "blk.0.ffn_gate_exps": (3, 6, 8),
    "blk.0.ffn_up_exps": (3, 6, 8), "blk.0.ffn_down_exps": (3, 8, 6),
}
LIES = [float("nan"), float("inf"), -1, 0, 7, 2**31, 10**12, "x", False, [1, 2], [1.5, float("nan")], ["a"], 1.5]


def mixture(path: Path, facts: dict[str, Any], tensors: dict[str, tuple[int, ...]]) -> Path:
    """A mixture of experts of one block."""
    writer = gguf.GGUFWriter(path, "qwen3moe")
    for name, value in facts.items():
        if isinstance(value, list):
            writer.add_array(f"qwen3moe.{name}", value)
        elif type(value) is int:
            writer.add_int64(f"qwen3moe.{name}", value)
        else:
            writer.add_key_value(f"qwen3moe.{name}", value, gguf.GGUFValueType.get_type(value))
    writer.add_token_list([f"t{token}" for token in range(5)])
    for name, shape in tensors.items():
        writer.add_tensor(f"{name}.weight", np.full(shape, 0.1, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_it_is_a_model_without_its_lie(tmp_path: Path) -> None:
    model = model_of(read_gguf(mixture(tmp_path / "m.gguf", OWN, TENSORS)))
    experts = model.config.pattern[0].mlp.experts
    assert experts is not None
    assert (experts.n_experts, experts.n_active, experts.renormalised) == (3, 2, True)
    assert model.get_parameter("blocks.0.mlp.W_gate").shape == (3, 8, 6)


def answer(path: Path) -> str:
    """What is wrong with the model; "" if nothing is."""
    try:
        model_of(read_gguf(path))
    except ArmillaryError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", OWN)
def test_whatever_a_fact_says_the_answer_is_a_model_or_an_error(name: str, tmp_path: Path) -> None:
    answers = [answer(mixture(tmp_path / "m.gguf", {**OWN, name: lie}, TENSORS)) for lie in LIES]
    assert all("m.gguf" in one for one in answers if one)
    assert sum(map(bool, answers)) > len(LIES) / 2
    missing = answer(mixture(tmp_path / "less.gguf", {fact: OWN[fact] for fact in OWN if fact != name}, TENSORS))
    assert not missing or "less.gguf" in missing


@pytest.mark.parametrize(("name", "value"), [
    ("attention.layer_norm_rms_epsilon", -1.0), ("rope.freq_base", -1e4), ("rope.freq_base", 0.0),
    ("rope.scaling.factor", 0.0), ("rope.scaling.factor", -2.0), ("rope.scaling.factor", float("nan")),
])
def test_numbers_that_no_score_could_come_of(name: str, value: float, tmp_path: Path) -> None:
    assert "m.gguf" in answer(mixture(tmp_path / "m.gguf", {**OWN, name: value}, TENSORS))


@pytest.mark.parametrize("name", ["blk.0.ffn_gate_exps", "blk.0.ffn_down_exps", "blk.0.ffn_gate_inp"])
@pytest.mark.parametrize("shape", [(3, 8, 7), (2, 6, 8), (3, 48), (144,), (1, 3, 6, 8)])
def test_experts_of_another_shape(name: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    path = mixture(tmp_path / "m.gguf", OWN, {**TENSORS, name: shape})
    with pytest.raises(ArmillaryError, match=name):
        model_of(read_gguf(path))


def test_one_expert_too_few_in_one_tensor_is_named(tmp_path: Path) -> None:
    less = {name: shape for name, shape in TENSORS.items() if name != "blk.0.ffn_up_exps"}
    with pytest.raises(ArmillaryError, match=r"lacks the tensor 'blk\.0\.ffn_up_exps\.weight'"):
        model_of(read_gguf(mixture(tmp_path / "m.gguf", OWN, less)))
