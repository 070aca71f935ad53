"""GloVe's two programs and ours: counting, and an epoch of learning, on English Wikipedia (16 million words).

The peer is built from source; ARMILLARY_BENCH_GLOVE names the folder of its programs (`build` after `make`), else it is
left out. ARMILLARY_DATA names the folder of corpora. Both sides read the same words: lower-case a to z, five times or
more, window 15 on both sides weighted 1/distance, 100 numbers a vector, two threads. The whole count is timed, file to
cells, on either side (theirs is from text, ours from numbers, which the corpus reader has kept); of learning one epoch,
the second.
"""

import lzma
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from compare import Claim, compare, settings, show, task
from material import CACHE, OURS

SHARDS = ("enwiki-2018-1", "enwiki-2018-2")
LEAST = 5


def main() -> int:
    """Count, then learn."""
    asked = settings(__doc__, rounds=2)
    folder = str(made())
    sides = {
        "count": task(OURS, "glove_side", "count", folder=folder),
        "learn": task(OURS, "glove_side", "learn", folder=folder),
    }
    programs = os.environ.get("ARMILLARY_BENCH_GLOVE")
    if programs and not asked.alone:
        sides |= {
            "their count": task(OURS, "glove_side", "their_count", folder=folder, programs=programs),
            "their learn": task(OURS, "glove_side", "their_learn", folder=folder, programs=programs),
        }
    claims = [
        Claim("cooccurrences of 16 million words", "count", "their count", ratio=3),
        Claim("an epoch of GloVe, d 100", "learn", "their learn", ratio=5),
    ]
    return show(compare(sides, claims, asked.rounds), asked.json)


def made() -> Path:
    """The text as both sides read it: words in lines, the vocabulary with its counts, and the ids; made once."""
    folder = CACHE / "glove"
    if (folder / "ids.npy").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    counts = Counter(word for line in lines() for word in line)
    words = sorted((word for word, count in counts.items() if count >= LEAST), key=lambda word: (-counts[word], word))
    (folder / "vocab.txt").write_text("".join(f"{word} {counts[word]}\n" for word in words), encoding="ascii")
    row = {word: i for i, word in enumerate(words)}
    ids: list[int] = []
    with (folder / "text.txt").open("w", encoding="ascii") as text:
        for line in lines():
            text.write(" ".join(line) + "\n")
            ids += [*(row[word] for word in line if word in row), -1]
    np.save(folder / "ids.npy", np.array(ids, np.int32))
    return folder


def lines() -> Iterator[list[str]]:
    """The words of each line of the corpus that has some."""
    data = os.environ.get("ARMILLARY_DATA")
    if not data:
        raise SystemExit("ARMILLARY_DATA names no folder of corpora (see CONTRIBUTING.md)")
    for shard in SHARDS:
        with lzma.open(Path(data) / "corpora" / "en" / f"{shard}.txt.xz", "rt", encoding="utf-8") as text:
            for line in text:
                if words := re.findall("[a-z]+", line.lower()):
                    yield words


if __name__ == "__main__":
    raise SystemExit(main())
