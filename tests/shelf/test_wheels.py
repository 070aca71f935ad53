"""Fetching what wheels carry, with the real pip, from a folder or a small index on loopback."""

import errno
import importlib.util
import os
import re
import shutil

import numpy as np
import pytest

from armillary.errors import DamagedFile, FetchFailed, MissingExtra, NotFound
from armillary.shelf import bring, home, wheels

CONTENT = b"ranks\n" * 1000


def test_get_brings_the_file_and_its_record(bench, monkeypatch, tmp_path):
    (tmp_path / "pip.py").write_text("raise SystemExit('not the pip that is meant')")
    monkeypatch.chdir(tmp_path)
    shelf = bench.thing()
    assert not shelf.here("thing")
    told = []
    path = shelf.get("Thing", progress=lambda done, total: told.append((done, total)))
    assert path == bench.home / "shelf" / "thing" / "thing.tiktoken"
    assert path.read_bytes() == CONTENT
    assert bench.left() == {"thing"}
    assert not list(bench.home.rglob("*.whl"))
    assert importlib.util.find_spec("thing_data") is None
    size = shelf.entry("thing").size
    assert told[-1] == (size, size)
    assert told == sorted(told)
    record = shelf.record("thing")
    assert (record.name, record.source, record.licence, record.pinned) == ("thing", "thing-data 1.0", "CC0-1.0", True)
    assert shelf.verify("thing").size == len(CONTENT)
    assert shelf.disk_use() == {"thing": len(CONTENT) + (path.parent / "record.json").stat().st_size}


def test_what_is_here_is_not_fetched_again(bench, monkeypatch):
    shelf = bench.thing()
    bench.fetched(shelf)
    shelf.get("thing")
    monkeypatch.setattr(bring, "fetch_wheel", None)
    monkeypatch.setenv("ARMILLARY_OFFLINE", "1")
    assert shelf.get("thing") == shelf.path("thing")


def test_parts_are_joined_in_the_order_of_the_list(bench):
    parts = [bench.wheel(f"big-part{i}", {f"part{i}": bytes([65 + i]) * 10}) for i in range(2)]
    bench.entry("big")
    for i, part in enumerate(parts):
        bench.listed(part, {f"part{i}": ("big.gguf", bytes([65 + i]) * 10)})
    shelf = bench.shelf()
    bench.fetched(shelf, "big")
    told = []
    path = shelf.get("big", progress=lambda done, total: told.append(done))
    assert path.read_bytes() == b"A" * 10 + b"B" * 10
    assert told == sorted(told)
    assert told[-1] == shelf.entry("big").size


def test_a_wheel_with_another_hash_is_refused_and_nothing_stays(bench):
    wheel = bench.wheel("thing-data", {"x.json": b"{}"})
    bench.entry("thing")
    bench.listed(wheel, {"x.json": ("x.json", b"{}")}, sha="0" * 64)
    shelf = bench.shelf()
    with pytest.raises(FetchFailed, match="refused") as caught:
        shelf.get("thing")
    assert "0" * 64 in str(caught.value)
    assert len(set(re.findall("[0-9a-f]{64}", str(caught.value)))) == 2
    assert bench.left() == set()
    assert shelf.disk_use() == {}


def test_a_file_in_the_wheel_with_another_hash_is_refused(bench):
    wheel = bench.wheel("thing-data", {"x.json": b"{}"})
    bench.entry("thing")
    bench.listed(wheel, {"x.json": ("x.json", b"[]")})
    bench.fetched(shelf := bench.shelf())
    with pytest.raises(FetchFailed, match="should have"):
        shelf.get("thing")
    assert bench.left() == set()


def test_pip_cannot_find_it(bench):
    shelf = bench.thing()
    shutil.rmtree(bench.wheels)
    bench.wheels.mkdir()
    with pytest.raises(FetchFailed, match=r"pip could not bring thing-data 1\.0: .*thing-data==1\.0.*pip config list"):
        shelf.get("thing")
    assert bench.left() == set()


def test_nobody_listens_at_the_index(bench, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(FetchFailed, match="pip got no answer .* thing-data 1.0"):
        bench.thing().get("thing")


def test_offline(bench, monkeypatch):
    monkeypatch.setenv("ARMILLARY_OFFLINE", "1")
    with pytest.raises(FetchFailed, match="ARMILLARY_OFFLINE"):
        bench.thing().get("thing")
    assert bench.left() == set()


def test_a_python_without_pip(bench, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FetchFailed, match="ensurepip"):
        bench.thing().get("thing")


def test_a_licence_is_accepted_once(bench):
    shelf = bench.thing(licence=", accept = true")
    with pytest.raises(FetchFailed, match=r"CC0-1\.0.*https://example\.org/licence.*--accept-licence"):
        shelf.get("thing")
    assert bench.left() == set()
    bench.fetched(shelf)
    shelf.get("thing", accept_licence=True)
    shelf.remove("thing")
    bench.fetched(shelf)
    assert shelf.get("thing").exists()


def test_an_optional_package_is_asked_for_before_the_download(bench, monkeypatch):
    shelf = bench.thing(more='needs = "pyarrow"')
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    monkeypatch.setattr(bring, "fetch_wheel", None)
    with pytest.raises(MissingExtra, match=r"armillary\[table\]") as caught:
        shelf.get("thing")
    assert caught.value.exit_code == 4
    assert bench.left() == set()


def test_vectors_and_labels_become_a_space(bench):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    from armillary.space import Space

    labels, vectors = ["the", "国王", "king"], np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4) + 1)
    np.save(bench.home.parent / "v.npy", vectors)
    parquet.write_table(pyarrow.table({"index": labels}), bench.home.parent / "l.parquet")
    files = {"v.npy": (bench.home.parent / "v.npy").read_bytes(),
             "l.parquet": (bench.home.parent / "l.parquet").read_bytes()}
    wheel = bench.wheel("tiny-vectors", files)
    bench.entry("tiny", more='needs = "pyarrow"\nbecomes = "space"')
    bench.listed(wheel, {"v.npy": ("vectors.npy", files["v.npy"]), "l.parquet": ("labels.parquet", files["l.parquet"])})
    shelf = bench.shelf()
    bench.fetched(shelf, "tiny")
    path = shelf.get("tiny")
    assert path.name == "tiny.space"
    space = Space.load(path)
    assert list(space.labels) == labels
    assert np.array_equal(space.vectors, vectors)
    assert space.origin == {"name": "tiny", "source": "tiny-vectors 1.0"}
    assert {entry.name for entry in path.parent.iterdir()} == {"tiny.space", "record.json"}
    shelf.verify("tiny")


def test_verify_says_what_changed(bench):
    shelf = bench.thing()
    bench.fetched(shelf)
    path = shelf.get("thing")
    path.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(DamagedFile, match="has changed"):
        shelf.verify("thing")
    path.unlink()
    with pytest.raises(DamagedFile, match="is gone"):
        shelf.verify("thing")
    (path.parent / "record.json").write_text("{")
    with pytest.raises(DamagedFile, match="--remove thing"):
        shelf.record("thing")
    shelf.remove("thing")
    bench.fetched(shelf)
    assert shelf.get("thing").read_bytes() == CONTENT


def test_remove(bench):
    shelf = bench.thing()
    assert shelf.remove("thing") == 0
    bench.fetched(shelf)
    shelf.get("thing")
    used = shelf.disk_use()["thing"]
    assert shelf.remove("thing") == used
    assert bench.left() == set()
    for ask in (shelf.path, shelf.record, shelf.verify):
        with pytest.raises(NotFound, match="armillary get thing"):
            ask("thing")


def test_a_full_disk_is_said_before_the_download(bench, monkeypatch):
    shelf = bench.thing()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))
    monkeypatch.setattr(bring, "fetch_wheel", None)
    with pytest.raises(FetchFailed, match="ARMILLARY_HOME"):
        shelf.get("thing")
    assert bench.left() == set()


@pytest.mark.parametrize("step", ["take_files", "write_record", "digest"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_midway_leaves_nothing(bench, monkeypatch, step, number):
    shelf = bench.thing()
    bench.fetched(shelf)

    def refuse(*given):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(bring, step, refuse)
    with pytest.raises(FetchFailed, match=os.strerror(number)):
        shelf.get("thing")
    assert bench.left() == set()
    monkeypatch.undo()


def test_a_home_that_cannot_be_made(bench):
    bench.home.write_text("a file, no folder")
    with pytest.raises(FetchFailed, match="could not be written"):
        bench.thing().get("thing")


def test_a_whole_wheel_of_a_killed_run_is_used_and_a_cut_one_is_not(bench, monkeypatch):
    shelf = bench.thing()
    kept = bench.fetched(shelf)
    (kept.parent / "pip-killed").mkdir()
    (kept.parent / "ready").mkdir()
    (kept.parent / "ready" / "thing.tiktoken").write_bytes(b"half")
    monkeypatch.setattr(wheels, "_download", None)
    assert shelf.get("thing").read_bytes() == CONTENT
    assert bench.left() == {"thing"}
    monkeypatch.undo()
    shelf.remove("thing")
    kept = bench.fetched(shelf)
    kept.write_bytes(kept.read_bytes()[:-1])
    asked = []
    monkeypatch.setattr(wheels, "_download", lambda *given: asked.append(1) or next(bench.wheels.iterdir()))
    shelf.get("thing")
    assert asked


def test_home(monkeypatch, tmp_path):
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.setenv("ARMILLARY_HOME", "~/there")
    assert home().is_absolute()
    monkeypatch.delenv("ARMILLARY_HOME")
    assert home().name == "armillary"
