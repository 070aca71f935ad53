"""The types of numbers that a GGUF file may hold: their codes, their blocks, and the functions that read them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import numpy as np

from armillary.shapes import Float32, UInt8

_AT_ONCE = 1 << 18
"""Numbers that are read together: what comes in between stays in the cache, and memory beside the result is small."""
_D, _HALF = ("d", "<f2"), "<f2"


@dataclass(frozen=True)
class Kind:
    """A type of numbers.

    Attributes:
        name: as ggml calls it.
        numbers: in one block.
        block: the fields of one block; of plain numbers, their own type.
        function: "module.function" in this package that reads blocks; "" for plain numbers.
    """

    name: str
    numbers: int
    block: np.dtype
    function: str = ""

    def bytes(self, count: int) -> int:
        """How many bytes hold so many numbers, which must fill whole blocks."""
        return count // self.numbers * self.block.itemsize

    def read(self, raw: UInt8[np.ndarray, "b"]) -> Float32[np.ndarray, "n"]:
        """All numbers of whole blocks as float32, in their order."""
        blocks = raw.view(self.block)
        if self.name == "BF16":
            return (blocks.astype(np.uint32) << 16).view(np.float32)
        if not self.function:
            return blocks.astype(np.float32)
        read = _reader(self.function)
        numbers = np.empty(len(blocks) * self.numbers, np.float32)
        step = _AT_ONCE // self.numbers
        with np.errstate(over="ignore", invalid="ignore"):  # scales may be infinite; the reader of a model looks
            for start in range(0, len(blocks), step):
                part = read(blocks[start : start + step])
                numbers[start * self.numbers :][: part.size] = part.reshape(-1)
        return numbers


@cache
def _reader(called: str) -> Callable[[np.ndarray], np.ndarray]:
    """The function "module.function" of this package; a decoder asks for it at every token."""
    module, function = called.split(".")
    found: Callable[[np.ndarray], np.ndarray] = getattr(import_module(f"{__package__}.{module}"), function)
    return found


def _plain(name: str, code: str) -> Kind:
    return Kind(name, 1, np.dtype(code))


def _quantised(name: str, numbers: int, module: str, *fields: tuple[str, str] | tuple[str, str, int]) -> Kind:
    return Kind(name, numbers, np.dtype(list(fields)), f"{module}.{name.lower()}")


KINDS = {
    0: _plain("F32", "<f4"),
    1: _plain("F16", "<f2"),
    2: _quantised("Q4_0", 32, "simple", _D, ("q", "u1", 16)),
    3: _quantised("Q4_1", 32, "simple", _D, ("m", _HALF), ("q", "u1", 16)),
    6: _quantised("Q5_0", 32, "simple", _D, ("h", "<u4"), ("q", "u1", 16)),
    7: _quantised("Q5_1", 32, "simple", _D, ("m", _HALF), ("h", "<u4"), ("q", "u1", 16)),
    8: _quantised("Q8_0", 32, "simple", _D, ("q", "i1", 32)),
    10: _quantised("Q2_K", 256, "super_blocks", ("s", "u1", 16), ("q", "u1", 64), _D, ("m", _HALF)),
    11: _quantised("Q3_K", 256, "super_blocks", ("h", "u1", 32), ("q", "u1", 64), ("s", "u1", 12), _D),
    12: _quantised("Q4_K", 256, "super_blocks", _D, ("m", _HALF), ("s", "u1", 12), ("q", "u1", 128)),
    13: _quantised("Q5_K", 256, "super_blocks", _D, ("m", _HALF), ("s", "u1", 12), ("h", "u1", 32), ("q", "u1", 128)),
    14: _quantised("Q6_K", 256, "super_blocks", ("q", "u1", 128), ("h", "u1", 64), ("s", "i1", 16), _D),
    16: _quantised("IQ2_XXS", 256, "codebook_quants", _D, ("q", "<u4", 16)),
    17: _quantised("IQ2_XS", 256, "codebook_quants", _D, ("q", "<u2", 32), ("s", "u1", 8)),
    18: _quantised("IQ3_XXS", 256, "codebook_quants", _D, ("q", "u1", 64), ("s", "<u4", 8)),
    19: _quantised("IQ1_S", 256, "codebook_quants", _D, ("q", "u1", 32), ("h", "<u2", 8)),
    20: _quantised("IQ4_NL", 32, "simple", _D, ("q", "u1", 16)),
    21: _quantised(
        "IQ3_S", 256, "codebook_quants", _D, ("q", "u1", 64), ("h", "u1", 8), ("signs", "u1", 32), ("s", "u1", 4)
    ),
    22: _quantised(
        "IQ2_S", 256, "codebook_quants", _D, ("q", "u1", 32), ("signs", "u1", 32), ("h", "u1", 8), ("s", "u1", 8)
    ),
    23: _quantised("IQ4_XS", 256, "super_blocks", _D, ("h", "<u2"), ("l", "u1", 4), ("q", "u1", 128)),
    24: _plain("I8", "i1"),
    25: _plain("I16", "<i2"),
    26: _plain("I32", "<i4"),
    27: _plain("I64", "<i8"),
    28: _plain("F64", "<f8"),
    29: _quantised("IQ1_M", 256, "codebook_quants", ("q", "u1", 32), ("h", "u1", 16), ("s", "<u2", 4)),
    30: _plain("BF16", "<u2"),
    34: _quantised("TQ1_0", 256, "super_blocks", ("q", "u1", 48), ("h", "u1", 4), _D),
    35: _quantised("TQ2_0", 256, "super_blocks", ("q", "u1", 64), _D),
    39: _quantised("MXFP4", 32, "simple", ("e", "u1"), ("q", "u1", 16)),
    40: _quantised("NVFP4", 64, "simple", ("e", "u1", 4), ("q", "u1", 32)),
}
"""All types by ggml's code. Those that only live inside computations (Q8_1, Q8_K) are in no file."""
