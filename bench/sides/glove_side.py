"""What GloVe's benchmark runs: our counting and an epoch, and the same by the authors' programs."""

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from measure import Watch, run

THREADS = "2"


def count(folder: str) -> dict[str, Any]:
    """Count cooccurrences from ids; the answer is the number of cells."""
    _counted(folder, 1000)  # compiles
    with Watch() as watch:
        table = _counted(folder, None)
    return watch.report(len(table), "Armillary")


def learn(folder: str) -> dict[str, Any]:
    """The second epoch; the answer is the number of cells."""
    from armillary.train.glove import GlovePlan, fit_glove

    table, watch = _counted(folder, None), Watch()
    steps = fit_glove(table, GlovePlan(epochs=2))
    next(steps)
    with watch:
        next(steps)
    return watch.report(len(table), "Armillary")


def their_count(folder: str, programs: str) -> dict[str, Any]:
    """`cooccur`, from text; leaves the shuffled cells for `their_learn`."""
    with tempfile.TemporaryDirectory() as spare, Watch() as watch:
        _piped(f"{programs}/cooccur -verbose 0 -window-size 15 -vocab-file {folder}/vocab.txt -memory 4.0"
               f" -overflow-file {spare}/overflow < {folder}/text.txt > {folder}/cells.bin")
    cells, shuffled = Path(folder) / "cells.bin", Path(folder) / "shuffled.bin"
    if not shuffled.exists():
        _piped(f"{programs}/shuffle -memory 4.0 -seed 1 -temp-file {folder}/shuffling < {cells} > {shuffled}")
    return watch.report(cells.stat().st_size // 16, "GloVe (C)")


def their_learn(folder: str, programs: str) -> dict[str, Any]:
    """`glove`: from the first "iter:" that it prints to the second."""
    cells, watch = Path(folder) / "shuffled.bin", Watch()
    command = [f"{programs}/glove", "-input-file", cells, "-vocab-file", f"{folder}/vocab.txt", "-save-file",
               f"{folder}/vectors", "-threads", THREADS, "-iter", "2", "-vector-size", "100", "-seed", "1"]
    with subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        ends = [time.perf_counter() for line in process.stderr if "iter: 0" in line]
    watch.walls.append(ends[1] - ends[0])
    return watch.report(cells.stat().st_size // 16, "GloVe (C)")


def _piped(command: str) -> None:
    subprocess.run(command, shell=True, check=True, stderr=subprocess.DEVNULL)


def _counted(folder: str, words: int | None) -> Any:
    import numpy as np

    from armillary.text.encoded import Encoded
    from armillary.train.cooccurrence import Counting, Window, cooccurrences

    ids = np.load(f"{folder}/ids.npy", allow_pickle=False)[:words]
    labels = [line.split()[0] for line in (Path(folder) / "vocab.txt").read_text(encoding="ascii").splitlines()]
    counts = np.bincount(ids[ids >= 0], minlength=len(labels)).astype(np.int64)
    return cooccurrences(Encoded(ids, labels, counts), Window(15), Counting(workers=int(THREADS)))


if __name__ == "__main__":
    run(count, learn, their_count, their_learn)
