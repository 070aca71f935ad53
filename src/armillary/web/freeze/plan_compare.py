"""The questions of the page Compare: two spaces turned onto each other, and a word in a space and in the layers."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from armillary.errors import ArmillaryError
from armillary.web.compare import CompareQuestion, LayersQuestion, compared, layers
from armillary.web.freeze.examples import LANGUAGES, examples
from armillary.web.home import Opened
from armillary.web.library import Library

Asked = tuple[str, dict[str, Any]]
DRAWN = 14


def turned(library: Library, opened: Sequence[Opened]) -> Iterator[Asked]:
    """The two smallest spaces, as the page takes them where none is named, and the words that moved most."""
    small = sorted((one for one in opened if one.points), key=lambda one: (one.kind == "model", one.bytes))[:2]
    if len(small) < 2:
        return
    both = {"a": small[0].id, "b": small[1].id, "points_a": "W_E", "points_b": "W_E", "pairs": [], "centred": False}
    yield "compare", {**both, "n": 40}
    try:
        found = compared(library, CompareQuestion(small[0].id, small[1].id, n=40))
    except ArmillaryError:
        return  # too few words in common, say: the page shows why
    words = list(dict.fromkeys(one.label for one in found.moved[:DRAWN] if one.label))
    if words:
        yield "compare/words", {**both, "words": words}


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
