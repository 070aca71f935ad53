"""Blocks of ggml as levels and scales, without a product: what `formats.dequantise` would multiply.

A number is scale * (code - offset), the offset being one of its kind's (see `layouts`), or scale * code + least. Scales
that ggml itself multiplies out of two numbers are rounded to float16 here, 2^-12 of their size at most; all others are
those of the file.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from armillary.formats.dequantise.bits import parts, planes
from armillary.formats.dequantise.kinds import Kind
from armillary.shapes import Float, UInt8


@dataclass(frozen=True, eq=False)
class Levels:
    """Rows of a matrix.

    Attributes:
        codes: (rows, inputs) whole numbers from 0.
        scales: (rows, inputs / 16 or 32) float16.
        least: the same for what is added, or None.
    """

    codes: UInt8[np.ndarray, "n k"]
    scales: Float[np.ndarray, "n s"]
    least: Float[np.ndarray, "n s"] | None


def levels(kind: Kind, rows: UInt8[np.ndarray, "n b"]) -> Levels:
    """Rows of whole blocks, as they lie in a file, taken apart."""
    blocks = np.ascontiguousarray(rows).view(kind.block)
    with np.errstate(over="ignore", invalid="ignore"):  # whoever packs them looks for infinity
        codes, *scales = _READERS[kind.name](blocks.reshape(-1))
        halves = [one.astype(np.float16).reshape(len(rows), -1) for one in scales]
    return Levels(codes.reshape(len(rows), -1), halves[0], halves[1] if len(halves) > 1 else None)


Parts = tuple[np.ndarray, ...]
"""Codes, scales, and where there are some least numbers, block after block."""


def _q4_0(block: np.ndarray) -> Parts:
    return _nibbles(block["q"]), block["d"]


def _q4_1(block: np.ndarray) -> Parts:
    return _nibbles(block["q"]), block["d"], block["m"]


def _q5_0(block: np.ndarray) -> Parts:
    return _five_bits(block), block["d"]


def _q5_1(block: np.ndarray) -> Parts:
    return _five_bits(block), block["d"], block["m"]


def _q8_0(block: np.ndarray) -> Parts:
    return block["q"].view(np.uint8) ^ np.uint8(128), block["d"]


def _q2_k(block: np.ndarray) -> Parts:
    return (planes(block["q"].reshape(-1, 2, 32), 2, 4), _times(block["d"], block["s"] & 15),
            -_times(block["m"], block["s"] >> 4))


def _q3_k(block: np.ndarray) -> Parts:
    third = planes(block["h"], 1, 8).reshape(-1, 256)
    codes = planes(block["q"].reshape(-1, 2, 32), 2, 4).reshape(-1, 256) | third << np.uint8(2)
    low = planes(block["s"][:, :8], 4, 2).reshape(-1, 16)
    high = planes(block["s"][:, 8:], 2, 4).reshape(-1, 16)
    return codes, _times(block["d"], (low | high << np.uint8(4)).astype(np.int8) - np.int8(32))


def _q4_k(block: np.ndarray) -> Parts:
    return planes(block["q"].reshape(-1, 4, 32), 4, 2), *_six_bits(block)


def _q5_k(block: np.ndarray) -> Parts:
    low = planes(block["q"].reshape(-1, 4, 32), 4, 2).reshape(-1, 256)
    return low | planes(block["h"], 1, 8).reshape(-1, 256) << np.uint8(4), *_six_bits(block)


def _q6_k(block: np.ndarray) -> Parts:
    low = planes(block["q"].reshape(-1, 2, 64), 4, 2).reshape(-1, 256)
    high = planes(block["h"].reshape(-1, 2, 32), 2, 4).reshape(-1, 256)
    return low | high << np.uint8(4), _times(block["d"], block["s"])


_READERS: dict[str, Callable[[np.ndarray], Parts]] = {
    "Q4_0": _q4_0, "Q4_1": _q4_1, "Q5_0": _q5_0, "Q5_1": _q5_1, "Q8_0": _q8_0,
    "Q2_K": _q2_k, "Q3_K": _q3_k, "Q4_K": _q4_k, "Q5_K": _q5_k, "Q6_K": _q6_k,
}  # fmt: skip


def _nibbles(packed: UInt8[np.ndarray, "n 16"]) -> UInt8[np.ndarray, "n 32"]:
    taken: np.ndarray = planes(packed, 4, 2).reshape(len(packed), -1)
    return taken


def _five_bits(block: np.ndarray) -> UInt8[np.ndarray, "n 32"]:
    high = parts(block["h"][:, None], 1, 32)[:, 0].astype(np.uint8)
    joined: np.ndarray = _nibbles(block["q"]) | high << np.uint8(4)
    return joined


def _times(scale: np.ndarray, parts_of_it: np.ndarray) -> np.ndarray:
    """(n) float16 times (n, k) whole numbers, as float32."""
    product: np.ndarray = scale.astype(np.float32)[:, None] * parts_of_it.astype(np.float32)
    return product


def _six_bits(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales and least numbers from 12 bytes, as `formats.dequantise.super_blocks` has them."""
    first, second, third = block["s"][:, :4], block["s"][:, 4:8], block["s"][:, 8:]
    four, six = np.uint8(15), np.uint8(63)
    scale = np.concatenate([first & six, third & four | first >> np.uint8(6) << np.uint8(4)], axis=1)
    least = np.concatenate([second & six, third >> np.uint8(4) | second >> np.uint8(6) << np.uint8(4)], axis=1)
    return _times(block["d"], scale), -_times(block["m"], least)
