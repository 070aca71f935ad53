"""Vector instructions on 16 numbers at once, written through LLVM: what all kernels are made of.

Addresses are whole numbers, as NumPy gives them (`array.ctypes.data`). LLVM makes of a vector of 16 what the machine
has: one register of AVX-512, two of AVX2, four of NEON. Sums have the order that is written, and a fused multiply-add
rounds once: so every machine with the same dot product of bytes (`bytes_dot`) gives the same bits.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from llvmlite import ir

LANES = 16

cgutils: Any = import_module("numba.core.cgutils")  # its functions have no types

BYTE, INT, LONG = ir.IntType(8), ir.IntType(32), ir.IntType(64)
FLOAT, HALF = ir.FloatType(), ir.HalfType()
FLOATS, HALVES, INTS = (ir.VectorType(kind, LANES) for kind in (FLOAT, HALF, INT))

LOG2_E = 1.4426950408889634
STEEPEST = 126.0
"""Powers of two are those between 2^-126 and 2^126: e^87 is as large as the larger."""
POWERS_OF_TWO = tuple(float(np.log(2.0) ** k / np.prod(np.arange(1.0, k + 1))) for k in range(7, -1, -1))
"""Coefficients of 2^x for x between -1/2 and 1/2, the highest power first (its series: below 1e-8 of it)."""


def floats(value: float) -> ir.Constant:
    """The same number in all lanes."""
    return ir.Constant(FLOATS, [float(np.float32(value))] * LANES)


def ints(value: int) -> ir.Constant:
    """The same whole number in all lanes."""
    return ir.Constant(INTS, [value] * LANES)


class Writer:
    """Writes instructions where its builder stands."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def beyond(self, address: Any, count: Any, size: int = 1) -> Any:
        """The address `count` things of `size` bytes further on."""
        if isinstance(count, int):
            return self.builder.add(address, LONG(count * size))
        return self.builder.add(address, self.builder.mul(count, LONG(size)))

    def load(self, address: Any, kind: Any, align: int = 1) -> Any:
        """What lies at an address."""
        return self.builder.load(self.builder.inttoptr(address, kind.as_pointer()), align=align)

    def store(self, value: Any, address: Any, align: int = 1) -> None:
        """Put a value at an address."""
        self.builder.store(value, self.builder.inttoptr(address, value.type.as_pointer()), align=align)

    def shuffle(self, a: Any, b: Any, lanes: Sequence[int]) -> Any:
        """Lanes of a (from 0) and of b behind them, in any order."""
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(INT, len(lanes)), list(lanes)))

    def spread(self, number: Any, lanes: int = LANES) -> Any:
        """One number in all lanes."""
        nothing = ir.Constant(ir.VectorType(number.type, lanes), ir.Undefined)
        return self.shuffle(self.builder.insert_element(nothing, number, INT(0)), nothing, [0] * lanes)

    def call(self, name: str, result: Any, *values: Any) -> Any:
        """One of LLVM's own functions."""
        kind = ir.FunctionType(result, [value.type for value in values])
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), values)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """The product of a and b, plus c, rounded once."""
        return self.call("llvm.fma.v16f32", FLOATS, a, b, c)

    def larger(self, a: Any, b: Any) -> Any:
        """The larger in each lane; b where one is no number."""
        return self.builder.select(self.builder.fcmp_ordered(">", a, b), a, b)

    def between(self, value: Any, least: float, most: float) -> Any:
        """The value, or the bound that it is beyond; what is no number stays so."""
        low = self.builder.select(self.builder.fcmp_ordered("<", value, floats(least)), floats(least), value)
        return self.builder.select(self.builder.fcmp_ordered(">", low, floats(most)), floats(most), low)

    def all_lanes(self, vector: Any, join: Callable[[Any, Any], Any]) -> Any:
        """All lanes joined: the halves, then their halves, down to a single number."""
        for width in (8, 4, 2, 1):
            vector = join(vector, self.shuffle(vector, vector, [(lane + width) % LANES for lane in range(LANES)]))
        return self.builder.extract_element(vector, INT(0))

    def over(self, count: Any, starts: Sequence[Any], body: Callable[[Any, list[Any]], list[Any]]) -> list[Any]:
        """A loop of `count` rounds (none too): `body` gets the round and the values so far, and gives the new ones."""
        build = self.builder
        before, after = build.block, build.append_basic_block("after")
        head, inside = build.append_basic_block("head"), build.append_basic_block("inside")
        build.branch(head)
        build.position_at_end(head)
        place = build.phi(LONG)
        values = [build.phi(start.type) for start in starts]
        for phi, start in zip([place, *values], [LONG(0), *starts], strict=True):
            phi.add_incoming(start, before)
        build.cbranch(build.icmp_unsigned("<", place, count), inside, after)
        build.position_at_end(inside)
        for phi, value in zip([place, *values], [None, *body(place, list(values))], strict=True):
            phi.add_incoming(build.add(place, LONG(1)) if value is None else value, build.block)
        build.branch(head)
        build.position_at_end(after)
        return values

    def power_of_two(self, exponent: Any) -> Any:
        """2^x, to the last digit or two."""
        build, exponent = self.builder, self.between(exponent, -STEEPEST, STEEPEST)
        whole = self.call("llvm.nearbyint.v16f32", FLOATS, exponent)
        fraction, power = build.fsub(exponent, whole), floats(POWERS_OF_TWO[0])
        for coefficient in POWERS_OF_TWO[1:]:
            power = self.fma(power, fraction, floats(coefficient))
        bits = build.shl(build.add(build.fptosi(whole, INTS), ints(127)), ints(23))
        return build.fmul(power, build.bitcast(bits, FLOATS))

    def exponential(self, value: Any) -> Any:
        """e^x, to the last digits; what is no number stays so."""
        return self.power_of_two(self.builder.fmul(value, floats(LOG2_E)))
