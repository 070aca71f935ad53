"""What is packaged carries the pages, over an sdist too, and who packages without them is told."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from armillary.web.pages import STATIC

ROOT = Path(__file__).parents[2]


def built(where: Path, target: str, into: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)], cwd=where,
                          capture_output=True, text=True, check=False)


@pytest.mark.long
def test_a_wheel_made_of_an_sdist_holds_the_pages(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the explorer is not built: make explore")
    assert built(ROOT, "sdist", tmp_path).returncode == 0
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as file:
        file.extractall(tmp_path, filter="data")
    folder = tmp_path / packed.name.removesuffix(".tar.gz")
    assert built(folder, "wheel", tmp_path).returncode == 0
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        assert "armillary/web/static/index.html" in file.namelist()
    shutil.rmtree(folder / "src/armillary/web/static")
    without = built(folder, "wheel", tmp_path / "no")
    assert without.returncode == 0
    assert "packaged without the pages of the explorer: `make pages`" in without.stdout + without.stderr
