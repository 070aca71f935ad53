"""A table becomes a model of one of its columns: points of categories, one-hot rows, a line and its closed form."""

import json
import shlex
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import armillary
from armillary.errors import ArmillaryError, FileError, InputError
from armillary.formats.table import read_table
from armillary.language import Note
from armillary.learning.supervised.figures import Miss, Part
from armillary.learning.supervised.reports import Stage
from armillary.learning.table.asked import Asked
from armillary.learning.table.learn import table_learned
from armillary.space import Space
from tests.conftest import Ran
from tests.learning.texts import files


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """Prices by town and rooms, rooms sometimes unknown; town a says the same as town b."""
    random = np.random.default_rng(0)
    worth = {"a": 5.0, "b": 5.0, "c": -5.0, "d": 0.0}
    lines = ["town,rooms,price,street"]
    for row in range(300):
        town, rooms = random.choice(list(worth)), int(random.integers(1, 9))
        price = 10 + worth[town] + 2 * rooms + 0.5 * random.standard_normal()
        lines.append(f"{town},{'' if row % 10 == 0 else rooms},{price:.2f},no {row}")
    path = tmp_path / "houses.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_points_of_categories_say_what_they_are_worth(houses: Path, tmp_path: Path):
    card = table_learned(houses, tmp_path / "out", Asked(target="price", steps=300, width=2))
    assert isinstance(card.held, Miss)
    assert isinstance(card.plain, Miss)
    assert card.held.rmse < card.plain.rmse / 2
    assert card.held.low < card.held.rmse < card.held.high
    assert [str(note).split(":")[0] for note in card.notes] == ["the column 'street' is left out"]
    assert card.parameters == {"W_in": 4 * 32, "b_in": 32, "W_out": 32, "b_out": 1, "tables.0": 5 * 2}
    town = armillary.open(tmp_path / "out" / "town.space")
    assert [one.label for one in town.near("a", n=1)] == ["b"]
    assert town.counts.sum() == 240
    opened = armillary.LearnedTable.load(tmp_path / "out")
    cells = read_table(houses).columns
    guessed, wanted = np.array(opened.guess(cells)), np.array(cells["price"], float)
    assert np.sqrt(((guessed - wanted) ** 2).mean()) == pytest.approx(card.held.rmse, rel=0.5)
    assert opened.guess({"town": ["nowhere"], "rooms": [""]})[0] == pytest.approx(20, abs=8)
    with pytest.raises(InputError, match="takes the column 'town'"):
        opened.guess({"rooms": ["1"]})
    with pytest.raises(InputError, match="row 2: 'two' in the column 'rooms' is no number"):
        opened.guess({"town": ["a", "a"], "rooms": ["1", "two"]})


def test_one_hot_is_the_same_model_with_more_parameters(houses: Path, tmp_path: Path):
    card = table_learned(houses, tmp_path / "out", Asked(target="price", steps=100, one_hot=True, columns=["town"]))
    assert (card.model, card.widths, card.spaces) == ("one-hot", [0], {})
    assert sum(card.parameters.values()) == 5 * 32 + 32 + 32 + 1
    assert not list((tmp_path / "out").glob("*.space"))
    guesses = armillary.LearnedTable.load(tmp_path / "out").guess({"town": ["a", "c"]})
    assert guesses[0] > guesses[1] + 5


def test_classes_are_told_apart(houses: Path, tmp_path: Path):
    card = table_learned(houses, tmp_path / "out", Asked(target="town", steps=200, columns=["price", "rooms"]))
    assert isinstance(card.held, Part)
    assert isinstance(card.plain, Part)
    assert card.held.accuracy > card.plain.accuracy + 0.2
    guessed = armillary.LearnedTable.load(tmp_path / "out").guess({"price": ["7", "30"], "rooms": ["1", "8"]})
    assert set(guessed) <= set("abcd")


def test_a_line_comes_to_the_closed_form_in_units_of_the_table(houses: Path, tmp_path: Path):
    card = table_learned(houses, tmp_path / "out", Asked(target="price", model="line", columns=["rooms"], steps=400))
    cells = read_table(houses).columns
    assert [one.column for one in card.weights] == ["rooms", "rooms (empty)", ""]
    for one in card.weights:
        assert one.learned == pytest.approx(one.closed, abs=2e-3)
    rooms, empty, added = (one.closed for one in card.weights)
    assert rooms == pytest.approx(2, abs=0.5)
    assert isinstance(card.held, Miss)
    assert card.closed is not None
    assert card.held.rmse == pytest.approx(card.closed.rmse, rel=1e-3)
    by_hand = [rooms * float(cell) + added if cell else empty + added for cell in cells["rooms"][:20]]
    assert armillary.LearnedTable.load(tmp_path / "out").guess({"rooms": cells["rooms"][:20]}) == pytest.approx(
        by_hand, abs=0.02)


def test_an_interrupted_learning_goes_on_to_the_same_bytes(houses: Path, tmp_path: Path):
    def interrupt(told: Stage | Note) -> None:
        if isinstance(told, Stage) and told.held_out is not None and told.step >= 15:
            signal.raise_signal(signal.SIGINT)

    whole, out = tmp_path / "whole", tmp_path / "out"
    table_learned(houses, whole, Asked(target="price", steps=30))
    with pytest.raises(KeyboardInterrupt):
        table_learned(houses, out, Asked(target="price", steps=30, progress=interrupt))
    with pytest.raises(FileError, match="another hidden: 32, not 8"):
        table_learned(houses, out, Asked(target="price", steps=30, hidden=8, resume=True))
    table_learned(houses, out, Asked(target="price", steps=30, resume=True))
    assert files(out) == files(whole)


@pytest.mark.parametrize(("settings", "said"), [
    ({"target": "size"}, "no column 'size'"),
    ({"target": "price", "columns": ["garden"]}, "no column 'garden'"),
    ({"target": "price", "columns": ["price"]}, "cannot be guessed from itself"),
    ({"target": "street"}, "300 classes in 300 rows are too many"),
    ({"target": "street", "kind": "number"}, "row 1: 'no .*' in the column 'street' is no number"),
    ({"target": "price", "model": "line", "columns": ["town"]}, "'town' is none"),
    ({"target": "price", "model": "line", "one_hot": True}, "it has no points"),
])
def test_what_cannot_be_learned_is_told(houses: Path, tmp_path: Path, settings: dict[str, Any], said: str):
    with pytest.raises(InputError, match=said):
        table_learned(houses, tmp_path / "out", Asked(**settings))


def test_too_few_rows_are_told_with_their_number(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n2,y\n" * 6 + ",\n")
    with pytest.raises(InputError, match="12 rows have all that is needed; it takes 20"):
        table_learned(path, tmp_path / "out", Asked(target="a", kind="number"))


def test_a_column_that_is_nearly_numbers_is_told(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{row % 7},{row * row % 83}\n" for row in range(60)) + "?,1\n")
    card = table_learned(path, tmp_path / "out", Asked(target="b", steps=5))
    assert "1 of its cells are no numbers, as '?' in row 61" in str(card.notes[0])


def test_the_command_speaks(armillary_cli: Any, houses: Path, tmp_path: Path):
    out = str(tmp_path / "out")
    ran: Ran = armillary_cli("learn", "table", str(houses), "--target", "price", "--out", out, "--steps", "20")
    assert ran.code == 0
    for said in ("'price' of the 60 rows", "always the mean", "points of categories", "town: 5 points of 2 numbers"):
        assert said in " ".join(ran.out.split())
    line: Ran = armillary_cli("learn", "table", str(houses), "--target", "price", "--out", out, "--force", "--model",
                              "line", "--steps", "20", "--quiet", "--json")
    told = json.loads(line.out)
    assert (told["model"], told["weights"][0]["column"], line.err) == ("line", "rooms", "")
    chinese: Ran = armillary_cli("learn", "table", str(houses), "--target", "town", "--columns", "rooms", "--out", out,
                                 "--force", "--steps", "20", "--lang", "zh")
    assert "总说最常见的类别" in chinese.out
    with pytest.raises(ArmillaryError, match="is no folder"):
        armillary.LearnedTable.load(tmp_path)


def test_the_examples_run(armillary_cli: Any, houses: Path, desk: Path):
    cells = read_table(houses).columns
    Path("houses.csv").write_text("rooms,price\n" + "".join(
        f"{rooms},{price}\n" for rooms, price in zip(cells["rooms"], cells["price"], strict=True)))
    films = zip(cells["town"], cells["price"], strict=True)
    Path("films.json").write_text(json.dumps([{"Director": town, "IMDB Rating": float(one)} for town, one in films]))
    page = armillary_cli("learn", "table", "--help").out
    for example in page.partition("Examples:")[2].strip().splitlines():
        ran: Ran = armillary_cli(*shlex.split(example)[1:], "--steps", "3")
        assert ran.code == 0, (example, ran.err)
        assert "SHA-256" in ran.out


def test_names_of_files_are_plain_and_distinct(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("a/b,a b,c\n" + "x,y,1\nz,w,2\n" * 20)
    card = table_learned(path, tmp_path / "out", Asked(target="c", steps=3))
    assert card.spaces == {"a/b": "a_b.space", "a b": "a_b_2.space"}
    assert Space.load(tmp_path / "out" / "a_b_2.space").labels[0] == "(other)"
