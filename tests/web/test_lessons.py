"""The lessons: their rows are the table's, and no figure stands in their source."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from armillary.opening import open_space
from tests.speak.tiny import speaking_folder
from tests.web.serving import Client
from tests.web.test_answers import asked

SOURCE = Path(__file__).parents[2] / "explorer" / "src"
TEXT = "the boat and the wind"


def test_the_rows_of_a_text_are_those_of_the_table(client: Client, tmp_path: Path) -> None:
    answer = asked(client, "table", id="tiny", text=TEXT)
    table = open_space(str(speaking_folder(tmp_path / "tiny")), points="W_E")
    assert (answer["rows"], answer["dim"]) == (len(table), table.dim)
    assert answer["count"] == len(answer["ids"]) == len(answer["tokens"])
    np.testing.assert_allclose(answer["numbers"], table.vectors[answer["ids"]], atol=1e-6)
    assert answer["equal"]
    first, other = table.vectors[answer["ids"][0]], table.vectors[answer["ids"][1]]
    cosine = first @ other / np.linalg.norm(first) / np.linalg.norm(other)
    assert answer["angle"] == pytest.approx(np.degrees(np.arccos(cosine)), abs=1e-3)
    assert answer["pair"] == answer["tokens"][:2]


def test_one_token_has_no_angle_and_no_token_no_rows(client: Client) -> None:
    assert asked(client, "table", id="tiny", text="!")["angle"] is None
    status, said = client.ask("table", {"id": "royal.space", "text": "king"})
    assert (status, said["kind"]) == (422, "InputError")


def test_no_figure_stands_in_the_source_of_the_lessons() -> None:
    sentences = (SOURCE / "words" / "lessons.ts").read_text("utf-8")
    told = [line.split(":", 1)[1] for line in sentences.splitlines() if line.startswith("  '")]
    assert len(told) > 60
    assert not [line for line in told if re.search(r"[0-9０-９]|[二三四五六七八九十百千万亿]个", line)]
    shown = re.compile(r">[^<>{}]*\d[^<>{}]*<")  # between two tags
    assert not [path.name for path in (SOURCE / "pages" / "lessons").glob("*.svelte")
                if shown.search(path.read_text("utf-8").split("</script>")[-1].split("<style>")[0])]


def test_every_sentence_of_a_lesson_is_in_both_languages_with_the_same_figures() -> None:
    sentences = (SOURCE / "words" / "lessons.ts").read_text("utf-8")
    pairs = re.findall(r"^  '[\w.]+': (\[.*\]),$", sentences, re.MULTILINE)
    for pair in pairs:
        english, chinese = json.loads(pair.replace("['", '["').replace("', '", '", "').replace("']", '"]'))
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese)), english
        assert re.search("[\u4e00-\u9fff]", chinese), chinese
