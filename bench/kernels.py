"""The fast engine's kernels by themselves, and how much of what they can do a whole model takes.

Of each format of numbers: bytes a second of a matrix that no cache holds times one row (as in decoding), and
multiply-adds a second of one that the cache holds times 256 rows (as in reading a prompt). Of a model: the share of
the former that decoding draws, against the kernel of the format that most of it is in, in turns, as what memory gives
changes from one second to the next; and the share of the latter, of its own formats, that a prompt does.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
PREFILL, DECODED, TURNS = 512, 32, 20


def main() -> int:
    """All formats, then the model."""
    asked = settings(__doc__, rounds=3, target="smollm2-135m-instruct")
    threads = 2
    rates = {kind: rate(layout, threads) for kind, layout in OF_KIND.items()}
    found = {"instructions": way_of(host_features()), "threads": threads, "rates": rates,
             "model": shares(located(asked.target, WITH_MODEL), threads, rates, asked.rounds)}
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
    alone = median(passes(layout, tiles, 1, threads))
    several = median(passes(layout, SMALL // ROWS, COLUMNS, threads))
    return tiles * size / alone / 1e9, SMALL * WIDTH * COLUMNS / several / 1e9


def passes(layout: int, tiles: int, columns: int, threads: int) -> Callable[[], object]:
    """What goes through a matrix of so many tiles once."""
    kernels, groups = compiled.kernels(), WIDTH // GROUP
    size, each = groups * LAYOUTS[layout].group_bytes, tiles // threads
    content = aligned(tiles * size, dtype=np.uint8)
    content[:] = 1
    floats, levels, steps = aligned(columns, WIDTH), aligned(columns, WIDTH, dtype=np.int8), aligned(columns, groups, 4)
    levels[:], steps[:] = 1, 1e-3
    outs, team = [aligned(columns, each * ROWS) for _ in range(threads)], ThreadPoolExecutor(threads)
    matrices = np.zeros(threads, records.MATRIX)
    for thread, matrix in enumerate(matrices):
        matrix["tiles"], matrix["layout"] = content[thread * each * size :].ctypes.data, layout
        matrix["rows"], matrix["groups"], matrix["bytes"] = each, groups, size
    inputs = np.array([floats.ctypes.data, floats.strides[0], levels.ctypes.data, levels.strides[0],
                       steps.ctypes.data, steps.strides[0], kernels.one, kernels.several], np.int64)

    def multiply(thread: int, _: tuple[np.ndarray, ...] = (content, floats, levels, steps)) -> None:
        kernels.entry(compiled.PRODUCT, matrices[thread:].ctypes.data, inputs.ctypes.data, columns,
                      outs[thread].ctypes.data)

    return lambda: list(team.map(multiply, range(threads)))


def shares(file: Path, threads: int, rates: dict[str, tuple[float, float]], rounds: int) -> dict[str, float]:
    """What a model takes of it."""
    source = GgufBlocks(read_gguf(file))
    engine = FastEngine(source, home() / "engine", threads)
    tiles = engine.tiles
    ids = [7919 * place % engine.d_vocab for place in range(1, PREFILL + 1)]
    seconds = median(lambda: engine.start().read(ids), SECONDS * rounds)
    size = sum(one.content.nbytes for one in tiles.values())
    layout = max({one.layout for one in tiles.values()},
                 key=lambda layout: sum(one.content.nbytes for one in tiles.values() if one.layout == layout))
    each = WIDTH // GROUP * LAYOUTS[layout].group_bytes
    once = passes(layout, LARGE // each, 1, threads)
    turns = np.array([in_turn(engine, ids[:DECODED], once) for _ in range(TURNS * rounds)])
    name = next(kind for kind, one in OF_KIND.items() if one == layout)
    drawn, bound = size / turns[:, 0] / 1e9, LARGE // each // threads * threads * each / turns[:, 1] / 1e9
    ideal = sum(PREFILL * one.rows * one.inputs / rates[source.kind(ours)][1] / 1e9
                for ours, one in tiles.items() if ours.startswith("blocks."))
    return {"decoding, tokens a second": 1 / np.median(turns[:, 0]), "its GB/s": np.median(drawn),
            f"GB/s of {name} alone, in turns": np.median(bound),
            "share of the memory's bound": np.median(drawn / bound),
            "prefill, tokens a second": PREFILL / seconds, "share of the instructions' bound": ideal / seconds}


def in_turn(engine: FastEngine, ids: list[int], once: Callable[[], object]) -> tuple[float, float]:
    """Seconds that a token takes, and that one pass through a matrix takes, one right after the other."""
    passed = sorted(timed(once) for _ in range(3))[1]
    reading = engine.start()
    taken = [timed(lambda one=one: reading.read([one])) for one in ids]
    return float(np.median(taken[len(taken) // 4 :])), passed


def median(work: Callable[[], object], seconds: float = SECONDS) -> float:
    """The median time of a thing done again and again, the first time not counted."""
    work()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < 3 or time.perf_counter() < end:
        taken.append(timed(work))
    return float(np.median(taken))


def timed(work: Callable[[], object]) -> float:
    """Seconds that a thing takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
