"""Peak memory of a process that computes: what the file holds, and no second copy, dequantised or laid out anew."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

from armillary.formats.gguf import read_gguf
from armillary.published.gguf_blocks import GgufBlocks
from armillary.speak.fast.kept import tiles_of
from tests.speak.fast.tiny import Sizes, source, tiny_gguf

SCRIPT = """
import resource, sys
from pathlib import Path
from armillary.formats.gguf import read_gguf
from armillary.published.gguf_blocks import GgufBlocks
from armillary.speak.fast.engine import FastEngine

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

small, large, folder = map(Path, sys.argv[1:])
FastEngine(GgufBlocks(read_gguf(small)), folder, 1).start().read([1, 2, 3])
before = peak()
FastEngine(GgufBlocks(read_gguf(large)), folder, 1).start().read(list(range(20)))
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no getrusage")
def test_nothing_is_dequantised(tmp_path: Path) -> None:
    source(tmp_path / "small.gguf", "Q4_0")
    large = tiny_gguf(tmp_path / "large.gguf", "Q4_0", "llama", Sizes(d_model=1024, d_mlp=4096, d_head=128))
    for name in ("small", "large"):
        tiles_of(GgufBlocks(read_gguf(tmp_path / f"{name}.gguf")), tmp_path)
    done = subprocess.run([sys.executable, "-c", SCRIPT, tmp_path / "small.gguf", large, tmp_path],
                          capture_output=True, text=True, check=True)
    quantised = large.stat().st_size
    assert quantised > 15e6  # as float32 it has eight times that less the scales: 110 MB
    assert int(done.stdout) < quantised + 20e6, done.stdout
