"""Files that promise or unpack to gigabytes cost little memory and time: each is read in a process of its own."""

import bz2
import gzip
import json
import lzma
import sys
import zlib
from pathlib import Path
from subprocess import run

import pytest
import zstandard

CHILD = """
import json, sys
from pathlib import Path
from armillary.errors import ArmillaryError
from armillary.formats.sniff import read

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

good, *bad = map(Path, sys.argv[1:])
read(good)
before = peak()
for path in bad:
    try:
        read(path)
    except ArmillaryError as error:
        print(json.dumps({"rise": peak() - before, "error": str(error)}))
"""


def packed(pack, content, times):
    """`content` many times over, compressed without ever being whole in memory."""
    return b"".join([*(pack.compress(content) for _ in range(times)), pack.flush()])


def bombs():
    mega = 1 << 20
    yield "binary promise", b"1000000000 300\nking \0", "promises 1000000000 rows"
    yield "text promise", b"300000000 3\nking 1 2 3\n", "holds 1 rows"
    yield "wrapping", b"4611686018427387904 4\nking \0\0\0\0", "promises 4611686018427387904 rows"
    yield "packed promise", gzip.compress(b"1000000000 300\nking \0\0\0"), "truncated: 0 of the 1000000000 rows"
    yield "equal rows", packed(zlib.compressobj(wbits=31), b"a 1\n" * (mega // 4), 64), "looks like an attack"
    line = b"a 1\nb 2\n" + b"c" * mega
    yield "gz", packed(zlib.compressobj(wbits=31), line, 128), "--huge"
    yield "bz2", packed(bz2.BZ2Compressor(), line, 20), "--huge"
    yield "xz", packed(lzma.LZMACompressor(preset=0), line, 128), "--huge"
    yield "zst", packed(zstandard.ZstdCompressor().compressobj(), line, 256), "--huge"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_lies_and_bombs_cost_less_than_150_megabytes_beyond_what_reading_takes(tmp_path):
    cases = list(bombs())
    for name, content, _ in cases:
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good").write_text("".join(f"w{row} 1 2\n" for row in range(400_000)), encoding="utf-8")
    paths = [str(tmp_path / name) for name in ("good", *(name for name, _, _ in cases))]
    out = run([sys.executable, "-c", CHILD, *paths], capture_output=True, text=True, check=True).stdout
    found = [json.loads(line) for line in out.splitlines()]
    for (name, _, message), result in zip(cases, found, strict=True):
        assert message in result["error"], name
    assert max(result["rise"] for result in found) <= 150 << 10
