"""Rows of a matrix gathered into their mean, and a change handed back to them, as explicit vector instructions.

Of CBOW: the mean of the words around a centre, and what it learned for each of them. `plain.mean` and
`plain.hand_back` say the same.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.train.words.instructions import FLOAT, FLOATS, Writer, cgutils, floats, given


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

        def piece(lines: list[Any]) -> None:
            totals = [cgutils.alloca_once(builder, FLOATS) for _ in lines]
            for total in totals:
                builder.store(floats(0.0), total)
            with cgutils.for_range(builder, count) as loop:
                row = write.at(matrix, write.element(where, builder.add(first, loop.index)))
                for line, total in zip(lines, totals, strict=True):
                    builder.store(builder.fadd(builder.load(total), write.load(write.at(row, line))), total)
            for line, total in zip(lines, totals, strict=True):
                write.store(builder.fmul(builder.load(total), part), write.at(means, builder.add(place, line)))

        write.pieces(size, piece)
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

        def piece(lines: list[Any]) -> None:
            new, old = (write.at(means, place) for place in (after, before))
            changes = [
                builder.fsub(write.load(write.at(new, line)), write.load(write.at(old, line))) for line in lines
            ]
            with cgutils.for_range(builder, count) as loop:
                number = builder.add(first, loop.index)
                of, to = (write.at(matrix, write.element(starts, number)) for starts in (where, goes))
                for line, change in zip(lines, changes, strict=True):
                    write.store(builder.fadd(write.load(write.at(of, line)), change), write.at(to, line))

        write.pieces(size, piece)
        return context.get_dummy_value()

    long = types.int64
    return types.void(matrix, where, goes, long, long, means, long, long, long), generate
