"""Files written aside: whole or not at all, by one writer at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from armillary.errors import FileError, NotFound, OutputExists
from armillary.formats.aside import file_aside, files_aside


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_written_takes_its_place_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with file_aside(path) as file:
        file.write(b"new")
        assert not path.exists(), "nobody sees half of it"
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == {"a.txt"}


def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with file_aside(path, force=True) as file:
        file.write(b"newer")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"newer"


def test_what_is_there_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with pytest.raises(OutputExists, match="--force"), file_aside(path):
        pass
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_whatever_goes_wrong_leaves_no_trace(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def write_half() -> None:
        with file_aside(path, force=True) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == {"a.txt"}


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"a\.txt: could not be written: No space left on device"), (
        file_aside(path, force=True)
    ) as file:
        file.write(b"half")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == {"a.txt"}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no folder"), file_aside(tmp_path / "no" / "a.txt"):
        pass
    assert names(tmp_path) == set()


def test_a_folder_in_the_way_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(FileError), file_aside(tmp_path / "a.txt", force=True) as file:
        file.write(b"x")
    assert names(tmp_path) == {"a.txt"}


def test_a_second_writer_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="advisory locks are POSIX's")
    path = tmp_path / "a.txt"
    with file_aside(path) as file:
        file.write(b"first")
        with pytest.raises(FileError, match="another process is writing it"), file_aside(path):
            pass
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == {"a.txt"}


KILLED = """
import sys, time
from pathlib import Path
from armillary.formats.aside import file_aside, files_aside
with file_aside(Path(sys.argv[1]), force=True) as file:
    file.write(b"x" * 100_000)
    file.flush()
    sys.stdout.write("written\\n"); sys.stdout.flush()
    time.sleep(60)
"""


@pytest.mark.parametrize("renames", [0, 1, 2, 3])
def test_files_that_belong_together_are_never_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    paths = [tmp_path / name for name in ("config", "labels", "vectors")]
    for path in paths:
        path.write_bytes(b"old")
    done: list[Path] = []
    real = Path.replace

    def replace(part: Path, path: Path) -> None:
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(path)
        real(part, path)

    monkeypatch.setattr(Path, "replace", replace)
    try:
        with files_aside(paths, force=True) as files:
            for file in files:
                file.write(b"new")
    except KeyboardInterrupt:
        assert not paths[-1].exists(), "without its last file it cannot be taken for whole"
    else:
        assert done == paths
        assert [path.read_bytes() for path in paths] == [b"new"] * 3
    assert names(tmp_path) <= {path.name for path in paths}


def test_files_that_belong_together_stay_as_they_were_when_one_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "labels").write_bytes(b"old")
    with pytest.raises(OutputExists), files_aside([tmp_path / "labels", tmp_path / "vectors"]):
        pass
    with pytest.raises(RuntimeError), files_aside([tmp_path / "labels", tmp_path / "vectors"], force=True):
        raise RuntimeError
    assert (names(tmp_path), (tmp_path / "labels").read_bytes()) == ({"labels"}, b"old")


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")
def test_what_a_killed_writer_leaves_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    writer = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"written\n"
    with pytest.raises(FileError, match="another process"), file_aside(path, force=True):
        pass
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert path.read_bytes() == b"old"
    assert len(names(tmp_path)) == 2, "one part file is left"
    with file_aside(path, force=True) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == {"a.txt"}


def test_everything_reaches_the_disk_before_the_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (happened.append("fsync"), sync(descriptor))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (happened.append("rename"), replace(self, to))[1])
    with file_aside(tmp_path / "a.txt") as file:
        file.write(b"new")
    assert happened == ["fsync", "rename", "fsync"], "the file, then its name, then the folder's entry"
