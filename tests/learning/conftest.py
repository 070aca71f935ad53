"""A folder of texts to learn from, and a cache of one's own, but not of compiled kernels."""

from pathlib import Path

import platformdirs
import pytest

from tests.learning.texts import chinese, english


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that tests run in: `en.txt`, `zh.txt`, and nothing kept from before."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(platformdirs.user_cache_path("armillary") / "numba"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "en.txt").write_text(english(), encoding="utf-8")
    (folder / "zh.txt").write_text(chinese(), encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder
