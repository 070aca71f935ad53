"""Directions: an axis from pairs, how far the pairs agree, words placed on it; and association tests."""

from dataclasses import dataclass
from typing import Annotated

from armillary.space.answers import Association, Projected
from armillary.web.library import Library, Points
from armillary.web.route import Route
from armillary.web.schema import Expression, Name, Range, Size, Words

Pair = tuple[Expression, Expression]


@dataclass(frozen=True)
class DirectionQuestion:
    """Pairs that make an axis, and words to place on it."""

    id: Name
    pairs: Annotated[tuple[Pair, ...], Size(200, 1)]
    words: Words = ()
    points: Points = "W_E"
    seed: Annotated[int, Range(0, 2**31)] = 0


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        coherence: the mean cosine between the pairs' differences; None with one pair.
        agreement: each pair's cosine with the axis.
        p: how often pairs swapped at random agree as well; None under three pairs.
        smallest_p: the smallest p that could have come out.
        projections: the words on the axis, the highest first.
    """

    coherence: float | None
    agreement: tuple[float, ...]
    p: float | None
    smallest_p: float | None
    projections: tuple[Projected, ...]


@dataclass(frozen=True)
class AssociationQuestion:
    """Targets x and y, attributes a and b."""

    id: Name
    name: Annotated[str, Size(200)]
    x: Words
    y: Words
    a: Words
    b: Words
    points: Points = "W_E"


def direction(library: Library, asked: DirectionQuestion) -> Axis:
    """An axis and words on it."""
    found = library.space(asked.id, asked.points).direction(asked.pairs)
    test = found.separation
    return Axis(
        found.coherence, tuple(found.axis.agreement.tolist()), None if test is None else test.p,
        None if test is None else test.smallest, found.project(asked.words, asked.seed),
    )


def association(library: Library, asked: AssociationQuestion) -> Association:
    """A word embedding association test (Caliskan et al. 2017)."""
    space = library.space(asked.id, asked.points)
    return space.association(asked.name, asked.x, asked.y, asked.a, asked.b)


ROUTES = (
    Route("direction", "An axis from pairs, and words on it.", DirectionQuestion, Axis, direction),
    Route("weat", "A word embedding association test.", AssociationQuestion, Association, association),
)
