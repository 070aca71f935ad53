"""Instructions on rows of float32: norms, levels, softmax, activations. Counts are those of vectors of 16.

`plain` says the same in NumPy.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.speak.fast.layouts import GROUP
from armillary.speak.fast.tile import STEPS
from armillary.speak.fast.vectors import BYTE, FLOAT, FLOATS, INT, INTS, LANES, LONG, Writer, floats, ints

LEVEL = 127.0
SILU, GELU_TANH, RELU = range(3)
"""Activations by number."""
_SIZE = 4 * LANES
_ADDRESS, _COUNT, _NUMBER, _NOTHING = types.int64, types.int64, types.float32, types.void
# sqrt(2 / pi), and the coefficient of the cube (Hendrycks and Gimpel 2016, arXiv:1606.08415)
_ROOT, _CUBE = 0.7978845608028654, 0.044715

Body = Callable[[Writer, Any], Any]


def _instruction(result: Any, kinds: list[Any], body: Body) -> tuple[Any, Any]:
    """What numba wants of an intrinsic: its signature, and who writes it."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        value = body(Writer(builder), arguments)
        return context.get_dummy_value() if value is None else value

    return result(*kinds), generate


def _each(writer: Writer, count: Any, places: list[Any], body: Callable[..., Any]) -> None:
    """Vectors at the same place of rows; what `body` gives goes to the first of them."""

    def one(place: Any, _: list[Any]) -> list[Any]:
        here = [writer.beyond(start, place, _SIZE) for start in places]
        writer.store(body(*(writer.load(address, FLOATS, 4) for address in here[1:])), here[0], 4)
        return []

    writer.over(count, [], one)


def _joined(writer: Writer, x: Any, count: Any, start: float, join: Callable[[Any, Any], Any]) -> Any:
    """Vector after vector of a row joined to one."""
    return writer.over(count, [floats(start)], lambda place, kept: [
        join(kept[0], writer.load(writer.beyond(x, place, _SIZE), FLOATS, 4))])[0]


@intrinsic
def total(typing, x, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The sum of a row."""

    def body(writer: Writer, given: Any) -> Any:
        x, count = given
        return writer.all_lanes(_joined(writer, x, count, 0.0, writer.builder.fadd), writer.builder.fadd)

    return _instruction(_NUMBER, [_ADDRESS, _COUNT], body)


@intrinsic
def squares(typing, x, mean, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The sum of the squares of a row less its mean (or 0)."""

    def body(writer: Writer, given: Any) -> Any:
        x, mean, count = given
        mean = writer.spread(mean)

        def add(kept: Any, here: Any) -> Any:
            apart = writer.builder.fsub(here, mean)
            return writer.fma(apart, apart, kept)

        return writer.all_lanes(_joined(writer, x, count, 0.0, add), writer.builder.fadd)

    return _instruction(_NUMBER, [_ADDRESS, _NUMBER, _COUNT], body)


@intrinsic
def normed(typing, out, x, gain, mean, factor, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """(x - mean) * factor * gain."""

    def body(writer: Writer, given: Any) -> None:
        out, x, gain, mean, factor, count = given
        mean, factor, build = writer.spread(mean), writer.spread(factor), writer.builder
        _each(writer, count, [out, x, gain],
              lambda here, by: build.fmul(build.fmul(build.fsub(here, mean), factor), by))

    return _instruction(_NOTHING, [_ADDRESS] * 3 + [_NUMBER] * 2 + [_COUNT], body)


@intrinsic
def plus(typing, x, y, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add y to x."""

    def body(writer: Writer, given: Any) -> None:
        x, y, count = given
        _each(writer, count, [x, x, y], writer.builder.fadd)

    return _instruction(_NOTHING, [_ADDRESS, _ADDRESS, _COUNT], body)


@intrinsic
def times(typing, out, x, factor, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """X times a factor."""

    def body(writer: Writer, given: Any) -> None:
        out, x, factor, count = given
        factor = writer.spread(factor)
        _each(writer, count, [out, x], lambda here: writer.builder.fmul(here, factor))

    return _instruction(_NOTHING, [_ADDRESS, _ADDRESS, _NUMBER, _COUNT], body)


@intrinsic
def capped(typing, x, cap, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Make of x: cap tanh(x / cap)."""

    def body(writer: Writer, given: Any) -> None:
        x, cap, count = given
        cap, build = writer.spread(cap), writer.builder
        _each(writer, count, [x, x], lambda here: build.fmul(_tanh(writer, build.fdiv(here, cap)), cap))

    return _instruction(_NOTHING, [_ADDRESS, _NUMBER, _COUNT], body)


@intrinsic
def turned(typing, out, x, cosines, sines, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Pairs of the first half of a row and the second turned by angles; `count` vectors in each half."""

    def body(writer: Writer, given: Any) -> None:
        out, x, cosines, sines, count = given
        build, half = writer.builder, writer.builder.mul(count, LONG(_SIZE))

        def one(place: Any, _: list[Any]) -> list[Any]:
            at = build.mul(place, LONG(_SIZE))
            first, second, cosine, sine = (
                writer.load(build.add(start, at), FLOATS, 4) for start in (x, build.add(x, half), cosines, sines))
            less = build.fsub(build.fmul(first, cosine), build.fmul(second, sine))
            more = build.fadd(build.fmul(second, cosine), build.fmul(first, sine))
            writer.store(less, build.add(out, at), 4)
            writer.store(more, build.add(build.add(out, half), at), 4)
            return []

        writer.over(count, [], one)

    return _instruction(_NOTHING, [_ADDRESS] * 4 + [_COUNT], body)


@intrinsic
def highest(typing, x, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The highest of a row."""

    def body(writer: Writer, given: Any) -> Any:
        x, count = given
        return writer.all_lanes(_joined(writer, x, count, float("-inf"), writer.larger), writer.larger)

    return _instruction(_NUMBER, [_ADDRESS, _COUNT], body)


@intrinsic
def exponentials(typing, x, less, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Make of x: e^(x - less); gives their sum."""

    def body(writer: Writer, given: Any) -> Any:
        x, less, count = given
        less, build = writer.spread(less), writer.builder

        def one(place: Any, kept: list[Any]) -> list[Any]:
            here = writer.beyond(x, place, _SIZE)
            power = writer.exponential(build.fsub(writer.load(here, FLOATS, 4), less))
            writer.store(power, here, 4)
            return [build.fadd(kept[0], power)]

        return writer.all_lanes(writer.over(count, [floats(0.0)], one)[0], build.fadd)

    return _instruction(_NUMBER, [_ADDRESS, _NUMBER, _COUNT], body)


def _activation(number: int) -> Any:
    """The instruction x = activation(x), for one of them."""

    @intrinsic
    def activated(typing, x, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        def body(writer: Writer, given: Any) -> None:
            x, count = given
            _each(writer, count, [x, x], lambda here: _activated(writer, number, here))

        return _instruction(_NOTHING, [_ADDRESS, _COUNT], body)

    return activated


silu, gelu_tanh, relu = (_activation(number) for number in (SILU, GELU_TANH, RELU))


def _activated(writer: Writer, number: int, x: Any) -> Any:
    build = writer.builder
    if number == SILU:
        return build.fdiv(x, build.fadd(floats(1.0), writer.exponential(build.fneg(x))))
    if number == RELU:
        return writer.larger(x, floats(0.0))
    inner = writer.fma(build.fmul(build.fmul(x, x), x), floats(_CUBE), x)
    half = build.fmul(x, floats(0.5))
    return writer.fma(half, _tanh(writer, build.fmul(inner, floats(_ROOT))), half)


def _tanh(writer: Writer, x: Any) -> Any:
    """1 - 2 / (1 + e^(2x))."""
    build = writer.builder
    below = build.fadd(floats(1.0), writer.exponential(build.fadd(x, x)))
    return build.fsub(floats(1.0), build.fdiv(floats(2.0), below))


@intrinsic
def multiplied(typing, x, y, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Multiply x by y."""

    def body(writer: Writer, given: Any) -> None:
        x, y, count = given
        _each(writer, count, [x, x, y], writer.builder.fmul)

    return _instruction(_NOTHING, [_ADDRESS, _ADDRESS, _COUNT], body)


@intrinsic
def quantise(typing, x, groups, levels, steps):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Levels from -127 to 127 for each 32 numbers, their step, and the step times sums of levels (see `tile`)."""

    def body(writer: Writer, given: Any) -> None:
        x, groups, levels, steps = given

        def one(place: Any, _: list[Any]) -> list[Any]:
            _quantise(writer, writer.beyond(x, place, 2 * _SIZE), writer.beyond(levels, place, GROUP),
                      writer.beyond(steps, place, 4 * STEPS))
            return []

        writer.over(groups, [], one)

    return _instruction(_NOTHING, [_ADDRESS, _COUNT, _ADDRESS, _ADDRESS], body)


def _quantise(writer: Writer, x: Any, levels: Any, steps: Any) -> None:
    build = writer.builder
    halves = [writer.load(writer.beyond(x, part, _SIZE), FLOATS, 4) for part in range(2)]
    sizes = [build.and_(build.bitcast(half, INTS), ints(0x7FFFFFFF)) for half in halves]  # floats as large, as bits
    larger = build.select(build.icmp_unsigned(">", *sizes), *sizes)
    most = build.bitcast(writer.call("llvm.vector.reduce.umax.v16i32", INT, larger), FLOAT)
    inverse = build.select(build.fcmp_ordered("==", most, FLOAT(0.0)), FLOAT(0.0), build.fdiv(FLOAT(LEVEL), most))
    step, factor, sums = build.fdiv(most, FLOAT(LEVEL)), writer.spread(inverse), []
    for part, half in enumerate(halves):
        rounded = writer.call("llvm.nearbyint.v16f32", FLOATS, build.fmul(half, factor))
        whole = build.fptosi(rounded, INTS)
        writer.store(build.trunc(whole, ir.VectorType(BYTE, LANES)), writer.beyond(levels, part, LANES))
        sums.append(writer.call("llvm.vector.reduce.add.v16i32", INT, whole))
    numbers = [step, *(build.fmul(step, build.sitofp(one, FLOAT)) for one in (build.add(*sums), *sums))]
    for place, number in enumerate(numbers):
        writer.store(number, writer.beyond(steps, place, 4), 4)
