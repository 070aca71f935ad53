"""Rows of a matrix gathered into their mean, and a change handed back to them, as explicit vector instructions.

Of CBOW: the mean of the words around a centre, and what it learned for each of them. `plain.mean` and
`plain.hand_back` say the same.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.train.words.instructions import FLOAT, Writer, cgutils, floats, given


@intrinsic
def mean_of(typing, matrix, where, first, count, means, place, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Put the mean of some rows at means[place]: their sum, one after the other, times 1 / count.

    `matrix` is flat, rows of `size` numbers (a multiple of 16); the rows begin at where[first], ...,
    where[first + count - 1].
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        matrix, where, first, count, means, place, size = given(context, builder, signature, arguments)
        write = Writer(builder)
        part = write.spread(builder.fdiv(ir.Constant(FLOAT, 1.0), builder.sitofp(count, FLOAT)))
        total = cgutils.alloca_once(builder, floats(0.0).type)
        with write.lines(size) as line:
            builder.store(floats(0.0), total)
            with cgutils.for_range(builder, count) as loop:
                row = write.element(where, builder.add(first, loop.index))
                numbers = write.load(write.at(matrix, builder.add(row, line)))
                builder.store(builder.fadd(builder.load(total), numbers), total)
            write.store(builder.fmul(builder.load(total), part), write.at(means, builder.add(place, line)))
        return context.get_dummy_value()

    return types.void(matrix, where, types.int64, types.int64, means, types.int64, types.int64), generate


@intrinsic
def hand_back(typing, matrix, where, goes, first, count, means, after, before, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add the row at means[after], less the one at means[before], to some rows of a matrix, one after the other.

    The rows begin at where[first], ... as in `mean_of`; the sums are put at goes[first], ...
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        matrix, where, goes, first, count, means, after, before, size = given(context, builder, signature, arguments)
        write = Writer(builder)

        def number_at(starts: Any, row: Any, line: Any) -> Any:
            return write.at(matrix, builder.add(write.element(starts, builder.add(first, row)), line))

        with write.lines(size) as line:
            new, old = (write.load(write.at(means, builder.add(place, line))) for place in (after, before))
            change = builder.fsub(new, old)
            with cgutils.for_range(builder, count) as loop:
                numbers = write.load(number_at(where, loop.index, line))
                write.store(builder.fadd(numbers, change), number_at(goes, loop.index, line))
        return context.get_dummy_value()

    long = types.int64
    return types.void(matrix, where, goes, long, long, means, long, long, long), generate
