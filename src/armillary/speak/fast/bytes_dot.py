"""The dot product of bytes, four by four: the one instruction that machines have under different names.

    sum[lane] += codes[4 lane] * levels[4 lane] + ... + codes[4 lane + 3] * levels[4 lane + 3]

Codes are whole numbers from 0, levels from -127 to 127. Codes above 127 are given less 128 where the instruction takes
numbers with a sign only (`Dot.signed`).
"""

import os
from dataclasses import dataclass
from typing import Any

from llvmlite import binding, ir

from armillary.speak.fast.vectors import BYTE, INT, INTS, LANES, Writer

WIDE = ir.VectorType(BYTE, 4 * LANES)


def host_features() -> set[str]:
    """What this machine's processor can do, by LLVM's names; NUMBA_CPU_FEATURES says otherwise, as numba is told."""
    told = os.environ.get("NUMBA_CPU_FEATURES")
    if told is not None:
        return {name[1:] for name in told.split(",") if name.startswith("+")}
    return {name for name, there in binding.get_host_cpu_features().items() if there}


def way_of(features: set[str]) -> str:
    """Which instruction there is."""
    known = {"vnni512": {"avx512vnni", "avx512bw"}, "vnni256": {"avxvnni"}, "avx2": {"avx2"}, "neon": {"dotprod"}}
    return next((way for way, needed in known.items() if needed <= features), "plain")


@dataclass(frozen=True)
class Dot:
    """Writes it.

    Attributes:
        way: "vnni512", "vnni256" or "avx2" of x86, "neon", or "plain", which any machine understands.
    """

    way: str

    @property
    def signed(self) -> bool:
        """Whether codes above 127 must be given less 128."""
        return self.way in ("avx2", "neon")

    def write(self, writer: Writer, total: Any, codes: Any, levels: Any, wide: bool) -> Any:
        """The new sums of 16 lanes; `wide` says that codes may be above 127 (or, if signed, below 0)."""
        if self.way == "plain":
            return _plain(writer, total, codes, levels)
        size = {"vnni512": 64, "neon": 16}.get(self.way, 32)
        parts = []
        for first in range(0, 64, size):
            lanes = range(first // 4, (first + size) // 4)
            here, x, y = (_cut(writer, one, at, of) for one, at, of in
                          ((total, lanes, LANES), (codes, range(first, first + size), 64),
                           (levels, range(first, first + size), 64)))
            parts.append(self._part(writer, here, (x, y), wide))
        while len(parts) > 1:
            count = parts[0].type.count
            parts = [writer.shuffle(a, b, range(2 * count)) for a, b in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    def _part(self, writer: Writer, total: Any, factors: tuple[Any, Any], wide: bool) -> Any:
        """The same for as much as one register holds."""
        if self.way == "neon":
            return writer.call("llvm.aarch64.neon.sdot.v4i32.v16i8", total.type, total, *factors)
        if self.way == "avx2":
            return writer.builder.add(total, _pairs(writer, factors, wide))
        name = f"llvm.x86.avx512.vpdpbusd.{512 if self.way == 'vnni512' else 256}"
        if binding.llvm_version_info[0] < 22:  # earlier ones take the bytes for whole numbers
            factors = (writer.builder.bitcast(factors[0], total.type), writer.builder.bitcast(factors[1], total.type))
        return writer.call(name, total.type, total, *factors)


def _cut(writer: Writer, vector: Any, lanes: range, of: int) -> Any:
    return vector if len(lanes) == of else writer.shuffle(vector, vector, lanes)


def _pairs(writer: Writer, factors: tuple[Any, Any], wide: bool) -> Any:
    """Sums of pairs in 16 bits, which the products of small codes and levels do not leave; then sums of these."""
    codes, levels = factors
    if wide:
        levels = writer.call("llvm.x86.avx2.psign.b", levels.type, levels, codes)
        codes = writer.call("llvm.abs.v32i8", codes.type, codes, ir.Constant(ir.IntType(1), 0))
    shorts = ir.VectorType(ir.IntType(16), 16)
    pairs = writer.call("llvm.x86.avx2.pmadd.ub.sw", shorts, codes, levels)
    return writer.call("llvm.x86.avx2.pmadd.wd", ir.VectorType(INT, 8), pairs, ir.Constant(shorts, [1] * 16))


def _plain(writer: Writer, total: Any, codes: Any, levels: Any) -> Any:
    for place in range(4):
        lanes = range(place, 4 * LANES, 4)
        x = writer.builder.zext(writer.shuffle(codes, codes, lanes), INTS)
        y = writer.builder.sext(writer.shuffle(levels, levels, lanes), INTS)
        total = writer.builder.add(total, writer.builder.mul(x, y))
    return total
