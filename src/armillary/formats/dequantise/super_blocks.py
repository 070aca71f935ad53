"""Blocks of 256 numbers: k-quants, whose parts of 16 or 32 have scales of their own, and the ternary types.

Each function takes blocks whose fields a type of `kinds` names, and gives (n, 256) float32.
"""

import numpy as np

from armillary.formats.dequantise.bits import column, parts, planes, scaled
from armillary.formats.dequantise.simple import NORMAL_VALUES
from armillary.shapes import Float32, UInt8

_POWERS_OF_THREE = np.array([1, 3, 9, 27, 81], np.uint8)


def q2_k(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Each is d s q - e m, for each 16 numbers a scale s and a minimum m of 4 bits each."""
    scale = column(block, "d") * (block["s"] & 15).astype(np.float32)
    least = column(block, "m") * (block["s"] >> 4).astype(np.float32)
    return scaled(scale, _two_bits(block["q"]), -least)


def q3_k(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Each is d s q, with scales of 6 bits; of the 3 bits of q the third stands apart: where it is 0, 4 comes off."""
    low = planes(block["s"][:, :8], 4, 2).reshape(-1, 16)
    high = planes(block["s"][:, 8:], 2, 4).reshape(-1, 16)
    scale = column(block, "d") * ((low | high << np.uint8(4)).astype(np.float32) - np.float32(32))
    third = planes(block["h"], 1, 8).reshape(-1, 256)
    return scaled(scale, _two_bits(block["q"]).astype(np.int8) - np.int8(4) + (third << np.uint8(2)).view(np.int8))


def q4_k(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Each is d s q - e m, for each 32 numbers a scale and a minimum of 6 bits each."""
    scale, least = _six_bits(block)
    return scaled(scale, planes(block["q"].reshape(-1, 4, 32), 4, 2).reshape(-1, 256), -least)


def q5_k(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """As q4_k, with a fifth bit that stands apart."""
    scale, least = _six_bits(block)
    low = planes(block["q"].reshape(-1, 4, 32), 4, 2).reshape(-1, 256)
    high = planes(block["h"], 1, 8).reshape(-1, 256)
    return scaled(scale, low | high << np.uint8(4), -least)


def q6_k(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Each is d s (q - 32), with scales of 8 bits for each 16 numbers."""
    low = planes(block["q"].reshape(-1, 2, 64), 4, 2).reshape(-1, 256)
    high = planes(block["h"].reshape(-1, 2, 32), 2, 4).reshape(-1, 256)
    return scaled(column(block, "d") * block["s"].astype(np.float32),
                   (low | high << np.uint8(4)).astype(np.int8) - np.int8(32))


def iq4_xs(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Each is d s v, for each 32 numbers a scale of 6 bits, and v one of 16 values."""
    low = parts(block["l"], 4, 2).reshape(-1, 8)
    high = parts(block["h"][:, None], 2, 8)[:, 0].astype(np.uint8)
    scale = column(block, "d") * ((low | high << np.uint8(4)).astype(np.float32) - np.float32(32))
    return scaled(scale, NORMAL_VALUES[planes(block["q"].reshape(-1, 8, 16), 4, 2)].reshape(-1, 256))


def tq1_0(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Each is d times -1, 0 or 1; five (at last four) of them in a byte, which is a fraction in base 3."""
    packed = (
        (field[:, None, :] * _POWERS_OF_THREE[:count, None]).reshape(len(block), -1)
        for field, count in ((block["q"][:, :32], 5), (block["q"][:, 32:], 5), (block["h"], 4))
    )
    digit = (np.concatenate(list(packed), axis=1).astype(np.uint16) * np.uint16(3)) >> np.uint16(8)
    return scaled(column(block, "d"), digit.astype(np.int8) - np.int8(1))


def tq2_0(block: np.ndarray) -> Float32[np.ndarray, "n 256"]:
    """Each is d times -1, 0, 1 or 2."""
    return scaled(column(block, "d"), _two_bits(block["q"]).view(np.int8) - np.int8(1))


def _two_bits(packed: UInt8[np.ndarray, "n 64"]) -> UInt8[np.ndarray, "n 256"]:
    return planes(packed.reshape(-1, 2, 32), 2, 4).reshape(-1, 256)


def _six_bits(block: np.ndarray) -> tuple[Float32[np.ndarray, "n 8"], Float32[np.ndarray, "n 8"]]:
    """Scales and minima from 12 bytes: of the last four of each, the upper two bits stand in the first eight bytes."""
    first, second, third = block["s"][:, :4], block["s"][:, 4:8], block["s"][:, 8:]
    four, six = np.uint8(15), np.uint8(63)
    scale = np.concatenate([first & six, third & four | first >> np.uint8(6) << np.uint8(4)], axis=1)
    least = np.concatenate([second & six, third >> np.uint8(4) | second >> np.uint8(6) << np.uint8(4)], axis=1)
    return column(block, "d") * scale.astype(np.float32), column(block, "m") * least.astype(np.float32)
