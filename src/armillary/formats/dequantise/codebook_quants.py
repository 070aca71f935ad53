"""Blocks of 256 numbers that stand in a codebook: i-quants. Eight (or four) numbers are one row of it.

Each function takes blocks whose fields a type of `kinds` names, and gives (n, 256) float32.
"""

import numpy as np

from armillary.formats.dequantise.bits import column, parts, scaled
from armillary.formats.dequantise.codebooks import codebook
from armillary.shapes import Float32, UInt8

_DELTA = np.float32(0.125)
_SIGNS = np.array([code | (code.bit_count() & 1) << 7 for code in range(128)], np.uint8)
"""Eight signs in seven bits: an even number of them is negative, so that the eighth follows from the others."""


def iq2_xxs(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """For 32 numbers four codes, and in 32 bits their signs and a scale."""
    packed = block["q"].reshape(-1, 8, 2)
    codes = np.ascontiguousarray(packed[:, :, 0]).view(np.uint8)
    return _signed(_scale_above(packed[:, :, 1], block["d"], 0.25), codebook("IQ2_XXS")[codes], _signs(packed[:, :, 1]))


def iq2_xs(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Codes of 9 bits with 7 bits of signs; scales of 4 bits for each 16 numbers."""
    scale = _scale_of_16(block, 0.25)
    return _signed(scale, codebook("IQ2_XS")[block["q"] & 511], _bits(_SIGNS[block["q"] >> 9]))


def iq2_s(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Codes of 10 bits, of which two stand apart; all eight signs."""
    codes = block["q"] | parts(block["h"], 2, 4).reshape(-1, 32).astype(np.uint16) << 8
    return _signed(_scale_of_16(block, 0.25), codebook("IQ2_S")[codes], _bits(block["signs"]))


def iq3_xxs(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Codes of 8 bits for four numbers; signs and scales in 32 bits for 32 numbers."""
    scale = _scale_above(block["s"], block["d"], 0.5)
    return _signed(scale, codebook("IQ3_XXS")[block["q"]], _signs(block["s"]))


def iq3_s(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Codes of 9 bits for four numbers, of which one stands apart; all signs; scales of 4 bits for each 32 numbers."""
    codes = block["q"] | parts(block["h"], 1, 8).reshape(-1, 64).astype(np.uint16) << 8
    odd = (2 * parts(block["s"], 4, 2).reshape(-1, 8) + 1).astype(np.float32)
    return _signed(column(block, "d") * odd, codebook("IQ3_S")[codes], _bits(block["signs"]))


def iq1_s(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Codes of 11 bits of -1, 0 and 1, moved up or down by an eighth; scales of 3 bits for each 32 numbers."""
    codes = block["q"] | (parts(block["h"], 3, 4).reshape(-1, 32) & 7) << 8
    scale = column(block, "d") * (2 * (block["h"] >> 12 & 7) + 1).astype(np.float32)
    delta = np.where(block["h"] >> 15, -_DELTA, _DELTA)
    return _moved(scale, codebook("IQ1")[codes], delta)


def iq1_m(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """As iq1_s, with scales for each 16 numbers and directions for each 8; d is spread over the scales' upper bits."""
    high = parts(block["h"], 4, 2).reshape(-1, 32)
    codes = block["q"] | (high & 7).astype(np.uint16) << 8
    spread = block["s"] >> 12 << np.array([0, 4, 8, 12], np.uint16)
    d = np.bitwise_or.reduce(spread, axis=1).view(np.float16).astype(np.float32)
    scale = d[:, None] * (2 * (parts(block["s"], 3, 4).reshape(-1, 16)) + 1).astype(np.float32)
    return _moved(scale, codebook("IQ1")[codes], np.where(high & 8, -_DELTA, _DELTA))


def _scale_of_16(block: np.ndarray, unit: float) -> Float32[np.ndarray, "n 16"]:
    half = parts(block["s"], 4, 2).reshape(-1, 16).astype(np.float32) + np.float32(0.5)
    scale: np.ndarray = column(block, "d") * half * np.float32(unit)
    return scale


def _scale_above(packed: np.ndarray, d: np.ndarray, unit: float) -> Float32[np.ndarray, "n 8"]:
    """The scales in the upper four of 32 bits."""
    half = (packed >> 28).astype(np.float32) + np.float32(0.5)
    scale: np.ndarray = d.astype(np.float32)[:, None] * half * np.float32(unit)
    return scale


def _signs(packed: np.ndarray) -> UInt8[np.ndarray, "n 32 8"]:
    """The signs in the lower 28 of 32 bits, 1 where negative."""
    return _bits(_SIGNS[parts(packed, 7, 4).reshape(-1, 32)])


def _bits(packed: UInt8[np.ndarray, "n m"]) -> UInt8[np.ndarray, "n m 8"]:
    return parts(packed, 1, 8)


def _signed(
    scale: Float32[np.ndarray, "n k"], values: Float32[np.ndarray, "n m v"], negative: UInt8[np.ndarray, "n 32 8"]
) -> Float32[np.ndarray, "n 256"]:
    """(n, 256) scale * value, with the signs that stand beside."""
    values = scaled(scale, values)
    values *= np.float32(1) - np.float32(2) * negative.reshape(-1, 256).astype(np.float32)
    return values


def _moved(
    scale: Float32[np.ndarray, "n k"], values: Float32[np.ndarray, "n 32 8"], delta: Float32[np.ndarray, "n m"]
) -> Float32[np.ndarray, "n 256"]:
    """(n, 256) scale * (value + delta)."""
    moved = values.reshape(*delta.shape, -1) + delta[:, :, None]
    return scaled(scale, moved)
