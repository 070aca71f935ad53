"""Tiles hold what their file holds, and the kernels multiply it: against ggml's numbers and plain NumPy."""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from armillary.formats.dequantise import KINDS
from armillary.speak.fast import compiled, layouts, plain, records
from armillary.speak.fast.kept import Tiles
from armillary.speak.fast.layouts import GROUP, LAYOUTS, OF_KIND, packed, packed_plain
from armillary.speak.fast.levels import levels
from armillary.speak.fast.room import aligned
from tests.speak.fast.tiny import CODES, blocks

EXACT = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "F32", "F16", "BF16"}


def tiled(kind: str, rows: int, inputs: int, seed: int = 0) -> tuple[Tiles, np.ndarray]:
    """A random matrix as tiles, and as ggml's numbers."""
    raw, told, layout = blocks(kind, rows, inputs, seed), KINDS[CODES[kind]], LAYOUTS[OF_KIND[kind]]
    laid = packed_plain(layout, raw.view(layout.plain)) if layout.plain else packed(layout, levels(told, raw))
    content = aligned(laid.nbytes, dtype=np.uint8)
    content[:] = laid.reshape(-1)
    return Tiles(OF_KIND[kind], rows, inputs, content), told.read(raw.reshape(-1)).reshape(rows, inputs)


def multiplied(tiles: Tiles, x: np.ndarray) -> np.ndarray:
    """Rows times a matrix, by the kernels."""
    kernels, count, groups = compiled.kernels(), len(x), tiles.inputs // GROUP
    floats, codes, steps = aligned(*x.shape), aligned(*x.shape, dtype=np.int8), aligned(count, groups, 4)
    floats[:] = x
    for row in range(count):
        kernels.entry(compiled.QUANTISE, floats[row].ctypes.data, groups, codes[row].ctypes.data,
                      steps[row].ctypes.data)
    matrix = np.zeros(1, records.MATRIX)
    matrix["tiles"], matrix["layout"], matrix["rows"] = tiles.content.ctypes.data, tiles.layout, tiles.count
    matrix["groups"], matrix["bytes"] = groups, tiles.bytes
    inputs = np.array([floats.ctypes.data, floats.strides[0], codes.ctypes.data, codes.strides[0],
                       steps.ctypes.data, steps.strides[0], kernels.one, kernels.several], np.int64)
    out = aligned(count, tiles.count * layouts.ROWS)
    kernels.entry(compiled.PRODUCT, matrix.ctypes.data, inputs.ctypes.data, count, out.ctypes.data)
    return out[:, : tiles.rows]


@pytest.mark.parametrize("kind", sorted(OF_KIND))
def test_tiles_stand_for_the_numbers_of_the_file(kind: str) -> None:
    tiles, expected = tiled(kind, 37, 512)
    # products of two scales are rounded to float16: 2^-11 of the largest of their group, twice where there is a least
    apart = 0 if kind in EXACT else 2**-10 * np.abs(expected).max()
    np.testing.assert_allclose(plain.unpacked(tiles), expected, rtol=0, atol=apart)


@settings(max_examples=40)
@given(kind=st.sampled_from(sorted(OF_KIND)), rows=st.integers(1, 50), blocks_=st.integers(1, 3),
       columns=st.integers(1, 19), seed=st.integers(0, 99))
def test_products_are_those_of_the_twin(kind: str, rows: int, blocks_: int, columns: int, seed: int) -> None:
    tiles, numbers = tiled(kind, rows, blocks_ * max(GROUP, KINDS[CODES[kind]].numbers), seed)
    x = np.random.default_rng(seed).standard_normal((columns, tiles.inputs)).astype(np.float32)
    found, expected = multiplied(tiles, x), plain.product(x, tiles)
    size = np.abs(x).max() * np.abs(numbers).max() * tiles.inputs
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * size)
    np.testing.assert_allclose(found, x @ numbers.T, rtol=0, atol=0.02 * size)
    alone = np.concatenate([multiplied(tiles, row[None]) for row in x])
    np.testing.assert_array_equal(found, alone)


@given(st.integers(0, 10**6), st.sampled_from([0.0, 1e-30, 1.0, 1e30]))
def test_levels_are_those_of_the_twin(seed: int, size: float) -> None:
    x = aligned(1, 96)
    x[:] = np.random.default_rng(seed).standard_normal((1, 96)) * size
    codes, steps = aligned(1, 96, dtype=np.int8), aligned(1, 3, 4)
    compiled.kernels().entry(compiled.QUANTISE, x.ctypes.data, 3, codes.ctypes.data, steps.ctypes.data)
    expected = plain.quantised(x)
    np.testing.assert_array_equal(codes.reshape(1, 3, 32), expected.levels)
    np.testing.assert_array_equal(steps[..., 0], expected.steps)
    halves = expected.levels.reshape(1, 3, 2, 16).sum(axis=3, dtype=np.int32).astype(np.float32)
    np.testing.assert_array_equal(steps[..., 1], expected.steps * halves.sum(axis=2))
    np.testing.assert_array_equal(steps[..., 2:], expected.steps[..., None] * halves)


def test_kernels_that_are_cut_are_compiled_anew(tmp_path: Path) -> None:
    path = tmp_path / "cut.kernels"
    path.write_bytes(b'[["entry", 10]]\n123')
    with pytest.raises(ValueError):
        compiled._read(path)


def test_kernels_are_known_by_the_versions_of_what_compiled_them() -> None:
    for package in ("numba", "llvmlite"):
        assert f"{package}-{version(package)}.dist-info" in compiled._installed(package)
    assert compiled._installed("no_such_package") == []
