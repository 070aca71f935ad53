"""The same tests of tiles where the processor is said to have less than it has: AVX2, and nothing for bytes at all."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

from armillary.speak.fast.bytes_dot import way_of

LEAST = "+64bit,+cx16,+cmov,+fxsr,+sse,+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+f16c,+fma"


def test_the_best_way_is_taken() -> None:
    assert way_of({"avx2", "avxvnni", "avx512vnni", "avx512bw"}) == "vnni512"
    assert way_of({"avx2", "avxvnni"}) == "vnni256"
    assert way_of({"avx2", "avx512vnni"}) == "avx2"
    assert way_of({"neon", "dotprod"}) == "neon"
    assert way_of({"neon"}) == "plain"


@pytest.mark.long(26)
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names instructions of x86")
@pytest.mark.parametrize("more", ["", ",+avx2"])
def test_tiles_are_right_with_fewer_instructions(more: str) -> None:
    told = {"NUMBA_CPU_NAME": "sandybridge", "NUMBA_CPU_FEATURES": LEAST + more}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", Path(__file__).with_name("test_tiles.py")],
                          env=os.environ | told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
