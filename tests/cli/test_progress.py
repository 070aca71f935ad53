"""The bar on stderr: late, only on a terminal, and gone when the work is."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from armillary.cli import progress as module
from armillary.cli.progress import progress, progress_over
from tests.cli.test_answers import Cli


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Not a fixture: pytest gives a test its own stderr only after those."""
    made = Terminal()
    monkeypatch.setattr("sys.stderr", made)
    monkeypatch.setattr(module, "AFTER", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return made


def shown(terminal: Terminal, text: str) -> bool:
    """Whether `text` is there within ten seconds: the bar is drawn by a thread of its own."""
    end = time.monotonic() + 10
    while text not in terminal.getvalue() and time.monotonic() < end:
        time.sleep(0.01)
    return text in terminal.getvalue()


def test_a_bar_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with progress("questions", quiet=False) as told:
        assert shown(terminal, "questions")
        told(30, 120)
        assert shown(terminal, "25%")


def test_what_is_taken_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with progress_over(["a", "b"], "texts", quiet=False) as counted:
        assert next(counted) == "a"
        assert shown(terminal, "texts")
        assert next(counted) == "b"
        assert shown(terminal, "50%")
        assert next(counted, None) is None


def test_nothing_is_shown_to_the_quiet_nor_into_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with progress("questions", quiet=True) as told:
        told(1, 2)
        time.sleep(0.05)
    monkeypatch.setattr(terminal, "isatty", lambda: False)
    with progress("questions", quiet=False) as told:
        told(1, 2)
        time.sleep(0.05)
    assert terminal.getvalue() == ""


def test_what_ends_at_once_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(module, "AFTER", 60.0)
    with progress("questions", quiet=False) as told:
        told(1, 2)
    assert terminal.getvalue() == ""


def test_evaluate_tells_how_many_questions_are_answered(
    armillary_cli: Cli, royal_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(module._Bar, "__call__", lambda bar, done, total: told.append((done, total)))
    monkeypatch.setattr("sys.stderr", Terminal())
    suite = tmp_path / "suite.txt"
    suite.write_text(": family\n" + "man king woman queen\n" * 1500, encoding="utf-8")
    assert armillary_cli("evaluate", royal_store, "--suite", str(suite)).code == 0
    assert told == [(0, 1500), (1024, 1500)]


def test_info_shows_that_it_opens_a_file(
    monkeypatch: pytest.MonkeyPatch, armillary_cli: Cli, royal_store: str
) -> None:
    """And nothing where it is asked for JSON, as no command does that tells its warnings there."""
    seen: list[tuple[str, bool]] = []

    @contextmanager
    def noted(name: str, quiet: bool) -> Iterator[None]:
        seen.append((name, quiet))
        yield

    monkeypatch.setattr("armillary.cli.files.progress", noted)
    assert armillary_cli("info", royal_store).code == armillary_cli("info", royal_store, "--json").code == 0
    assert seen == [(f"opening {royal_store}", False), (f"opening {royal_store}", True)]
