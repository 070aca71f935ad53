"""Rows gathered into their mean, a change handed back to them, copies of a row merged, as explicit vector instructions.

Of CBOW: the mean of the words around a centre, and what it learned for each of them. `plain.mean`, `plain.hand_back`
and `plain.merge` say the same. The rows begin at where[first], where[first + 1], ...; changed rows are put at
goes[first], ... `..._around` leave out the row of number `centre`.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.train.words.instructions import FLOAT, FLOATS, LANES, LONG, Writer, cgutils, floats, given

_LONG = types.int64
_FLAGS, _BITS = ir.VectorType(ir.IntType(1), LANES), ir.IntType(LANES)


@intrinsic
def mean_of(typing, matrix, where, first, count, means, place, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Put the mean of some rows at means[place]: their sum, one after the other, times 1 / count.

    `matrix` is flat, rows of `size` numbers (a multiple of 16).
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        matrix, where, first, count, means, place, size = given(context, builder, signature, arguments)
        _Rows(builder, matrix, first, count).mean(where, builder.gep(means, [place]), size)
        return context.get_dummy_value()

    return types.void(matrix, where, _LONG, _LONG, means, _LONG, _LONG), generate


@intrinsic
def mean_around(typing, matrix, where, first, count, centre, means, place, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """`mean_of` so many rows around a centre."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        matrix, where, first, count, centre, means, place, size = given(context, builder, signature, arguments)
        _Rows(builder, matrix, first, count, centre).mean(where, builder.gep(means, [place]), size)
        return context.get_dummy_value()

    return types.void(matrix, where, _LONG, _LONG, _LONG, means, _LONG, _LONG), generate


@intrinsic
def hand_back(typing, matrix, where, goes, first, count, means, after, before, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add the row at means[after], less the one at means[before], to some rows of a matrix, one after the other."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        matrix, where, goes, first, count, means, after, before, size = given(context, builder, signature, arguments)
        change = builder.gep(means, [after]), builder.gep(means, [before])
        _Rows(builder, matrix, first, count).hand_back(where, goes, change, size)
        return context.get_dummy_value()

    return types.void(matrix, where, goes, _LONG, _LONG, means, _LONG, _LONG, _LONG), generate


@intrinsic
def hand_around(typing, matrix, where, goes, first, count, centre, means, after, before, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """`hand_back` to so many rows around a centre."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        matrix, where, goes, first, count, centre, *rest = given(context, builder, signature, arguments)
        means, after, before, size = rest
        change = builder.gep(means, [after]), builder.gep(means, [before])
        _Rows(builder, matrix, first, count, centre).hand_back(where, goes, change, size)
        return context.get_dummy_value()

    return types.void(matrix, where, goes, _LONG, _LONG, _LONG, means, _LONG, _LONG, _LONG), generate


@intrinsic
def merge_row(typing, base, copies, first, count, apart, part, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add to the row at base[first] a part of the sum of what its copies learned, and make them the same again.

    Of `count` copies each lies `apart` numbers after the one before. Where none learned anything nothing is written.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        base, copies, first, count, apart, part, size = given(context, builder, signature, arguments)
        copies = _Copies(builder, builder.gep(copies, [first]), count, apart)
        copies.merge(builder.gep(base, [first]), copies.spread(part), size)
        return context.get_dummy_value()

    return types.void(base, copies, _LONG, _LONG, _LONG, types.float32, _LONG), generate


class _Rows(Writer):
    """Writes what is done with `count` rows."""

    def __init__(self, builder: Any, matrix: Any, first: Any, count: Any, centre: Any = None) -> None:
        super().__init__(builder)
        self.matrix, self.first, self.count, self.centre = matrix, first, count, centre

    def _row(self, starts: Any, index: Any) -> Any:
        """Where a row begins."""
        number = self.builder.add(self.first, index)
        if self.centre is not None:
            behind = self.builder.icmp_signed(">=", number, self.centre)
            number = self.builder.add(number, self.builder.zext(behind, LONG))
        return self.at(self.matrix, self.element(starts, number))

    def mean(self, where: Any, to: Any, size: Any) -> None:
        """See `mean_of`."""
        build = self.builder
        part = self.spread(build.fdiv(ir.Constant(FLOAT, 1.0), build.sitofp(self.count, FLOAT)))

        def piece(lines: list[Any]) -> None:
            totals = [cgutils.alloca_once(build, FLOATS) for _ in lines]
            for total in totals:
                build.store(floats(0.0), total)
            with cgutils.for_range(build, self.count) as loop:
                row = self._row(where, loop.index)
                for line, total in zip(lines, totals, strict=True):
                    build.store(build.fadd(build.load(total), self.load(self.at(row, line))), total)
            for line, total in zip(lines, totals, strict=True):
                self.store(build.fmul(build.load(total), part), self.at(to, line))

        self.pieces(size, piece)

    def hand_back(self, where: Any, goes: Any, change: tuple[Any, Any], size: Any) -> None:
        """See `hand_back`."""
        build, (new, old) = self.builder, change

        def piece(lines: list[Any]) -> None:
            changes = [build.fsub(self.load(self.at(new, line)), self.load(self.at(old, line))) for line in lines]
            with cgutils.for_range(build, self.count) as loop:
                of, to = self._row(where, loop.index), self._row(goes, loop.index)
                for line, one in zip(lines, changes, strict=True):
                    self.store(build.fadd(self.load(self.at(of, line)), one), self.at(to, line))

        self.pieces(size, piece)


class _Copies(Writer):
    """Writes what is done with `count` copies of a row."""

    def __init__(self, builder: Any, rows: Any, count: Any, apart: Any) -> None:
        super().__init__(builder)
        self.rows, self.count, self.apart = rows, count, apart

    def _places(self, index: Any, lines: list[Any]) -> list[Any]:
        """Where the vectors of a copy lie."""
        row = self.at(self.rows, self.builder.mul(index, self.apart))
        return [self.at(row, line) for line in lines]

    def merge(self, base: Any, part: Any, size: Any) -> None:
        """See `merge_row`."""
        build = self.builder

        def piece(lines: list[Any]) -> None:
            before = [self.load(self.at(base, line)) for line in lines]
            changes = [cgutils.alloca_once(build, FLOATS) for _ in lines]
            moved = cgutils.alloca_once(build, _FLAGS)
            build.store(_FLAGS(None), moved)
            for change in changes:
                build.store(floats(0.0), change)
            with cgutils.for_range(build, self.count) as loop:
                for place, old, change in zip(self._places(loop.index, lines), before, changes, strict=True):
                    step = build.fsub(self.load(place), old)
                    build.store(build.fadd(build.load(change), step), change)
                    build.store(build.or_(build.load(moved), build.fcmp_unordered("!=", step, floats(0.0))), moved)
            with build.if_then(build.icmp_unsigned("!=", build.bitcast(build.load(moved), _BITS), _BITS(0))):
                after = [
                    build.fadd(old, build.fmul(part, build.load(change)))
                    for old, change in zip(before, changes, strict=True)
                ]
                for line, new in zip(lines, after, strict=True):
                    self.store(new, self.at(base, line))
                with cgutils.for_range(build, self.count) as loop:
                    for place, new in zip(self._places(loop.index, lines), after, strict=True):
                        self.store(new, place)

        self.pieces(size, piece)
