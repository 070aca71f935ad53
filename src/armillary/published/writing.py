"""A model as a folder that others open: config.json and model.safetensors, with the names of its family."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from armillary.errors import InputError
from armillary.formats.aside import file_aside
from armillary.formats.safetensors import write_tensors
from armillary.published.configs import config_of, names_of
from armillary.published.names import Names
from armillary.published.shards import WHOLE
from armillary.transformer.model import Transformer
from armillary.transformer.weights import weights

CONFIG = "config.json"


def decoder_keys(
    d_vocab: int, d_model: int, n_layers: int, n_heads: int, n_ctx: int, d_mlp: int
) -> dict[str, Any]:
    """The keys of a decoder of today, of a kind that other programs open: Qwen 3's.

    Rotary positions, RMSNorm before both parts and of q and k, a gated MLP, W_U tied to W_E (arXiv:2505.09388).
    """
    return {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "vocab_size": d_vocab, "hidden_size": d_model,
        "num_hidden_layers": n_layers, "num_attention_heads": n_heads, "num_key_value_heads": n_heads,
        "head_dim": d_model // n_heads, "intermediate_size": d_mlp, "hidden_act": "silu",
        "max_position_embeddings": n_ctx, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "attention_bias": False,
        "attention_dropout": 0.0, "use_sliding_window": False, "tie_word_embeddings": True, "initializer_range": 0.02,
        "bos_token_id": None, "eos_token_id": None, "dtype": "float32",
    }


def encoder_keys(
    d_vocab: int, d_model: int, n_layers: int, n_heads: int, n_ctx: int, d_mlp: int
) -> dict[str, Any]:
    """The keys of an encoder that fills blanks, of a kind that other programs open: BERT's (arXiv:1810.04805)."""
    return {
        "architectures": ["BertForMaskedLM"], "model_type": "bert", "vocab_size": d_vocab, "hidden_size": d_model,
        "num_hidden_layers": n_layers, "num_attention_heads": n_heads, "intermediate_size": d_mlp,
        "hidden_act": "gelu", "max_position_embeddings": n_ctx, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "pad_token_id": 0,
        "tie_word_embeddings": True, "initializer_range": 0.02, "dtype": "float32",
    }


def write_model(model: Transformer, folder: Path, keys: Mapping[str, Any]) -> None:
    """Write `model` into `folder`, over what is there; config.json comes last, and with it the folder is a model.

    Args:
        model: of a family that is read here.
        folder: is there.
        keys: of its config.json.

    Raises:
        InputError: the keys describe another model.
        FileError: the disk refuses.
    """
    if replace(config_of(folder / CONFIG, dict(keys)), pooler=model.config.pooler) != model.config:
        raise InputError("these keys of a config.json describe another model than the one that is to be written")
    (folder / CONFIG).unlink(missing_ok=True)
    names = names_of(folder, dict(keys))
    arrays = {name: _stored(tensor) for name, tensor in _tensors(model, names)}
    write_tensors(arrays, folder / WHOLE, {"format": "pt"}, force=True)
    with file_aside(folder / CONFIG) as file:
        file.write((json.dumps(keys, ensure_ascii=False, indent=1) + "\n").encode())


def _tensors(model: Transformer, names: Names) -> Iterator[tuple[str, Tensor]]:
    """Their tensors, out of ours."""
    thirds: dict[str, list[Tensor]] = {}
    for weight in weights(model.config):
        if weight.tied_to:
            continue
        prefix = "" if weight.name.startswith("unembedding.") else names.prefixes[0]
        name, ours = prefix + names.of(weight), model.get_parameter(weight.name).detach()
        if "+" in name:
            for expert, one in enumerate(ours):
                yield name.replace("+", str(expert)), one.T if names.transposed(weight) else one
        elif names.third(weight) is None:
            yield name, ours.T if names.transposed(weight) else ours
        else:
            thirds.setdefault(name, []).append(ours.T if names.transposed(weight) else ours)
    for name, parts in thirds.items():
        yield name, torch.cat(parts, dim=-1)


def _stored(tensor: Tensor) -> tuple[str, np.ndarray]:
    """A tensor's numbers, and what safetensors calls their type."""
    lying = tensor.cpu().contiguous()
    if lying.dtype == torch.bfloat16:
        return "BF16", lying.view(torch.int16).numpy().view(np.uint16)
    return {torch.float32: "F32", torch.float16: "F16"}[lying.dtype], lying.numpy()
