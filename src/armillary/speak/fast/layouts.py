"""How a matrix lies in memory while it is multiplied: tiles of 16 rows, so that a vector register holds all of them.

A tile goes along the inputs in groups of 32. Of numbers that were quantised, a group holds, for its 16 rows,

    codes      base bits of each: vectors of 64 bytes, byte 4 row + j; a byte holds 8 / base codes
    planes     one more bit of each, or two: 8 times 64 bits, bit 4 row + j of the v-th being that of input 4 v + j
    scales     16 float16, twice where 16 inputs share a scale
    least      16 float16, likewise, where the least number is not the scale times a constant

and a number is scale * (code - offset), or scale * code + least. Of codes of `base` bits the first of a byte belong to
the first inputs: with two in a byte, those of inputs 0 to 15 are the low halves. Plain numbers lie input by input, 16
rows side by side.
"""

from dataclasses import dataclass

import numpy as np

from armillary.shapes import UInt8
from armillary.speak.fast.levels import Levels

ROWS, GROUP = 16, 32
"""Rows of a tile, inputs of a group."""
VECTOR = 64
COLUMNS = 8
"""Rows of inputs that one tile is multiplied with at once."""
AT_ONCE = 256
"""Tokens that are read together: their levels fit into the second cache."""


@dataclass(frozen=True)
class Layout:
    """One of them.

    Attributes:
        base: bits of a code that stand together: 2, 4 or 8; of plain numbers 0.
        planes: bits that stand apart.
        parts: scales of a group of inputs: 1 or 2.
        offset: what is taken off a code; None where each part has a least number.
        plain: the type of plain numbers, "<f4", "<f2", "<u2" (the upper half of a float32) or "|i1" (keys and values,
            whose sizes are multiplied in apart), else "".
    """

    base: int
    planes: int = 0
    parts: int = 1
    offset: int | None = None
    plain: str = ""

    @property
    def code_bytes(self) -> int:
        """Bytes of a group's codes."""
        return self.base * VECTOR

    @property
    def scales_at(self) -> int:
        """Where a group's scales begin."""
        return self.code_bytes + self.planes * VECTOR

    @property
    def group_bytes(self) -> int:
        """Bytes of a group of 16 rows and 32 inputs."""
        if self.plain:
            return ROWS * GROUP * np.dtype(self.plain).itemsize
        return self.scales_at + self.parts * 2 * ROWS * (2 if self.offset is None else 1)


LAYOUTS = (
    Layout(4), Layout(4, offset=8), Layout(4, 1), Layout(4, 1, offset=16), Layout(8, offset=128),
    Layout(4, 2, 2, offset=32), Layout(2, 0, 2), Layout(2, 1, 2, offset=4),
    Layout(0, plain="<f4"), Layout(0, plain="<f2"), Layout(0, plain="<u2"), Layout(0, plain="|i1"),
)
"""All of them; kernels know one by its place here."""
PLAIN = 8
"""The place of the first that holds plain numbers."""
WHOLE = 11
"""The place of the one for whole numbers."""
OF_KIND = {
    "Q4_1": 0, "Q4_K": 0, "Q4_0": 1, "Q5_1": 2, "Q5_K": 2, "Q5_0": 3, "Q8_0": 4, "Q6_K": 5, "Q2_K": 6, "Q3_K": 7,
    "F32": 8, "F16": 9, "BF16": 10,
}
"""ggml's types of numbers -> the layout that holds them."""


def packed(layout: Layout, levels: Levels) -> UInt8[np.ndarray, "tiles groups bytes"]:
    """Quantised rows as tiles; rows that fill the last tile are zeros."""
    codes = _whole(levels.codes)
    tiles, groups = len(codes) // ROWS, codes.shape[1] // GROUP
    out = np.zeros((tiles, groups, layout.group_bytes), np.uint8)
    # (tile, group, vector, row and place in it): the codes of inputs 4 v to 4 v + 3
    vectors = codes.reshape(tiles, ROWS, groups, 8, 4).transpose(0, 2, 3, 1, 4).reshape(tiles, groups, 8, VECTOR)
    out[..., : layout.code_bytes] = _together(vectors & np.uint8((1 << layout.base) - 1), layout.base)
    for plane in range(layout.planes):
        bits = np.packbits(vectors >> np.uint8(layout.base + plane) & np.uint8(1), axis=-1, bitorder="little")
        at = layout.code_bytes + plane * VECTOR
        out[..., at : at + VECTOR] = bits.reshape(tiles, groups, VECTOR)
    at = layout.scales_at
    for numbers in (levels.scales, levels.least):
        if numbers is not None:
            rows = _whole(numbers).reshape(tiles, ROWS, groups, layout.parts).transpose(0, 2, 3, 1)
            size = layout.parts * ROWS * 2
            out[..., at : at + size] = np.ascontiguousarray(rows).view(np.uint8).reshape(tiles, groups, size)
            at += size
    return out


def _together(vectors: UInt8[np.ndarray, "t g 8 64"], base: int) -> UInt8[np.ndarray, "t g b"]:
    """Codes of `base` bits, several in a byte."""
    several = 8 // base
    parts = vectors.reshape(*vectors.shape[:2], several, base, VECTOR)
    joined = np.zeros((*vectors.shape[:2], base, VECTOR), np.uint8)
    for place in range(several):
        joined |= parts[:, :, place] << np.uint8(place * base)
    return joined.reshape(*vectors.shape[:2], base * VECTOR)


def packed_plain(layout: Layout, rows: np.ndarray) -> UInt8[np.ndarray, "tiles groups bytes"]:
    """Rows of plain numbers as tiles; inputs that fill the last group are zeros."""
    rows = np.pad(_whole(rows), [(0, 0), (0, -rows.shape[1] % GROUP)])
    tiles, groups = len(rows) // ROWS, rows.shape[1] // GROUP
    laid = np.ascontiguousarray(rows.reshape(tiles, ROWS, groups, GROUP).transpose(0, 2, 3, 1))
    return laid.view(np.uint8).reshape(tiles, groups, layout.group_bytes)


def _whole(rows: np.ndarray) -> np.ndarray:
    """The rows, and rows of zeros that fill the last tile."""
    missing = -len(rows) % ROWS
    return np.concatenate([rows, np.zeros((missing, rows.shape[1]), rows.dtype)]) if missing else rows
