"""The questions of the page Compare: two spaces turned onto each other, and a word in a space and in the layers."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from armillary.errors import ArmillaryError
from armillary.web.compare import CompareQuestion, LayersQuestion, compared, layers
from armillary.web.examples import LANGUAGES, examples
from armillary.web.fitting import fitting
from armillary.web.home import Opened
from armillary.web.library import Library

Asked = tuple[str, dict[str, Any]]
DRAWN = 14


def turned(library: Library, opened: Sequence[Opened]) -> Iterator[Asked]:
    """The first two spaces that fit, as the page takes them where none is named, and the words that moved most."""
    yield "compare/fits", {}
    for one in fitting(library, tuple(opened)).pairs[:1]:
        both = {"a": one.a, "b": one.b, "points_a": "W_E", "points_b": "W_E", "pairs": [], "centred": False}
        yield "compare", {**both, "n": 40}
        found = compared(library, CompareQuestion(one.a, one.b, n=40))
        words = dict.fromkeys(one.label for one in found.moved[:DRAWN] if one.label)
        yield "compare/words", {**both, "words": list(words)}


def in_layers(library: Library, opened: Sequence[Opened]) -> Iterator[Asked]:
    """A word in two texts, after each layer of each model, and in each space."""
    said = examples()["layers"]
    for tongue in LANGUAGES:
        word, text, other = (said[name][tongue] for name in ("word", "text", "other"))
        for one in opened:
            if one.kind == "space":
                yield "near", {"id": one.id, "query": quoted(word.lower()), "n": 8}
            if one.speaks:
                yield "compare/layers", {"id": one.id, "word": word, "text": text, "other": other, "n": 8}
                yield from _start(library, LayersQuestion(one.id, word, text, other))


def _start(library: Library, asked: LayersQuestion) -> Iterator[Asked]:
    """Who is near the row that the word begins as."""
    try:
        tokens = layers(library, asked).tokens[0]
    except ArmillaryError:
        return
    if tokens:
        yield "near", {"id": asked.id, "query": quoted(tokens[-1]), "n": 8}


def quoted(label: str) -> str:
    """A label as an expression: with spaces or signs it stands in quotes."""
    return label if label and all(unicodedata.category(one)[0] in "LN" for one in label) else f'"{label}"'
