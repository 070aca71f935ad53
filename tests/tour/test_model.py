"""The tour's second half: what it tells of a model is what that model does."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.cells import cell_len

import armillary as ar
from armillary import language
from armillary.cli import tour as command
from armillary.cli.explore import linked
from armillary.cli.tour_model import chapters_of_model
from armillary.cli.tour_pages import page_of_words
from armillary.errors import InputError, NotFound
from armillary.language_model import LanguageModel
from armillary.tour.model import MODELS, MOST_TOKENS, STOPS, TEXTS, Walk, walk
from armillary.tour.words import STOPS as WORDS
from armillary.transformer.config import Embedding
from armillary.transformer.initial import drawn
from tests.conftest import Ran
from tests.published.test_folder import arrays, folder
from tests.published.test_tables import BERT
from tests.speak.tiny import speaking_folder

TEXT = "the boat and the wind"
EXPLORER = Path(__file__).parents[2] / "explorer" / "src"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    opened = ar.open(speaking_folder(tmp_path_factory.mktemp("model") / "tiny"))
    assert isinstance(opened, LanguageModel)
    return opened


@pytest.fixture(scope="module")
def seen(model: LanguageModel) -> Walk:
    return walk(model, TEXT)


def test_what_is_told_is_what_the_model_gives(model: LanguageModel, seen: Walk) -> None:
    told = {name: stop(seen) for name, stop in STOPS.items()}
    ids = model.tokenizer.encode(TEXT).tolist()
    assert [one["id"] for one in told["tokens"]["tokens"]] == ids
    assert b"".join(bytes.fromhex(one["bytes"]) for one in told["tokens"]["tokens"]) == TEXT.encode()
    table = model.transformer.table.numpy()
    np.testing.assert_array_equal([one["numbers"] for one in told["rows"]["rows"]], table[ids][:, :5])
    assert told["rows"]["numbers"] == table.size
    assert told["one_hot"]["characters_equal"]
    assert all(one["equal_bit_for_bit"] for one in told["one_hot"]["ways"])
    np.testing.assert_array_equal(told["one_hot"]["product"], told["one_hot"]["table"])
    assert (told["positions"]["kind"], told["positions"]["largest_added"]) == ("rotary", 0.0)
    scores = model.transformer(torch.tensor([ids]))[0, -1].numpy()
    np.testing.assert_allclose(seen.scores, scores, atol=1e-5)
    assert told["next_word"]["id"] == told["scores"]["best"][0]["id"] == int(scores.argmax())
    chances = torch.softmax(torch.from_numpy(scores) / 2, dim=0)
    best = told["temperatures"]["tokens"][0]
    assert best["chances"][2] == pytest.approx(chances.max().item(), rel=1e-4)
    entropy = -(chances * chances.log()).sum().item()
    assert told["temperatures"]["in_play"][2] == pytest.approx(math.exp(entropy), rel=1e-3)
    assert told["parameters"]["total"] == told["parameters"]["in_the_tensors"]
    assert sum(told["parameters"]["by_kind"].values()) == told["parameters"]["total"]


def test_the_head_that_is_shown_listens_farthest_back(seen: Walk) -> None:
    told = STOPS["attention"](seen)
    pattern = np.array(told["pattern"])
    np.testing.assert_allclose(pattern.sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(pattern, np.tril(pattern))
    reach = {
        (block, head): sum(seen.patterns[block, head, row, column].item()
                           for row in range(len(seen.ids)) for column in range(1, row - 1))
        for block in range(2) for head in range(4)
    }
    assert max(reach, key=reach.__getitem__) == (told["block"], told["head"])
    t = len(seen.ids)
    near_only = np.zeros((1, 2, t, t), np.float32)
    near_only[0, 0] = np.eye(t, k=-1)  # all on the one before: that is not far
    near_only[0, 1, 4, 1] = 0.1
    crafted = replace(seen, patterns=near_only)
    assert STOPS["attention"](crafted)["head"] == 1
    assert told["on_first"] == pytest.approx(seen.patterns[:, :, 1:, 0].mean())
    assert told["last_listens_to"][0]["share"] == pytest.approx(pattern[-1].max())


def test_learned_positions_and_a_scale_are_told_as_they_are(model: LanguageModel) -> None:
    config = replace(model.config, embedding=Embedding(positions="learned", scale=3.0))
    other = LanguageModel(model.path)
    other.__dict__ |= {"config": config, "transformer": drawn(config, rows=1.0), "tokenizer": model.tokenizer}
    told = STOPS["positions"](walk(other, TEXT))
    assert (told["kind"], told["scale"]) == ("learned", 3.0)
    n = len(other.ids(TEXT))
    assert told["largest_added"] == pytest.approx(other.transformer.embedding.W_pos[:n].abs().max().item(), rel=1e-4)


def test_a_long_text_is_cut_and_says_so(model: LanguageModel) -> None:
    told = STOPS["tokens"](walk(model, TEXT * 9))
    assert (told["cut"], len(told["tokens"])) == (True, MOST_TOKENS)
    assert not STOPS["tokens"](walk(model, TEXT))["cut"]


@pytest.mark.parametrize("spoken", ["en", "zh"])
@pytest.mark.parametrize("text", [TEXT, "国王 \x1b[31mred " + "a" * 40, "x"])
def test_it_is_told_in_80_columns(model: LanguageModel, spoken: str, text: str) -> None:
    seen = walk(model, text)
    with language.speaking(spoken):
        told = list(chapters_of_model({name: stop(seen) for name, stop in STOPS.items()}))
    assert len(told) == len(STOPS)
    for _, paragraphs in told:
        for paragraph in paragraphs:
            assert paragraph.replace("\n", "").replace("\t", "").isprintable()
            for line in paragraph.splitlines() if paragraph.startswith("\t") else []:
                assert cell_len(line.lstrip("\t")) <= 77, line


def test_what_cannot_be_walked_says_why(model: LanguageModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no text"):
        walk(model, " ")
    encoder = ar.open(folder(tmp_path / "bert", arrays(**BERT), **BERT))
    with pytest.raises(InputError, match="does not tell what comes next"):
        walk(encoder, TEXT)


def test_without_torch_or_the_model_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: LanguageModel
) -> None:
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    assert "armillary get smollm2-135m-instruct" in command.through_a_model(None, None)["missing"]
    with pytest.raises(NotFound):
        command.through_a_model(None, "smollm2-135m-instruct")
    assert command.through_a_model(TEXT, str(model.path))["next_word"]["text"] == TEXT
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    assert "pip install 'armillary[lm]'" in command.through_a_model(None, None)["missing"]


@pytest.mark.long
@pytest.mark.parametrize(("spoken", "answer"), [
    pytest.param("en", " castle", marks=pytest.mark.shelf(MODELS["en"])),
    pytest.param("zh", "狗", marks=pytest.mark.shelf(MODELS["zh"])),
])
def test_the_models_of_the_shelf_go_on_as_they_did(spoken: str, answer: str) -> None:
    seen = walk(ar.open(MODELS[spoken]), TEXTS[spoken])
    assert STOPS["next_word"](seen)["token"] == answer
    assert STOPS["positions"](seen)["largest_added"] == 0
    assert all(one["equal_bit_for_bit"] for one in STOPS["one_hot"](seen)["ways"])
    told = STOPS["parameters"](seen)
    assert told["total"] == told["in_the_tensors"] == {"en": 134_515_008, "zh": 268_098_176}[spoken]


@pytest.mark.shelf("glove-6b-50d")
def test_the_whole_tour_is_told(glove: ar.Space, armillary_cli: Callable[..., Ran], model: LanguageModel) -> None:
    ran = armillary_cli("tour", "--model", str(model.path), "--text", TEXT)
    assert (ran.code, ran.err) == (0, "")
    assert "21  What to try next" in ran.out
    assert max(map(cell_len, ran.out.splitlines())) <= 80


def test_every_stop_names_the_page_that_shows_it(seen: Walk) -> None:
    pages = set(re.findall(r"name: '(\w+)'", (EXPLORER / "pages.ts").read_text("utf-8")))
    lessons = set(re.findall(r"'lesson\.(\w+)':", (EXPLORER / "words" / "lessons.ts").read_text("utf-8")))
    facts = {name: stop(seen) for name, stop in STOPS.items()}
    links = [paragraphs[-1] for _, paragraphs in chapters_of_model(facts)]
    links += [page_of_words(name, "glove-6b-50d") for name in WORDS]
    assert len(links) == len(STOPS) + len(WORDS)
    for link in links:
        page = re.fullmatch(r'\t→ armillary explore [\w.-]+ --page "(\w+)(?:\?(?:lesson=(\w+)|[\w=:+ -]+))?"', link)
        assert page, link
        assert page[1] in pages
        assert page[2] is None or page[2] in lessons
    assert links[4] == '\t→ armillary explore tiny --page "inside"'


def test_a_page_becomes_an_address() -> None:
    assert linked("http://127.0.0.1:8420/", "") == "http://127.0.0.1:8420/#/?lang=en"
    assert linked("http://127.0.0.1:8420/", "space?q=king - man + woman") == (
        "http://127.0.0.1:8420/#/space?lang=en&q=king%20-%20man%20%2B%20woman")
    assert linked("http://me:1/#/?token=a-_b", "next?text=100%25 好") == (
        "http://me:1/#/next?lang=en&text=100%25%20%E5%A5%BD&token=a-_b")
