r"""Learning word vectors: the training, the whole command, what one outcome costs; with --quality, how good they are.

The text is the first shard of English Wikipedia in ARMILLARY_DATA, 8 million words. All learn from the same words, one
epoch, on two threads: 100 numbers, window 5, 5 random words, sample 1e-3, words that come five times or more. gensim
reads a file of one sentence a line (`corpus_file`, its fastest way). Two peers are programs to be built by hand, and
left out where ARMILLARY_BENCH_PWORD2VEC or ARMILLARY_BENCH_WORD2VEC does not name them; their speed is what they print
of their own training.

    git clone https://github.com/tmikolov/word2vec
    gcc word2vec/word2vec.c -o word2vec/word2vec -Ofast -march=native -funroll-loops -lm -pthread

    git clone https://github.com/IntelLabs/pWord2Vec        (MKL's header is stood in for by OpenBLAS's)
    printf '#include <cblas.h>\n#define mkl_set_num_threads openblas_set_num_threads\n' > pWord2Vec/mkl.h
    g++ pWord2Vec/pWord2Vec.cpp -o pWord2Vec/pWord2Vec -std=c++11 -fopenmp -Ofast -march=native -DUSE_MKL -IpWord2Vec \
        -include cstdio -include cstdlib -include xmmintrin.h -lopenblas
"""

import lzma
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from compare import THREADS, Claim, Row, Side, compare, measured, settings, show, task
from material import CACHE, OURS, peer
from peak import share

SETTINGS: dict[str, Any] = {"vector_size": 100, "window": 5, "negative": 5, "sample": 1e-3, "workers": THREADS}
TESTS = ("questions-words.txt", "wordsim353-all.tsv", "simlex999.tsv", "men3k.tsv")
WORST = 1.0
"""Points of quality that may be lost against the peer."""
SEEDS = (1, 2, 3)
EQUAL = {"method": "cbow", "alpha": 0.025}
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "skipgram": ({"method": "skipgram"}, {"method": "skipgram"}),
    "cbow": ({"method": "cbow"}, {"method": "cbow"}),
    "cbow with equal rates": (EQUAL, {**EQUAL, "workers": 1}),
}
"""Settings of ours and of gensim's. Of two threads that read one file, gensim's each lower the rate as if they were to
read all of it, which halves its fall in an epoch: equal rates need one thread."""
PROGRAMS = {"pWord2Vec": "ARMILLARY_BENCH_PWORD2VEC", "word2vec.c": "ARMILLARY_BENCH_WORD2VEC"}
COST = 1 / 1.05
"""Against threads that nothing holds together, at most five parts in a hundred of wall time."""


def main() -> int:
    """Speed, or quality."""
    asked = settings(__doc__, rounds=1, quality="three seeds of five epochs instead, and how good the vectors are")
    data = Path(os.environ.get("ARMILLARY_DATA", ""))
    if not (data / "eval").is_dir():
        print("ARMILLARY_DATA names no folder of corpora (see CONTRIBUTING.md)", file=sys.stderr)
        return 1
    text = words_of(data / "corpora/en/enwiki-2018-1.txt.xz")
    if asked.quality:
        tests = [str(data / "eval/en" / name) for name in TESTS]
        return show(list(qualities(text, tests, asked.alone)), asked.json)
    with text.open(encoding="utf-8") as lines:
        counts = Counter(word for line in lines for word in line.split())
    rows = compare(sides_of(text, asked.alone), CLAIMS, asked.rounds)
    return show([with_speed(row, counts) for row in rows], asked.json)


TRAINING = "training, "
ALONE = f"{TRAINING}one thread"
LEAST = 5
"""Times that a word must come."""
CLAIMS = [
    Claim(f"{TRAINING}skip-gram", "skipgram", "gensim skipgram", ratio=16),
    Claim(f"{TRAINING}skip-gram", "skipgram", "pWord2Vec", ratio=4),
    Claim(f"{TRAINING}skip-gram", "skipgram", "word2vec.c", ratio=20),
    Claim(f"{TRAINING}CBOW", "cbow", "gensim cbow", ratio=8),
    Claim(f"{TRAINING}300 numbers", "300", "gensim 300", ratio=10),
    Claim(f"{TRAINING}one outcome, against any", "skipgram", "unsynchronised", ratio=COST),
    Claim(ALONE, "one thread"),
    Claim(f"{TRAINING}one shard", "one shard"),
    Claim("a matrix product of 17 GFLOP, one thread", "product"),
    Claim("text to file, whole command", "whole", "gensim whole"),
    Claim("first training in a process, kernels kept", "warm", limit=1),
    Claim("first training in a process, nothing kept", "cold", limit=15),
]


def sides_of(text: Path, alone: bool) -> dict[str, Side]:
    """All that is measured."""
    shared = {"text": str(text), "method": "skipgram", "epochs": 1, **SETTINGS}
    variants: dict[str, dict[str, Any]] = {"skipgram": {}, "cbow": {"method": "cbow"}, "300": {"vector_size": 300}}
    sides = {name: ours("learn", **{**shared, **change}) for name, change in variants.items()}
    sides |= {
        "unsynchronised": ours("unsynchronised", **shared),
        "one thread": ours("learn", **{**shared, "workers": 1}),
        "one shard": ours("learn", **{**shared, "workers": 1}, shards=1),
        "product": ours("multiplication"),
        "whole": ours("whole", command=str(OURS.with_name("armillary")), **shared),
        "warm": ours("first", cold=False),
        "cold": ours("first", cold=True),
    }
    if alone:
        return sides
    for name, change in variants.items():
        sides[f"gensim {name}"] = task(peer("gensim"), "gensim_side", "learn", **{**shared, **change})
    sides["gensim whole"] = task(peer("gensim"), "gensim_side", "whole", **shared)
    for version, variable in PROGRAMS.items():
        if path := os.environ.get(variable):
            sides[version] = ours("program", path=path, version=version, **shared)
    return sides


def ours(name: str, **plan: object) -> Side:
    """A side that runs in our Python."""
    return task(OURS, "vectors_side", name, **plan)


def with_speed(row: Row, counts: Counter[str]) -> Row:
    """A row of training says words a second too; that of one thread, which part of what it can do at most they are."""
    if not row.what.startswith(TRAINING):
        return row
    speed = sum(counts.values()) / row.ours
    told = f"{row.what}: {speed / 1e6:.2f} million words/s"
    if row.what == ALONE:
        told += f", {share(speed, share_kept(counts), SETTINGS['vector_size']):.0%} of the peak"
    return replace(row, what=told)


def share_kept(counts: Counter[str]) -> float:
    """The share of all words that are frequent enough and not left out at random."""
    import numpy as np

    from armillary.train.words.sampling import kept

    times = np.array([count for count in counts.values() if count >= LEAST], np.int64)
    return float((times * kept(times, SETTINGS["sample"])).sum() / sum(counts.values()))


def qualities(text: Path, tests: list[str], alone: bool) -> Iterator[Row]:
    """A row for each variant and test: the mean of all seeds, in points of a hundred."""
    for name, (mine, theirs) in VARIANTS.items():
        plans, version = {"ours": mine, "gensim": theirs}, ""
        points: dict[str, list[dict[str, float]]] = {side: [] for side in plans}
        for seed in SEEDS:
            for side in ("ours",) if alone else plans:
                out = CACHE / "made" / f"{side}-{name}-{seed}.npy"
                plan = {"text": str(text), "epochs": 5, "seed": seed, **SETTINGS, **plans[side], "out": str(out)}
                python, script = (OURS, "vectors_side") if side == "ours" else (peer("gensim"), "gensim_side")
                version = measured(task(python, script, "learn", **plan)).version
                points[side].append(quality(out, tests))
                print(f"{name}, seed {seed}, {version}: {points[side][-1]}", file=sys.stderr)
        for test in points["ours"][0]:
            found, other = (mean(one[test] for one in points[side] or points["ours"]) for side in points)
            yield Row(f"{name}, {test}", "points", found, None if alone else other, "" if alone else version, None,
                      f"{WORST:g} below at most", None, found >= other - WORST)


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
