"""What one thread can do at most: fused multiply-adds a second on vectors in registers, as a measure for learning.

Skip-gram multiplies and adds three times for each number of a row, each input and each of its outputs: a score, a
change of the input, a change of the output. `share` says which part of the peak so many words a second are.
"""

import time
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.train.words.instructions import FLOATS, LANES, Writer, cgutils, floats, given

CHAINS = 16
"""Sums side by side: enough to hide how long one multiply-add takes, few enough for the registers."""


@intrinsic
def multiply_add(typing: Any, turns: Any, out: Any) -> Any:
    """CHAINS multiply-adds on 16 numbers, so many times."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        turns, out = given(context, builder, signature, arguments)
        write = Writer(builder)
        sums = [cgutils.alloca_once_value(builder, floats(chain)) for chain in range(CHAINS)]
        factor = write.load(out)
        with cgutils.for_range(builder, turns):
            for one in sums:
                builder.store(write.fma(builder.load(one), factor, factor), one)
        total = ir.Constant(FLOATS, [0.0] * LANES)
        for one in sums:
            total = builder.fadd(total, builder.load(one))
        write.store(total, out)
        return context.get_dummy_value()

    return types.void(types.int64, out), generate


@numba.njit
def _run(turns: int, out: np.ndarray) -> None:
    multiply_add(turns, out)  # type: ignore[call-arg]


def peak() -> float:
    """Multiply-adds of single numbers a second, one thread; the best of some tries."""
    turns, best = 2_000_000, 0.0
    for _ in range(10):
        out = np.full(LANES, 0.5, np.float32)
        began = time.perf_counter()
        _run(turns, out)
        best = max(best, turns * CHAINS * LANES / (time.perf_counter() - began))
    return best


def share(words_per_second: float, kept: float, size: int, window: int = 5, outputs: int = 6) -> float:
    """The part of the peak that skip-gram's multiply-adds are, `kept` being the share of words not left out."""
    return words_per_second * kept * (window + 1) * outputs * size * 3 / peak()


if __name__ == "__main__":
    print(f"one thread: {peak() / 1e9:.1f} billion multiply-adds a second")
