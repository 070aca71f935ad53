"""Quantised numbers against the `gguf` package, type by type: the same bits."""

import gguf
import numpy as np
import pytest
from gguf import quants

from armillary.formats.dequantise import KINDS, Kind

ALL = sorted(KINDS)


def some_blocks(kind: Kind, count: int) -> np.ndarray:
    """Blocks of random bits, their 16-bit scales finite, and the first block nothing but zeros."""
    raw = np.random.default_rng(7).integers(0, 256, count * kind.block.itemsize, np.uint8)
    blocks = raw.view(kind.block)
    for name in kind.block.names or ():
        if kind.block[name] == np.float16:
            blocks[name] = np.random.default_rng(8).normal(0, 0.1, count).astype(np.float16)
    if kind.name == "MXFP4":
        blocks["e"] %= 250  # 2^127 times 12 is infinite
    raw[: kind.block.itemsize] = 0
    return raw


def test_every_type_that_the_package_reads_is_here() -> None:
    names = {kind.name for kind in KINDS.values()}
    assert {one.name for one in quants._type_traits} <= names
    assert {code: (kind.numbers, kind.block.itemsize) for code, kind in KINDS.items()}.items() <= {
        int(code): sizes for code, sizes in gguf.constants.GGML_QUANT_SIZES.items()
    }.items()


@pytest.mark.parametrize("code", [code for code in ALL if KINDS[code].function], ids=lambda code: KINDS[code].name)
def test_blocks_give_the_same_bits(code: int) -> None:
    kind = KINDS[code]
    raw = some_blocks(kind, 2000)
    if kind.name == "IQ1_M":  # its scale is spread over other fields
        raw.view(kind.block)["s"] &= 0xFFF
        raw.view(kind.block)["s"][:, 3] |= 0x2000
    with np.errstate(all="ignore"):
        theirs = quants.dequantize(raw, gguf.GGMLQuantizationType(code))
    ours = kind.read(raw)
    assert ours.dtype == np.float32
    assert np.isfinite(ours).all()
    assert np.unique(ours).size > 2
    np.testing.assert_array_equal(ours + np.float32(0), theirs.reshape(-1) + np.float32(0))


@pytest.mark.parametrize("name", ["F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64"])
def test_plain_numbers_are_themselves(name: str) -> None:
    (kind,) = (kind for kind in KINDS.values() if kind.name == name)
    numbers = np.array([0, 1, -2, 100], np.float32)
    raw = (numbers.view(np.uint32) >> 16).astype("<u2") if name == "BF16" else numbers.astype(kind.block)
    np.testing.assert_array_equal(kind.read(raw.view(np.uint8)), numbers)
