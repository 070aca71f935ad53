"""The innermost step: a tile of 16 rows with one column of inputs, or several, of any layout.

    quantised    out[row] = sum over groups of scale * step * (codes . levels) + least * step * (sum of levels)
    plain        out[row] = sum over inputs of weight * input

Of quantised numbers a column is given as levels of 8 bits, for each 32 with a step, and with its step times the sum of
all levels, of the first 16, and of the others (`rows.quantise`). Products of bytes are exact, so that only the sum over
groups rounds, and that has one order: a column alone and among others gives the same bits.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.speak.fast.bytes_dot import WIDE, Dot, host_features, way_of
from armillary.speak.fast.layouts import GROUP, LAYOUTS, ROWS, VECTOR, Layout
from armillary.speak.fast.vectors import (
    BYTE,
    FLOAT,
    FLOATS,
    HALVES,
    INT,
    INTS,
    LANES,
    LONG,
    Writer,
    cgutils,
    floats,
    ints,
)

STEPS = 4
"""float32 that a group of a column has: its step, and three sums."""
_AT_ONCE = 4
"""Plain inputs that are written out one after the other; in two sums, so that one need not wait for the other."""


def make_tile(columns: int) -> Any:
    """The intrinsic for so many columns at once, a function for compiled code.

    Of layout number `layout`, `groups` groups of 32 inputs at `tile`; the columns' levels (or, plain, float32) lie at
    `x`, `x_stride` bytes apart, their steps at `steps`, `steps_stride` bytes apart; 16 results for each column go to
    `out`, `out_stride` bytes apart.
    """
    dot = Dot(way_of(host_features()))

    @intrinsic
    def tile(  # type: ignore[no-untyped-def]  # noqa: ANN202
        typing, layout, tile, groups, x, x_stride, steps, steps_stride, out, out_stride,  # noqa: ANN001
    ):
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            _switch(builder, arguments, lambda writer, layout, given: _tile(writer, dot, layout, columns, given))
            return context.get_dummy_value()

        return types.void(*[types.int64] * 9), generate

    return tile


@intrinsic
def call_tile(  # type: ignore[no-untyped-def]  # noqa: ANN201
    typing, function, layout, tile, groups, x, x_stride, steps, steps_stride, out, out_stride,  # noqa: ANN001
):
    """A tile by the address of the compiled function for so many columns; the rest is as in `make_tile`."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        place = ir.IntType(8).as_pointer()
        unused = [cgutils.alloca_once(builder, place) for _ in range(2)]  # what compiled functions give and raise
        kind = ir.FunctionType(INT, [one.type for one in unused] + [LONG] * 9)
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [*unused, *arguments[1:]])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 10), generate


def _switch(builder: Any, arguments: Any, write: Callable[[Writer, Layout, Any], None]) -> None:
    """What `write` writes for the layout that is asked for."""
    end = builder.append_basic_block("end")
    switch = builder.switch(arguments[0], end)
    for number, layout in enumerate(LAYOUTS):
        case = builder.append_basic_block(f"layout{number}")
        switch.add_case(LONG(number), case)
        builder.position_at_end(case)
        write(Writer(builder), layout, arguments[1:])
        builder.branch(end)
    builder.position_at_end(end)


def _tile(writer: Writer, dot: Dot, layout: Layout, columns: int, given: Any) -> None:
    tile, groups, x, x_stride, steps, steps_stride, out, out_stride = given
    xs, all_steps, outs = ([writer.beyond(start, stride, column) for column in range(columns)]
                           for start, stride in ((x, x_stride), (steps, steps_stride), (out, out_stride)))
    if layout.plain:
        totals = _plain(writer, layout, (tile, groups), xs)
    else:
        totals = _Quantised(writer, dot, layout).totals((tile, groups), xs, all_steps)
    for total, place in zip(totals, outs, strict=True):
        writer.store(total, place, align=4)


def _plain(writer: Writer, layout: Layout, weights: tuple[Any, Any], xs: list[Any]) -> list[Any]:
    """The sums of the columns over plain numbers; those of even and of odd inputs first."""
    tile, groups = weights
    size = layout.group_bytes // GROUP

    def some(place: Any, sums: list[Any]) -> list[Any]:
        first = writer.builder.mul(place, LONG(_AT_ONCE))
        for step in range(_AT_ONCE):
            here = writer.builder.add(first, LONG(step))
            weight = _widened(writer, layout, writer.beyond(tile, here, size))
            for column, x in enumerate(xs):
                number = writer.spread(writer.load(writer.beyond(x, here, 4), FLOAT, 4))
                kept = column * 2 + step % 2
                sums[kept] = writer.fma(weight, number, sums[kept])
        return sums

    rounds = writer.builder.mul(groups, LONG(GROUP // _AT_ONCE))
    sums = writer.over(rounds, [floats(0.0)] * (2 * len(xs)), some)
    return [writer.builder.fadd(even, odd) for even, odd in zip(sums[::2], sums[1::2], strict=True)]


def _widened(writer: Writer, layout: Layout, address: Any) -> Any:
    """Sixteen plain numbers as float32."""
    if layout.plain == "<f4":
        return writer.load(address, FLOATS, 4)
    if layout.plain == "<f2":
        return writer.builder.fpext(writer.load(address, HALVES, 2), FLOATS)
    if layout.plain == "|i1":
        return writer.builder.sitofp(writer.load(address, ir.VectorType(BYTE, LANES)), FLOATS)
    upper = writer.builder.zext(writer.load(address, ir.VectorType(ir.IntType(16), LANES), 2), INTS)
    return writer.builder.bitcast(writer.builder.shl(upper, ints(16)), FLOATS)


class _Quantised:
    """Writes the sums over the groups of one layout."""

    def __init__(self, writer: Writer, dot: Dot, layout: Layout) -> None:
        self.writer, self.dot, self.layout = writer, dot, layout
        self.build = writer.builder
        self.shifted = layout.base == 8 and dot.signed
        self.offset = layout.offset if layout.offset is None else layout.offset - 128 * self.shifted

    def totals(self, weights: tuple[Any, Any], xs: list[Any], steps: list[Any]) -> list[Any]:
        """The sum of each column."""
        tile, groups = weights

        def group(place: Any, sums: list[Any]) -> list[Any]:
            here = self.writer.beyond(tile, place, self.layout.group_bytes)
            codes, scales, least = self._codes(here), *self._scales(here)
            new = []
            for total, x, step in zip(sums, xs, steps, strict=True):
                levels = self.writer.beyond(x, place, GROUP)
                step = self.writer.beyond(step, place, 4 * STEPS)
                new.append(self._column(total, (codes, scales, least), levels, step))
            return new

        return self.writer.over(groups, [floats(0.0)] * len(xs), group)

    def _column(self, total: Any, weights: tuple[list[Any], list[Any], list[Any]], levels: Any, step: Any) -> Any:
        codes, scales, least = weights
        width = self._spread_float(step, 0)
        half = len(codes) // self.layout.parts
        for part, scale in enumerate(scales):
            products = self._dots(codes[part * half : (part + 1) * half], self.writer.beyond(levels, part * half, 4))
            total = self.writer.fma(self.build.sitofp(products, FLOATS), self.build.fmul(scale, width), total)
        for part, one in enumerate(least):
            summed = 1 if self.layout.parts == 1 else 2 + part
            total = self.writer.fma(one, self._spread_float(step, summed), total)
        return total

    def _dots(self, codes: list[Any], levels: Any) -> Any:
        """Products of codes and levels, in two sums, so that one need not wait for the other."""
        sums = [ints(0), ints(0)]
        for place, vector in enumerate(codes):
            four = self.writer.load(self.writer.beyond(levels, place, 4), INT, 4)
            spread = self.build.bitcast(self.writer.spread(four), WIDE)
            sums[place % 2] = self.dot.write(self.writer, sums[place % 2], vector, spread, self.layout.base == 8)
        return self.build.add(*sums)

    def _spread_float(self, step: Any, place: int) -> Any:
        return self.writer.spread(self.writer.load(self.writer.beyond(step, place, 4), FLOAT, 4))

    def _codes(self, group: Any) -> list[Any]:
        """Eight vectors of codes, four inputs each."""
        base, mask = self.layout.base, ir.Constant(WIDE, [(1 << self.layout.base) - 1] * VECTOR)
        raw = [self.writer.load(self.writer.beyond(group, place, VECTOR), WIDE, 32) for place in range(base)]
        if self.shifted:
            return [self.build.xor(vector, ir.Constant(WIDE, [128] * VECTOR)) for vector in raw]
        if base == 8:
            return raw
        codes = [
            self.build.and_(self.build.lshr(vector, ir.Constant(WIDE, [shift] * VECTOR)), mask)
            for shift in range(0, 8, base) for vector in raw
        ]
        for plane in range(self.layout.planes):
            at = self.layout.code_bytes + plane * VECTOR
            codes = [self._with_bit(code, self.writer.beyond(group, at + 8 * place), base + plane)
                     for place, code in enumerate(codes)]
        return codes

    def _with_bit(self, code: Any, bits: Any, place: int) -> Any:
        there = self.build.bitcast(self.writer.load(bits, LONG, 8), ir.VectorType(ir.IntType(1), VECTOR))
        return self.build.select(there, self.build.or_(code, ir.Constant(WIDE, [1 << place] * VECTOR)), code)

    def _scales(self, group: Any) -> tuple[list[Any], list[Any]]:
        """Scales and least numbers of each part; where the offset is a constant, the latter follow from the former."""
        at, parts = self.writer.beyond(group, self.layout.scales_at), self.layout.parts
        read = [self.build.fpext(self.writer.load(self.writer.beyond(at, place, 2 * ROWS), HALVES, 32), FLOATS)
                for place in range(parts * (2 if self.offset is None else 1))]
        if self.offset is None:
            return read[:parts], read[parts:]
        return read, [self.build.fmul(scale, floats(-float(self.offset))) for scale in read] if self.offset else []
