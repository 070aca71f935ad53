"""How the numbers of a model are held: little memory beside them, and none for a block that does not compute."""

import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from armillary.errors import DamagedFile
from armillary.opening import open_model
from armillary.published.folder import read_model
from armillary.published.tensors import Holding
from armillary.transformer.cache import Cache
from tests.published.test_folder import arrays, folder

LENT = Holding(keep=False)
TOKENS = torch.tensor([[1, 2, 3, 10, 5]])


def in_blocks(model: torch.nn.Module) -> set[bool]:
    """Whether the numbers of blocks are there."""
    return {not numbers.is_meta for name, numbers in model.named_parameters() if name.startswith("blocks.")}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_blocks_that_are_not_kept_give_the_same_scores_again_and_again(dtype: torch.dtype, tmp_path: Path) -> None:
    there = folder(tmp_path / "a", arrays())
    kept, lent = read_model(there, Holding(dtype)), read_model(there, Holding(dtype, keep=False))
    assert in_blocks(kept) == {True}
    assert not lent.table.is_meta
    for _ in range(2):
        assert in_blocks(lent) == {False}
        assert torch.equal(lent(TOKENS), kept(TOKENS))
    one, other = Cache(lent.config), Cache(kept.config)
    for token in TOKENS[0]:
        assert torch.equal(lent(token.view(1, 1), cache=one), kept(token.view(1, 1), cache=other))
    assert in_blocks(lent) == {False}
    with torch.inference_mode(mode=False), torch.no_grad():
        assert torch.equal(lent(TOKENS), kept(TOKENS))


def test_what_is_wrong_with_a_block_is_found_when_it_computes(tmp_path: Path) -> None:
    broken = arrays()
    broken["model.layers.1.mlp.up_proj.weight"][0, 0] = np.nan
    model = read_model(folder(tmp_path / "a", broken), LENT)
    with pytest.raises(DamagedFile, match=r"NaN or infinity in 'layers.1.mlp.up_proj.weight'"):
        model(TOKENS)
    assert in_blocks(model) == {False}, "let go after an error too"


def test_a_model_is_opened_either_way(tmp_path: Path) -> None:
    there = folder(tmp_path / "a", arrays())
    assert in_blocks(open_model(there).transformer) == {True}
    assert in_blocks(open_model(there, keep=False).transformer) == {False}


CHILD = """if True:
    import re, sys, torch
    from pathlib import Path
    from armillary.published.folder import read_model
    from armillary.published.gguf import read_gguf_model
    from armillary.published.tensors import Holding
    def most():
        return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
    torch.aminmax(torch.zeros(1_000_000) @ torch.zeros(1_000_000))  # the threads and what they need
    before = most()
    path, how = Path(sys.argv[1]), Holding(getattr(torch, sys.argv[2]), keep=sys.argv[3] == "kept")
    model = read_model(path, how) if path.is_dir() else read_gguf_model(path, how)
    with torch.inference_mode():
        model(torch.tensor([[1, 2, 3]]))
    size = sum(one.numel() * how.dtype.itemsize for one in model.parameters())
    sys.stdout.write(str((most() - before) / size))
"""
WIDE = {"vocab_size": 40_000, "hidden_size": 1_024, "num_hidden_layers": 12, "intermediate_size": 1_024}


def in_one_file(path: Path) -> Path:
    """A model of the size of WIDE as a GGUF file, all of it zeros of four bits."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(12)
    writer.add_context_length(32)
    writer.add_embedding_length(1_024)
    writer.add_feed_forward_length(1_024)
    writer.add_head_count(16)
    writer.add_head_count_kv(16)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_token_list([f"t{token}" for token in range(40_000)])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 12)
    for name, array in arrays(**WIDE, num_attention_heads=16).items():
        stored = str(names.get_name(name, (".weight",)))
        if array.ndim == 1:
            writer.add_tensor(stored, np.ones_like(array))
        else:
            raw = np.zeros((array.shape[0], array.shape[1] // 32 * 18), np.uint8)
            writer.add_tensor(stored, raw, raw_dtype=gguf.GGMLQuantizationType.Q4_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("kind", "dtype", "holding", "least", "most"), [
    ("folder", "bfloat16", "kept", 0.5, 1.3),  # of mapped float32 twice as much would be left behind
    ("gguf", "float32", "kept", 0.9, 1.3),
    ("gguf", "bfloat16", "kept", 0.9, 1.5),  # a float32 twin of the table would be 0.63 more
    ("gguf", "float32", "lent", 0.3, 0.6),  # the table is 0.45 of it, a block 0.05
])
def test_reading_takes_little_more_than_the_weights(
    kind: str, dtype: str, holding: str, least: float, most: float, tmp_path: Path
) -> None:
    if kind == "gguf":
        path = in_one_file(tmp_path / "m.gguf")
    else:
        path = folder(tmp_path / "a", {name: np.ones_like(array) for name, array in arrays(**WIDE).items()}, **WIDE)
    ran = subprocess.run([sys.executable, "-c", CHILD, str(path), dtype, holding],
                         capture_output=True, text=True, check=True)
    assert least < float(ran.stdout) < most
