"""The benchmarks run, on tiny spaces and without peers; how long anything takes is no test's business."""

import json
import os
import subprocess
import sys
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
