"""The native store: what is written comes back, whole or not at all, and says so when a byte is wrong."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from armillary.errors import ArmillaryError, DamagedFile, FileError, OutputExists, UnknownFormat
from armillary.formats.store import MANIFEST, Store, is_store, open_store, parse_manifest, verify_store, write_store


def content(seed: int = 0, rows: int = 7) -> Store:
    random = np.random.default_rng(seed)
    arrays = {"vectors": random.standard_normal((rows, 3), dtype=np.float32), "counts": np.arange(rows)}
    return Store(arrays, {"kind": "space", "origin": {"seed": seed, "label": "国王"}})


def files(folder: Path) -> dict[str, bytes]:
    return {child.name: child.read_bytes() for child in folder.iterdir()}


def same(a: Store, b: Store) -> bool:
    return a.facts == b.facts and a.arrays.keys() == b.arrays.keys() and all(
        np.array_equal(a.arrays[name], b.arrays[name]) for name in a.arrays
    )


def test_what_is_written_comes_back_mapped_and_read_only(tmp_path: Path) -> None:
    write_store(content(), tmp_path / "a.space")
    back = open_store(tmp_path / "a.space")
    assert same(back, content())
    with pytest.raises(ValueError, match="read-only"):
        back.arrays["vectors"][0] = 0
    assert verify_store(tmp_path / "a.space") == sum(len(data) for data in files(tmp_path / "a.space").values())


def test_the_same_content_gives_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    one = content()
    write_store(one, tmp_path / "a.space")
    turned = Store(dict(reversed(one.arrays.items())), dict(reversed(one.facts.items())))
    write_store(turned, tmp_path / "b.space")
    assert files(tmp_path / "a.space") == files(tmp_path / "b.space")


def test_replacing_needs_force_and_leaves_only_the_new_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.space"
    write_store(content(0), path)
    with pytest.raises(OutputExists):
        write_store(content(1), path)
    assert same(open_store(path), content(0))
    mapped = open_store(path).arrays["vectors"]
    write_store(content(1), path, force=True)
    assert same(open_store(path), content(1))
    assert np.array_equal(mapped, content(0).arrays["vectors"]), "who had the old one open keeps it"
    assert len(files(path)) == 1 + len(content().arrays)


def test_a_folder_that_is_no_store_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(FileError, match="no store"):
        write_store(content(), folder, force=True)
    assert files(folder) == {"cat.jpg": b"cat"}
    with pytest.raises(UnknownFormat, match="no store"):
        open_store(folder)


def test_every_bit_of_the_manifest_is_guarded(tmp_path: Path) -> None:
    path = tmp_path / "a.space"
    write_store(content(), path)
    good = (path / MANIFEST).read_bytes()
    for place in range(len(good)):
        for bit in range(8):
            bad = bytearray(good)
            bad[place] ^= 1 << bit
            with pytest.raises(ArmillaryError):
                parse_manifest(path / MANIFEST, bytes(bad))
    for end in range(len(good)):
        with pytest.raises(ArmillaryError):
            parse_manifest(path / MANIFEST, good[:end])
    (path / MANIFEST).write_bytes(good[:-2])
    with pytest.raises(DamagedFile):
        open_store(path)


def test_every_flipped_byte_of_a_part_is_found_by_verify(tmp_path: Path) -> None:
    path = tmp_path / "a.space"
    write_store(content(), path)
    for part in path.glob("*.npy"):
        good = part.read_bytes()
        for place in range(len(good)):
            part.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            with pytest.raises(DamagedFile, match="bytes have changed"):
                verify_store(path)
        part.write_bytes(good)
    assert verify_store(path) > 0


def test_a_cut_grown_or_missing_part_is_seen_at_opening(tmp_path: Path) -> None:
    path = tmp_path / "a.space"
    write_store(content(), path)
    for part in path.glob("*.npy"):
        good = part.read_bytes()
        for bad in (good[:-1], good + b"\0", b""):
            part.write_bytes(bad)
            with pytest.raises(DamagedFile, match="cut or grown"):
                open_store(path)
        part.unlink()
        with pytest.raises(DamagedFile, match="missing"):
            open_store(path)
        part.write_bytes(good)
    assert same(open_store(path), content())


def test_a_part_whose_header_lies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.space"
    write_store(content(), path)
    part = next(path.glob("vectors-*.npy"))
    part.write_bytes(part.read_bytes().replace(b"(7, 3)", b"(3, 7)"))
    with pytest.raises(DamagedFile, match="header"):
        open_store(path)


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_whatever_call_fails_the_old_store_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """The n-th call of each kind fails with a full disk, for every n that a save makes."""
    path = tmp_path / "a.space"
    write_store(content(0), path)
    failed = 0
    for n in range(40):
        countdown = [n]

        def fail(*args: object, _real: object = None, _left: list[int] = countdown) -> object:
            _left[0] -= 1
            if _left[0] < 0:
                raise OSError(28, "No space left on device")
            return _real(*args)  # type: ignore[operator]

        with monkeypatch.context() as patch:
            if call == "fsync":
                patch.setattr(os, "fsync", lambda fd, real=os.fsync: fail(fd, _real=real))
            elif call == "replace":
                patch.setattr(Path, "replace", lambda a, b, real=Path.replace: fail(a, b, _real=real))
            else:
                from armillary.formats import store

                patch.setattr(
                    store._Hashed, "write", lambda self, data, real=store._Hashed.write: fail(self, data, _real=real)
                )
            try:
                write_store(content(1), path, force=True)
            except FileError as error:
                failed += "No space left" in str(error)
        back = open_store(path)
        assert same(back, content(0)) or same(back, content(1))
        verify_store(path)
        if not same(back, content(0)):
            assert n > 0
            write_store(content(0), path, force=True)
        assert len(files(path)) == 3
        if countdown[0] >= 0:  # it makes no more calls than these
            break
    assert 0 < failed < 40


WRITER = """
import sys, itertools
import numpy as np
from pathlib import Path
from armillary.formats.store import Store, write_store
path = Path(sys.argv[1])
for generation in itertools.count():
    arrays = {name: np.full((20_000, 10), generation, np.float32) for name in ("a", "b", "c")}
    write_store(Store(arrays, {"generation": generation}), path, force=True)
    print(generation, flush=True)
"""


def test_kill_9_at_any_moment_leaves_one_whole_generation(tmp_path: Path) -> None:
    path = tmp_path / "a.space"
    random = np.random.default_rng(0)
    for _ in range(8):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(random.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        store = open_store(path)
        verify_store(path)
        generations = {float(array.max()) for array in store.arrays.values()}
        assert generations == {store.facts["generation"]}
    write_store(content(), path, force=True)
    assert len(files(path)) == 1 + len(content().arrays), "what the killed writers left is gone"


def test_a_first_writing_that_was_cut_off_is_said_and_can_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "a.space"
    write_store(content(), path)
    (path / MANIFEST).unlink()
    assert not is_store(path)
    with pytest.raises(UnknownFormat, match="interrupted"):
        open_store(path)
    write_store(content(1), path)
    assert same(open_store(path), content(1))
