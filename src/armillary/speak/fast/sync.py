"""How threads wait for each other inside compiled code, and what else takes an address: counters, float16."""

from typing import Any, no_type_check

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.speak.fast.vectors import BYTE, FLOAT, FLOATS, HALF, HALVES, INT, LANES, LONG, Writer

_njit: Any = numba.njit  # its types do not know the last two
compiled = _njit(nogil=True, error_model="numpy", boundscheck=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
PATIENCE = 2000
"""Rounds of waiting after which a thread lets others have the processor: longer than any wait where each has its own.

A thread that waits without looking costs a microsecond less a meeting than one that sleeps, and there are hundreds of
meetings in a token.
"""


@intrinsic
def pointer(typing, address):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """An address as what `numba.carray` takes."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return builder.inttoptr(arguments[0], BYTE.as_pointer())

    return types.voidptr(types.int64), generate


@intrinsic
def increased(typing, address):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add one to a counter that threads share; what it was before."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return builder.atomic_rmw("add", builder.inttoptr(arguments[0], LONG.as_pointer()), LONG(1), "seq_cst")

    return types.int64(types.int64), generate


@intrinsic
def reached(typing, address):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """What a counter says, and with it all that was written before it said so; no earlier than what was counted."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return builder.load_atomic(builder.inttoptr(arguments[0], LONG.as_pointer()), "seq_cst", 8)

    return types.int64(types.int64), generate


@intrinsic
def _ask(typing, function):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Call a function of no arguments that lies at an address."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        kind = ir.FunctionType(INT, [])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def _breathe(typing):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell the processor that this is a loop that waits."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        triple = builder.module.triple
        if triple.startswith(("x86_64", "i686")):
            Writer(builder).call("llvm.x86.sse2.pause", ir.VoidType())
        elif triple.startswith(("aarch64", "arm64")):
            Writer(builder).call("llvm.aarch64.hint", ir.VoidType(), INT(1))
        return context.get_dummy_value()

    return types.void(), generate


@compiled
@no_type_check
def wait(model, waited):  # noqa: ANN001, ANN201
    """A moment, for whoever has waited for so many."""
    if waited < PATIENCE:
        _breathe()
    else:
        _ask(model.step_back)


@compiled
@no_type_check
def meet(model, turn):  # noqa: ANN001, ANN201
    """Wait until all threads are here; `turn` is how many had arrived at the meeting before, and what it gives."""
    turn += model.threads
    increased(model.arrivals)
    waited = 0
    while reached(model.arrivals) < turn:
        waited += 1
        wait(model, waited)
    return turn


@intrinsic
def halved(typing, out, x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Sixteen numbers as float16, side by side."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        writer = Writer(builder)
        writer.store(builder.fptrunc(writer.load(arguments[1], FLOATS, 4), HALVES), arguments[0], 2)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def rounded(typing, out, x, factor, count, apart):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Numbers times a factor as whole numbers of 8 bits, each `apart` bytes after the one before."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        writer, (out, x, factor, count, apart) = Writer(builder), arguments

        def one(place: Any, _: list[Any]) -> list[Any]:
            number = builder.fmul(writer.load(writer.beyond(x, place, 4), FLOAT, 4), factor)
            whole = builder.fptosi(writer.call("llvm.nearbyint.f32", FLOAT, number), BYTE)
            writer.store(whole, builder.add(out, builder.mul(place, apart)))
            return []

        writer.over(count, [], one)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.float32, types.int64, types.int64), generate


@intrinsic
def halved_apart(typing, out, x, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Numbers as float16, each 16 places after the one before."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        writer, (out, x, count) = Writer(builder), arguments

        def one(place: Any, _: list[Any]) -> list[Any]:
            number = writer.load(writer.beyond(x, place, 4), FLOAT, 4)
            writer.store(builder.fptrunc(number, HALF), writer.beyond(out, place, 2 * LANES), 2)
            return []

        writer.over(count, [], one)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate
