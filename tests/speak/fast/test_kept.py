"""Tiles on the disk: written once, mapped ever after, and never believed when they are not whole."""

import mmap
import os
from pathlib import Path

import numpy as np
import pytest

from armillary.errors import DamagedFile
from armillary.formats.bounded import map_file
from armillary.formats.gguf import read_gguf
from armillary.published.gguf_blocks import GgufBlocks
from armillary.speak.fast import kept, plain
from armillary.speak.fast.kept import tiles_of
from armillary.speak.fast.layouts import ROWS
from armillary.speak.fast.rotary import speeds, turns
from armillary.transformer.config import Banded, Rotary, Stretched, Yarn
from tests.speak.fast.tiny import blocks, source, tiny_gguf


def test_the_second_start_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, told = source(tmp_path / "model.gguf"), []
    first = tiles_of(there, tmp_path / "tiles", lambda done, total: told.append((done, total)))
    assert told[-1] == (len(first), len(first))
    monkeypatch.setattr(kept, "_write", lambda *_: pytest.fail("written again"))
    second = tiles_of(there, tmp_path / "tiles")
    assert list(first) == list(second)
    for name, tiles in first.items():
        np.testing.assert_array_equal(tiles.content, second[name].content)
        assert tiles.content.ctypes.data % 64 == 0
        assert not tiles.content.flags.writeable
    matrix = there.matrix("blocks.1.mlp.W_in")
    np.testing.assert_array_equal(plain.unpacked(first["blocks.1.mlp.W_in"]), matrix.numbers(slice(None)))


@pytest.mark.skipif(not hasattr(mmap, "MADV_HUGEPAGE"), reason="asks Linux")
def test_a_file_that_is_mapped_is_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "tiles").write_bytes(bytes(range(256)) * 4096)
    content = kept._in_large_pages(map_file(tmp_path / "tiles"))
    about = Path("/proc/self/smaps").read_text().partition(str(tmp_path / "tiles"))[2]
    assert about.partition("Rss:")[2].split()[0] == str(len(content) // 1024)


def test_a_large_matrix_is_laid_out_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = source(tmp_path / "model.gguf", "Q8_0")
    whole = tiles_of(there, tmp_path / "whole")
    monkeypatch.setattr(kept, "_AT_ONCE", 64 * ROWS)
    for name, tiles in tiles_of(there, tmp_path / "parts").items():
        np.testing.assert_array_equal(tiles.content, whole[name].content)


@pytest.mark.parametrize("keep", [0, 10, 300, -1])
def test_what_is_not_whole_is_written_anew(tmp_path: Path, keep: int) -> None:
    there = source(tmp_path / "model.gguf")
    expected = {name: one.content.copy() for name, one in tiles_of(there, tmp_path).items()}
    (file,) = tmp_path.glob("*.tiles")
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content[:keep])
    for name, tiles in tiles_of(there, tmp_path).items():
        np.testing.assert_array_equal(tiles.content, expected[name])
    assert file.read_bytes() == content


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "model.gguf", "Q4_0")
    tiles_of(source(path), tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    tiles_of(source(path), tmp_path)
    assert len(list(tmp_path.glob("*.tiles"))) == 2


def test_where_nothing_can_be_written_they_are_in_memory(tmp_path: Path) -> None:
    there = source(tmp_path / "model.gguf")
    (tmp_path / "blocked").write_text("a file, and no folder")
    found = tiles_of(there, tmp_path / "blocked")
    for name, tiles in tiles_of(there, tmp_path).items():
        np.testing.assert_array_equal(found[name].content, tiles.content)


@pytest.mark.parametrize("kind", ["Q4_0", "F16"])
def test_numbers_that_are_none_are_refused(tmp_path: Path, kind: str) -> None:
    path = tiny_gguf(tmp_path / "model.gguf", kind)
    tensor = read_gguf(path).tensors["blk.0.ffn_down.weight"]
    content = bytearray(path.read_bytes())
    content[tensor.start : tensor.start + 2] = np.float16("nan").tobytes()
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=r"NaN or infinity in 'blk\.0\.ffn_down\.weight'"):
        tiles_of(GgufBlocks(read_gguf(path)), tmp_path)
    assert not list(tmp_path.glob("*.tiles"))


@pytest.mark.parametrize("scaling", [
    None, Stretched(factor=4.0), Banded(factor=8.0, low=1.0, high=4.0, original_n_ctx=64),
    Yarn(factor=4.0, original_n_ctx=64, fast=32.0, slow=1.0, magnitude=1.1),
])
def test_angles_are_those_of_torch(scaling: Stretched | Banded | Yarn | None) -> None:
    torch = pytest.importorskip("torch")
    from armillary.transformer import rotary

    facts = Rotary(base=10000.0, scaling=scaling)
    np.testing.assert_allclose(speeds(facts, 64), rotary.speeds(facts, 64).numpy(), rtol=1e-6)
    expected = torch.cat(rotary.turns(facts, 64, torch.arange(50)), dim=1).numpy()
    np.testing.assert_allclose(turns(facts, 64, 50), expected, atol=1e-5)


def test_blocks_of_the_tests_hold_numbers() -> None:
    assert np.isfinite(blocks("F16", 2, 32).view("<f2").astype(np.float32)).all()
