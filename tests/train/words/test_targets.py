"""The same source becomes vector instructions of AVX2, AVX-512 and NEON: LLVM writes assembly for each, anywhere."""

import re

import pytest

pytest.importorskip("numba")
import llvmlite.binding as llvm
from llvmlite import ir

from armillary.train.words.block import _Block

FLOATS, LONGS = ir.FloatType().as_pointer(), ir.IntType(64).as_pointer()
FLOAT, LONG = ir.FloatType(), ir.IntType(64)
ARGUMENTS = [FLOATS, FLOATS, LONGS, LONGS, LONG, LONGS, LONG, LONGS, FLOATS, FLOATS, LONG, FLOAT, FLOATS, LONG]


def block_for(triple: str, processor: str, *, own: bool) -> str:
    """The assembly of a block of four inputs."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), ARGUMENTS), "block")
    builder = ir.IRBuilder(function.append_basic_block())
    _Block(builder, 4, own, list(function.args)).build()
    builder.ret_void()
    try:
        target = llvm.Target.from_triple(triple)
    except RuntimeError:
        pytest.skip(f"this LLVM does not write for {triple}")
    machine = target.create_target_machine(cpu=processor, opt=3)
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    return str(machine.emit_assembly(parsed))


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(("triple", "processor", "multiply_add", "never"), [
    ("aarch64-unknown-linux-gnu", "generic", r"\bfmla\s+v\d+\.4s, v\d+\.4s, v\d+\.", "fmaf"),
    ("x86_64-unknown-linux-gnu", "haswell", r"\bvfmadd\w+ps\s.*%ymm", "fmaf|%zmm"),
    ("x86_64-unknown-linux-gnu", "skylake-avx512", r"\bvfmadd\w+ps\s.*%[yz]mm", "fmaf"),
])
def test_multiplies_and_adds_are_vector_instructions(
    triple: str, processor: str, multiply_add: str, never: str, own: bool
) -> None:
    assembly = block_for(triple, processor, own=own)
    lanes = 4 if "aarch64" in triple else 8
    found = len(re.findall(multiply_add, assembly))
    assert found >= 3 * 24 * 16 // lanes or re.search(r"vfmadd\w+ps\s.*%zmm", assembly)
    assert not re.search(never, assembly)


def test_a_machine_without_fused_multiply_adds_calls_for_them() -> None:
    assembly = block_for("x86_64-unknown-linux-gnu", "nehalem", own=False)
    assert "fmaf" in assembly
