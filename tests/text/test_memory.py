"""The memory that is left: of the machine, or of a container with less."""

from pathlib import Path

import pytest

from armillary.text import memory


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A container of 600 kB that uses 500 of them, 200 of these for files."""
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    (tmp_path / "memory.max").write_text("600000\n")
    (tmp_path / "memory.current").write_text("500000\n")
    (tmp_path / "memory.stat").write_text("anon 300000\nactive_file 0\ninactive_file 200000\n")
    return tmp_path


def test_a_containers_limit_counts(group: Path) -> None:
    assert memory.available() == 300_000
    (group / "memory.current").write_text("900000\n")
    assert memory.available() == 0


@pytest.mark.parametrize(("name", "content"), [
    ("memory.max", "max\n"), ("memory.max", ""), ("memory.stat", "anon 1\n"),
])
def test_without_a_limit_the_machine_counts(group: Path, name: str, content: str) -> None:
    (group / name).write_text(content)
    assert memory.available() > 1 << 20
