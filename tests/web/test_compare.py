"""Two spaces side by side: every number is the library's; a word in the layers of a model."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from armillary.geometry.alignment import random_rotation
from armillary.space import Space
from tests.conftest import ROYAL
from tests.speak.tiny import speaking_folder
from tests.web.serving import Client, serving

WORDS = list(ROYAL)


@pytest.fixture(scope="module")
def spaces() -> tuple[Space, Space]:
    """A space, and the same turned at random, with one word elsewhere."""
    vectors = np.array(list(ROYAL.values()), np.float32)
    turned = (vectors @ random_rotation(4)).astype(np.float32)
    turned[WORDS.index("cat")] *= -1
    return Space(WORDS, vectors), Space(WORDS, turned)


@pytest.fixture(scope="module")
def pair(spaces: tuple[Space, Space], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("pair")
    for space, name in zip(spaces, ("before.space", "after.space"), strict=True):
        space.save(folder / name)
    speaking_folder(folder / "tiny")
    with serving([folder / "before.space", folder / "after.space", folder / "tiny"], folder / "shelf") as client:
        yield client


def asked(client: Client, path: str, **question: Any) -> Any:
    status, answer = client.ask(path, question)
    assert status == 200, answer
    return answer


def test_what_moved_is_what_the_library_says(pair: Client, spaces: tuple[Space, Space]) -> None:
    found = asked(pair, "compare", a="before.space", b="after.space", n=3)
    own = spaces[0].align(spaces[1])
    assert found["moved"][0]["label"] == "cat"
    assert [(one["label"], one["cosine"]) for one in found["moved"]] == [(o.label, o.cosine) for o in own.moved[:3]]
    assert (found["shared"], found["settled"], found["residual"]) == (len(WORDS), own.settled, own.residual)
    assert sum(found["bars"]) == len(WORDS)
    assert found["kept"][0]["cosine"] == max(one.cosine for one in own.moved)


def test_words_on_their_way(pair: Client, spaces: tuple[Space, Space]) -> None:
    found = asked(pair, "compare/words", a="before.space", b="after.space", words=["cat", "king"], n=4)
    cat, king = found["steps"]
    assert np.linalg.norm(np.subtract(cat["start"], cat["end"])) > 5 * np.linalg.norm(
        np.subtract(king["start"], king["end"]))
    near = found["near"][0]
    assert [one["label"] for one in near["first"]] == [one.label for one in spaces[0].near("cat", 4)]
    assert [one["label"] for one in near["second"]] == [one.label for one in spaces[1].near("cat", 4)]
    both = {one["label"] for one in near["first"]} & {one["label"] for one in near["second"]}
    assert {one["label"] for one in near["first"] if one["both"]} == both


def test_pairs_of_words_that_mean_the_same(pair: Client) -> None:
    pairs = [["king", "国王"], ["woman", "女人"], ["cat", "cat"]]
    found = asked(pair, "compare", a="before.space", b="after.space", pairs=pairs)
    assert found["shared"] == 3
    ways = asked(pair, "compare/words", a="before.space", b="after.space", pairs=pairs, words=["king", "dog"])
    assert ways["near"][0]["word"] == "king"


@pytest.mark.parametrize(("question", "status", "said"), [
    ({"a": "before.space", "b": "tiny"}, 422, "cannot be turned onto each other"),
    ({"a": "before.space", "b": "nobody"}, 404, "is open here"),
    ({"a": "before.space", "b": "after.space", "pairs": [["x", "y"]]}, 422, "of no pair"),
])
def test_what_cannot_be_compared_is_said(pair: Client, question: dict[str, Any], status: int, said: str) -> None:
    found, answer = pair.ask("compare", question)
    assert (found, said in answer["message"]) == (status, True), answer


def test_a_word_in_the_layers(pair: Client) -> None:
    text, other = "once upon a time the boat", "the boat on the river"
    found = asked(pair, "compare/layers", id="tiny", word="boat", text=text, other=other, n=3)
    assert "".join(found["tokens"][0]).strip().endswith("boat"[-1])
    first, last = found["layers"][0], found["layers"][-1]
    assert first["start"] == pytest.approx(1)
    assert first["other"] == pytest.approx(1), "the same token, one start"
    assert last["other"] < 1
    assert [len(one) for one in last["near"]] == [3, 3]
    assert first["near"][0] == first["near"][1]
    alone = asked(pair, "compare/layers", id="tiny", word="boat", text=text)
    assert (alone["layers"][0]["other"], len(alone["layers"][0]["near"])) == (None, 1)
    assert pair.ask("compare/layers", {"id": "tiny", "word": "ship", "text": text})[0] == 422
