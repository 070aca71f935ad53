"""What the benchmark of learning runs: our training, the same kernels without a schedule, and the peers' programs.

Armillary is imported where it is measured: one task measures the import.
"""

import json
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import platformdirs
from measure import Watch, run

VERSION = "Armillary"
PEAK = 2048


def learn(text: str, out: str = "", **plan: Any) -> dict[str, Any]:
    """Learn word vectors; only the training is measured, not the counting before it."""
    import numpy as np

    training = _training(text, **plan)
    with Watch() as watch:
        for _ in training.steps():
            pass
    if out:
        np.save(out, training.vectors)
        Path(out).with_suffix(".txt").write_text("\n".join(training.encoded.labels), encoding="utf-8")
    return watch.report(len(training.encoded.labels), VERSION)


def whole(command: str, text: str, method: str, **plan: Any) -> dict[str, Any]:
    """`armillary learn vectors`, from the text to the space on the disk, with kept kernels but nothing of the text."""
    options = {"method": method, "split": "spaces", **plan}
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    kernels = str(platformdirs.user_cache_path("armillary") / "numba")
    with tempfile.TemporaryDirectory() as folder:
        kept = {**os.environ, "XDG_CACHE_HOME": folder, "NUMBA_CACHE_DIR": kernels}
        out = f"{folder}/vectors.space"
        with Watch() as watch:
            said = subprocess.run([command, "learn", "vectors", text, "--out", out, "--json", *words], env=kept,
                                  stdout=subprocess.PIPE, check=True).stdout
    return watch.report(json.loads(said)["vocabulary"], VERSION)


def unsynchronised(text: str, **plan: Any) -> dict[str, Any]:
    """The same kernels on one copy that all threads write to as they please (Hogwild): the outcome is luck."""
    from armillary.train.words.sampling import stream
    from armillary.train.words.shard import How, Net, Text

    training = _training(text, **{**plan, "shards": 1})
    settled, rounds = training.plan, training.schedule.rounds
    workers, turns = settled.workers, rounds * settled.epochs
    net = Net(training._inputs.reshape(-1), training._outputs.reshape(-1), training._into, training.size)

    def part(worker: int) -> None:
        for turn in range(worker, turns, workers):
            rate = settled.rate(training.schedule.fraction(turn))
            how = How(settled.window, rate, stream(settled.seed, 0, turn), settled.method == "cbow")
            ids = training._ids[training.schedule.stretch(0, turn)]
            training._kernels.learn(Text(ids, training._tables.keep), net, training._tables.targets, how)

    with ThreadPoolExecutor(workers) as pool, Watch() as watch:
        list(pool.map(part, range(workers)))
    return watch.report(len(training.encoded.labels), f"{VERSION}, unsynchronised")


def first(cold: bool) -> dict[str, Any]:
    """From the import to the first step of the first training in this process, with or without kept kernels."""
    with tempfile.TemporaryDirectory() as empty:
        if cold:
            os.environ["NUMBA_CACHE_DIR"] = empty
        with Watch() as watch:
            import numpy as np

            from armillary.text.encoded import Encoded
            from armillary.train.words import Plan, Training

            ids = np.arange(1000, dtype=np.int32) % 10
            counts = np.bincount(ids).astype(np.int64)
            next(Training(Encoded(ids, [f"w{row}" for row in range(10)], counts), Plan()).steps())
    return watch.report(None, VERSION)


def multiplication() -> dict[str, Any]:
    """What a matrix product reaches on one thread, as the seconds that its 2 * 2048^3 operations take."""
    for name in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    import numpy as np

    matrix, watch = np.ones((PEAK, PEAK), np.float32), Watch()
    for _ in range(3):
        with watch:
            matrix @ matrix
    return watch.report(None, f"NumPy {np.__version__}")


def program(path: str, version: str, text: str, **plan: Any) -> dict[str, Any]:
    """pWord2Vec, or word2vec.c: words in the text by the speed that it prints of its own training."""
    with tempfile.TemporaryDirectory() as folder:
        return _program(path, version, train=text, output=f"{folder}/vectors.bin", **plan)


def _program(path: str, version: str, output: str, **plan: Any) -> dict[str, Any]:
    options = {"train": plan["train"], "output": output, "binary": 1, "size": plan["vector_size"],
               "window": plan["window"], "negative": plan["negative"], "sample": plan["sample"],
               "iter": plan["epochs"], "min-count": 5, "threads": plan["workers"]}
    if version == "word2vec.c":
        options["cbow"] = int(plan["method"] == "cbow")
    command = [path, *(str(word) for name, value in options.items() for word in (f"-{name}", value))]
    said = subprocess.run(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True,
                          check=True).stdout
    words = int(re.findall(r"Words in train file: (\d+)", said)[-1]) * plan["epochs"]
    by_thread, thousands = re.findall(r"Words/(thread/)?sec: ([\d.]+)k", said)[-1]
    watch = Watch()
    watch.walls.append(words / (float(thousands) * 1000 * (plan["workers"] if by_thread else 1)))
    with Path(output).open("rb") as file:
        rows = int(file.readline().split()[0]) - 1  # but for the end of a sentence, which they count as a word
    return watch.report(rows, version)


def _training(text: str, **plan: Any) -> Any:
    from armillary.text.encoded import Encoded
    from armillary.text.settings import CorpusSettings
    from armillary.train.corpus import read_corpus
    from armillary.train.words import Plan, Training

    encoded = read_corpus(text, CorpusSettings(split="spaces"))
    warm = Training(Encoded(encoded.ids[:20_000], encoded.labels, encoded.counts), Plan(**{**plan, "epochs": 1}))
    list(warm.steps())  # the kernels are loaded now
    return Training(encoded, Plan(**plan))


if __name__ == "__main__":
    run(learn, whole, unsynchronised, first, multiplication, program)
