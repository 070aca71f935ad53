"""Angles of rotary positions in NumPy: what `transformer.rotary` gives with torch."""

import math

import numpy as np

from armillary.shapes import Float32
from armillary.transformer.config import Banded, Rotary, Stretched, Yarn


def turns(rotary: Rotary, d_head: int, count: int) -> Float32[np.ndarray, "t d"]:
    """(count, d_head) the cosine of every pair's angle at each of the first positions, then the sines."""
    angles = np.arange(count, dtype=np.float32)[:, None] * speeds(rotary, d_head)
    magnitude = np.float32(rotary.scaling.magnitude if isinstance(rotary.scaling, Yarn) else 1.0)
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1) * magnitude


def speeds(rotary: Rotary, d_head: int) -> Float32[np.ndarray, "half"]:
    """Radians by which each pair turns from one position to the next, the fastest first."""
    share = np.arange(0, d_head, 2, dtype=np.float32) / np.float32(d_head)
    plain: np.ndarray = np.float32(1) / np.float32(rotary.base) ** share
    if isinstance(rotary.scaling, Stretched):
        plain = plain / np.float32(rotary.scaling.factor)
    if isinstance(rotary.scaling, Banded):
        plain = _banded(plain, rotary.scaling)
    if isinstance(rotary.scaling, Yarn):
        plain = _yarn(plain, rotary.base, d_head, rotary.scaling)
    return plain.astype(np.float32)


def _banded(plain: Float32[np.ndarray, "half"], how: Banded) -> np.ndarray:
    """Pairs that turn less than `low` times in the original context are slowed, those above `high` are kept."""
    rounds = how.original_n_ctx * plain / (2 * math.pi)
    kept = np.clip((rounds - how.low) / (how.high - how.low), 0, 1)
    slowed: np.ndarray = (1 - kept) * plain / how.factor + kept * plain
    return slowed


def _yarn(plain: Float32[np.ndarray, "half"], base: float, d_head: int, how: Yarn) -> np.ndarray:
    """A ramp over the pairs, from those that turn `fast` times in the original context to those that turn `slow`."""

    def pair(rounds: float) -> float:
        return d_head * math.log(how.original_n_ctx / (rounds * 2 * math.pi)) / (2 * math.log(base))

    first = max(math.floor(pair(how.fast)), 0)
    last = min(math.ceil(pair(how.slow)), d_head - 1)
    slowed = np.clip((np.arange(d_head // 2, dtype=np.float32) - first) / max(last - first, 0.001), 0, 1)
    ramped: np.ndarray = plain / how.factor * slowed + plain * (1 - slowed)
    return ramped
