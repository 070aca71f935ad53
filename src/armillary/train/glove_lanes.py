"""The arithmetic of one GloVe update on sixteen numbers at a time, written as LLVM code. Needs numba.

Left to itself the compiler handles one number after the other here, since it cannot know that the two rows do not
overlap. Sixteen lanes are spelled out: one AVX-512 register, two of AVX2, four of NEON. Every operation rounds as IEEE
754 says and their order is fixed (no fused multiply-add, no approximate root), so the bytes are the same on every
processor, and NumPy can repeat them: tests/train/test_glove.py does.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16

_FLOAT, _INT32, _INT64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)


@intrinsic
def dot(context: Any, table: Any, word: Any, other: Any, width: Any) -> Any:
    """`dot(table, word, context, width)`: the dot product of the `width` numbers from two places of a flat table.

    Lane l sums the products l, l + 16, ... in order; the lanes are then added in halves (8, 4, 2, 1).
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        nothing = ir.Constant(_VECTOR, [0.0] * LANES)
        sums = cgutils.alloca_once_value(builder, nothing)  # type: ignore[no-untyped-call]
        with cgutils.for_range(builder, _groups(builder, arguments[3])) as loop:
            at = builder.mul(loop.index, _INT64(LANES))
            left, right = (builder.load(_place(builder, numbers, row, at), align=4) for row in arguments[1:3])
            builder.store(builder.fadd(builder.load(sums), builder.fmul(left, right)), sums)
        total = builder.load(sums)
        for half in (8, 4, 2, 1):
            order = ir.Constant(ir.VectorType(_INT32, LANES), [(lane + half) % LANES for lane in range(LANES)])
            total = builder.fadd(total, builder.shuffle_vector(total, total, order))
        return builder.extract_element(total, _INT32(0))

    return types.float32(table, types.int64, types.int64, types.int64), generate


@intrinsic
def descend(context: Any, table: Any, word: Any, other: Any, width: Any, slope: Any) -> Any:
    """`descend(table, word, context, width, slope)`: one AdaGrad step of both rows.

    After each row's `width` numbers follow as many sums of squared steps. Both steps are taken from the numbers as they
    were: step = slope * the other row; row -= step / sqrt(squares); squares += step * step.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        width, slope = arguments[3:5]
        root = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, ir.FunctionType(_VECTOR, [_VECTOR]), f"llvm.sqrt.v{LANES}f32"
        )
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        slopes = builder.insert_element(undefined, slope, _INT32(0))
        slopes = builder.shuffle_vector(slopes, undefined, ir.Constant(ir.VectorType(_INT32, LANES), [0] * LANES))
        with cgutils.for_range(builder, _groups(builder, width)) as loop:
            at = builder.mul(loop.index, _INT64(LANES))
            behind = builder.add(at, width)
            places = [_place(builder, numbers, row, at) for row in arguments[1:3]]
            squares = [_place(builder, numbers, row, behind) for row in arguments[1:3]]
            rows = [builder.load(place, align=4) for place in places]
            for side in (0, 1):
                step = builder.fmul(slopes, rows[1 - side])
                square = builder.load(squares[side], align=4)
                moved = builder.fsub(rows[side], builder.fdiv(step, builder.call(root, [square])))
                builder.store(moved, places[side], align=4)
                builder.store(builder.fadd(square, builder.fmul(step, step)), squares[side], align=4)
        return context.get_dummy_value()

    return types.void(table, types.int64, types.int64, types.int64, types.float32), generate


def _groups(builder: Any, width: Any) -> Any:
    return builder.udiv(width, _INT64(LANES))


def _place(builder: Any, numbers: Any, row: Any, at: Any) -> Any:
    """Where the sixteen numbers from `row + at` on lie."""
    return builder.bitcast(builder.gep(numbers, [builder.add(row, at)]), _VECTOR.as_pointer())
