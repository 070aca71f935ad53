"""What the pages offer: every word of it lies in the space; and which spaces can be turned onto each other."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armillary.shelf import Shelf
from armillary.space import Space
from armillary.web.fitting import Fit, FitsQuestion, fits
from armillary.web.library import Library
from armillary.web.offered import OfferedQuestion, offered
from tests.conftest import ROYAL
from tests.web.serving import Client

CIRCLES = ["的", "了", "国王", "王后", "渔夫", "小船", "面包", "黄油"]


def library_of(tmp_path: Path, **spaces: Space) -> Library:
    for name, space in spaces.items():
        space.save(tmp_path / f"{name}.space")
    return Library([str(tmp_path / f"{name}.space") for name in spaces], Shelf(folder=tmp_path / "shelf"))


def made(words: list[str], dim: int = 4, **more: Any) -> Space:
    return Space(words, np.random.default_rng(len(words)).normal(size=(len(words), dim)).astype(np.float32), **more)


@pytest.mark.parametrize("name", ["royal.space", "tiny"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_whatever_is_offered_has_an_answer(client: Client, name: str, language: str) -> None:
    status, found = client.ask("offered", {"id": name, "language": language})
    assert status == 200
    where = {"id": name}
    asked = [("near", {**where, "query": one}) for one in (*found["expressions"], found["analogy"])]
    asked += [("direction", {**where, "pairs": one["pairs"], "words": one["words"]}) for one in found["directions"]]
    asked.append(("similarity", {**where, **dict(zip("ab", found["opposites"], strict=True))}))
    assert len(asked) > 3
    assert [(client.ask(*one)[0], one) for one in asked] == [(200, one) for one in asked]


def test_of_prepared_examples_those_that_are_held(tmp_path: Path) -> None:
    library = library_of(tmp_path, royal=Space(list(ROYAL), np.array(list(ROYAL.values()), np.float32)))
    found = offered(library, OfferedQuestion("royal.space", "zh"))  # it holds more of the English ones
    assert found.expressions == ("king - man + woman",)
    assert [(one.name, one.pairs) for one in found.directions] == [
        ("plural", (("cat", "cats"), ("dog", "dogs"))), ("gender", (("man", "woman"), ("king", "queen")))]
    assert found.directions[0].words == ("king", "queen", "woman", "国王", "男人", "女人")  # none of the prepared ones
    assert found.association is None


def test_a_space_of_other_words_offers_its_commonest(tmp_path: Path) -> None:
    counts = np.arange(8, dtype=np.int64)  # the last is the commonest
    library = library_of(tmp_path, circles=made(CIRCLES, counts=counts), signs=made(["the", "of", ",", "."]))
    found = offered(library, OfferedQuestion("circles.space", "zh"))
    assert found.analogy == "黄油 - 面包 + 小船"
    assert found.expressions == (found.analogy, "黄油", "面包", "小船")
    (axis,) = found.directions
    assert axis.name == "own"
    assert {*axis.pairs[0], *axis.words} == set(CIRCLES[2:])
    assert axis.pairs[0] == found.opposites
    space = library.space("circles.space")
    a, b = (space.vector(word) for word in found.opposites)
    alike = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    others = [space.compare(one, other).cosine for one in CIRCLES[2:] for other in CIRCLES[2:]]
    assert alike == pytest.approx(min(others), abs=1e-6)
    assert offered(library, OfferedQuestion("signs.space")).expressions == ("the", "of")


def test_nothing_is_offered_of_signs_alone(tmp_path: Path) -> None:
    found = offered(library_of(tmp_path, signs=made([",", "."])), OfferedQuestion("signs.space"))
    assert (found.expressions, found.analogy, found.opposites, found.directions) == ((), "", (), ())


@pytest.mark.shelf("glove-6b-50d")
def test_of_glove_everything_english_is_offered_whatever_the_page_speaks() -> None:
    library = Library(["glove-6b-50d"])
    english, chinese = (offered(library, OfferedQuestion("glove-6b-50d", one)) for one in ("en", "zh"))
    assert english == chinese
    assert [one.name for one in english.directions] == ["plural", "gender", "size", "sentiment"]
    assert len(english.expressions) == 5
    assert english.association is not None


def test_spaces_fit_that_are_as_wide_and_share_labels(tmp_path: Path) -> None:
    library = library_of(
        tmp_path, many=made([*CIRCLES, *map(str, range(400))]), few=made(CIRCLES[:4]), other=made(["a", "b", "c"]),
        wide=made(CIRCLES, 5))
    found = fits(library, FitsQuestion())
    assert found.pairs == (Fit("few.space", "many.space"),)
    assert {one.id: one.dim for one in found.widths} == {
        "few.space": 4, "many.space": 4, "other.space": 4, "wide.space": 5}
