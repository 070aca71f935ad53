"""Learnings that are killed before each write to the disk; for `test_killed`.

    killed_child.py FOLDER

Every kind of model is learned twice in the folder: whole, and killed before its first write, gone on with and killed
before its second, and so on, until it comes to its end. Prints a line of JSON for each: its kind, how often it was
killed, and what lies in the two folders.
"""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import torch

from armillary.errors import ArmillaryError
from armillary.learning.bert.asked import Asked as Masked
from armillary.learning.bert.learn import bert_learned
from armillary.learning.classifier.asked import Asked as Classes
from armillary.learning.classifier.learn import classifier_learned
from armillary.learning.gpt.asked import Asked as Next
from armillary.learning.gpt.learn import gpt_learned
from armillary.learning.output import snapshot_of
from armillary.learning.table.asked import Asked as Table
from armillary.learning.table.learn import table_learned
from armillary.learning.translator.asked import Asked as Pairs
from armillary.learning.translator.learn import translator_learned

OUT = Path("out")
TINY: dict[str, Any] = {"steps": 2, "batch": 4, "snapshot_seconds": 0.0, "d_model": 16}
TEXT: dict[str, Any] = {**TINY, "n_layers": 1, "context": 16}
TWO = "".join(f"{'好' if row % 2 else '坏'} {row % 7} x,{'good' if row % 2 else 'bad'}\n" for row in range(40))
SOURCES = {
    "book.txt": "the cat sat on the mat, and the dog sat on the log.\n" * 60,
    "rows.csv": f"text,label\n{TWO}",
    "pairs.tsv": "source\ttarget\n" + "".join(f"{row}\t{str(row)[::-1]}\n" for row in range(100, 140)),
}
LEARNINGS: dict[str, Callable[[bool], Any]] = {
    "gpt": lambda resume: gpt_learned("../book.txt", OUT, Next(**TEXT, resume=resume)),
    "bert": lambda resume: bert_learned("../book.txt", OUT, Masked(**TEXT, resume=resume)),
    "classifier": lambda resume: classifier_learned(Path("../rows.csv"), OUT, Classes(**TINY, resume=resume)),
    "table": lambda resume: table_learned(Path("../rows.csv"), OUT, Table(
        target="label", steps=2, batch=4, snapshot_seconds=0.0, resume=resume)),
    "translator": lambda resume: translator_learned(Path("../pairs.tsv"), OUT, Pairs(
        **TINY, n_layers=1, resume=resume)),
}
MOST = 100
WRITES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")


def run(learn: Callable[[bool], Any], folder: Path, most: int) -> int:
    """Learn in a process of its own, killed before write `most` (from 1; 0: never); gives its status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = count(1)

    def heard(event: str, _: tuple[object, ...]) -> None:
        if event in WRITES and next(left) == most:
            os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(folder)
    sys.addaudithook(heard)
    try:
        learn(snapshot_of(OUT).exists())
    except ArmillaryError as error:
        sys.stderr.write(f"{error}\n")
        os._exit(1)
    os._exit(0)


def digests(folder: Path) -> dict[str, str]:
    """What lies in a folder."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def main(folder: Path) -> None:
    """All kinds."""
    torch.set_num_threads(1)  # a copy of a process has none of its threads
    for name, content in SOURCES.items():
        (folder / name).write_text(content, encoding="utf-8")
    for kind, learn in LEARNINGS.items():
        whole, cut = folder / f"{kind}-whole", folder / f"{kind}-cut"
        whole.mkdir()
        cut.mkdir()
        assert run(learn, whole, 0) == 0
        kills = 0
        while (status := run(learn, cut, kills + 1)) == -signal.SIGKILL and kills < MOST:
            kills += 1
        found = {"kind": kind, "status": status, "kills": kills, "whole": digests(whole), "cut": digests(cut)}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
