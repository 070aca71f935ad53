"""The lessons in a real browser over two small models, and a frozen copy of all pages opened from the disk."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from armillary.learning import vectors_learned
from armillary.shelf import Shelf
from armillary.space import Space
from armillary.text.learn_pairs import learn_pairs
from armillary.web.freeze.export import export
from armillary.web.library import Library
from armillary.web.pages import STATIC
from tests.conftest import ROYAL
from tests.learning.texts import english
from tests.speak.tiny import SPECIAL, TINY, numbers, speaking_folder
from tests.web.serving import Client, serving
from tests.web.test_pages import EXPLORER, HOSTILE, visit, visit_at

OTHER = "The river is long and the night is quiet; once upon a time the boat on the river sang to the night.\n" * 4


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two models that differ in their tokens, width and numbers; two spaces of the same words; one of evil words."""
    installed = (EXPLORER / "node_modules" / "playwright-core").is_dir()
    if not (shutil.which("node") and shutil.which("chromium") and installed and (STATIC / "index.html").is_file()):
        pytest.skip("the pages are visited with Node.js, explorer/node_modules, Chromium and make explore")
    folder = tmp_path_factory.mktemp("lessons")
    words, vectors = list(ROYAL), np.array(list(ROYAL.values()), np.float32)
    Space(words, vectors).save(folder / "royal.space")
    strange = np.random.default_rng(3).standard_normal(vectors.shape).astype(np.float32)
    Space(words, strange).save(folder / "other.space")
    near_king = vectors[0] + np.arange(1, len(HOSTILE) + 1, dtype=np.float32)[:, None] * 0.01
    Space([*words, *HOSTILE], np.concatenate([vectors, near_king])).save(folder / "hostile.space")
    vectors_learned([english(200)], folder / "circles.space", {
        "method": "skipgram", "vector_size": 8, "epochs": 4, "min_count": 1, "watch": ["king", "fish", "bread", "ice"]})
    speaking_folder(folder / "tiny")
    other = speaking_folder(folder / "other", hidden_size=48)
    save_file(numbers(1, width=48), other / "model.safetensors")
    (other / "tokenizer.json").write_text(json.dumps(learn_pairs([OTHER], TINY["vocab_size"], SPECIAL)))
    return [folder / name for name in ("royal.space", "tiny", "other", "other.space", "hostile.space", "circles.space")]


@pytest.fixture(scope="module")
def taught(things: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(things, tmp_path_factory.mktemp("shelf"), True) as client:
        yield client


@pytest.mark.long(33)
@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", ["lessons", "questions"])
def test_lessons_run_on_whatever_model_is_open(taught: Client, scenario: str) -> None:
    assert visit(taught, scenario) == {scenario: []}


@pytest.mark.long
@pytest.mark.timeout(300)
def test_an_export_is_shown_from_the_disk(things: list[Path], tmp_path: Path) -> None:
    made = export(Library([str(one) for one in things], Shelf(folder=tmp_path / "shelf")), tmp_path / "out")
    found = visit_at((made.folder / "index.html").as_uri(), "frozen", "frozen-labels")
    assert found == {"frozen": [], "frozen-labels": []}
