"""Texts from wherever they lie: every kind of source and packing, what is kept and reused, bad input."""

import bz2
import gzip
import io
import lzma
import os
import sys
from collections.abc import Callable
from inspect import unwrap
from pathlib import Path

import numpy as np
import pytest

from armillary.errors import ArmillaryError, DamagedFile, FileError, InputError, NotFound, UnknownFormat
from armillary.formats.store import MANIFEST
from armillary.text.encoded import END, Encoded
from armillary.text.settings import CorpusSettings
from armillary.train import corpus as module
from armillary.train import corpus_store
from armillary.train.corpus import read_corpus

ALL = CorpusSettings(min_count=1)
TEXT = "The cat sat.\nThe dog, 北京!\n"
WANTED = [["the", "cat", "sat"], ["the", "dog", "北京"]]


def spelled(text: Encoded) -> list[list[str]]:
    ends = np.flatnonzero(text.ids == END)
    return [[text.labels[number] for number in line if number != END] for line in np.split(text.ids, ends + 1)[:-1]]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def zst(data: bytes) -> bytes:
    return pytest.importorskip("zstandard").ZstdCompressor().compress(data)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zst])
def test_files_are_read_through_their_packing(tmp_path: Path, cache: Path, pack: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "text"
    file.write_bytes(pack(b"\xef\xbb\xbf" + TEXT.encode()))
    assert spelled(read_corpus(file, ALL, cache=cache)) == WANTED
    assert spelled(read_corpus(str(file), ALL, cache=cache)) == WANTED


def test_folders_patterns_and_lists_of_paths(tmp_path: Path, cache: Path) -> None:
    for name, text in {"b.txt": "second", "a.txt": "first\n", "deep/c.txt": "third", ".hidden": "no"}.items():
        (tmp_path / "texts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "texts" / name).write_text(text)
    folder = tmp_path / "texts"
    assert spelled(read_corpus(folder, ALL, cache=cache)) == [["first"], ["second"], ["third"]]
    assert spelled(read_corpus(f"{folder}/*.txt", ALL, cache=cache)) == [["first"], ["second"]]
    assert spelled(read_corpus(f"{folder}/**/*.txt", ALL, cache=cache)) == [["first"], ["second"], ["third"]]
    assert spelled(read_corpus([folder / "b.txt", folder / "a.txt"], ALL, cache=cache)) == [["second"], ["first"]]


def test_standard_input(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert spelled(read_corpus("-", ALL, cache=cache)) == WANTED


@pytest.mark.parametrize("source", [
    ["The cat sat.", "The dog, 北京!"],
    (line for line in [TEXT]),
    iter([["the", "cat", "sat"], ["the", "dog", "北京"]]),
])
def test_iterables_are_read_once(cache: Path, source: object) -> None:
    assert spelled(read_corpus(source, ALL, cache=cache)) == WANTED
    assert not list(cache.iterdir())


def test_a_column_of_parquet(tmp_path: Path, cache: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"id": [1, 2, 3], "title": ["x", "y", "z"], "text": ["The cat sat.", None, "The dog, 北京!"]})
    file = tmp_path / "texts.parquet"
    pytest.importorskip("pyarrow.parquet").write_table(table, file)
    assert spelled(read_corpus(file, ALL, column="text", cache=cache)) == WANTED
    for column in (None, "id", "nothing"):
        with pytest.raises(UnknownFormat, match="has these columns of text: title, text"):
            read_corpus(file, ALL, column=column, cache=cache)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DamagedFile):
        read_corpus(file, ALL, column="text", cache=cache)


def test_a_text_is_read_anew_only_when_it_or_the_settings_change(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[CorpusSettings] = []
    encode = module.encode_text
    monkeypatch.setattr(module, "encode_text", lambda *args: made.append(args[1]) or encode(*args))
    file = tmp_path / "text"
    file.write_text(TEXT)
    first = read_corpus(file, ALL, cache=cache)
    file = file.rename(tmp_path / "moved")
    again = read_corpus(file, ALL, cache=cache, workers=1)
    assert len(made) == 1
    np.testing.assert_array_equal(again.ids, first.ids)
    assert (again.labels, again.counts.tolist(), again.notes) == (first.labels, first.counts.tolist(), first.notes)
    read_corpus(file, CorpusSettings(min_count=1, stop=frozenset("the")), cache=cache)
    file.write_text(TEXT.replace("cat", "cow"))
    assert "cow" in read_corpus(file, ALL, cache=cache).labels
    assert len(made) == 3


def test_a_damaged_cache_is_made_anew_and_an_old_one_goes(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_store, "KEPT", 2)
    file = tmp_path / "text"
    for round_ in range(4):
        file.write_text(f"{TEXT} {round_}")
        read_corpus(file, ALL, cache=cache)
        (cache / f"killed {round_}.corpus").mkdir()
        (cache / f"killed {round_}.corpus" / "ids-0000000000000000.npy.part").write_bytes(b"half")
    (cache / "killed 3.corpus" / "ids-0000000000000000.npy.part").unlink()
    (cache / "killed 3.corpus").rmdir()
    stores = list(cache.glob("*.corpus"))
    assert len(stores) == 2
    for store in stores:
        (store / MANIFEST).write_text("{}")
    assert spelled(read_corpus(file, ALL, cache=cache)) == [*WANTED, ["3"]]


def test_progress_is_told(tmp_path: Path, cache: Path) -> None:
    told: list[tuple[int, int]] = []
    file = tmp_path / "text"
    file.write_text(TEXT * 100_000)
    read_corpus(file, ALL, cache=cache, progress=lambda read, total: told.append((read, total)))
    size = file.stat().st_size
    assert told[0] == (1 << 20, size)
    assert told[-1] == (size + 1, size), "the line break after a file counts as read"


def bad(kind: str, path: Path) -> type[ArmillaryError]:
    """Make a file of the kind at `path`; gives the error that reading it is."""
    content = {
        "empty": (b"", InputError),
        "binary": (b"\x7fELF" + bytes(100), UnknownFormat),
        "UTF-16": ("text".encode("utf-16"), UnknownFormat),
        "another encoding": ("中文文本".encode("gb18030") * 10, UnknownFormat),
        "one endless word": (b"x" * (3 << 20), InputError),
        "rare words": (b"a b c", InputError),
        "cut": (gzip.compress(os.urandom(1000).hex().encode())[:-50], DamagedFile),
    }
    data, error = content[kind]
    path.write_bytes(data)
    return error


@pytest.mark.parametrize("kind", [
    "empty", "binary", "UTF-16", "another encoding", "one endless word", "rare words", "cut",
])
def test_bad_files_are_one_error_and_leave_nothing(tmp_path: Path, cache: Path, kind: str) -> None:
    error = bad(kind, tmp_path / "text")
    with pytest.raises(error) as raised:
        read_corpus(tmp_path / "text", cache=cache)
    assert "\n" not in str(raised.value)
    assert not list(cache.iterdir())


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "text"
    file.write_text(TEXT)

    def append(read: int, total: int) -> None:
        if file.stat().st_size == len(TEXT.encode()):
            file.write_text(TEXT + "more")

    with pytest.raises(FileError, match="changed while it was read"):
        read_corpus(file, ALL, cache=cache, progress=append)
    assert not list(cache.iterdir())


@pytest.mark.parametrize(("source", "error"), [
    ("/no/such/file", NotFound), ("/no/such/*.txt", NotFound), ([], InputError), ({"a"}, InputError),
    (b"bytes", InputError), (7, InputError), ([7], InputError), (["a", 7], InputError), ([["a"], "b"], InputError),
])
def test_what_is_no_text_is_refused(cache: Path, source: object, error: type[ArmillaryError]) -> None:
    with pytest.raises(error):
        unwrap(read_corpus)(source, ALL, cache=cache)  # without the type checks of the test run


def test_an_empty_folder_and_a_column_of_no_table(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(NotFound, match="no file in the folder"):
        read_corpus(tmp_path, ALL, cache=cache)
    (tmp_path / "text").write_text(TEXT)
    with pytest.raises(UnknownFormat, match="is no Parquet file"):
        read_corpus(tmp_path / "text", ALL, column="text", cache=cache)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_line_without_end_takes_bounded_memory(tmp_path: Path, cache: Path) -> None:
    file, words = tmp_path / "line.gz", (1 << 20) // 13
    with gzip.open(file, "wb", 1) as opened:
        for _ in range(96):
            opened.write(b"word another " * words)
    taken: list[int] = []

    def look(read: int, total: int) -> None:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        taken.append(int(status.partition("RssAnon:")[2].split()[0]))

    assert read_corpus(file, cache=cache, progress=look).words == 96 * 2 * words
    assert max(taken) - max(taken[:16]) < 20_000, "kilobytes, for 80 MB more of a line"
