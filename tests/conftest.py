"""What all tests share: where the data lie, spaces to ask, and the command line as a function."""

import gc
import os
import signal
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from armillary.cli.main import main
from armillary.space import Space

# The same examples at every run, and no clock: a red test stays red, on a slow machine too.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.load_profile("suite")

# A shell that runs the suite in the background has it ignore Ctrl-C, and commands that tests interrupt inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What a loss of power leaves cannot be tried here, and to wait for the disk ten thousand times takes half a minute: an
# open descriptor is all that is asked for. Tests that hold when files are synced put their own in this place.
os.fsync = os.fstat  # type: ignore[assignment]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """No garbage is looked for among the million objects that the imports of all tests make, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with the longest tests first: who began one last would have the other process wait for it."""
    longest: dict[Path, int] = {}
    for item in items:
        for mark in item.iter_markers("long"):
            longest[item.path] = max(longest.get(item.path, 0), *mark.args, 1)
    items.sort(key=lambda item: -longest.get(item.path, 0))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked with models of the shelf of which one is not here."""
    from armillary.shelf import Shelf

    for mark in item.iter_markers("shelf"):
        for name in mark.args:
            if not Shelf().here(name):
                pytest.skip(f"armillary get {name}")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of corpora, evaluation sets and small models that ARMILLARY_DATA names."""
    folder = os.environ.get("ARMILLARY_DATA")
    if not folder:
        pytest.skip("ARMILLARY_DATA names no folder of test data (see CONTRIBUTING.md)")
    return Path(folder)


@pytest.fixture(scope="session")
def glove() -> Space:
    """The real GloVe, from the shelf; mark what takes it with `pytest.mark.shelf("glove-6b-50d")`."""
    import armillary

    return armillary.open("glove-6b-50d")


ROYAL = {
    "king": [4.0, 1.0, 0.0, 0.2], "queen": [4.0, -1.0, 0.0, 0.3], "man": [0.5, 1.0, 0.5, 0.0],
    "woman": [0.5, -1.0, 0.5, 0.1], "cat": [0.0, 0.2, 3.0, 0.0], "cats": [0.0, 0.2, 3.0, 2.0],
    "dog": [0.1, 0.3, 2.5, 0.0], "dogs": [0.1, 0.3, 2.5, 2.1], "new york": [-2.0, 0.0, 0.1, 0.0],
    "国王": [3.9, 1.1, -0.1, 0.2], "男人": [0.4, 1.1, 0.4, 0.0], "女人": [0.4, -0.9, 0.6, 0.1],
}


@pytest.fixture
def royal() -> Space:
    """A dozen labels, English and Chinese, whose answers can be worked out by hand."""
    counts = np.arange(120, 0, -10, dtype=np.int64)
    return Space(list(ROYAL), np.array(list(ROYAL.values()), np.float32), counts=counts, origin={"name": "royal"})


@pytest.fixture
def royal_store(royal: Space, tmp_path: Path) -> str:
    """The same as a native store on the disk."""
    royal.save(tmp_path / "royal.space")
    return str(tmp_path / "royal.space")


@dataclass(frozen=True)
class Ran:
    """What a command line did: its exit code, what it gave on stdout, what it said on stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def armillary_cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """`armillary ...` in this process, in English unless it is told otherwise."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        assert isinstance(stopped.value.code, int)
        return Ran(stopped.value.code, *capsys.readouterr())

    return run
