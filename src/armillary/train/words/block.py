"""The innermost step, as explicit vector instructions: up to four inputs against six outputs at once.

    scores      s = x . y                                     every input x with every output y, before any changes
    gradient    g = (label - 1 / (1 + exp(-s))) * rate * live
    update      x += sum of g y;  y += sum of g x             y as it was, x one after the other

Compilers do not find this form by themselves: 24 scores are kept in registers while the rows stream by once. The same
bits as `plain.block`.
"""

from typing import Any

from numba import types
from numba.extending import intrinsic

from armillary.train.words.instructions import (
    COUNTED,
    FLOAT,
    FLOATS,
    INT,
    INTS,
    LANES,
    LONG,
    Writer,
    cgutils,
    floats,
    given,
    ints,
)
from armillary.train.words.shard import GROUP, LOG2_E, POWERS_OF_TWO, STEEPEST

_MANTISSA, _ONE = 0x7FFFFF, 0x3F800000


def make_block(rows: int, own: bool = False) -> Any:
    """The intrinsic for `rows` inputs (1 to 4), a function for compiled code.

    `inputs` and `outputs` are flat matrices, rows of `size` numbers (a multiple of 16). The inputs begin at
    where[first_input], ... and their new values are put at into[first_input], ... The first output begins at
    heads[head], and with `own` that of each input at heads[head], heads[head + 1], ...; the other five begin at
    offsets[first_output + 1], ... `labels` and `live` have room for 16 numbers from first_output on. `tally`
    gathers the loss in base 2: 16 mantissas, 16 exponents, 16 numbers to be taken off; and it says whether to count, 1
    or 0.
    """

    @intrinsic
    def block(  # type: ignore[no-untyped-def]  # noqa: ANN202
        typing, inputs, outputs, where, into, first_input, heads, head, offsets, labels, live, first_output, rate,  # noqa: ANN001
        tally, size,  # noqa: ANN001
    ):
        signature = types.void(
            inputs, outputs, where, into, types.int64, heads, types.int64, offsets, labels, live, types.int64,
            types.float32, tally, types.int64,
        )

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            _Block(builder, rows, own, given(context, builder, signature, arguments)).build()
            return context.get_dummy_value()

        return signature, generate

    return block


class _Block(Writer):
    """Writes the instructions of one block."""

    def __init__(self, builder: Any, rows: int, own: bool, given: list[Any]) -> None:
        super().__init__(builder)
        self.rows, self.pairs = rows, rows * GROUP
        inputs, outputs, where, into, first_input, heads, head, offsets, labels, live, first_output, rate = given[:12]
        self.tally, self.size = given[12:]
        places = [builder.add(first_input, LONG(row)) for row in range(rows)]
        self.x = [self.at(inputs, self.element(where, place)) for place in places]
        self.x_new = [self.at(inputs, self.element(into, place)) for place in places]
        heads = [self.element(heads, builder.add(head, LONG(row))) for row in range(rows if own else 1)]
        others = [
            self.at(outputs, self.element(offsets, builder.add(first_output, LONG(column))))
            for column in range(1, GROUP)
        ]
        first = [self.at(outputs, place) for place in heads]
        self.own = first if own else []
        self.y = others if own else first + others
        self.labels, self.live = self.at(labels, first_output), self.at(live, first_output)
        self.rate = self.spread(rate)

    def build(self) -> None:
        """Scores, gradients, updates."""
        scores = self._scores()
        gradients = cgutils.alloca_once(self.builder, FLOATS, size=INT(len(scores)))
        for part, score in enumerate(scores):
            self.builder.store(self._gradient(part, score), self.at(gradients, LONG(part)))
        self._update(self.builder.bitcast(gradients, FLOAT.as_pointer()))

    def _scores(self) -> list[Any]:
        """All scores, 16 a vector, the six of the first input first."""
        sums = [cgutils.alloca_once(self.builder, FLOATS) for _ in range(self.pairs)]
        for one in sums:
            self.builder.store(floats(0.0), one)
        with self.lines(self.size) as line:
            shared = [self.load(self.at(y, line)) for y in self.y]
            for row, x in enumerate(self.x):
                value = self.load(self.at(x, line))
                ys = [self.load(self.at(self.own[row], line)), *shared] if self.own else shared
                for y, one in zip(ys, sums[row * GROUP : (row + 1) * GROUP], strict=True):
                    self.builder.store(self.fma(value, y, self.builder.load(one)), one)
        vectors = [self.builder.load(one) for one in sums]
        vectors += [floats(0.0)] * (-len(vectors) % LANES)
        return [self._totals(vectors[k : k + LANES]) for k in range(0, len(vectors), LANES)]

    def _totals(self, vectors: list[Any]) -> Any:
        """The sums of 16 vectors, one a lane: halves are added, then their halves, down to single lanes."""
        for width in (8, 4, 2, 1):
            left = [lane for lane in range(2 * LANES) if not lane & width]
            right = [lane for lane in range(2 * LANES) if lane & width]
            vectors = [
                self.builder.fadd(self.shuffle(a, b, left), self.shuffle(a, b, right))
                for a, b in zip(vectors[::2], vectors[1::2], strict=True)
            ]
        return vectors[0]

    def _gradient(self, part: int, score: Any) -> Any:
        """(label - sigmoid(score)) * rate * live for 16 pairs; their loss goes into the tally."""
        build = self.builder
        z = build.fmul(score, floats(-LOG2_E))
        z = build.select(build.fcmp_ordered("<", z, floats(STEEPEST)), z, floats(STEEPEST))
        z = build.select(build.fcmp_ordered(">", z, floats(-STEEPEST)), z, floats(-STEEPEST))
        whole = self.call("nearbyint", z)
        fraction, power = build.fsub(z, whole), floats(POWERS_OF_TWO[0])
        for coefficient in POWERS_OF_TWO[1:]:
            power = self.fma(power, fraction, floats(coefficient))
        exponent = build.shl(build.add(build.fptosi(whole, INTS), ints(127)), ints(23))
        power = build.fmul(power, build.bitcast(exponent, FLOATS))
        label, live = self._patterned(self.labels, part), self._patterned(self.live, part)
        self._count(live, power, build.fmul(build.fsub(floats(1.0), label), z))
        error = build.fsub(label, build.fdiv(floats(1.0), build.fadd(floats(1.0), power)))
        return build.fmul(error, build.fmul(self.rate, live))

    def _count(self, live: Any, power: Any, off: Any) -> None:
        """Loss in base 2: log(1 + 2^z), less z where the label is 0. The product is kept as mantissa and exponent."""
        build = self.builder
        mantissas, exponents, offs = (self.at(self.tally, LONG(LANES * line)) for line in range(3))
        live = build.fmul(live, self.spread(self.element(self.tally, LONG(COUNTED))))
        product = build.fmul(self.load(mantissas), self.fma(live, power, floats(1.0)))
        bits = build.bitcast(product, INTS)
        mantissa = build.or_(build.and_(bits, ints(_MANTISSA)), ints(_ONE))
        exponent = build.sitofp(build.sub(build.lshr(bits, ints(23)), ints(127)), FLOATS)
        self.store(build.bitcast(mantissa, FLOATS), mantissas)
        self.store(build.fadd(self.load(exponents), exponent), exponents)
        self.store(self.fma(live, off, self.load(offs)), offs)

    def _update(self, gradients: Any) -> None:
        with self.lines(self.size) as line:
            places = [self.at(y, line) for y in self.y]
            before = [self.load(place) for place in places]
            after = list(before)
            for row in range(self.rows):
                numbers = [self.element(gradients, LONG(row * GROUP + column)) for column in range(GROUP)]
                spread = [self.spread(number) for number in numbers]
                value = new = self.load(self.at(self.x[row], line))
                if self.own:
                    new = self._update_own(self.at(self.own[row], line), spread.pop(0), value)
                for column, gradient in enumerate(spread):
                    new = self.fma(gradient, before[column], new)
                    after[column] = self.fma(gradient, value, after[column])
                self.store(new, self.at(self.x_new[row], line))
            for changed, place in zip(after, places, strict=True):
                self.store(changed, place)

    def _update_own(self, place: Any, gradient: Any, value: Any) -> Any:
        """The output that an input has for its own; gives the input's change begun. Inputs may have the same output."""
        output = self.load(place)
        self.store(self.fma(gradient, value, output), place)
        return self.fma(gradient, output, value)

    def _patterned(self, numbers: Any, part: int) -> Any:
        """Six numbers, one an output, laid out as the pairs are; 0 where there is no pair."""
        lanes = range(LANES * part, LANES * (part + 1))
        pattern = [lane % GROUP if lane < self.pairs else LANES for lane in lanes]
        return self.shuffle(self.load(numbers), floats(0.0), pattern)
