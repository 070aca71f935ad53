"""The questions of the pages that run a language model: Inside, Next word, and their lessons."""

from collections.abc import Iterator
from typing import Any

from armillary.errors import ArmillaryError
from armillary.web.freeze.texts import Texts
from armillary.web.home import Opened
from armillary.web.inside import reading
from armillary.web.library import Library
from armillary.web.looked import Looked
from armillary.web.matrices import MatrixQuestion, window

Asked = tuple[str, dict[str, Any]]
TEMPERATURES = (0.0, 0.7, 1.0, 2.0, 5.0)
"""The buttons of the page Next word."""
LESSON_TEMPERATURES = tuple(step / 4 for step in range(1, 21))
DRAWS = 200


def reads_of(library: Library, one: Opened, texts: Texts) -> Iterator[tuple[str, list[Asked]]]:
    """(text, questions) for each text that is read."""
    lessons = texts.of("lessons")
    for text in dict.fromkeys([*texts.of("inside"), *lessons]):
        asked = list(_inside(library, one.id, text))
        if text in lessons and len(asked) > 1:
            asked += _longer(library, one.id, text)
        yield text, asked


def _inside(library: Library, name: str, text: str) -> Iterator[Asked]:
    look = {"id": name, "text": text}
    yield "inside/read", look
    try:
        found = reading(library, Looked(id=name, text=text))
    except ArmillaryError:
        return  # too long, say: the page shows why
    last = len(found.tokens) - 1
    for block in range(len(found.heads)):
        yield "inside/patterns", {**look, "block": block}
        yield from _matrix(look, block, 0, "scores")
    for head in range(found.heads[0]):
        yield from _matrix(look, 0, head, "scores")
    for one in window(library, MatrixQuestion(id=name, text=text)).all:
        yield from _matrix(look, 0, 0, one.name)
    yield "inside/journey", {**look, "position": last}
    for key in range(len(found.tokens)):
        yield "inside/product", {**look, "block": 0, "head": 0, "query": last, "key": key}
    if found.next:
        yield "inside/lens", look
        yield "inside/parts", look
        for position in range(len(found.tokens)):
            yield "inside/lens", {**look, "position": position, "n": 10}


def _matrix(look: dict[str, Any], block: int, head: int, matrix: str) -> Iterator[Asked]:
    """The first window of a matrix, and its first number taken apart."""
    where = {**look, "block": block, "head": head, "matrix": matrix, "row": 0, "column": 0}
    yield "inside/matrix", {**where, "rows": 12, "columns": 8}
    yield "inside/cell", where


def _longer(library: Library, name: str, text: str) -> Iterator[Asked]:
    """The same text with a word behind it, of which the lesson on attention asks."""
    found = reading(library, Looked(id=name, text=text))
    more = text + ((found.next[0].token if found.next else "") or "\n")
    yield "inside/read", {"id": name, "text": more}
    for block in range(len(found.heads)):
        yield "inside/patterns", {"id": name, "text": more, "block": block}


def next_of(one: Opened, texts: Texts) -> Iterator[Asked]:
    """What comes next after each text, at the temperatures that a button sets; how it goes on; what surprises."""
    for text in texts.of("home"):
        yield "next", {"id": one.id, "text": text, "n": 3}
    for text in texts.of("next", "home", "lessons", "inside"):
        for temperature in TEMPERATURES:
            for draws in (0, DRAWS):
                yield "next", {**_next(one.id, text, temperature, 24), "draws": draws}
        yield "write", {"id": one.id, "text": text, "settings": _settings(1.0), "most": 40, "seed": 0}
    for text in texts.of("lessons"):
        for temperature in LESSON_TEMPERATURES:
            yield "next", _next(one.id, text, temperature, 12)
    for text in texts.of("surprise"):
        yield "losses", {"id": one.id, "text": text}


def _settings(temperature: float) -> dict[str, Any]:
    return {"temperature": temperature, "top_k": 0, "top_p": 1.0, "min_p": 0.0}


def _next(name: str, text: str, temperature: float, n: int) -> dict[str, Any]:
    return {"id": name, "text": text, "settings": _settings(temperature), "n": n, "draws": 0, "seed": 0}
