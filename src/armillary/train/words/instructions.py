"""Vector instructions on <16 x float>, written through LLVM: what `block` and `rows` are made of.

LLVM makes of them what the machine has: AVX-512, AVX2 or NEON. Nothing may be reordered: sums have the order that is
written and a fused multiply-add rounds once, so that all machines give the same bits.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 16
COUNTED = 3 * LANES
"""The place in a tally that says whether a loss is counted (see `block`)."""
MOST_LINES = 8
"""Vectors that a sum of rows is kept in at once."""

cgutils: Any = import_module("numba.core.cgutils")  # its functions have no types

INT, LONG = ir.IntType(32), ir.IntType(64)
FLOAT, FLOATS, INTS = ir.FloatType(), ir.VectorType(ir.FloatType(), LANES), ir.VectorType(INT, LANES)


def floats(value: float) -> ir.Constant:
    """The same number in all lanes."""
    return ir.Constant(FLOATS, [float(np.float32(value))] * LANES)


def ints(value: int) -> ir.Constant:
    """The same whole number in all lanes."""
    return ir.Constant(INTS, [value] * LANES)


def given(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """The arguments of an intrinsic: of arrays the pointer to their first number."""
    return [
        context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
        for kind, value in zip(signature.args, arguments, strict=True)
    ]


class Writer:
    """Writes instructions where its builder stands."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def lines(self, size: Any) -> Any:
        """A loop over `size` numbers, 16 at a time; gives the place of the first of them."""
        return _Lines(self.builder, size)

    def pieces(self, size: Any, body: Callable[[list[Any]], None]) -> None:
        """`body` for all of `size` numbers, given where each of up to 8 x 16 of them begins.

        A row of 100 numbers is one piece: the end of a loop over rows is guessed wrong about once each time.
        """
        build, lines = self.builder, self.builder.udiv(size, LONG(LANES))

        def piece(first: Any, width: int) -> None:
            body([build.mul(build.add(first, LONG(line)), LONG(LANES)) for line in range(width)])

        with cgutils.for_range(build, build.udiv(lines, LONG(MOST_LINES))) as loop:
            piece(build.mul(loop.index, LONG(MOST_LINES)), MOST_LINES)
        rest = build.urem(lines, LONG(MOST_LINES))
        for width in range(1, MOST_LINES):
            with build.if_then(build.icmp_unsigned("==", rest, LONG(width))):
                piece(build.sub(lines, rest), width)

    def at(self, pointer: Any, index: Any) -> Any:
        """Where a number of an array lies."""
        return self.builder.gep(pointer, [index])

    def element(self, array: Any, index: Any) -> Any:
        """A number of an array."""
        return self.builder.load(self.at(array, index))

    def load(self, pointer: Any) -> Any:
        """Sixteen numbers."""
        return self.builder.load(self.builder.bitcast(pointer, FLOATS.as_pointer()), align=4)

    def store(self, value: Any, pointer: Any) -> None:
        """Put sixteen numbers."""
        self.builder.store(value, self.builder.bitcast(pointer, FLOATS.as_pointer()), align=4)

    def shuffle(self, a: Any, b: Any, lanes: list[int]) -> Any:
        """Lanes of a (from 0) and b (from 16) in any order."""
        return self.builder.shuffle_vector(a, b, ir.Constant(INTS, lanes))

    def spread(self, number: Any) -> Any:
        """One number in all lanes."""
        nothing = ir.Constant(FLOATS, ir.Undefined)
        return self.shuffle(self.builder.insert_element(nothing, number, INT(0)), nothing, [0] * LANES)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """The product of a and b, plus c, rounded once."""
        return self.call("fma", a, b, c)

    def call(self, name: str, *values: Any) -> Any:
        """One of LLVM's own functions on vectors."""
        kind = ir.FunctionType(FLOATS, [FLOATS] * len(values))
        function = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.{name}.v{LANES}f32")
        return self.builder.call(function, values)


class _Lines:
    """See `Writer.lines`."""

    def __init__(self, builder: Any, size: Any) -> None:
        self.builder = builder
        self.loop = cgutils.for_range(builder, builder.udiv(size, LONG(LANES)))

    def __enter__(self) -> Any:
        return self.builder.mul(self.loop.__enter__().index, LONG(LANES))

    def __exit__(self, *error: object) -> None:
        self.loop.__exit__(*error)


@intrinsic
def prefetch(typing, array, offset):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Ask for the cache line of array[offset], to be used soon: for the second cache, as the first has no room."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        data, place = given(context, builder, signature, arguments)
        line = builder.bitcast(builder.gep(data, [place]), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [line.type, INT, INT, INT])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [line, INT(0), INT(2), INT(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@intrinsic
def add_at_once(typing, array, place, more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add to a whole number that other threads add to as well; gives what it was before."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        data, place, more = given(context, builder, signature, arguments)
        return builder.atomic_rmw("add", builder.gep(data, [place]), more, "seq_cst")

    return types.int64(array, types.int64, types.int64), generate


@intrinsic
def as_it_is(typing, array, place):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """A whole number as it is now, whichever thread changed it."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        data, place = given(context, builder, signature, arguments)
        return builder.load_atomic(builder.gep(data, [place]), "seq_cst", 8)

    return types.int64(array, types.int64), generate
