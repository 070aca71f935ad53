"""Models in GGUF files: their tensors by the names that llama.cpp gives them (their configs: `gguf_config`).

What the converter of llama.cpp changed is changed back: rows of W_Q and W_K in another order.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from armillary.formats.gguf import Gguf, read_gguf
from armillary.published.gguf_config import config_of_gguf, has_experts, kind_of
from armillary.published.names import Names
from armillary.published.source import Source
from armillary.published.tensors import KEPT, Holding, fill
from armillary.transformer.model import Transformer

_LAYER = {
    "before_attention": "attn_norm", "before_mlp": "ffn_norm",
    "attention.norm_Q": "attn_q_norm", "attention.norm_K": "attn_k_norm",
}
_MATRICES = {
    "attention.W_Q": "attn_q", "attention.W_K": "attn_k", "attention.W_V": "attn_v", "attention.W_O": "attn_output",
    "mlp.W_gate": "ffn_gate", "mlp.W_in": "ffn_up", "mlp.W_out": "ffn_down",
}
_EXPERTS = {
    "mlp.W_router": "ffn_gate_inp", "mlp.W_gate": "ffn_gate_exps", "mlp.W_in": "ffn_up_exps",
    "mlp.W_out": "ffn_down_exps",
}
"""One tensor for all experts of a block."""
_AFTER = {
    "gemma2": {"after_attention": "post_attention_norm", "after_mlp": "post_ffw_norm"},
    "gemma3": {"after_attention": "post_attention_norm", "after_mlp": "post_ffw_norm"},
    "bert": {"after_attention": "attn_output_norm", "after_mlp": "layer_output_norm"},
}


def read_gguf_model(path: Path, how: Holding = KEPT) -> Transformer:
    """The model in a GGUF file, dequantised.

    Raises:
        UnknownFormat: another kind of model, or a fact that could change numbers and is not known.
        DamagedFile: facts and tensors do not agree, or the file is cut or lies about itself.
    """
    return model_of(read_gguf(path), how)


def model_of(file: Gguf, how: Holding = KEPT) -> Transformer:
    """The model in an opened GGUF file (errors as `read_gguf_model`)."""
    return fill(config_of_gguf(file), _Tensors(file), how)


def _names(kind: str, experts: bool) -> Names:
    """How the tensors of an architecture are called."""
    matrices = _MATRICES | _EXPERTS if experts else _MATRICES
    norms = {**_LAYER, **_AFTER.get(kind, {})}
    layer = {f"{ours}.{part}": f"{theirs}.{end}" for ours, theirs in norms.items()
             for part, end in (("gain", "weight"), ("bias", "bias"))}
    layer |= {ours: f"{theirs}.weight" for ours, theirs in matrices.items()}
    layer |= {ours.replace(".W_", ".b_"): f"{theirs}.bias" for ours, theirs in matrices.items()}
    if kind == "gpt2":
        for letter in "QKV":
            layer |= {f"attention.W_{letter}": "attn_qkv.weight", f"attention.b_{letter}": "attn_qkv.bias"}
    return Names(
        {
            "embedding.W_E": "token_embd.weight", "embedding.W_pos": "position_embd.weight",
            "embedding.W_type": "token_types.weight",
            "embedding.norm.gain": "token_embd_norm.weight", "embedding.norm.bias": "token_embd_norm.bias",
            "final_norm.gain": "output_norm.weight", "final_norm.bias": "output_norm.bias",
            "unembedding.W_U": "output.weight",
            **{f"blocks.*.{ours}": f"blk.*.{theirs}" for ours, theirs in layer.items()},
        },
        thirds=("attn_qkv",), aside=(r"^rope_freqs\.weight$",),
    )


class _Tensors(Source):
    """The tensors of a GGUF file."""

    def __init__(self, file: Gguf) -> None:
        kind = kind_of(file)
        super().__init__(file.path, file.tensors, _names(kind, has_experts(file)))
        self._heads: dict[str, Any] = {}
        if kind == "llama":  # rows of each head in pairs of neighbours, as the paper turns them
            heads = file.facts["llama.attention.head_count"]
            self._heads = {"attn_q": heads, "attn_k": file.facts.get("llama.attention.head_count_kv", heads)}

    def mapped(self, name: str, dtype: torch.dtype) -> torch.Tensor | None:
        """The numbers of a tensor as they lie in the file; None where they are of another type, or in another order."""
        return None if self._turned(name) else super().mapped(name, dtype)

    def pieces(self, name: str) -> Iterator[torch.Tensor]:
        """The numbers of a tensor some rows at a time, dequantised; those of W_Q and W_K in our order, all at once."""
        heads = self._turned(name)
        if heads is None:
            return super().pieces(name)
        numbers = torch.cat(list(super().pieces(name)))
        return iter([numbers.view(heads, -1, 2, numbers.shape[-1]).transpose(1, 2).flatten(0, 2)])

    def _turned(self, name: str) -> int | None:
        """The heads whose rows are in another order in the file; None if they are not."""
        return self._heads.get(name.split(".")[-2])
