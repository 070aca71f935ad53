"""Every question that the pages ask by themselves, or by a button that they offer, in the words of the front end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from armillary.web.counting import CountQuestion, counted
from armillary.web.examples import LANGUAGES, examples
from armillary.web.freeze.plan_compare import in_layers, turned
from armillary.web.freeze.plan_learned import replays
from armillary.web.freeze.plan_model import next_of, reads_of
from armillary.web.freeze.texts import Texts
from armillary.web.home import Home, Opened
from armillary.web.library import Library
from armillary.web.offered import Offered, OfferedQuestion, offered

Asked = tuple[str, dict[str, Any]]
"""A path under /api/, and the question."""


@dataclass(frozen=True)
class Sheet:
    """Questions whose answers lie in one file.

    Attributes:
        name: of the file.
        about: which item, or "".
        page: what shows it.
    """

    name: str
    about: str
    page: str
    asked: tuple[Asked, ...]


def plan(library: Library, home: Home, texts: Texts) -> Iterator[Sheet]:
    """What is to be frozen, file by file."""
    opened = [one for one in home.opened if not one.problem]
    for place, one in enumerate(opened, 1):
        if one.kind not in ("space", "config"):
            yield Sheet(f"tokens-{place}.js", one.id, "tokens", tuple(_cuts(one, texts)))
        if one.points:
            yield from _points(library, one, place)
        if one.kind == "model" and home.torch:
            for number, (_, asked) in enumerate(reads_of(library, one, texts), 1):
                yield Sheet(f"inside-{place}-{number}.js", one.id, "inside", tuple(asked))
            if one.speaks:
                yield Sheet(f"next-{place}.js", one.id, "next", tuple(next_of(one, texts)))
    yield Sheet("compare.js", "", "compare", tuple(turned(library, opened)))
    yield from (Sheet(name, about, "learn", tuple(asked)) for name, about, asked in replays(library))
    if home.torch:
        yield Sheet("layers.js", "", "compare", tuple(in_layers(library, opened)))
    names = list(dict.fromkeys([*(one.id for one in opened if one.kind in ("model", "config")), *home.configs]))
    for place, name in enumerate(names, 1):
        yield Sheet(f"count-{place}.js", "", "count", tuple(_counts(library, name)))


def _cuts(one: Opened, texts: Texts) -> Iterator[Asked]:
    said = examples()
    shown = texts.of("tokens", "home", "inside", "next", "lessons")
    for text in dict.fromkeys([*shown, *said["same"].values(), *said["ids"]]):
        yield "tokens", {"id": one.id, "text": text}
    for text in shown:
        yield "merges", {"id": one.id, "text": text[:400]}
    if one.kind == "model":
        for text in texts.of("lessons"):
            yield "table", {"id": one.id, "text": text}


def _points(library: Library, one: Opened, place: int) -> Iterator[Sheet]:
    where = {"id": one.id, "points": "W_E"}
    around = {**where, "axes": []}
    counts = library.space(one.id, "W_E").counts is not None
    tones = [{**around, "by": by, "query": ""} for by in ("length", "cluster", *(("count",) if counts else ()))]
    yield Sheet(f"space-{place}.js", one.id, "space", tuple(_questions(library, one, where, around)))
    yield Sheet(f"space-{place}-points.js", one.id, "space", (("map/points", around),))
    yield Sheet(f"space-{place}-labels.js", one.id, "space", (("labels", where),))
    yield Sheet(f"space-{place}-colours.js", one.id, "space", tuple(("colours", tone) for tone in tones))


def _questions(library: Library, one: Opened, where: dict[str, Any], around: dict[str, Any]) -> Iterator[Asked]:
    yield "space", where
    yield "groups", where
    yield "map", around
    yield "map/trust", around
    for tongue in LANGUAGES:
        yield "offered", {"id": one.id, "language": tongue}
        yield from _examples(one.id, where, around, offered(library, OfferedQuestion(one.id, tongue)))


def _examples(name: str, where: dict[str, Any], around: dict[str, Any], some: Offered) -> Iterator[Asked]:
    """What is offered of a space, asked."""
    for query in some.expressions:
        yield "near", {**where, "query": query, "n": 12}
        yield "path", {**around, "query": query}
    if some.analogy:
        yield "near", {"id": name, "query": some.analogy, "n": 12}
    if some.opposites:
        yield "similarity", {"id": name, **dict(zip("ab", some.opposites, strict=True))}
    for each in some.directions:
        yield "direction", {"id": name, "pairs": [list(pair) for pair in each.pairs], "words": list(each.words)}
    if some.association:
        sets = {key: list(words) for key, words in vars(some.association).items()}
        yield "weat", {"id": name, "name": "test", **sets}


def _counts(library: Library, name: str) -> Iterator[Asked]:
    yield "count", {"name": name}
    found = counted(library, CountQuestion(name))
    yield "count", {"name": name, "changes": {"n_ctx": 2 * found.facts["n_ctx"]}}
    if found.tied is not None:
        yield "count", {"name": name, "changes": {"tied": not found.tied}}


def called(sheet: Sheet) -> str:
    """What a file is counted under where sizes are told: the item, or the page."""
    return sheet.about or sheet.page
