"""What the model in a GGUF file is: its facts put into the keys of a config.json, for the family's own reader.

No torch here, so that a model can be counted without it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat
from armillary.extras import need
from armillary.formats.gguf import Gguf
from armillary.formats.gguf_strings import Strings
from armillary.published.configs import config_of
from armillary.transformer.config import Banded, Block, Config, Rotary

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
_MIXTURE = {
    "expert_count": "num_local_experts", "expert_used_count": "num_experts_per_tok",
    "expert_feed_forward_length": "moe_intermediate_size",
}
FAMILIES = {"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "qwen3moe": "qwen3_moe", "gemma": "gemma",
            "gemma2": "gemma2", "gemma3": "gemma3_text", "gpt2": "gpt2", "bert": "bert"}
"""`general.architecture` -> the `model_type` of the same family; a Llama that has experts is a Mixtral."""
_PLAIN = {"attention.causal": (False,), "pooling_type": (0, 1, 2), "rope.scaling.finetuned": (True, False),
          "attention.head_count_kv": (), "expert_count": (0,), "expert_used_count": (0,),
          "expert_weights_norm": (True,), "expert_gating_func": (1,)}  # llama.cpp norms the shares of a softmax (1)
"""Facts that change nothing in the families where they stand, with the values at which they do not."""
_STRETCHES = [Banded(factor=factor, low=1.0, high=4.0, original_n_ctx=8192) for factor in (8.0, 32.0)]
"""How Llama 3.1 and 3.2 were stretched: a GGUF file holds only what came of it."""


def config_of_gguf(file: Gguf) -> Config:
    """What the model in a GGUF file is, from its facts and the names of its tensors.

    Raises:
        UnknownFormat: another kind of model, or a fact that could change numbers and is not known.
        DamagedFile: facts that do not agree.
        MissingExtra: torch is not installed, and the file's rotary positions are stretched.
    """
    kind = kind_of(file)
    config = config_of(file.path, keys_of_gguf(file))
    if kind.startswith("gemma"):  # the converter has added the 1 to the gains
        config = _with_plain_gains(config)
    if "rope_freqs.weight" in file.tensors:
        config = _stretched(config, file)
    return config


def keys_of_gguf(file: Gguf) -> dict[str, Any]:
    """The keys of the config.json that says what the facts in a GGUF file say, as far as one can (errors as above)."""
    kind = kind_of(file)
    family = "mixtral" if kind == "llama" and has_experts(file) else FAMILIES[kind]
    return {"model_type": family, **_keys(file, kind)}


def kind_of(file: Gguf) -> str:
    """The architecture that the file names, one of FAMILIES."""
    kind = file.facts.get("general.architecture")
    if not isinstance(kind, str) or kind not in FAMILIES:
        raise UnknownFormat(file.path, "is a model of type {kind!r}; known are {known}",
                            kind=str(kind)[:80], known=", ".join(sorted(FAMILIES)))
    return kind


def has_experts(file: Gguf) -> bool:
    """Whether the blocks of the model have several MLPs."""
    stated = file.facts.get(f"{kind_of(file)}.expert_count", 0)
    return type(stated) is not int or stated > 0


def _keys(file: Gguf, kind: str) -> dict[str, Any]:
    """The facts of the architecture as keys of a config.json; each is read, harmless, or an error."""
    own = {
        name.removeprefix(f"{kind}."): value[:9].tolist() if isinstance(value, np.ndarray) else
        value[:9] if isinstance(value, Strings) else value
        for name, value in file.facts.items() if name.startswith(f"{kind}.")
    }  # a list is refused whatever it says, and must not be compared as an array is
    known = _LEARNED.get(kind, _DECODER | _MIXTURE if has_experts(file) else _DECODER)
    keys: dict[str, Any] = {known[name]: own.pop(name) for name in list(own) if name in known}
    tokens = file.facts.get("tokenizer.ggml.tokens")
    if isinstance(tokens, Strings):
        keys["vocab_size"] = len(tokens)
    if kind == "bert":
        keys["type_vocab_size"] = file.facts.get("tokenizer.ggml.token_type_count", 2)
        keys["architectures"] = ["BertModel"]
    else:
        keys["tie_word_embeddings"] = "output.weight" not in file.tensors
    if kind == "qwen3moe":
        keys["norm_topk_prob"] = True
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
    width, heads = keys.get("hidden_size"), keys.get("num_attention_heads")
    if d_head is None and type(width) is int and type(heads) is int and heads:
        d_head = width // heads
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
    need("torch")
    import torch  # the speeds of rotary positions must be those that the model turns by, bit for bit

    from armillary.transformer.rotary import speeds

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
