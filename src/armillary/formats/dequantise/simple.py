"""Blocks of 32 or 64 numbers with a scale: the first quantised types of ggml, and those with a table of 16 values.

Each function takes blocks whose fields a type of `kinds` names, and gives (n, numbers of a block) float32.
"""

import numpy as np

from armillary.formats.dequantise.bits import column, parts, planes, scaled
from armillary.shapes import Float32, UInt8

NORMAL_VALUES = np.array(
    [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], np.float32
)  # fmt: skip
"""The 16 values of IQ4_NL and IQ4_XS, close together where weights are frequent."""
_FP4_DOUBLED = np.array([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], np.float32)
"""Twice the 16 values of the 4-bit float E2M1 (OCP Microscaling Formats 1.0)."""


def q4_0(block: np.ndarray) -> Float32[np.ndarray, "n 32"]:
    """Each is d (q - 8)."""
    return scaled(column(block, "d"), _nibbles(block["q"]).view(np.int8) - np.int8(8))


def q4_1(block: np.ndarray) -> Float32[np.ndarray, "n 32"]:
    """Each is d q + m."""
    return scaled(column(block, "d"), _nibbles(block["q"]), column(block, "m"))


def q5_0(block: np.ndarray) -> Float32[np.ndarray, "n 32"]:
    """Each is d (q - 16), the fifth bits in a number of their own."""
    return scaled(column(block, "d"), _five_bits(block).view(np.int8) - np.int8(16))


def q5_1(block: np.ndarray) -> Float32[np.ndarray, "n 32"]:
    """Each is d q + m."""
    return scaled(column(block, "d"), _five_bits(block), column(block, "m"))


def q8_0(block: np.ndarray) -> Float32[np.ndarray, "n 32"]:
    """Each is d q."""
    return scaled(column(block, "d"), block["q"])


def iq4_nl(block: np.ndarray) -> Float32[np.ndarray, "n 32"]:
    """Each is d times one of 16 values."""
    return scaled(column(block, "d"), NORMAL_VALUES[_nibbles(block["q"])])


def mxfp4(block: np.ndarray) -> Float32[np.ndarray, "n 32"]:
    """A power of two (2^(e - 127)) times a 4-bit float."""
    scale = np.ldexp(np.float32(1), block["e"].astype(np.int32) - 128)  # half of it: the values are doubled
    return scaled(scale[:, None], _FP4_DOUBLED[_nibbles(block["q"])])


def nvfp4(block: np.ndarray) -> Float32[np.ndarray, "n 64"]:
    """Four times 16 numbers, each with a scale in 8 bits (E4M3 without a sign, 0 and 127 being 0)."""
    exponent, fraction = (block["e"] >> 3) & 15, (block["e"] & 7).astype(np.float32)
    normal = np.ldexp(np.float32(1) + fraction / np.float32(8), exponent.astype(np.int32) - 7)
    scale = np.where(exponent > 0, normal, fraction * np.float32(2.0**-9)) * np.float32(0.5)
    scale = np.where((block["e"] == 0) | (block["e"] == 127), np.float32(0), scale)
    return scaled(scale, _FP4_DOUBLED[planes(block["q"].reshape(-1, 4, 8), 4, 2)])


def _nibbles(packed: UInt8[np.ndarray, "n m"]) -> UInt8[np.ndarray, "n 2*m"]:
    """The low halves of all bytes, then the high ones."""
    return planes(packed, 4, 2).reshape(len(packed), -1)


def _five_bits(block: np.ndarray) -> UInt8[np.ndarray, "n 32"]:
    high = parts(block["h"][:, None], 1, 32)[:, 0].astype(np.uint8)
    joined: np.ndarray = _nibbles(block["q"]) | (high << np.uint8(4))
    return joined
