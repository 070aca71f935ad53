"""The benchmarks run, on tiny spaces and without peers; how long anything takes is no test's business."""

import json
import lzma
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import platformdirs
import pytest

from armillary.space import Space

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    import compare

    return compare


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "tiny.space"
    vectors = np.random.default_rng(1).standard_normal((60, 4), dtype=np.float32)
    Space(["tower", *(f"word{row}" for row in range(59))], vectors).save(path)
    return path


@pytest.mark.long
@pytest.mark.parametrize(("name", "measured"), [
    ("query", {"one query, GloVe x 50, base", "one query, random x 300, fast", "1,024 at once, random x 300"}),
    ("open", {"open and first answer", "open"}),
    ("process", {"armillary near tower", "armillary near tower --json", "import armillary, CPU"}),
    ("load", {"GloVe text x 50", "word2vec binary x 300"}),
])
def test_every_benchmark_runs(name: str, measured: set[str], store: Path, tmp_path: Path) -> None:
    pytest.importorskip("numba")
    kernels = platformdirs.user_cache_path("armillary") / "numba"
    done = subprocess.run(
        [sys.executable, BENCH / f"{name}.py", "--in", store, "--rows", "60", "--rounds", "1", "--alone", "--json"],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "NUMBA_CACHE_DIR": str(kernels)},
        capture_output=True, text=True, check=False,
    )
    assert done.stdout, done.stderr
    rows = {row["what"]: row for row in json.loads(done.stdout)["rows"]}
    assert measured <= set(rows)
    assert all(row["ours"] > 0 and row["peer"] is None for row in rows.values() if row["measure"] != "peak")


@pytest.mark.long(35)
def test_the_benchmark_of_language_models_runs(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tests.speak.tiny import speaking_folder

    model = speaking_folder(tmp_path / "tiny", max_position_embeddings=1_024)
    done = subprocess.run(
        [sys.executable, BENCH / "language.py", "--in", model, "--rounds", "1", "--alone", "--json"],
        capture_output=True, text=True, check=False,
    )
    assert done.stdout, done.stderr
    rows = {row["what"]: row for row in json.loads(done.stdout)["rows"]}
    assert list(rows) == [
        "open to the first next word, whole process", "its peak memory", "prefill of 512 tokens, float32",
        "decoding 128, float32", "prefill of 512 tokens, bfloat16", "decoding 128, bfloat16",
    ]
    assert all(row["ours"] > 0 and row["peer"] is None for row in rows.values())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of corpora as ARMILLARY_DATA names one, with next to nothing in it."""
    folder = tmp_path / "data"
    (folder / "corpora" / "en").mkdir(parents=True)
    (folder / "eval" / "en").mkdir(parents=True)
    words = [f"{first}{last}" for first in ("tall", "wide", "deep", "long") for last in ("", "er", "est")]
    drawn = np.random.default_rng(1).choice(words, 12_000).reshape(-1, 20)
    for shard in (1, 2):
        with lzma.open(folder / f"corpora/en/enwiki-2018-{shard}.txt.xz", "wt", encoding="utf-8") as text:
            text.writelines(f"{' '.join(line)}\n" for line in drawn)
    pairs = [f"{words[row]}\t{words[row + 1]}\t{row}\n" for row in range(10)]
    for name in ("wordsim353-all.tsv", "simlex999.tsv", "men3k.tsv"):
        (folder / "eval/en" / name).write_text("".join(pairs), encoding="utf-8")
    questions = ": forms\ntall taller wide wider\nlong longest deep deepest\n"
    (folder / "eval/en/questions-words.txt").write_text(questions, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("arguments", "rows"), [
    pytest.param(["subwords"], ["skip-gram with n-grams"], marks=pytest.mark.long),
    (["subwords", "--quality"], [f"skip-gram with n-grams, {name}" for name in (
        "questions-words.txt", "wordsim353-all.tsv", "simlex999.tsv", "men3k.tsv")]),
    pytest.param(["vectors"], ["training, skip-gram", "training, CBOW", "training, 300 numbers",
        "training, one outcome, against any", "training, one thread", "training, one shard",
        "a matrix product of 17 GFLOP, one thread", "text to file, whole command",
        "first training in a process, kernels kept", "first training in a process, nothing kept",
    ], marks=pytest.mark.long),
    pytest.param(["vectors", "--quality"], [f"{variant}, {name}" for variant in (
        "skipgram", "cbow", "cbow with equal rates") for name in (
        "questions-words.txt", "wordsim353-all.tsv", "simlex999.tsv", "men3k.tsv")], marks=pytest.mark.long),
    pytest.param(["glove"], ["cooccurrences of 16 million words", "an epoch of GloVe, d 100"], marks=pytest.mark.long),
])
def test_the_benchmarks_of_learning_run(arguments: list[str], rows: list[str], data: Path, tmp_path: Path) -> None:
    pytest.importorskip("numba")
    surroundings = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "ARMILLARY_DATA": str(data),
                    "NUMBA_CACHE_DIR": str(platformdirs.user_cache_path("armillary") / "numba")}
    done = subprocess.run(
        [sys.executable, BENCH / f"{arguments[0]}.py", *arguments[1:], "--rounds", "1", "--alone", "--json"],
        env={**os.environ, **surroundings}, capture_output=True, text=True, check=False,
    )
    assert done.stdout, done.stderr
    told = {row["what"].partition(":")[0]: row for row in json.loads(done.stdout)["rows"]}
    assert list(told) == rows
    assert all(row["ours"] > 0 for row in told.values() if row["measure"] == "wall")
    assert all(-100 <= row["ours"] <= 100 for row in told.values() if row["measure"] == "points")


@pytest.mark.long
def test_what_a_gpu_is_used_for_is_counted_on_a_processor_too() -> None:
    pytest.importorskip("torch")
    asked = json.dumps({"steps": 1, "windows": 1, "context": 8, "device": "cpu"})
    done = subprocess.run([sys.executable, BENCH / "sides" / "gpu_side.py", "learning", asked],
                          capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)["answer"]
    assert found["operations_per_second"] / found["tokens_per_second"] == pytest.approx(6 * 124e6, rel=0.01)
    assert found["utilisation"] is None


def test_quality_is_held_to_the_peers(compare: ModuleType) -> None:
    import subwords

    mine, theirs = {"a": 50.0, "b": 50.0, "c": 50.0}, {"a": 51.0, "b": 51.1, "c": 40.0}
    assert [row.holds for row in subwords.qualities(mine, theirs)] == [True, False, True]
    assert [row.holds for row in subwords.qualities(mine)] == [True] * 3


def test_words_a_second_and_their_part_of_the_peak(compare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    import peak
    import vectors

    monkeypatch.setattr(peak, "peak", lambda: 1e9)
    counts = Counter({"rare": 4, "few": 16, "many": 80})
    assert vectors.share_kept(counts) < 0.96 * 0.4, "rare words are not learned from, frequent ones thinned out"
    row = compare.Row(vectors.ALONE, "wall", 0.01, None, "", None, "", None, True)
    monkeypatch.setattr(vectors, "share_kept", lambda _: 0.5)
    told = vectors.with_speed(row, counts).what
    assert told == "training, one thread: 0.01 million words/s, 5% of the peak"  # 10^4 * 0.5 * 6 * 6 * 100 * 3 / 10^9
    other = vectors.with_speed(compare.replace(row, what="training, CBOW"), counts).what
    assert other == "training, CBOW: 0.01 million words/s"
    assert vectors.with_speed(compare.replace(row, what="the rest"), counts).what == "the rest"


def side(compare: ModuleType, seconds: list[float], answer: object) -> object:
    report = {"wall": seconds, "cpu": seconds, "peak": [], "answer": answer, "version": "someone 1.0"}
    return compare.Side([sys.executable, "-c", f"print({json.dumps(report)!r})"])


def test_medians_ratio_and_answers(compare: ModuleType) -> None:
    sides = {"a": side(compare, [2.0, 9.0, 1.0], 7), "b": side(compare, [6.0], 7), "c": side(compare, [6.0], 8)}
    claims = [
        compare.Claim("met", "a", "b", ratio=3), compare.Claim("missed", "a", "b", ratio=3.1),
        compare.Claim("different", "a", "c"), compare.Claim("slow", "a", limit=1.9),
    ]
    rows = compare.compare(sides, claims, rounds=1)
    assert [(row.ours, row.ratio) for row in rows] == [(2, 3), (2, 3), (2, 3), (2, None)]
    assert [row.same_answer for row in rows] == [True, True, False, None]
    assert [row.holds for row in rows] == [True, False, False, False]
    assert compare.show(rows, as_json=True) == 1
    assert compare.show(rows[:1], as_json=False) == 0


def test_a_side_that_fails_is_not_measured(compare: ModuleType) -> None:
    with pytest.raises(SystemExit, match="no such thing"):
        compare.measured(compare.Side([sys.executable, "-c", "raise SystemExit('no such thing')"]))


@pytest.mark.parametrize(("theirs", "same"), [
    ([["a", 0.9], ["b", 0.5]], True),
    ([["b", 0.5], ["a", 0.9]], False),
    ([["a", 0.9], ["c", 0.5]], True),
    ([["a", 0.9], ["c", 0.4]], False),
    ([["c", 0.9], ["b", 0.5]], False),
    ([["a", 0.9]], False),
])
def test_neighbours_agree_but_for_rounding(compare: ModuleType, theirs: list[object], same: bool) -> None:
    assert compare.same_answer([[["a", 0.9000001], ["b", 0.5]]], [theirs]) is same
