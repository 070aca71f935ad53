"""The pages in a real browser, against a real server with small models: both languages, by keyboard, by link.

Skipped where there is no Node.js, no Chromium, or the explorer is not built (`make explore` builds it).
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from armillary.learning import vectors_learned
from armillary.space import Space
from armillary.web.pages import STATIC
from tests.conftest import ROYAL
from tests.learning.texts import english
from tests.speak.tiny import speaking_folder
from tests.web.serving import Client, serving

EXPLORER = Path(__file__).parents[2] / "explorer"
HOSTILE = ["<img src=x onerror=alert(1)>", '"><script>alert(2)</script>', "javascript:alert(3)", "\u202eking"]


def ready() -> None:
    """Skip where pages cannot be visited."""
    installed = (EXPLORER / "node_modules" / "playwright-core").is_dir()
    if not (shutil.which("node") and shutil.which("chromium") and installed):
        pytest.skip("the pages are visited with Node.js, explorer/node_modules and Chromium")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the explorer is not built: make explore")


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    ready()
    folder = tmp_path_factory.mktemp("pages")
    words, vectors = list(ROYAL), np.array(list(ROYAL.values()), np.float32)
    Space(words, vectors).save(folder / "royal.space")
    near_king = vectors[0] + np.arange(1, len(HOSTILE) + 1, dtype=np.float32)[:, None] * 0.01
    Space([*words, *HOSTILE], np.concatenate([vectors, near_king])).save(folder / "hostile.space")
    speaking_folder(folder / "tiny")
    learned = folder / "learned"
    learned.mkdir()
    vectors_learned([english(200)], learned / "circles.space", {
        "method": "skipgram", "vector_size": 8, "epochs": 4, "min_count": 1, "watch": ["king", "fish", "bread", "ice"]})
    targets = [folder / "royal.space", folder / "tiny", folder / "hostile.space"]
    with serving(targets, folder / "shelf", True, learn_into=learned) as client:
        yield client


def command(where: str, *scenarios: str) -> list[str]:
    return ["node", str(EXPLORER / "tests" / "visit.mjs"), str(shutil.which("chromium")), where, *scenarios]


def visit(client: Client, *scenarios: str) -> dict[str, list[str]]:
    return visit_at(address(client), *scenarios, token=client.token)


def address(client: Client) -> str:
    return f"http://127.0.0.1:{client.port}"


def visit_at(where: str, *scenarios: str, token: str = "") -> dict[str, list[str]]:
    ran = subprocess.run(command(where, *scenarios), capture_output=True, text=True, timeout=280, check=False,
                         env={**os.environ, "TOKEN": token})
    assert ran.returncode == 0, ran.stderr
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.mark.timeout(300)
def test_pages_work_by_keyboard_show_labels_as_text_and_speak_both_languages(visited: Client) -> None:
    assert visit(visited, "keyboard", "labels", "glance") == {"keyboard": [], "labels": [], "glance": []}


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", [
    "deep-link", "english", "chinese", "english-dark", "chinese-light", "phone", "wide", "gone", "arrows", "writing",
    "looking", "clusters", "learning", "keeping", "links", "offers",
])
def test_every_page_in_both_languages_and_themes(visited: Client, scenario: str) -> None:
    assert visit(visited, scenario) == {scenario: []}


@pytest.mark.long
@pytest.mark.timeout(300)
def test_of_a_long_text_a_window_is_shown(tmp_path: Path) -> None:
    ready()
    speaking_folder(tmp_path / "tiny", max_position_embeddings=1200)
    with serving([tmp_path / "tiny"], tmp_path / "shelf", True) as client:
        assert visit(client, "window") == {"window": []}


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_server_that_went_and_came_back(visited: Client, tmp_path: Path) -> None:
    speaking_folder(tmp_path / "tiny")
    with serving([tmp_path / "tiny"], tmp_path / "shelf", True) as client:
        visitor = subprocess.Popen(command(address(client), "restart"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True)
        assert visitor.stdin is not None
        assert visitor.stdout is not None
        said = visitor.stdout.readline()
    assert said == "stop\n"
    visitor.stdin.write("stopped\n")
    visitor.stdin.flush()
    assert visitor.stdout.readline() == "start\n"
    with serving([tmp_path / "tiny"], tmp_path / "shelf", True, client.port):
        visitor.stdin.write("started\n")
        visitor.stdin.flush()
        found = visitor.communicate(timeout=120)[0]
    assert json.loads(found) == {"restart": []}


@pytest.mark.long(70)
@pytest.mark.shelf("glove-6b-50d", "smollm2-135m-instruct")
@pytest.mark.timeout(400)
def test_pages_on_real_models() -> None:
    ready()
    scenarios = ["queen", "looking", "clusters", "english", "chinese"]
    with serving(["glove-6b-50d", "smollm2-135m-instruct"], None, True) as client:
        assert visit(client, *scenarios) == {one: [] for one in scenarios}
