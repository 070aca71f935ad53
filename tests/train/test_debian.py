"""The example on Debian's own package index, where there is one."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from examples.debian_packages import agreement, learned, read

from armillary.space import Space
from tests.conftest import Ran


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*too few places:armillary.errors.ArmillaryWarning")
def test_neighbours_share_a_section(tmp_path: Path) -> None:
    if not shutil.which("apt-cache"):
        pytest.skip("there is no apt-cache here")
    listed = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    baskets, sections = read(listed.splitlines(keepends=True))
    if len(baskets) < 10_000:
        pytest.skip("this machine's package index is not that of a whole archive")
    found = agreement(learned(baskets, tmp_path / "debian.txt", 50), sections)
    assert found.packages > 1000
    assert found.share > 3 * found.chance


def test_the_index_is_read() -> None:
    lines = [
        "Package: a\n", "Depends: b (>= 1), c | d, b (<< 2), e:any\n", "Description: of a\n", " more: of it\n",
        "Section: contrib/games\n", "\n", "Package: b\n", "Section: libs\n",
    ]
    assert read(lines) == ([["b", "c", "e"]], {"a": "games", "b": "libs"})


def test_the_command_learns_the_same_points(tmp_path: Path, armillary_cli: Callable[..., Ran]) -> None:
    baskets = [["libc6", "perl", "libx11-6"], ["libc6", "python3", "python3-numpy"], ["perl", "libx11-6"]] * 9
    file, out = tmp_path / "debian.txt", tmp_path / "debian.space"
    space = learned(baskets, file, 3)
    command = ["learn", "items", str(file), "--method", "ppmi", "--unordered", "--min-count", "5", "--vector-size", "3"]
    assert armillary_cli(*command, "--out", str(out), "--quiet").code == 0
    assert set(space.labels) == {"libc6", "perl", "libx11-6", "python3", "python3-numpy"}
    assert (Space.load(out).vectors == space.vectors).all()
