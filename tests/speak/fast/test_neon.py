"""The kernels written for other processors than this one: LLVM makes machine code of them."""

import re

import pytest

pytest.importorskip("numba")

from llvmlite import binding, ir

from armillary.speak.fast.bytes_dot import Dot
from armillary.speak.fast.layouts import COLUMNS, LAYOUTS
from armillary.speak.fast.rows import _quantise
from armillary.speak.fast.tile import _tile
from armillary.speak.fast.vectors import LONG, Writer

binding.initialize_all_targets()
binding.initialize_all_asmprinters()


def assembly(dot: Dot, triple: str, features: str) -> str:
    """The tiles of all layouts, one column and several, and the levels of inputs, for another machine."""
    module = ir.Module()
    module.triple = triple
    for number, layout in enumerate(LAYOUTS):
        for columns in (1, COLUMNS):
            kind = ir.FunctionType(ir.VoidType(), [LONG] * 8)
            function = ir.Function(module, kind, f"tile_{number}_{columns}")
            builder = ir.IRBuilder(function.append_basic_block())
            _tile(Writer(builder), dot, layout, columns, function.args)
            builder.ret_void()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG] * 3), "quantise")
    builder = ir.IRBuilder(function.append_basic_block())
    _quantise(Writer(builder), *function.args)
    builder.ret_void()
    machine = binding.Target.from_triple(triple).create_target_machine(features=features, opt=3)
    parsed = binding.parse_assembly(str(module))
    parsed.verify()
    return str(machine.emit_assembly(parsed))


@pytest.mark.parametrize(("triple", "way", "features", "instruction"), [
    ("aarch64-unknown-linux-gnu", "neon", "+neon,+dotprod,+fullfp16", r"\bsdot\b"),
    pytest.param("arm64-apple-macosx", "neon", "+neon,+dotprod,+fullfp16", r"\bsdot", marks=pytest.mark.long),
    pytest.param("aarch64-unknown-linux-gnu", "plain", "+neon", r"\bmla\b|\bsmlal", marks=pytest.mark.long),
    pytest.param("x86_64-pc-windows-msvc", "vnni256", "+avx2,+fma,+f16c,+avxvnni", r"vpdpbusd", marks=pytest.mark.long),
    pytest.param("x86_64-apple-macosx", "avx2", "+avx2,+fma,+f16c", r"vpmaddubsw", marks=pytest.mark.long),
])
def test_other_processors_have_code_with_their_instruction(
    triple: str, way: str, features: str, instruction: str
) -> None:
    made = assembly(Dot(way), triple, features)
    for number in range(len(LAYOUTS)):
        assert re.search(rf"^_?tile_{number}_{COLUMNS}:", made, re.MULTILINE)
    assert len(re.findall(instruction, made)) > 100
    assert not re.search(r"\b(bl|callq?)\s+_?(roundevenf|nearbyintf|fmaf|__\w+hf\w*)", made)  # no helper, lane by lane
