"""Reads a corpus in a process of its own, for tests. Called as a program:

    corpus_child.py same FOLDER CACHE WORKERS      prints the SHA-256 of what comes out, with several settings
    corpus_child.py killed FOLDER CACHE            kills a copy of itself before each step; prints what is left
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

from armillary import extras
from armillary.text import blocks
from armillary.text.encoded import Encoded
from armillary.text.settings import CorpusSettings
from armillary.train.corpus import read_corpus

ALL = CorpusSettings(min_count=1)
STEPS = ("open", "tempfile.mkstemp", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime")


def tell(found: object) -> None:
    sys.stdout.write(f"{json.dumps(found)}\n")


def digest(text: Encoded) -> str:
    facts = [text.labels, text.counts.tolist(), [str(note) for note in text.notes]]
    return sha256(text.ids.tobytes() + json.dumps(facts).encode()).hexdigest()


def same(folder: Path, cache: Path, workers: int) -> None:
    blocks.BLOCK = 4096
    several = [
        CorpusSettings(), CorpusSettings(chinese="characters", lower=False), CorpusSettings(split="spaces"),
        CorpusSettings(phrases=2, scoring="npmi", threshold=0.2, max_vocab=200),
        CorpusSettings(phrases=1, stop=frozenset({"W2", "北京", "w9", "naïve7"})),
    ]
    tell([digest(read_corpus(folder, settings, cache=cache, workers=workers)) for settings in several])


def forked(work: Callable[[], object]) -> int:
    """The exit status of `work` in a copy of this process; minus the signal that ended it."""
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dies(step: int, folder: Path, cache: Path) -> None:
    """Read the corpus, and be killed before a step (from 0) on the disk or at a piece that was read."""
    left = [step]

    def tick() -> None:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    sys.addaudithook(lambda event, args: tick() if event in STEPS and str(cache) in str(args[0]) else None)
    read_corpus(folder, ALL, cache=cache, workers=1, progress=lambda read, total: tick())


def killed(folder: Path, cache: Path) -> None:
    extras.have = lambda module: False  # forked processes must not have threads, as numba may
    os.fsync = lambda fd: None  # a power cut is not what is tried, and it takes most of the time
    step = -1
    status = -signal.SIGKILL
    while status == -signal.SIGKILL:
        step += 1
        shutil.rmtree(cache, ignore_errors=True)
        status = forked(partial(dies, step, folder, cache))
        half = sorted(path.relative_to(cache).as_posix() for path in cache.rglob("*"))
        found = digest(read_corpus(folder, ALL, cache=cache, workers=1))
        left = sorted(path.name.partition("-")[0] for path in cache.rglob("*"))
        tell({"status": status, "half": half, "digest": found, "left": left})


if __name__ == "__main__":
    if sys.argv[1] == "same":
        same(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        killed(Path(sys.argv[2]), Path(sys.argv[3]))
