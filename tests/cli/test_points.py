"""--points: every command of the geometry works on the tables of a language model."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import armillary as ar
from armillary.space import Space
from armillary.space.expression import quoted
from tests.conftest import Ran
from tests.speak.tiny import speaking_folder, speaking_gguf

Cli = Callable[..., Ran]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    speaking_folder(folder / "tiny")
    speaking_gguf(folder / "tiny.gguf")
    (folder / "judged.tsv").write_text("the\tboat\t8\nboat\tuser\t7\nevery\twind\t1\n", encoding="utf-8")
    (folder / "lines.txt").write_text("the boat\nthe sea\n", encoding="utf-8")
    test = {"name": "t", "X": ["boat", "wind"], "Y": ["day", "there"], "A": ["the"], "B": ["system"]}
    (folder / "weat.json").write_text(json.dumps([test]), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def there(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(models)


COMMANDS = [
    ["near", "boat - wind + day", "--in", "tiny"], ["similarity", "boat", "wind", "--in", "tiny"],
    ["odd", "boat", "wind", "every", "--in", "tiny"], ["direction", "boat:wind", "--project", "day", "--in", "tiny"],
    ["weat", "weat.json", "--in", "tiny"], ["slice", "boat", "wind", "day", "--near", "2", "--in", "tiny"],
    ["align", "tiny", "tiny.gguf"], ["evaluate", "tiny", "--suite", "judged.tsv"],
    ["embed", "lines.txt", "--in", "tiny", "--out", "out.space", "--force"],
    ["convert", "tiny", "all.space", "--force"], ["info", "tiny"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_asks_the_table_that_is_chosen(armillary_cli: Cli, command: list[str], tmp_path: Path) -> None:
    unsaid, rows, columns = (
        armillary_cli(*command, *choice, "--json") for choice in ((), ("--points", "W_E"), ("--points", "W_U"))
    )
    assert (unsaid.code, rows.code, columns.code) == (0, 0, 0), (unsaid.err, rows.err, columns.err)
    assert json.loads(rows.out)
    assert (rows.out == unsaid.out) == (command[0] != "info")  # without a choice, info tells of the model
    made = {"embed": "out.space", "convert": "all.space"}.get(command[0])
    if made:
        assert Space.load(made).origin["points" if made == "all.space" else "texts_in"]
        assert Space.load("all.space").tokens if made == "all.space" else True
    else:
        assert columns.out != rows.out


def test_the_spaces_of_a_model_are_its_tables(models: Path) -> None:
    for name in ("tiny", "tiny.gguf"):
        model = ar.open(models / name)
        for space, table in ((model.embedding, model.transformer.table),
                             (model.unembedding, model.transformer.unembedding.W_U.T)):
            assert space.tokens
            np.testing.assert_array_equal(space.vectors, table.cpu().numpy())
            token = model.tokenizer.encode(" boat").tolist()
            assert [space.row(" boat")] == token


def test_tied_tables_are_one_and_an_encoder_has_none(tmp_path: Path) -> None:
    tied = ar.open(speaking_folder(tmp_path / "tied", tie_word_embeddings=True))
    assert tied.unembedding.vectors is tied.embedding.vectors
    assert (tied.embedding.origin["points"], tied.unembedding.origin["points"]) == ("W_E", "W_U")


def test_what_is_no_model_or_no_table_says_so(armillary_cli: Cli, royal_store: str) -> None:
    ran = armillary_cli("near", "king", "--in", royal_store, "--points", "W_E")
    assert ran.code == 1
    assert "is a space as it is" in ran.err
    ran = armillary_cli("near", "boat", "--in", "tiny", "--points", "7")
    assert (ran.code, "W_E, W_U" in ran.err) == (2, True)
    ran = armillary_cli("near", "boat", "--in", "tiny.gguf", "--points", "W_U", "--through", royal_store, "--json")
    assert "not in this space" in ran.err  # the query's space is opened as it is


def test_labels_are_shown_as_they_can_be_asked(armillary_cli: Cli) -> None:
    shown = armillary_cli("near", "boat", "--in", "tiny", "-n", "1").out.splitlines()
    label = shown[2].split('"')[1]
    assert '" boat"' in shown[0]
    told = json.loads(armillary_cli("near", "boat", "--in", "tiny", "-n", "1", "--json").out)
    assert told["neighbours"][0]["label"] == label
    assert json.loads(armillary_cli("near", f'"{label}"', "--in", "tiny", "--json").out)["query"] == f'"{label}"'


def test_info_shows_labels_as_they_can_be_asked_too(armillary_cli: Cli, royal_store: str) -> None:
    labels = json.loads(armillary_cli("info", "tiny", "--points", "W_E", "--json").out)["labels"]
    assert " ".join(f"{quoted(label)}," for label in labels[:3]) in " ".join(
        armillary_cli("info", "tiny", "--points", "W_E").out.split())
    assert "king, queen, man" in armillary_cli("info", royal_store).out


def test_info_tells_what_a_model_is_before_its_weights_are_read(armillary_cli: Cli) -> None:
    told = json.loads(armillary_cli("info", "tiny.gguf", "--json").out)
    assert told["kind"] == "language model"
    assert (told["n_layers"], told["n_kv_heads"], told["positions"], told["tied"]) == (2, 2, "rotary", False)
    assert told["parameters"] == sum(one.numel() for one in ar.open("tiny.gguf").transformer.parameters())
    for language in ("en", "zh"):
        ran = armillary_cli("info", "tiny", "--lang", language)
        assert ("rotary: q and k turned" in ran.out) == (language == "en")
