"""Folders of safetensors through the fast engine: the numbers as they lie there, held to torch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")

import torch
from safetensors.torch import save_file

from armillary.errors import ArmillaryWarning, DamagedFile, UnknownFormat
from armillary.published.configs import NAMES, config_of
from armillary.published.engines import fast_engine
from armillary.published.folder import read_model
from armillary.published.folder_blocks import FolderBlocks
from armillary.speak.fast.engine import FastEngine
from armillary.speak.torch_engine import TorchEngine
from armillary.transformer.weights import weights

LLAMA = {"model_type": "llama", "vocab_size": 40, "hidden_size": 72, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "intermediate_size": 100, "tie_word_embeddings": True}
GPT2 = {"model_type": "gpt2", "vocab_size": 40, "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 64}
MIXTRAL = LLAMA | {"model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 2}
IDS = [number * 7 % 40 for number in range(30)]


def tensors(values: dict[str, Any], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """A tensor for every name that the config calls for, of the shape that files have."""
    names, random = NAMES[values["model_type"]], torch.Generator().manual_seed(0)
    found = {}
    for weight in weights(config_of(Path("config.json"), values)):
        if weight.tied_to:
            continue
        shape = (*weight.shape[:-1], weight.shape[-1] * (1 if names.third(weight) is None else 3))
        if names.transposed(weight):
            shape = (*shape[:-2], shape[-1], shape[-2])
        apart = [names.of(weight).replace("+", str(one)) for one in range(shape[0])] if "+" in names.of(weight) else []
        for name in apart or [names.of(weight)]:
            numbers = torch.randn(shape[1:] if apart else shape, generator=random) * 0.2
            found[f"{names.prefixes[0]}{name}"] = (numbers + name.endswith("norm.weight")).to(dtype)
    return found


def folder(path: Path, values: dict[str, Any], found: dict[str, torch.Tensor]) -> Path:
    path.mkdir()
    (path / "config.json").write_text(json.dumps(values))
    save_file(found, path / "model.safetensors")
    return path


@pytest.mark.parametrize("values", [LLAMA, GPT2], ids=["llama", "gpt2"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_scores_are_those_of_torch(tmp_path: Path, values: dict[str, Any], dtype: torch.dtype) -> None:
    there = folder(tmp_path / "model", values, tensors(values, dtype))
    expected = np.concatenate(list(TorchEngine(read_model(there)).start().rows(IDS)))
    engine = fast_engine(there, "", tmp_path)
    assert isinstance(engine, FastEngine)
    found = np.concatenate(list(engine.start().rows(IDS)))
    assert np.abs(found - expected).mean() < 2e-3 * expected.std()  # keys and values are float16


def test_a_folder_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    good = tensors(LLAMA, torch.float32)
    name = "model.layers.1.mlp.up_proj.weight"
    with pytest.raises(DamagedFile, match=f"lacks the tensor '{name.removeprefix('model.')}'"):
        FolderBlocks(folder(tmp_path / "less", LLAMA, {one: good[one] for one in good if one != name}))
    with pytest.raises(UnknownFormat, match="no place for, such as 'other'"):
        FolderBlocks(folder(tmp_path / "more", LLAMA, good | {"other": torch.zeros(3)}))
    with pytest.raises(DamagedFile, match="of shape"):
        FolderBlocks(folder(tmp_path / "wrong", LLAMA, good | {name: torch.zeros(3, 3)}))
    table = good["model.embed_tokens.weight"]
    FolderBlocks(folder(tmp_path / "again", LLAMA, good | {"lm_head.weight": table.clone()}))
    with pytest.raises(UnknownFormat, match=r"such as 'lm_head\.weight'"):
        FolderBlocks(folder(tmp_path / "untied", LLAMA, good | {"lm_head.weight": table + 1}))
    norm = good["model.norm.weight"].clone()
    norm[3] = torch.nan
    with pytest.raises(DamagedFile, match="NaN or infinity"):
        fast_engine(folder(tmp_path / "nan", LLAMA, good | {"model.norm.weight": norm}), "", tmp_path)


@pytest.mark.parametrize(("values", "dtype", "what"), [(MIXTRAL, torch.float32, "experts"),
                                                       (LLAMA, torch.float64, "F64")])
def test_what_is_left_to_torch_is_said(tmp_path: Path, values: dict[str, Any], dtype: torch.dtype, what: str) -> None:
    there = folder(tmp_path / "model", values, tensors(values, dtype))
    with pytest.warns(ArmillaryWarning, match=f"computed with torch: the fast engine has no way with '{what}'"):
        assert fast_engine(there, "model", tmp_path) is None
    assert np.isfinite(TorchEngine(read_model(there)).start().read(IDS)).all()
