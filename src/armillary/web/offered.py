"""What the pages offer to ask of a space: the prepared examples that it really holds, else words of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from armillary.geometry.rows import lengths
from armillary.space import Space
from armillary.space.expression import parse
from armillary.text.words import is_chinese
from armillary.web.examples import LANGUAGES, Language, examples
from armillary.web.library import Library
from armillary.web.patience import LONG
from armillary.web.route import Route
from armillary.web.schema import Name

ROWS = 20_000
"""The commonest of a space, among which its own words are looked for."""
OWN = 12
EXPRESSIONS = {False: 5, True: 2}
"""So many prepared expressions are offered of words, and of tokens, whose table knows few names."""


@dataclass(frozen=True)
class OfferedQuestion:
    """A space, and the language of the page."""

    id: Name
    language: Language = "en"


@dataclass(frozen=True)
class Prepared:
    """An axis: its name ("own" of words that were not prepared), its pairs, and words to place on it."""

    name: str
    pairs: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Sets:
    """The four lists of an association test."""

    x: tuple[str, ...]
    y: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]


@dataclass(frozen=True)
class Offered:
    """Examples of which a space holds every word.

    Attributes:
        expressions: to be looked up; the first is `analogy`.
        analogy: a sum of three words where there are so many.
        opposites: two words, or none.
        directions: axes.
        association: for an association test; None where a list would have fewer than two words.
    """

    expressions: tuple[str, ...]
    analogy: str
    opposites: tuple[str, ...]
    directions: tuple[Prepared, ...]
    association: Sets | None


def offered(library: Library, asked: OfferedQuestion) -> Offered:
    """Examples in the language of the page, or in the other one if the space holds more of those."""
    space = library.space(asked.id)
    own = tuple(_own(space))
    other = next(one for one in LANGUAGES if one != asked.language)
    found = {tongue: tuple(_directions(space, tongue, own)) for tongue in (asked.language, other)}
    first, second = sorted(found, key=lambda tongue: -len(found[tongue]))
    said = examples()
    analogies = [*(said["analogy"][tongue] for tongue in (first, second)), " ".join(_sum(own))]
    analogy = next((one for one in analogies if one and _holds(space, one)), "")
    prepared = [one for one in said["expressions"] if _holds(space, one)][: EXPRESSIONS[space.tokens]]
    few = own[:3] if not prepared else ()
    opposites = (tuple(said["opposites"][tongue]) for tongue in (first, second))
    return Offered(
        tuple(dict.fromkeys(one for one in (analogy, *prepared, *few) if one)), analogy,
        next((one for one in opposites if all(_has(space, word) for word in one)), _apart(space, own)),
        found[first] or tuple(_axis_of_own(space, own)),
        next((one for tongue in (first, second) if (one := _association(space, tongue))), None),
    )


def _has(space: Space, word: str) -> bool:
    return space.named(word) in space.labels


def _holds(space: Space, expression: str) -> bool:
    return all(term.label in space.labels for term in parse(expression, space.named))


def _own(space: Space) -> Iterator[str]:
    """The commonest words that are long enough to mean something; where there are none, the commonest."""
    count = min(len(space), ROWS)
    order: Any = range(count) if space.counts is None else np.argsort(-space.counts, kind="stable")[:count].tolist()
    words = dict.fromkeys(space.labels[row].strip() for row in order)
    known = [word for word in words if word.isalpha()]
    telling = [word for word in known if len(word) > (1 if is_chinese(word[0]) else 3)]
    return islice((word for word in (telling if len(telling) > 3 else known) if _has(space, word)), OWN)


def _sum(own: tuple[str, ...]) -> tuple[str, ...]:
    return (own[0], "-", own[1], "+", own[2]) if len(own) > 2 else own[:1]


def _directions(space: Space, tongue: str, own: tuple[str, ...]) -> Iterator[Prepared]:
    for one in examples()["directions"][tongue]:
        pairs = [tuple(line.split(":")) for line in one["pairs"].split("\n")]
        held = tuple((a, b) for a, b in pairs if _has(space, a) and _has(space, b))
        words = tuple(word for word in one["words"].split() if _has(space, word))
        if len(held) > 1:
            inside = {word for pair in held for word in pair}
            yield Prepared(one["name"], held, words or tuple(word for word in own if word not in inside))


def _axis_of_own(space: Space, own: tuple[str, ...]) -> Iterator[Prepared]:
    """An axis between two words of its own, and the others on it."""
    if pair := _apart(space, own):
        yield Prepared("own", ((pair[0], pair[1]),), tuple(word for word in own if word not in pair))


def _apart(space: Space, own: tuple[str, ...]) -> tuple[str, ...]:
    """The two that are the least alike."""
    if len(own) < 2:
        return ()
    vectors = np.stack([space.vector(space.named(word)) for word in own])
    units = vectors / np.maximum(lengths(vectors), 1e-30)[:, None]  # a word may be a row of zeros
    a, b = divmod(int(np.argmin(units @ units.T)), len(own))
    return (own[a], own[b]) if a != b else ()


def _association(space: Space, tongue: str) -> Sets | None:
    sets = {name: tuple(word for word in words.split() if _has(space, word))
            for name, words in examples()["association"][tongue].items()}
    return Sets(**sets) if all(len(words) > 1 for words in sets.values()) else None


ROUTES = (Route("offered", "Examples of which a space holds every word.", OfferedQuestion, Offered, offered,
                seconds=LONG),)
