"""Questions of a space: who is near, along which path an expression goes, how alike, who is odd."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np

from armillary.errors import ArmillaryError
from armillary.extras import have
from armillary.geometry.analogy import Rule
from armillary.space import Point, Space
from armillary.space.answers import Neighbour, Neighbours, Odd, Similarity
from armillary.space.expression import Term, written
from armillary.web.library import Library, Points
from armillary.web.maps import Axes, placed
from armillary.web.route import Route
from armillary.web.schema import Expression, Name, Range, Size


@dataclass(frozen=True)
class NearQuestion:
    """An expression whose nearest points are asked for."""

    id: Name
    query: Expression
    n: Annotated[int, Range(1, 1000)] = 12
    points: Points = "W_E"
    rule: Rule = "sum"


@dataclass(frozen=True)
class Found:
    """A neighbour with its row."""

    label: str
    cosine: float
    rank: int
    score: float
    row: int


@dataclass(frozen=True)
class Near:
    """The nearest points; `excluded` are the words of the query, with the ranks that they would have had."""

    query: str
    rule: str
    neighbours: tuple[Found, ...]
    excluded: tuple[Found, ...]


@dataclass(frozen=True)
class PathQuestion:
    """An expression, and the map that its path is drawn on."""

    id: Name
    query: Expression
    points: Points = "W_E"
    axes: Axes = ()


@dataclass(frozen=True)
class Stop:
    """A word of an expression: where it lies, and where the sum is once it is added."""

    label: str
    factor: float
    row: int
    at: tuple[float, ...]
    sum: tuple[float, ...]


@dataclass(frozen=True)
class Way:
    """The path of an expression; `norm` is the length of the sum's vector."""

    query: str
    stops: tuple[Stop, ...]
    norm: float


@dataclass(frozen=True)
class PairQuestion:
    """Two words, expressions or texts."""

    id: Name
    a: Expression
    b: Expression
    points: Points = "W_E"


@dataclass(frozen=True)
class OddQuestion:
    """Words of which one does not belong."""

    id: Name
    words: Annotated[tuple[Expression, ...], Size(100, 3)]
    points: Points = "W_E"


def near(library: Library, asked: NearQuestion) -> Near:
    """The nearest points of an expression."""
    space = prepared(library, asked.id, asked.points)
    return _told(space, space.near(asked.query, asked.n, rule=asked.rule))


def near_all(library: Library, asked: Sequence[NearQuestion]) -> list[Near | Exception]:
    """The answers to several questions about one item: those that differ in their expressions alone, together."""
    answers: dict[int, Near | Exception] = {}
    groups: dict[tuple[Points, int], list[tuple[int, Point]]] = {}
    for place, one in enumerate(asked):
        try:
            point = prepared(library, one.id, one.points).point(one.query)
            if one.rule == "sum" and point.norm > 0:
                groups.setdefault((one.points, one.n), []).append((place, point))
            else:
                answers[place] = near(library, one)
        except (ArmillaryError, ValueError) as error:
            answers[place] = error
    for (points, n), some in groups.items():
        space = prepared(library, asked[0].id, points)
        found = space.near_many([point for _, point in some], n)
        answers |= {place: _told(space, each) for (place, _), each in zip(some, found, strict=True)}
    return [answers[place] for place in range(len(asked))]


def _told(space: Space, found: Neighbours) -> Near:
    return Near(found.query, found.rule, _with_rows(space, found.neighbours), _with_rows(space, found.excluded))


def prepared(library: Library, name: str, points: Points) -> Space:
    """The space, ready for many single questions where the extra `fast` is installed."""

    def make() -> Space:
        space = library.space(name, points)
        if have("numba"):
            space.prepare()
        return space

    found: Space = library.once(("prepared", name, points), make)
    return found


def _with_rows(space: Space, some: Sequence[Neighbour]) -> tuple[Found, ...]:
    return tuple(Found(**asdict(one), row=_row(space, one.label)) for one in some)


def _row(space: Space, label: str) -> int:
    row = space.labels.find(label)
    return -1 if row is None else row


def way(library: Library, asked: PathQuestion) -> Way:
    """Where the words of an expression lie on a map, and where their sum goes, word by word."""
    space, frame = library.space(asked.id, asked.points), placed(library, asked).frame
    point = space.point(asked.query)
    sums = np.cumsum([term.factor * space.vector(term.label) for term in point.terms], axis=0)
    at = frame.coordinates(np.stack([space.vector(term.label) for term in point.terms])).tolist()
    stops = tuple(
        Stop(term.label, term.factor, _row(space, term.label), tuple(place), tuple(total))
        for term, place, total in zip(point.terms, at, frame.coordinates(sums).tolist(), strict=True)
    )
    return Way(written([Term(one.factor, one.label) for one in point.terms], exact=space.tokens), stops, point.norm)


def similarity(library: Library, asked: PairQuestion) -> Similarity:
    """How alike two words, expressions or texts are."""
    return library.space(asked.id, asked.points).compare(asked.a, asked.b)


def odd(library: Library, asked: OddQuestion) -> Odd:
    """The word that does not belong."""
    return library.space(asked.id, asked.points).odd(asked.words)


ROUTES = (
    Route("near", "The nearest points of an expression.", NearQuestion, Near, near, together=near_all),
    Route("path", "The path of an expression on a map.", PathQuestion, Way, way),
    Route("similarity", "How alike two words or texts are.", PairQuestion, Similarity, similarity),
    Route("odd", "The word that does not belong.", OddQuestion, Odd, odd),
)
