"""Learning word vectors: training alone, the same text and settings, and how good the vectors are.

The text is the first shard of English Wikipedia in ARMILLARY_DATA; both learn from the same words, on two threads.
gensim reads them from a file of one sentence a line (`corpus_file`, its fastest way).
"""

import json
import lzma
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from compare import THREADS, Claim, compare, settings, show, task
from material import CACHE, OURS, peer

SETTINGS: dict[str, Any] = {"vector_size": 100, "window": 5, "negative": 5, "sample": 1e-3, "epochs": 5}
TESTS = ("questions-words.txt", "wordsim353-all.tsv", "simlex999.tsv", "men3k.tsv")
WORST = 1.0
"""Points of quality that may be lost against the peer."""


def main() -> int:
    """Skip-gram, then CBOW."""
    asked = settings(__doc__, rounds=3)
    data = Path(os.environ.get("ARMILLARY_DATA", ""))
    if not (data / "eval").is_dir():
        print("ARMILLARY_DATA names no folder of corpora (see CONTRIBUTING.md)", file=sys.stderr)
        return 1
    text = words_of(data / "corpora/en/enwiki-2018-1.txt.xz")
    tests = [str(data / "eval/en" / name) for name in TESTS]
    rows, missed = [], False
    for method, ratio in (("skipgram", 16), ("cbow", 8)):
        shared = {"text": str(text), "method": method, "workers": THREADS, **SETTINGS}
        out = {side: str(CACHE / "made" / f"{side}-{method}.npy") for side in ("ours", "gensim")}
        sides = {"ours": task(OURS, "armillary_side", "learn", out=out["ours"], **shared)}
        if not asked.alone:
            sides["gensim"] = task(peer("gensim"), "gensim_side", "learn", out=out["gensim"], **shared)
        rows += compare(sides, [Claim(f"{method}, training", "ours", "gensim", ratio=ratio)], asked.rounds)
        points = {side: quality(Path(out[side]), tests) for side in sides}
        print(f"{method}: {json.dumps(points)}", file=sys.stderr)
        missed |= any(ours < theirs - WORST for ours, theirs in zip(points["ours"].values(),
                      points.get("gensim", points["ours"]).values(), strict=True))
    if missed:
        rows[-1] = replace(rows[-1], what=f"{rows[-1].what} (quality)", holds=False)
    return show(rows, asked.json)


def words_of(corpus: Path) -> Path:
    """The words of a text in lower case, one paragraph a line."""
    path = CACHE / "made" / f"{corpus.name}.words"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with lzma.open(corpus, "rt", encoding="utf-8") as lines, path.open("w", encoding="utf-8") as out:
            found = (re.findall(r"[^\W_]+", line.lower()) for line in lines)
            out.writelines(" ".join(words) + "\n" for words in found if words)
    return path


def quality(vectors: Path, tests: list[str]) -> dict[str, float]:
    """Points of a hundred in each test, by name."""
    import numpy as np

    from armillary.space import Space

    labels = vectors.with_suffix(".txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    scores = Space(labels, np.load(vectors)).evaluate(tests)
    return {
        score.file: round(100 * (score.correct / score.asked if hasattr(score, "correct") else score.spearman), 1)
        for score in scores
    }


if __name__ == "__main__":
    raise SystemExit(main())
