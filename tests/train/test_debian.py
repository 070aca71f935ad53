"""The example on Debian's own package index, where there is one."""

import shutil
import subprocess

import pytest
from examples.debian_packages import agreement, learned, read


@pytest.mark.long
def test_neighbours_share_a_section() -> None:
    if not shutil.which("apt-cache"):
        pytest.skip("there is no apt-cache here")
    listed = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    baskets, sections = read(listed.splitlines(keepends=True))
    if len(baskets) < 10_000:
        pytest.skip("this machine's package index is not that of a whole archive")
    found = agreement(learned(baskets, 50), sections)
    assert found.packages > 1000
    assert found.share > 3 * found.chance


def test_the_index_is_read() -> None:
    lines = [
        "Package: a\n", "Depends: b (>= 1), c | d, b (<< 2), e:any\n", "Description: of a\n", " more: of it\n",
        "Section: contrib/games\n", "\n", "Package: b\n", "Section: libs\n",
    ]
    assert read(lines) == ([["b", "c", "e"]], {"a": "games", "b": "libs"})
