"""QUANTISED NUMBERS of ggml as float32: every type that `KINDS` names, in NumPy alone.

The layouts are those of ggml's C structures (ggml-common.h of llama.cpp, MIT), all little-endian. Weights are cut into
blocks of 32 to 256 numbers that share scales; a block is a few fields, each an array of unsigned numbers.
"""

from armillary.formats.dequantise.kinds import KINDS, Kind

__all__ = ["KINDS", "Kind"]
