"""Folders that lie: every tensor used, every parameter filled, nothing outside the folder read, no pickle opened."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, NotFound, UnknownFormat
from armillary.published.configs import NAMES, config_of
from armillary.published.folder import read_model
from armillary.published.tensors import Holding
from armillary.transformer.weights import weights

CONFIG = {"model_type": "llama", "vocab_size": 11, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
          "intermediate_size": 12, "tie_word_embeddings": True}
Arrays = dict[str, np.ndarray]


def arrays(**config: Any) -> Arrays:
    """A tensor for every name that the config calls for, of the shape that files have."""
    values = CONFIG | config
    names, random = NAMES[values["model_type"]], np.random.default_rng(0)
    found = {}
    for weight in weights(config_of(Path("config.json"), values)):
        if not weight.tied_to:
            shape = weight.shape[::-1] if names.transposed(weight) else weight.shape
            name = names.of(weight)
            prefix = "" if name.startswith("lm_head") else names.prefixes[0]
            found[prefix + name] = random.standard_normal(shape, np.float32)
    return found


def write(path: Path, tensors: Arrays) -> None:
    """A safetensors file, written by hand."""
    header, end = {}, 0
    for name, array in tensors.items():
        kind = {"float32": "F32", "float16": "F16", "int32": "I32"}[array.dtype.name]
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": (end, end := end + array.nbytes)}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in tensors.values()))


def folder(path: Path, tensors: Arrays, **config: Any) -> Path:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps(CONFIG | config))
    write(path / "model.safetensors", tensors)
    return path


def test_numbers_of_the_right_type_stay_mapped_and_others_are_converted(tmp_path: Path) -> None:
    there = folder(tmp_path / "a", arrays())
    model = read_model(there)
    assert model.table.dtype == torch.float32
    np.testing.assert_array_equal(model.table.numpy(), arrays()["model.embed_tokens.weight"])
    assert model.blocks[0].attention.W_Q.stride() == (1, 8), "looked at the other way, not copied"
    half = read_model(there, Holding(torch.bfloat16))
    assert {parameter.dtype for parameter in half.parameters()} == {torch.bfloat16}
    sixteen = folder(tmp_path / "b", {name: array.astype(np.float16) for name, array in arrays().items()})
    wide = read_model(sixteen)
    np.testing.assert_array_equal(wide.table.numpy(), arrays()["model.embed_tokens.weight"].astype(np.float16))


def test_a_body_without_the_prefix_is_the_same_model(tmp_path: Path) -> None:
    bare = {name.removeprefix("model."): array for name, array in arrays().items()}
    one, other = read_model(folder(tmp_path / "a", arrays())), read_model(folder(tmp_path / "b", bare))
    tokens = torch.arange(5)[None]
    assert torch.equal(one(tokens), other(tokens))


def test_a_missing_a_foreign_and_a_misshapen_tensor_are_named(tmp_path: Path) -> None:
    name = "model.layers.1.mlp.up_proj.weight"
    for change, kind, told in (
        ({name: None}, DamagedFile, "lacks the tensor 'layers.1.mlp.up_proj.weight'"),
        ({name: np.zeros((8, 12), np.float32)}, DamagedFile, r"\(8, 12\).*\(12, 8\)"),
        ({"model.layers.2.mlp.up_proj.weight": np.zeros((12, 8), np.float32)}, UnknownFormat, "no place for.*layers.2"),
        ({"model.layers.0.self_attn.q_proj.bias": np.zeros(8, np.float32)}, UnknownFormat, "no place for"),
        ({name: np.zeros((12, 8), np.int32)}, UnknownFormat, "I32"),
        ({name: np.full((12, 8), np.nan, np.float32)}, DamagedFile, "NaN or infinity in 'layers.1.mlp"),
        ({name: np.full((12, 8), -np.inf, np.float32)}, DamagedFile, "NaN or infinity"),
    ):
        changed = {key: array for key, array in (arrays() | change).items() if array is not None}
        with pytest.raises(kind, match=told):
            read_model(folder(tmp_path / "a", changed))


def test_what_is_tied_may_be_repeated_but_not_differ(tmp_path: Path) -> None:
    tensors = arrays()
    again = tensors | {"lm_head.weight": tensors["model.embed_tokens.weight"]}
    assert read_model(folder(tmp_path / "a", again)).config.unembedding.tied
    again["lm_head.weight"] = again["lm_head.weight"] + 1
    with pytest.raises(UnknownFormat, match=r"lm_head.weight.*tied"):
        read_model(folder(tmp_path / "a", again))
    own = arrays(tie_word_embeddings=False)
    assert not read_model(folder(tmp_path / "b", own, tie_word_embeddings=False)).config.unembedding.tied


def test_what_is_no_parameter_is_left_aside(tmp_path: Path) -> None:
    more = arrays() | {"model.layers.0.self_attn.rotary_emb.inv_freq": np.zeros(2, np.float32)}
    read_model(folder(tmp_path / "a", more))


def sharded(path: Path, places: dict[str, str] | None = None) -> Path:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps(CONFIG))
    tensors = arrays()
    split = [dict(list(tensors.items())[part::2]) for part in range(2)]
    for number, part in enumerate(split, 1):
        write(path / f"model-0000{number}-of-00002.safetensors", part)
    known = {name: f"model-0000{number}-of-00002.safetensors" for number, part in enumerate(split, 1) for name in part}
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": known | (places or {})}))
    return path


def test_shards_agree_with_their_index(tmp_path: Path) -> None:
    one, many = read_model(folder(tmp_path / "a", arrays())), read_model(sharded(tmp_path / "b"))
    assert torch.equal(one(torch.arange(5)[None]), many(torch.arange(5)[None]))
    first, second = list(arrays())[:2]  # which lie in the first shard and in the second
    for places, told in (
        ({"model.norm.bias": "model-00001-of-00002.safetensors"}, "no shard holds"),
        ({first: "model-00002-of-00002.safetensors"}, "does not say that"),
        ({second: "model-00001-of-00002.safetensors"}, "does not say that"),
        ({first: 3}, "which tensor is in which shard"),
    ):
        with pytest.raises(DamagedFile, match=told):
            read_model(sharded(tmp_path / "c", places))


@pytest.mark.parametrize("shard", ["../model.safetensors", "/etc/passwd", "a/b.safetensors", "..\\x.safetensors", ""])
def test_no_index_leads_out_of_the_folder(shard: str, tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", arrays())
    with pytest.raises(DamagedFile, match="does not lie in the folder"):
        read_model(sharded(tmp_path / "a", {"model.norm.weight": shard}))


def test_no_link_leads_out_of_it_but_into_the_hubs_own_store(tmp_path: Path) -> None:
    outside = tmp_path / "outside.safetensors"
    write(outside, arrays())
    there = folder(tmp_path / "a", arrays())
    (there / "model.safetensors").unlink()
    (there / "model.safetensors").symlink_to(outside)
    with pytest.raises(DamagedFile, match="does not lie in the folder"):
        read_model(there)
    hub = tmp_path / "models--owner--name"
    (hub / "blobs").mkdir(parents=True)
    (hub / "snapshots").mkdir()
    outside.rename(hub / "blobs" / "abc")
    snapshot = folder(hub / "snapshots" / "0123", arrays())
    (snapshot / "model.safetensors").unlink()
    (snapshot / "model.safetensors").symlink_to("../../blobs/abc")
    read_model(snapshot)


def test_a_pickle_is_not_opened_and_the_way_out_is_told(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    with pytest.raises(NotFound, match="model.safetensors"):
        read_model(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"cos\nmkdir\n(S'" + str(canary).encode() + b"'\ntR.")
    with pytest.raises(UnknownFormat, match="save_pretrained"):
        read_model(tmp_path)
    assert not canary.exists()


def test_what_is_known_for_its_count_only(tmp_path: Path) -> None:
    values = {"model_type": "transformer", "vocabulary": 5, "N": 1, "d_model": 4, "h": 2, "d_ff": 8}
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(UnknownFormat, match="count only"):
        read_model(tmp_path)


@given(st.data())
def test_a_file_cut_or_changed_anywhere_is_one_error_or_a_model(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    there = folder(tmp_path_factory.mktemp("a"), arrays())
    path = there / "model.safetensors"
    content = bytearray(path.read_bytes())
    head = 8 + struct.unpack("<Q", content[:8])[0]
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, head - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    refused = None
    try:
        model = read_model(there)
    except ArmillaryError as error:
        refused = str(error)
    else:
        assert not any(parameter.is_meta for parameter in model.parameters())
    assert refused is None or refused.startswith(str(there))
