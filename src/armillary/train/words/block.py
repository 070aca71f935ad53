"""The innermost step, as explicit vector instructions: up to four inputs against six outputs at once.

    scores      s = x . y                                     every input x with every output y, before any changes
    gradient    g = (label - 1 / (1 + exp(-s))) * rate * live
    update      x += sum of g y;  y += sum of g x             y as it was, x one after the other

LLVM is given operations on <16 x float> and makes of them what the machine has: AVX-512, AVX2 or NEON. Compilers do not
find this form by themselves: 24 scores are kept in registers while the rows stream by once. Nothing may be reordered:
sums have the order that is written here and a fused multiply-add rounds once, so that all machines give the same bits,
those of `plain.block`.
"""

from importlib import import_module
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.train.words.shard import GROUP, LOG2_E, POWERS_OF_TWO, STEEPEST

LANES = 16

_cgutils: Any = import_module("numba.core.cgutils")  # its functions have no types

_FLOAT, _INT, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_FLOATS, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)
_MANTISSA, _ONE = 0x7FFFFF, 0x3F800000


def make_block(rows: int) -> Any:
    """The intrinsic for `rows` inputs (1 to 4), a function for compiled code.

    `inputs` and `outputs` are flat matrices, rows of `size` numbers (a multiple of 16). The inputs begin at
    where[first_input], ... and their new values are put at into[first_input], ...; the six outputs begin at
    offsets[first_output], ... `labels` and `live` have room for 16 numbers from there on. `tally` (48 numbers) gathers
    the loss in base 2: 16 mantissas, 16 exponents, and 16 numbers to be taken off.
    """

    @intrinsic
    def block(  # type: ignore[no-untyped-def]  # noqa: ANN202
        typing, inputs, outputs, where, into, first_input, offsets, labels, live, first_output, rate, tally, size  # noqa: ANN001
    ):
        signature = types.void(
            inputs, outputs, where, into, types.int64, offsets, labels, live, types.int64, types.float32, tally,
            types.int64,
        )

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            given = [
                context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
                for kind, value in zip(signature.args, arguments, strict=True)
            ]
            _Block(builder, rows, given).build()
            return context.get_dummy_value()

        return signature, generate

    return block


def _floats(value: float) -> ir.Constant:
    return ir.Constant(_FLOATS, [float(np.float32(value))] * LANES)


def _ints(value: int) -> ir.Constant:
    return ir.Constant(_INTS, [value] * LANES)


class _Block:
    """Writes the instructions of one block."""

    def __init__(self, builder: Any, rows: int, given: list[Any]) -> None:
        self.builder, self.rows, self.pairs = builder, rows, rows * GROUP
        (inputs, outputs, where, into, first_input, offsets, labels, live, first_output, rate, self.tally, size) = given
        self.chunks = builder.udiv(size, _LONG(LANES))
        places = [builder.add(first_input, _LONG(row)) for row in range(rows)]
        self.x = [self._at(inputs, self._element(where, place)) for place in places]
        self.x_new = [self._at(inputs, self._element(into, place)) for place in places]
        self.y = [
            self._at(outputs, self._element(offsets, builder.add(first_output, _LONG(column))))
            for column in range(GROUP)
        ]
        self.labels, self.live = self._at(labels, first_output), self._at(live, first_output)
        self.rate = self._spread(rate)

    def build(self) -> None:
        """Scores, gradients, updates."""
        scores = self._scores()
        gradients = _cgutils.alloca_once(self.builder, _FLOATS, size=_INT(len(scores)))
        for part, score in enumerate(scores):
            self.builder.store(self._gradient(part, score), self._at(gradients, _LONG(part)))
        self._update(self.builder.bitcast(gradients, _FLOAT.as_pointer()))

    def _scores(self) -> list[Any]:
        """All scores, 16 a vector, the six of the first input first."""
        sums = [_cgutils.alloca_once(self.builder, _FLOATS) for _ in range(self.pairs)]
        for one in sums:
            self.builder.store(_floats(0.0), one)
        with _cgutils.for_range(self.builder, self.chunks) as loop:
            at = self.builder.mul(loop.index, _LONG(LANES))
            ys = [self._load(self._at(y, at)) for y in self.y]
            for row, x in enumerate(self.x):
                value = self._load(self._at(x, at))
                for y, one in zip(ys, sums[row * GROUP : (row + 1) * GROUP], strict=True):
                    self.builder.store(self._fma(value, y, self.builder.load(one)), one)
        vectors = [self.builder.load(one) for one in sums]
        vectors += [_floats(0.0)] * (-len(vectors) % LANES)
        return [self._totals(vectors[k : k + LANES]) for k in range(0, len(vectors), LANES)]

    def _totals(self, vectors: list[Any]) -> Any:
        """The sums of 16 vectors, one a lane: halves are added, then their halves, down to single lanes."""
        for width in (8, 4, 2, 1):
            left = [lane for lane in range(2 * LANES) if not lane & width]
            right = [lane for lane in range(2 * LANES) if lane & width]
            vectors = [
                self.builder.fadd(self._shuffle(a, b, left), self._shuffle(a, b, right))
                for a, b in zip(vectors[::2], vectors[1::2], strict=True)
            ]
        return vectors[0]

    def _gradient(self, part: int, score: Any) -> Any:
        """(label - sigmoid(score)) * rate * live for 16 pairs; their loss goes into the tally."""
        build = self.builder
        z = build.fmul(score, _floats(-LOG2_E))
        z = build.select(build.fcmp_ordered("<", z, _floats(STEEPEST)), z, _floats(STEEPEST))
        z = build.select(build.fcmp_ordered(">", z, _floats(-STEEPEST)), z, _floats(-STEEPEST))
        whole = self._call("nearbyint", z)
        fraction, power = build.fsub(z, whole), _floats(POWERS_OF_TWO[0])
        for coefficient in POWERS_OF_TWO[1:]:
            power = self._fma(power, fraction, _floats(coefficient))
        exponent = build.shl(build.add(build.fptosi(whole, _INTS), _ints(127)), _ints(23))
        power = build.fmul(power, build.bitcast(exponent, _FLOATS))
        label, live = self._patterned(self.labels, part), self._patterned(self.live, part)
        self._count(live, power, build.fmul(build.fsub(_floats(1.0), label), z))
        error = build.fsub(label, build.fdiv(_floats(1.0), build.fadd(_floats(1.0), power)))
        return build.fmul(error, build.fmul(self.rate, live))

    def _count(self, live: Any, power: Any, off: Any) -> None:
        """Loss in base 2: log(1 + 2^z), less z where the label is 0. The product is kept as mantissa and exponent."""
        build = self.builder
        mantissas, exponents, offs = (self._at(self.tally, _LONG(LANES * line)) for line in range(3))
        product = build.fmul(self._load(mantissas), self._fma(live, power, _floats(1.0)))
        bits = build.bitcast(product, _INTS)
        mantissa = build.or_(build.and_(bits, _ints(_MANTISSA)), _ints(_ONE))
        exponent = build.sitofp(build.sub(build.lshr(bits, _ints(23)), _ints(127)), _FLOATS)
        self._store(build.bitcast(mantissa, _FLOATS), mantissas)
        self._store(build.fadd(self._load(exponents), exponent), exponents)
        self._store(self._fma(live, off, self._load(offs)), offs)

    def _update(self, gradients: Any) -> None:
        build = self.builder
        with _cgutils.for_range(build, self.chunks) as loop:
            at = build.mul(loop.index, _LONG(LANES))
            places = [self._at(y, at) for y in self.y]
            before = [self._load(place) for place in places]
            after = list(before)
            for row in range(self.rows):
                value = self._load(self._at(self.x[row], at))
                new = value
                for column in range(GROUP):
                    gradient = self._spread(build.load(self._at(gradients, _LONG(row * GROUP + column))))
                    new = self._fma(gradient, before[column], new)
                    after[column] = self._fma(gradient, value, after[column])
                self._store(new, self._at(self.x_new[row], at))
            for new, place in zip(after, places, strict=True):
                self._store(new, place)

    def _patterned(self, numbers: Any, part: int) -> Any:
        """Six numbers, one an output, laid out as the pairs are; 0 where there is no pair."""
        lanes = range(LANES * part, LANES * (part + 1))
        pattern = [lane % GROUP if lane < self.pairs else LANES for lane in lanes]
        return self._shuffle(self._load(numbers), _floats(0.0), pattern)

    def _at(self, pointer: Any, index: Any) -> Any:
        return self.builder.gep(pointer, [index])

    def _element(self, array: Any, index: Any) -> Any:
        return self.builder.load(self._at(array, index))

    def _load(self, pointer: Any) -> Any:
        return self.builder.load(self.builder.bitcast(pointer, _FLOATS.as_pointer()), align=4)

    def _store(self, value: Any, pointer: Any) -> None:
        self.builder.store(value, self.builder.bitcast(pointer, _FLOATS.as_pointer()), align=4)

    def _shuffle(self, a: Any, b: Any, lanes: list[int]) -> Any:
        return self.builder.shuffle_vector(a, b, ir.Constant(_INTS, lanes))

    def _spread(self, number: Any) -> Any:
        """One number in all lanes."""
        nothing = ir.Constant(_FLOATS, ir.Undefined)
        return self._shuffle(self.builder.insert_element(nothing, number, _INT(0)), nothing, [0] * LANES)

    def _fma(self, a: Any, b: Any, c: Any) -> Any:
        return self._call("fma", a, b, c)

    def _call(self, name: str, *values: Any) -> Any:
        kind = ir.FunctionType(_FLOATS, [_FLOATS] * len(values))
        function = _cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.{name}.v{LANES}f32")
        return self.builder.call(function, values)


@intrinsic
def prefetch(typing, array, offset):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Ask for the cache line of array[offset], to be written soon."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [place.type, _INT, _INT, _INT])
        function = _cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [place, _INT(1), _INT(3), _INT(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate
