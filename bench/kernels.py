"""The fast engine's kernels by themselves, and how much of what they can do a whole model takes.

Of each format of numbers: bytes a second of a matrix that no cache holds times one row (as in decoding), and
multiply-adds a second of one that the cache holds times 256 rows (as in reading a prompt). Of a model: the share of
the highest of the former that decoding draws, and the share of the latter, of its own formats, that a prompt does.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from armillary.formats.gguf import read_gguf
from armillary.opening import WITH_MODEL, located
from armillary.published.gguf_blocks import GgufBlocks
from armillary.shelf import home
from armillary.speak.fast import compiled, records
from armillary.speak.fast.bytes_dot import host_features, way_of
from armillary.speak.fast.engine import FastEngine
from armillary.speak.fast.layouts import GROUP, LAYOUTS, OF_KIND, ROWS
from armillary.speak.fast.room import aligned
from compare import settings

WIDTH, LARGE, SMALL, COLUMNS, SECONDS = 576, 128 << 20, 1024, 256, 0.4
"""Inputs of a row; bytes of a matrix that no cache holds, rows of one that does; rows that it is multiplied with."""
PREFILL, DECODED = 512, 64


def main() -> int:
    """All formats, then the model."""
    asked = settings(__doc__, rounds=3, target="smollm2-135m-instruct")
    threads = 2
    rates = {kind: rate(layout, threads) for kind, layout in OF_KIND.items()}
    bound = max(bytes_ for bytes_, _ in rates.values())
    found = {"instructions": way_of(host_features()), "threads": threads, "rates": rates,
             "model": shares(located(asked.target, WITH_MODEL), threads, bound, rates, asked.rounds)}
    if asked.json:
        print(json.dumps(found, indent=2))
        return 0
    print(f"{found['instructions']}, {threads} threads")
    for kind, (read, multiplied) in rates.items():
        print(f"{kind:5} {read:5.1f} GB/s from memory, {multiplied:5.0f} G multiply-adds/s in the cache")
    for what, value in found["model"].items():
        print(f"{what:40} {value:.3g}")
    return 0


def rate(layout: int, threads: int) -> tuple[float, float]:
    """GB/s of one layout times one row, and G multiply-adds/s times COLUMNS rows."""
    size = WIDTH // GROUP * LAYOUTS[layout].group_bytes
    tiles = LARGE // size // threads * threads
    alone = times(layout, tiles, 1, threads)
    several = times(layout, SMALL // ROWS, COLUMNS, threads)
    return tiles * size / alone / 1e9, SMALL * WIDTH * COLUMNS / several / 1e9


def times(layout: int, tiles: int, columns: int, threads: int) -> float:
    """Seconds that a matrix of so many tiles takes, the median over SECONDS of trying."""
    kernels, groups = compiled.kernels(), WIDTH // GROUP
    size, each = groups * LAYOUTS[layout].group_bytes, tiles // threads
    content = aligned(tiles * size, dtype=np.uint8)
    content[:] = 1
    floats, levels, steps = aligned(columns, WIDTH), aligned(columns, WIDTH, dtype=np.int8), aligned(columns, groups, 4)
    levels[:], steps[:] = 1, 1e-3
    outs = [aligned(columns, each * ROWS) for _ in range(threads)]
    matrices = np.zeros(threads, records.MATRIX)
    for thread, matrix in enumerate(matrices):
        matrix["tiles"], matrix["layout"] = content[thread * each * size :].ctypes.data, layout
        matrix["rows"], matrix["groups"], matrix["bytes"] = each, groups, size
    inputs = np.array([floats.ctypes.data, floats.strides[0], levels.ctypes.data, levels.strides[0],
                       steps.ctypes.data, steps.strides[0], kernels.one, kernels.several], np.int64)

    def multiply(thread: int) -> None:
        kernels.entry(compiled.PRODUCT, matrices[thread:].ctypes.data, inputs.ctypes.data, columns,
                      outs[thread].ctypes.data)

    with ThreadPoolExecutor(threads) as team:
        return median(lambda: list(team.map(multiply, range(threads))))


def shares(file: Path, threads: int, bound: float, rates: dict[str, tuple[float, float]],
           rounds: int) -> dict[str, float]:
    """What a model takes of it."""
    source = GgufBlocks(read_gguf(file))
    engine = FastEngine(source, home() / "engine", threads)
    tiles = engine.tiles
    ids = [7919 * place % engine.d_vocab for place in range(1, PREFILL + 1)]
    seconds = median(lambda: engine.start().read(ids), SECONDS * rounds)
    reading = engine.start()
    each = iter(ids * 8)
    alone = median(lambda: reading.read([next(each)]), limit=DECODED * rounds)
    size = sum(one.content.nbytes for one in tiles.values())
    ideal = sum(PREFILL * one.rows * one.inputs / rates[source.matrix(name).kind.name][1] / 1e9
                for name, one in tiles.items() if name.startswith("blocks."))
    return {"decoding, tokens a second": 1 / alone, "its GB/s": size / alone / 1e9,
            "share of the memory's bound": size / alone / 1e9 / bound,
            "prefill, tokens a second": PREFILL / seconds, "share of the instructions' bound": ideal / seconds}


def median(work: Any, seconds: float = SECONDS, limit: int = 1 << 30) -> float:
    """The median time of a thing done again and again, the first time not counted."""
    work()
    taken: list[float] = []
    end = time.perf_counter() + seconds if limit == 1 << 30 else float("inf")
    while len(taken) < min(limit, 3) or (time.perf_counter() < end and len(taken) < limit):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


if __name__ == "__main__":
    sys.exit(main())
