"""A corpus in other processes: the same numbers whatever surrounds them, killed at any step, on a disk that is full."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from armillary.errors import FileError
from armillary.text.settings import CorpusSettings
from armillary.train.corpus import read_corpus
from tests.text.test_corpus import some_text
from tests.train.corpus_child import digest

ALL = CorpusSettings(min_count=1)


def child(*words: object, **surroundings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.train.corpus_child", *map(str, words)], env={**os.environ, **surroundings},
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_same_for_any_threads_hash_seed_locale_and_folder(tmp_path: Path) -> None:
    outputs = set()
    for workers, place, surroundings in (
        (1, "a", {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}),
        (2, "été 北京/a b", {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        (5, "c/d/e", {"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Tokyo"}),
    ):
        folder = tmp_path / place
        for name, text in {"b/é.txt": some_text(), "B.txt": some_text(3000), "a.txt": "İstanbul ΣΑΣ".encode()}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text)
        outputs.add(child("same", folder, tmp_path / f"cache {workers}", workers, **surroundings))
    assert len(outputs) == 1
    assert len(set(json.loads(outputs.pop()))) == 5, "each of the settings matters"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_kill_9_before_any_step_leaves_nothing_that_is_taken_for_whole(tmp_path: Path) -> None:
    folder, cache = tmp_path / "texts", tmp_path / "cache"
    folder.mkdir()
    for name in "abc":
        (folder / name).write_bytes(some_text(300))
    rounds = [json.loads(line) for line in child("killed", folder, cache).splitlines()]
    *dead, last = rounds
    assert last["status"] == 0
    assert {one["status"] for one in dead} == {-signal.SIGKILL}
    assert any(one["half"] == [] for one in dead), "killed while it counted"
    assert any(".npy" in str(one["half"]) and "/manifest.json" not in str(one["half"]) for one in dead), "half-written"
    assert {one["digest"] for one in rounds} == {digest(read_corpus(folder, ALL, cache=tmp_path / "other"))}
    whole = [".lock", "counts", "ids", "labels", "manifest.json"]
    assert all([name for name in one["left"] if not name.endswith(".corpus")] == whole for one in rounds)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that fills: no file grows beyond `size` bytes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("room", "told"), [
    (1000, "has no room for the numbers of the text"), (8100, "could not be written"),
])
def test_a_full_disk_is_one_error_and_the_next_run_works(tmp_path: Path, room: int, told: str) -> None:
    file, cache = tmp_path / "text", tmp_path / "cache"
    file.write_bytes(b"one two three " * 666 + b"one\n")  # 2,000 numbers with the end, 4 bytes each
    read_corpus(["compiled before there is no room"], ALL, cache=cache)
    with files_of_at_most(room), pytest.raises(FileError, match=told) as raised:
        read_corpus(file, ALL, cache=cache)
    assert "File too large" in str(raised.value)
    assert [path.name for path in cache.rglob("*") if path.name != ".lock"] == []
    assert read_corpus(file, ALL, cache=cache).words == 1999
