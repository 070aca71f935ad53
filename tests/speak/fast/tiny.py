"""GGUF files of tiny models in any numbers, of several architectures."""

import math
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

from armillary.formats.dequantise import KINDS
from armillary.formats.gguf import read_gguf
from armillary.published.gguf_blocks import GgufBlocks

D_VOCAB, HEADS, KV_HEADS, LAYERS, N_CTX, EXPERTS = 40, 4, 2, 2, 640, 4
ARCHITECTURES = ("llama", "qwen2", "qwen3", "gemma3", "gpt2")


@dataclass(frozen=True)
class Sizes:
    """Widths of a tiny model; of GPT-2, d_head is a quarter of d_model."""

    d_model: int = 64
    d_mlp: int = 96
    d_head: int = 32


USUAL, OF_GPT2, WIDE = Sizes(), Sizes(d_model=128), Sizes(256, 256, 64)
CODES = {kind.name: code for code, kind in KINDS.items()}


def blocks(kind: str, rows: int, inputs: int, seed: int = 0) -> np.ndarray:
    """(rows, bytes) of random numbers, small ones, in blocks of a kind."""
    random = np.random.default_rng(seed)
    told = KINDS[CODES[kind]]
    count = rows * inputs // told.numbers
    if not told.function:
        numbers = (random.standard_normal(rows * inputs) * 0.2).astype(np.float32)
        plain = numbers.view(np.uint32) >> 16 if kind == "BF16" else numbers
        return plain.astype(told.block).view(np.uint8).reshape(rows, -1)
    found = random.integers(0, 256, (count, told.block.itemsize), dtype=np.uint8)
    fields = found.view(told.block).reshape(-1)
    size = {"Q8_0": 0.002, "Q2_K": 0.01, "Q3_K": 0.003, "Q6_K": 0.0001}.get(kind, 0.02 if "K" not in kind else 0.001)
    fields["d"] = random.uniform(size / 2, size, count)
    if "m" in (told.block.names or ()):
        fields["m"] = random.uniform(-size * 8, 0, count) if "K" not in kind else random.uniform(0, size * 8, count)
    return found.reshape(rows, -1)


def tiny_gguf(path: Path, kind: str = "Q4_0", architecture: str = "llama", sizes: Sizes = USUAL) -> Path:
    """A model whose matrices are all of one kind; of 256 numbers in a block, widths must be multiples of 256."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(N_CTX)
    writer.add_embedding_length(sizes.d_model)
    writer.add_feed_forward_length(sizes.d_mlp)
    writer.add_head_count(HEADS)
    if architecture == "gpt2":
        writer.add_layer_norm_eps(1e-5)
    else:
        writer.add_head_count_kv(KV_HEADS)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(1e4)
        writer.add_key_length(sizes.d_head)
        writer.add_value_length(sizes.d_head)
    if architecture == "gemma3":
        writer.add_sliding_window(24)
    if architecture == "qwen3moe":
        writer.add_expert_count(EXPERTS)
        writer.add_expert_used_count(2)
        writer.add_expert_feed_forward_length(sizes.d_mlp)
    writer.add_token_list([f"token{number}" for number in range(D_VOCAB)])
    code = gguf.GGMLQuantizationType(CODES[kind])
    for seed, (name, shape) in enumerate(_shapes(architecture, sizes).items()):
        if len(shape) == 1 or name == "position_embd.weight":
            random = np.random.default_rng(seed)
            gain = name.endswith("norm.weight")
            writer.add_tensor(name, (random.standard_normal(shape) * 0.1 + gain).astype(np.float32))
        else:
            made = blocks(kind, math.prod(shape[:-1]), shape[-1], seed)
            writer.add_tensor(name, made.reshape(*shape[:-1], -1), raw_dtype=code)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def source(path: Path, kind: str = "Q4_0", architecture: str = "llama") -> GgufBlocks:
    """A tiny model, written if it is not there yet, and opened for the engine."""
    if not path.exists():
        usual = OF_GPT2 if architecture == "gpt2" else USUAL
        tiny_gguf(path, kind, architecture, WIDE if kind.endswith("K") else usual)
    return GgufBlocks(read_gguf(path))


def _shapes(architecture: str, sizes: Sizes) -> dict[str, tuple[int, ...]]:
    d_model, d_mlp = sizes.d_model, sizes.d_mlp
    d_head = d_model // HEADS if architecture == "gpt2" else sizes.d_head
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (D_VOCAB, d_model), "output_norm.weight": (d_model,)}
    if architecture == "gpt2":
        shapes |= {"position_embd.weight": (N_CTX, d_model), "output_norm.bias": (d_model,)}
    for layer in range(LAYERS):
        inside = {
            "attn_norm.weight": (d_model,), "ffn_norm.weight": (d_model,),
            "attn_output.weight": (d_model, HEADS * d_head),
            **_mlp(architecture, d_model, d_mlp), **_special(architecture, d_model, d_head, d_mlp),
        }
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in inside.items()}
    return shapes


def _mlp(architecture: str, d_model: int, d_mlp: int) -> dict[str, tuple[int, ...]]:
    if architecture == "qwen3moe":
        return {"ffn_gate_inp.weight": (EXPERTS, d_model), "ffn_gate_exps.weight": (EXPERTS, d_mlp, d_model),
                "ffn_up_exps.weight": (EXPERTS, d_mlp, d_model), "ffn_down_exps.weight": (EXPERTS, d_model, d_mlp)}
    gate = {} if architecture == "gpt2" else {"ffn_gate.weight": (d_mlp, d_model)}
    return {"ffn_up.weight": (d_mlp, d_model), "ffn_down.weight": (d_model, d_mlp), **gate}


def _special(architecture: str, d_model: int, d_head: int, d_mlp: int) -> dict[str, tuple[int, ...]]:
    if architecture == "gpt2":
        return {"attn_qkv.weight": (3 * d_model, d_model), "attn_qkv.bias": (3 * d_model,),
                "attn_output.bias": (d_model,), "ffn_up.bias": (d_mlp,), "ffn_down.bias": (d_model,),
                "attn_norm.bias": (d_model,), "ffn_norm.bias": (d_model,)}
    found: dict[str, tuple[int, ...]] = {
        "attn_q.weight": (HEADS * d_head, d_model), "attn_k.weight": (KV_HEADS * d_head, d_model),
        "attn_v.weight": (KV_HEADS * d_head, d_model)}
    if architecture == "qwen2":
        found |= {"attn_q.bias": (HEADS * d_head,), "attn_k.bias": (KV_HEADS * d_head,),
                  "attn_v.bias": (KV_HEADS * d_head,)}
    if architecture in ("qwen3", "qwen3moe", "gemma3"):
        found |= {"attn_q_norm.weight": (d_head,), "attn_k_norm.weight": (d_head,)}
    if architecture == "gemma3":
        found |= {"post_attention_norm.weight": (d_model,), "post_ffw_norm.weight": (d_model,)}
    return found
