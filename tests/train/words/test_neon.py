"""The kernels on ARM: the same source gives NEON instructions, and calls no function for what they do.

Compiled here for another machine, not run: the bits are those of IEEE's fused multiply-add, which NEON rounds as AVX
does (`test_kernels` holds the kernels to a twin that knows nothing of either).
"""

import re
from typing import no_type_check

import pytest

pytest.importorskip("numba")
llvm = pytest.importorskip("llvmlite.binding")

BLOCK_OF_FOUR = 4 * 6 * 3  # multiply-adds on <16 x float>: scores, changes of inputs, changes of outputs


def compiled_for_arm() -> str:
    """The assembly of a block of four inputs, of a mean, of handing back, of counting at once."""
    import numba
    from numba import types

    from armillary.train.words.block import make_block
    from armillary.train.words.instructions import add_at_once
    from armillary.train.words.rows import hand_around, mean_around

    block = make_block(4)
    numbers, places, tally = types.float32[::1], types.int64[::1], types.float32[::1]

    @numba.njit(types.void(numbers, numbers, places, numbers, tally), boundscheck=False, _nrt=False)
    @no_type_check
    def step(inputs, outputs, where, labels, tally):
        block(inputs, outputs, where, where, 0, where, 0, where, labels, labels, 0, numba.float32(0.1), tally, 112)
        mean_around(inputs, where, 0, 5, 2, outputs, 0, 112)
        hand_around(inputs, where, where, 0, 5, 2, outputs, 0, 112, 112)
        add_at_once(where, 0, 1)

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple("aarch64-unknown-linux-gnu").create_target_machine(opt=2)
    (text,) = step.inspect_llvm().values()
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    assembly: str = machine.emit_assembly(module)
    return assembly


def test_the_same_source_gives_neon_instructions() -> None:
    try:
        assembly = compiled_for_arm()
    except RuntimeError as error:  # an LLVM that was built for one kind of machine
        pytest.skip(str(error))
    found = {name: len(re.findall(rf"\t{name}\tv\d+\.4s", assembly)) for name in ("fmla", "fadd", "frinti", "fdiv")}
    assert found["fmla"] >= 4 * BLOCK_OF_FOUR, "four of them for sixteen numbers"
    assert found["fadd"] > 4 * 8
    assert found["frinti"] >= 24 / 4, "the whole part of each of 24 scores"
    assert found["fdiv"] >= 24 / 4
    assert not re.findall(r"\tbl\t(fmaf?|nearbyintf?|__aarch64\w*)\b", assembly)
