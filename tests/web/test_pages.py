"""The pages in a real browser, against a real server with small models: both languages, by keyboard, by link.

Skipped where there is no Node.js, no Chromium, or the explorer is not built (`make explore` builds it).
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from armillary.space import Space
from armillary.web.pages import STATIC
from tests.conftest import ROYAL
from tests.speak.tiny import speaking_folder
from tests.web.serving import Client, serving

EXPLORER = Path(__file__).parents[2] / "explorer"
HOSTILE = ["<img src=x onerror=alert(1)>", '"><script>alert(2)</script>', "javascript:alert(3)", "\u202eking"]


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    installed = (EXPLORER / "node_modules" / "playwright-core").is_dir()
    if not (shutil.which("node") and shutil.which("chromium") and installed):
        pytest.skip("the pages are visited with Node.js, explorer/node_modules and Chromium")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the explorer is not built: make explore")
    folder = tmp_path_factory.mktemp("pages")
    words, vectors = list(ROYAL), np.array(list(ROYAL.values()), np.float32)
    Space(words, vectors).save(folder / "royal.space")
    near_king = vectors[0] + np.arange(1, len(HOSTILE) + 1, dtype=np.float32)[:, None] * 0.01
    Space([*words, *HOSTILE], np.concatenate([vectors, near_king])).save(folder / "hostile.space")
    speaking_folder(folder / "tiny")
    with serving([folder / "royal.space", folder / "tiny", folder / "hostile.space"], folder / "shelf", True) as client:
        yield client


def visit(client: Client, *scenarios: str) -> dict[str, list[str]]:
    command = ["node", str(EXPLORER / "tests" / "visit.mjs"), str(shutil.which("chromium")),
               f"http://127.0.0.1:{client.port}", *scenarios]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.mark.long
@pytest.mark.timeout(300)
def test_pages_work_by_keyboard_and_by_link_and_show_labels_as_text(visited: Client) -> None:
    assert visit(visited, "keyboard", "deep-link", "labels") == {"keyboard": [], "deep-link": [], "labels": []}


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", [
    "english", "chinese", "english-dark", "chinese-light", "phone", "wide", "gone", "writing",
])
def test_every_page_in_both_languages_and_themes(visited: Client, scenario: str) -> None:
    assert visit(visited, scenario) == {scenario: []}
