"""Models in GGUF files: their facts as config keys, their tensors by the names that llama.cpp gives them.

A file's facts are put into the keys of a config.json, and the family's own reader takes it from there. What the
converter of llama.cpp changed is changed back: rows of W_Q and W_K in another order, 1 added to gains.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats.gguf import Gguf, read_gguf
from armillary.published.configs import config_of
from armillary.published.names import Names
from armillary.published.tensors import Source, fill
from armillary.transformer.config import Banded, Block, Config, Rotary
from armillary.transformer.model import Transformer
from armillary.transformer.rotary import speeds

_DECODER = {
    "block_count": "num_hidden_layers", "embedding_length": "hidden_size", "feed_forward_length": "intermediate_size",
    "context_length": "max_position_embeddings", "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads", "attention.key_length": "head_dim",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps", "rope.freq_base": "rope_theta", "vocab_size": "vocab_size",
    "attention.sliding_window": "sliding_window", "attn_logit_softcapping": "attn_logit_softcapping",
    "final_logit_softcapping": "final_logit_softcapping",
}
_LEARNED = {
    "gpt2": {
        "block_count": "n_layer", "embedding_length": "n_embd", "feed_forward_length": "n_inner",
        "context_length": "n_positions", "attention.head_count": "n_head",
        "attention.layer_norm_epsilon": "layer_norm_epsilon",
    },
    "bert": {
        "block_count": "num_hidden_layers", "embedding_length": "hidden_size",
        "feed_forward_length": "intermediate_size", "context_length": "max_position_embeddings",
        "attention.head_count": "num_attention_heads", "attention.layer_norm_epsilon": "layer_norm_eps",
    },
}
FAMILIES = {"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma": "gemma", "gemma2": "gemma2",
            "gemma3": "gemma3_text", "gpt2": "gpt2", "bert": "bert"}
"""`general.architecture` -> the `model_type` of the same family."""
_PLAIN = {"attention.causal": (False,), "pooling_type": (0, 1, 2), "rope.scaling.finetuned": (True, False),
          "attention.head_count_kv": ()}
"""Facts that change nothing in the families where they stand, with the values at which they do not."""
_STRETCHES = [Banded(factor=factor, low=1.0, high=4.0, original_n_ctx=8192) for factor in (8.0, 32.0)]
"""How Llama 3.1 and 3.2 were stretched: a GGUF file holds only what came of it."""

_LAYER = {
    "before_attention": "attn_norm", "before_mlp": "ffn_norm",
    "attention.norm_Q": "attn_q_norm", "attention.norm_K": "attn_k_norm",
}
_MATRICES = {
    "attention.W_Q": "attn_q", "attention.W_K": "attn_k", "attention.W_V": "attn_v", "attention.W_O": "attn_output",
    "mlp.W_gate": "ffn_gate", "mlp.W_in": "ffn_up", "mlp.W_out": "ffn_down",
}
_AFTER = {
    "gemma2": {"after_attention": "post_attention_norm", "after_mlp": "post_ffw_norm"},
    "gemma3": {"after_attention": "post_attention_norm", "after_mlp": "post_ffw_norm"},
    "bert": {"after_attention": "attn_output_norm", "after_mlp": "layer_output_norm"},
}


def read_gguf_model(path: Path, dtype: torch.dtype = torch.float32) -> Transformer:
    """The model in a GGUF file, dequantised to `dtype`.

    Raises:
        UnknownFormat: another kind of model, or a fact that could change numbers and is not known.
        DamagedFile: facts and tensors do not agree, or the file is cut or lies about itself.
    """
    return model_of(read_gguf(path), dtype)


def model_of(file: Gguf, dtype: torch.dtype = torch.float32) -> Transformer:
    """The model in an opened GGUF file (errors as `read_gguf_model`)."""
    return fill(config_of_gguf(file), _Tensors(file), dtype)


def config_of_gguf(file: Gguf) -> Config:
    """What the model in a GGUF file is, from its facts and the names of its tensors (errors as `read_gguf_model`)."""
    kind = _kind(file)
    config = config_of(file.path, {"model_type": FAMILIES[kind], **_keys(file, kind)})
    if kind.startswith("gemma"):  # the converter has added the 1 to the gains
        config = _with_plain_gains(config)
    if "rope_freqs.weight" in file.tensors:
        config = _stretched(config, file)
    return config


def _kind(file: Gguf) -> str:
    kind = file.facts.get("general.architecture")
    if not isinstance(kind, str) or kind not in FAMILIES:
        raise UnknownFormat(file.path, "is a model of type {kind!r}; known are {known}",
                            kind=str(kind)[:80], known=", ".join(sorted(FAMILIES)))
    return kind


def _keys(file: Gguf, kind: str) -> dict[str, Any]:
    """The facts of the architecture as keys of a config.json; each is read, harmless, or an error."""
    own = {name.removeprefix(f"{kind}."): value for name, value in file.facts.items() if name.startswith(f"{kind}.")}
    known = _LEARNED.get(kind, _DECODER)
    keys: dict[str, Any] = {known[name]: own.pop(name) for name in list(own) if name in known}
    tokens = file.facts.get("tokenizer.ggml.tokens")
    if isinstance(tokens, list):
        keys["vocab_size"] = len(tokens)
    if kind == "bert":
        keys["type_vocab_size"] = file.facts.get("tokenizer.ggml.token_type_count", 2)
        keys["architectures"] = ["BertModel"]
    else:
        keys["tie_word_embeddings"] = "output.weight" not in file.tensors
    if kind in ("gemma2", "gemma3") and "head_dim" in keys:
        keys["query_pre_attn_scalar"] = keys["head_dim"]
    scaling = {name.removeprefix("rope.scaling."): own.pop(name) for name in list(own) if name in _SCALING}
    if scaling.get("type", "none") != "none":
        keys["rope_scaling"] = {_SCALING[f"rope.scaling.{name}"]: value for name, value in scaling.items()}
    _refuse_the_rest(file, kind, own, keys)
    return keys


_SCALING = {"rope.scaling.type": "rope_type", "rope.scaling.factor": "factor",
            "rope.scaling.original_context_length": "original_max_position_embeddings",
            "rope.scaling.attn_factor": "attention_factor"}


def _refuse_the_rest(file: Gguf, kind: str, own: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
    """Facts that nobody read must say what is so anyway."""
    d_head = keys.get("head_dim")
    if d_head is None and "hidden_size" in keys and keys.get("num_attention_heads"):
        d_head = keys["hidden_size"] // keys["num_attention_heads"]
    same = {**_PLAIN, "attention.value_length": (d_head,), "rope.dimension_count": (d_head,)}
    for name, value in own.items():
        if value not in same.get(name, ()):
            raise UnknownFormat(file.path, "sets {name!r} to {value}, which could change numbers and is not known here",
                                name=f"{kind}.{name}", value=str(value)[:80])


def _with_plain_gains(config: Config) -> Config:
    plain = replace(config.norm, one_plus=False)
    blocks = (
        replace(block, attention=replace(block.attention, norm=block.attention.norm and plain))
        for block in config.pattern
    )
    return replace(config, norm=plain, pattern=tuple(blocks))


def _stretched(config: Config, file: Gguf) -> Config:
    """The config with the stretching whose speeds are those that the file's factors give."""
    factors = torch.from_numpy(file.tensors["rope_freqs.weight"].array().copy())
    attention = config.pattern[0].attention
    if attention.rotary is None or factors.shape != (attention.d_head // 2,):
        raise DamagedFile(file.path, "has {name!r} of a shape that its heads do not call for", name="rope_freqs.weight")
    wanted = speeds(attention.rotary, attention.d_head) / factors
    for scaling in _STRETCHES:
        rotary = replace(attention.rotary, scaling=scaling)
        if torch.allclose(speeds(rotary, attention.d_head), wanted, rtol=1e-4, atol=0):
            return replace(config, pattern=tuple(_turned(block, rotary) for block in config.pattern))
    raise UnknownFormat(file.path, "stretches its rotary positions by {kind!r}, which is not known here",
                        kind="rope_freqs.weight")


def _turned(block: Block, rotary: Rotary) -> Block:
    return replace(block, attention=replace(block.attention, rotary=rotary))


def _names(kind: str) -> Names:
    """How the tensors of an architecture are called."""
    norms = {**_LAYER, **_AFTER.get(kind, {})}
    layer = {f"{ours}.{part}": f"{theirs}.{end}" for ours, theirs in norms.items()
             for part, end in (("gain", "weight"), ("bias", "bias"))}
    layer |= {ours: f"{theirs}.weight" for ours, theirs in _MATRICES.items()}
    layer |= {ours.replace(".W_", ".b_"): f"{theirs}.bias" for ours, theirs in _MATRICES.items()}
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
        kind = _kind(file)
        super().__init__(file.path, file.tensors, _names(kind))
        self._heads: dict[str, Any] = {}
        if kind == "llama":  # rows of each head in pairs of neighbours, as the paper turns them
            heads = file.facts["llama.attention.head_count"]
            self._heads = {"attn_q": heads, "attn_k": file.facts.get("llama.attention.head_count_kv", heads)}

    def read(self, name: str, dtype: torch.dtype) -> torch.Tensor:
        """The numbers of a tensor, dequantised; rows of W_Q and W_K in our order."""
        numbers = super().read(name, dtype)
        heads = self._heads.get(name.split(".")[-2])
        if heads is None:
            return numbers
        return numbers.view(heads, -1, 2, numbers.shape[-1]).transpose(1, 2).flatten(0, 2)
