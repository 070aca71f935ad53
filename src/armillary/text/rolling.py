"""A number for every stretch of a text, from sums of its beginnings (Karp and Rabin 1987).

Stretches that are alike have the same number, and others the same one by chance alone, so that whatever numbers find is
to be compared character by character (IBM Journal of Research and Development 31(2)).
"""

import numpy as np

from armillary.shapes import Int32, UInt8, UInt32, UInt64

_BASE = 0x9E37_79B9_7F4A_7C15
_SPREAD = np.uint64(0xD6E8_FEB8_6659_FD93)
"""What characters are multiplied by first, so that neighbouring ones differ in all bits."""


class Rolling:
    """The numbers of all stretches of a text."""

    def __init__(self, characters: UInt8[np.ndarray, "t"] | UInt32[np.ndarray, "t"]) -> None:
        self._up = _powers(_BASE, len(characters))
        spread = (characters.astype(np.uint64) + np.uint64(1)) * _SPREAD
        sums = np.cumsum(spread * _powers(pow(_BASE, -1, 1 << 64), len(characters))[:-1], dtype=np.uint64)
        self._sums: UInt64[np.ndarray, "t1"] = np.concatenate([np.zeros(1, np.uint64), sums])

    def numbers(self, start: Int32[np.ndarray, "c"], end: Int32[np.ndarray, "c"]) -> UInt64[np.ndarray, "c"]:
        """The numbers of the stretches from each `start` to the character before each `end`."""
        found: np.ndarray = (self._sums[end] - self._sums[start]) * self._up[start]
        return found


def _powers(base: int, count: int) -> UInt64[np.ndarray, "t1"]:
    """The powers of `base` modulo 2^64, from 0 to `count`."""
    factors = np.full(count + 1, base, np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)
