"""What a child process measures of itself, and how it tells the harness. Standard library only: any peer can run it."""

import json
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Self


class Watch:
    """Measures a `with` block: wall and CPU seconds, and by how much memory rose above what was in use before.

    `peaks` stays empty where the system does not tell (anything but Linux).
    """

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.cpus: list[float] = []
        self.peaks: list[int] = []

    def __enter__(self) -> Self:
        self._before = _forget_peak()
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.walls.append(time.perf_counter() - self._wall)
        self.cpus.append(time.process_time() - self._cpu)
        if self._before is not None:
            self.peaks.append(max(0, _memory("VmHWM") - self._before))

    def report(self, answer: object, version: str) -> dict[str, Any]:
        """What the harness reads (see `compare.Figures`)."""
        return {"wall": self.walls, "cpu": self.cpus, "peak": self.peaks, "answer": answer, "version": version}


def staying(turn: Callable[[], object], version: str, first: Callable[[], object] | None = None) -> dict[str, Any]:
    """Do `first` (a turn that is not counted, if unsaid), then a measured turn for each line that comes in.

    That each is done is told by a line, so that the sides of `turns.py` can work one after the other; the answer is the
    last turn's.
    """
    (first or turn)()
    watch, answer = Watch(), None
    print("ready", flush=True)
    for _ in sys.stdin:
        with watch:
            answer = turn()
        print("done", flush=True)
    return watch.report(answer, version)


def run(*tasks: Callable[..., dict[str, Any]]) -> None:
    """Call the task that the command line names with the settings in it, and print its report."""
    named = {task.__name__: task for task in tasks}
    json.dump(named[sys.argv[1]](**json.loads(sys.argv[2])), sys.stdout)


def digest(labels: list[str], vectors: Any) -> dict[str, str]:
    """The SHA-256 of labels and of a matrix, to compare what two readers made of one file."""
    return {
        "labels": sha256("\n".join(labels).encode()).hexdigest(),
        "vectors": sha256(memoryview(vectors).cast("B")).hexdigest(),
    }


def random_points(rows: int, dim: int) -> tuple[list[str], Any]:
    """Labels w0, w1, ... and normally distributed float32 vectors, the same in every process."""
    import numpy as np

    vectors = np.random.default_rng(0).standard_normal((rows, dim), dtype=np.float32)
    return [f"w{row}" for row in range(rows)], vectors


def spread(rows: int, count: int = 20) -> list[int]:
    """Row numbers to ask about, from the first to the last, never the very first."""
    return [min(rows - 1, 1 + place * (rows - 1) // count) for place in range(count)]


def _memory(name: str) -> int:
    """A line of /proc/self/status in bytes: VmRSS is the memory now, VmHWM the most there was."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def _forget_peak() -> int | None:
    """Make VmHWM start anew from the memory now in use, which is given; None where that cannot be done."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _memory("VmRSS")
    except OSError:
        return None
