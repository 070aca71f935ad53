"""open: whatever it is pointed at, by what it holds."""

import gzip
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import armillary as ar
from armillary.errors import ArmillaryError, ArmillaryWarning, NotFound, UnknownFormat
from armillary.formats.points import Accept
from armillary.opening import located, open_space


@pytest.fixture(autouse=True)
def empty_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_a_store_a_text_and_a_packed_text_are_opened_alike(royal: ar.Space) -> None:
    royal.first(8).save("a.space")
    lines = "".join(f"{label} {' '.join(map(str, royal[label].vector.tolist()))}\n" for label in royal.first(8))
    Path("a.txt").write_text(lines, encoding="utf-8")
    Path("a.whatever").write_bytes(gzip.compress(lines.encode()))
    for target in ("a.space", Path("a.txt"), "a.whatever", str(Path("a.txt").absolute())):
        space = ar.open(target)
        assert list(space) == list(royal)[:8]
        assert np.array_equal(space.vectors, royal.vectors[:8])
    assert ar.open("a.txt").origin["file"] == "a.txt"
    assert dict(ar.open("a.space").origin) == dict(royal.origin)


@pytest.mark.parametrize("target", ["a.space", "a.txt"])
def test_a_limit_takes_the_first_rows(royal: ar.Space, target: str) -> None:
    royal.first(8).save("a.space")
    Path("a.txt").write_text("king 1 2\nqueen 3 4\nman 5 6\n", encoding="utf-8")
    assert list(ar.open(target, limit=2)) == ["king", "queen"]


def test_what_is_odd_is_a_counted_warning_that_can_be_silenced() -> None:
    Path("twice.txt").write_text("cat 1 2\ndog 3 4\ncat 5 6\n", encoding="utf-8")
    with pytest.warns(ArmillaryWarning, match="twice.txt"):
        space = ar.open("twice.txt")
    assert len(space) == 2
    assert len(space.notes) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ArmillaryWarning)
        assert len(ar.open("twice.txt")) == 2


def test_the_warning_points_at_the_line_that_opened() -> None:
    """In a program of its own: in this one every function is wrapped by the checker of types."""
    Path("twice.txt").write_text("cat 1 2\ndog 3 4\ncat 5 6\n", encoding="utf-8")
    Path("program.py").write_text("import armillary as ar\n\nar.open('twice.txt')\n", encoding="utf-8")
    ran = subprocess.run([sys.executable, "program.py"], capture_output=True, text=True, encoding="utf-8", check=True)
    assert "program.py:3: ArmillaryWarning: twice.txt" in ran.stderr


def test_what_is_refused_can_be_accepted_by_name() -> None:
    Path("bad.txt").write_text("cat 1 2\ndog nan 4\n", encoding="utf-8")
    with pytest.raises(ArmillaryError):
        ar.open("bad.txt")
    with pytest.warns(ArmillaryWarning):
        assert list(ar.open("bad.txt", Accept(drop_nonfinite=True))) == ["cat"]


@pytest.mark.parametrize(("target", "said"), [
    ("glove-6b-50d", "armillary get glove-6b-50d"), ("GloVe-6B-50D", "armillary get glove-6b-50d"),
    ("glove-6b-50", "glove-6b-50d"), ("missing/file.txt", "missing/file.txt"),
])
def test_what_is_nowhere_is_not_found(target: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        located(target)


def test_what_is_no_space_says_what_it_is() -> None:
    for door in (open_space, ar.open):
        with pytest.raises(NotFound, match="armillary get gpt2"):
            door("gpt2")
    with pytest.raises(UnknownFormat, match="its kind is"):
        open_space("cl100k_base")
    Path("cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(UnknownFormat):
        ar.open("cat.png")
    Path("empty.txt").touch()
    with pytest.raises(ArmillaryError):
        ar.open("empty.txt")


def test_what_lies_on_the_disk_goes_before_the_shelf(royal: ar.Space) -> None:
    royal.save("glove-6b-50d")
    assert len(ar.open("glove-6b-50d")) == 12


def test_a_home_may_be_written_with_a_tilde(
    royal: ar.Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    royal.save("a.space")
    assert len(ar.open("~/a.space")) == 12
