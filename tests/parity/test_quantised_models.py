"""Every type of numbers as a whole model in a GGUF file: the scores of the official implementation on the same numbers.

The file is written by the `gguf` package, which quantises where it can; where it cannot, blocks are random bits with
scales of a sensible size. The official implementation is filled with what the package dequantises.
"""

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, quants
from transformers import LlamaConfig, LlamaForCausalLM

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats.dequantise import KINDS, Kind
from armillary.formats.gguf import read_gguf
from armillary.published.gguf import read_gguf_model
from tests.parity.test_dequantise_parity import some_blocks

CONFIG = LlamaConfig(vocab_size=32, hidden_size=256, intermediate_size=256, num_hidden_layers=1, num_attention_heads=4,
                     num_key_value_heads=2, max_position_embeddings=32, rms_norm_eps=1e-5, tie_word_embeddings=False)
TOKENS = torch.randint(0, 32, (1, 20), generator=torch.Generator().manual_seed(2))
FLOATS = {kind.name: kind for kind in KINDS.values() if kind.function or kind.name[0] in "FB"}
NAMES = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 1)


def quantised(kind: Kind, shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """Numbers of this type, as rows of bytes: of normal ones, or of random blocks."""
    if kind.name == "F64":
        return random.normal(0, 0.1, shape).view(np.uint8)
    try:
        return quants.quantize(random.normal(0, 0.1, shape).astype(np.float32), GGMLQuantizationType[kind.name])
    except NotImplementedError:
        return random_blocks(kind, shape, random)


def random_blocks(kind: Kind, shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    raw = some_blocks(kind, shape[0] * shape[1] // kind.numbers)
    block = raw.view(kind.block)
    fields = kind.block.names or ()
    if kind.name == "IQ1_M":  # its scale is spread over other fields
        block["s"] = block["s"] & 0xFFF
        block["s"][:, 3] |= 0x2000
    elif "e" in fields:  # scales that are exponents, near 2^-5
        block["e"] = random.integers(120, 124, block["e"].shape) if kind.name == "MXFP4" else random.integers(8, 40)
    else:
        size = np.abs(quants.dequantize(raw, GGMLQuantizationType[kind.name])).mean()
        for name in fields:
            if kind.block[name] == np.float16:
                block[name] = block[name] * (0.08 / size)
    return raw.reshape(shape[0], -1)


def dequantised(kind: Kind, raw: np.ndarray) -> np.ndarray:
    return raw.view("<f8").astype(np.float32) if kind.name == "F64" else quants.dequantize(
        raw, GGMLQuantizationType[kind.name])


def a_model(path: Path, kind: Kind) -> LlamaForCausalLM:
    """The file written, and the official implementation with its numbers."""
    theirs, random = LlamaForCausalLM(CONFIG).eval(), np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(32)
    writer.add_embedding_length(256)
    writer.add_feed_forward_length(256)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_token_list([f"t{token}" for token in range(32)])
    for name, parameter in theirs.named_parameters():
        stored = str(NAMES.get_name(name, (".weight",)))
        if parameter.ndim == 1:
            numbers = random.normal(1, 0.1, parameter.shape).astype(np.float32)
            writer.add_tensor(stored, numbers)
        else:
            raw = quantised(kind, (parameter.shape[0], parameter.shape[1]), random)
            numbers = dequantised(kind, raw).reshape(parameter.shape)
            writer.add_tensor(stored, raw, raw_dtype=GGMLQuantizationType[kind.name])
        if name.endswith(("q_proj.weight", "k_proj.weight")):  # heads of 64 rows, in pairs there and in halves here
            numbers = numbers.reshape(-1, 32, 2, 256).swapaxes(1, 2).reshape(numbers.shape)
        parameter.data.copy_(torch.from_numpy(np.array(numbers)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return theirs


def test_no_type_is_left_out() -> None:
    assert {one.name for one in quants._type_traits} | {"F16", "F32", "F64"} == FLOATS.keys()


@pytest.mark.parametrize("name", FLOATS)
@torch.no_grad()
def test_a_model_of_this_type_gives_the_official_scores(name: str, tmp_path: Path) -> None:
    theirs = a_model(tmp_path / "m.gguf", FLOATS[name])
    expected = theirs(TOKENS).logits
    assert expected.isfinite().all()
    assert 0.2 < expected.std() < 40, "scores that are all alike, or all saturated, prove nothing"
    ours = read_gguf_model(tmp_path / "m.gguf")
    torch.testing.assert_close(ours(TOKENS), expected, rtol=1e-5, atol=1e-5 * float(expected.std()))
    np.testing.assert_array_equal(ours.get_parameter("embedding.W_E"), theirs.model.embed_tokens.weight)


def test_one_bit_of_one_block_shows(tmp_path: Path) -> None:
    theirs = a_model(tmp_path / "m.gguf", FLOATS["Q4_K"])
    tensor = read_gguf(tmp_path / "m.gguf").tensors["blk.0.ffn_up.weight"]
    content = bytearray((tmp_path / "m.gguf").read_bytes())
    content[tensor.start + tensor.bytes // 2 + 20] ^= 4
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(AssertionError), torch.no_grad():
        torch.testing.assert_close(read_gguf_model(tmp_path / "m.gguf")(TOKENS), theirs(TOKENS).logits,
                                   rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["Q4_K", "Q8_0", "IQ3_S", "F16", "F32"])
def test_a_scale_that_is_no_number_is_an_error_that_names_the_tensor(name: str, tmp_path: Path) -> None:
    a_model(tmp_path / "m.gguf", FLOATS[name])
    tensor = read_gguf(tmp_path / "m.gguf").tensors["blk.0.ffn_up.weight"]
    content = bytearray((tmp_path / "m.gguf").read_bytes())
    block = FLOATS[name].block
    place = block.fields["d"][1] if block.fields else 0
    nan = np.array(np.nan, np.float32 if name == "F32" else np.float16).tobytes()
    content[tensor.start + place : tensor.start + place + len(nan)] = nan
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(DamagedFile, match=r"NaN or infinity in 'blk\.0\.ffn_up\.weight'"):
        read_gguf_model(tmp_path / "m.gguf")


@pytest.mark.parametrize("name", ["I8", "I16", "I32", "I64"])
def test_whole_numbers_are_no_weights(name: str, tmp_path: Path) -> None:
    a_model(tmp_path / "m.gguf", FLOATS["F64"])
    content = (tmp_path / "m.gguf").read_bytes()
    at = content.index(b"blk.0.ffn_up.weight") + len(b"blk.0.ffn_up.weight") + 4 + 16
    code = next(code for code, kind in KINDS.items() if kind.name == name)
    changed = content[:at] + code.to_bytes(4, "little") + content[at + 4 :]
    (tmp_path / "m.gguf").write_bytes(changed)
    with pytest.raises(UnknownFormat, match=rf"numbers of type {name}"):
        read_gguf_model(tmp_path / "m.gguf")
