"""The tour tells the figures that are held by tests/golden, in 80 columns, in both languages."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from armillary.space import Space
from armillary.text.words import split_words
from armillary.tour import words as tour
from tests.conftest import Ran

pytestmark = pytest.mark.shelf("glove-6b-50d")

Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def first_half_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second half, which takes seconds to open a model, is told in tests/tour."""
    monkeypatch.setattr("armillary.cli.tour.through_a_model", lambda text, model: {"missing": "it is not asked"})


def test_its_json_is_what_the_stops_compute(glove: Space, armillary_cli: Cli) -> None:
    ran = armillary_cli("tour", "--json")
    assert (ran.code, ran.err) == (0, "")
    told = json.loads(ran.out)
    picture = Path(told.pop("picture"))
    assert told.pop("model") == {"missing": "it is not asked"}
    assert told == json.loads(json.dumps({name: stop(glove) for name, stop in tour.STOPS.items()}))
    page = picture.read_text(encoding="utf-8")
    assert "niece" in page
    assert page.lower().startswith("<!doctype html>")


HOSTILE = f"国王看着 \x1b[31mred zzzqqq King’s cat {'a' * 100}"


@pytest.mark.parametrize(("language", "text"), [("en", tour.TEXT), ("zh", HOSTILE)])
def test_its_text_fits_80_columns_and_says_the_figures(
    glove: Space, armillary_cli: Cli, language: str, text: str
) -> None:
    ran = armillary_cli("tour", "--lang", language, "--text", text)
    assert (ran.code, ran.err) == (0, "")
    for line in ran.out.splitlines():
        assert cell_len(line.rstrip()) <= 80, line
    assert ran.out.replace("\n", "").isprintable()
    for figure in ("400,000", "+0.5045", "0.861", "0.886", "107", "1.752", "1.737", "0.92", "27%", "+0.11", "13", "15"):
        assert figure in ran.out, figure
    assert (sum("一" <= character <= "鿿" for character in ran.out) > 300) == (language == "zh")


@pytest.mark.parametrize("text", ["", "?!", HOSTILE, "King’s"])
def test_any_text_may_be_asked(glove: Space, text: str) -> None:
    told = tour.words_are_rows(glove, text)
    assert told["text"] == text
    assert [one["word"] for one in told["words"]] == list(split_words(text))
    assert all((one["row"] is None) == (one["numbers"] is None) for one in told["words"])
