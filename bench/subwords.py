"""Learning vectors of words made of n-grams: the training alone against fastText's; with --quality, how good they are.

The text is the first shard of English Wikipedia in ARMILLARY_DATA, 8 million words, two threads, skip-gram; n-grams of
3 to 6 characters in two million buckets. What fastText's program does not let one choose, or does unless it is told
otherwise, is done here too: random words drawn by the square roots of the counts, a learning rate of 0.05. It is to be
built by hand, and left out where ARMILLARY_BENCH_FASTTEXT does not name it; its speed is what it prints.

    git clone https://github.com/facebookresearch/fastText
    make -C fastText opt                                     (-O3 -march=native -funroll-loops)
"""

import os
import sys
from pathlib import Path
from typing import Any

from compare import THREADS, Claim, Row, compare, measured, settings, show, task
from material import CACHE, OURS
from vectors import TESTS, WORST, quality, words_of

SETTINGS: dict[str, Any] = {
    "vector_size": 100, "window": 5, "negative": 5, "sample": 1e-3, "workers": THREADS, "method": "skipgram",
    "minn": 3, "maxn": 6, "bucket": 2_000_000, "alpha": 0.05, "seed": 1,
}
OWN: dict[str, Any] = {"ns_exponent": 0.5}
PROGRAM = "ARMILLARY_BENCH_FASTTEXT"


def main() -> int:
    """Speed of one epoch, or quality after five."""
    asked = settings(__doc__, rounds=1, quality="five epochs instead, and how good the vectors are")
    data = Path(os.environ.get("ARMILLARY_DATA", ""))
    if not (data / "eval").is_dir():
        print("ARMILLARY_DATA names no folder of corpora (see CONTRIBUTING.md)", file=sys.stderr)
        return 1
    shared = {"text": str(words_of(data / "corpora/en/enwiki-2018-1.txt.xz")), **SETTINGS}
    shared["epochs"] = 5 if asked.quality else 1
    out = {side: str(CACHE / "made" / f"{side}-subwords.npy") for side in ("ours", "fastText")}
    sides = {"ours": task(OURS, "vectors_side", "learn", out=out["ours"], **shared, **OWN)}
    if (program := os.environ.get(PROGRAM)) and not asked.alone:
        sides["fastText"] = task(OURS, "fasttext_side", "learn", program=program, out=out["fastText"], **shared)
    if not asked.quality:
        return show(compare(sides, [Claim("skip-gram with n-grams", "ours", "fastText", ratio=10)], asked.rounds),
                    asked.json)
    points = {}
    for name, side in sides.items():
        measured(side)
        points[name] = quality(Path(out[name]), [str(data / "eval/en" / test) for test in TESTS])
    return show(qualities(**points), asked.json)


def qualities(ours: dict[str, float], fastText: dict[str, float] | None = None) -> list[Row]:
    """A row for each test, in points of a hundred."""
    told = "" if fastText is None else "fastText"
    return [
        Row(f"skip-gram with n-grams, {test}", "points", mine, theirs, told, None, f"{WORST:g} below at most", None,
            theirs is None or mine >= theirs - WORST)
        for test, mine in ours.items() for theirs in [None if fastText is None else fastText[test]]
    ]


if __name__ == "__main__":
    raise SystemExit(main())
