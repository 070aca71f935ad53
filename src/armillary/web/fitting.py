"""Which of the open spaces can be turned onto each other: those of as many numbers a point that share labels."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations, islice

from armillary.errors import ArmillaryError
from armillary.web.home import Opened, home
from armillary.web.library import Library
from armillary.web.patience import LONG
from armillary.web.route import Nothing, Route

LOOKED, ENOUGH = 20_000, 2
"""Spaces fit that share so many labels, looked for among the first so many of the smaller one."""


@dataclass(frozen=True)
class FitsQuestion:
    """All that is open."""


@dataclass(frozen=True)
class Width:
    """An item with points, and how many numbers each has."""

    id: str
    dim: int


@dataclass(frozen=True)
class Fit:
    """Two items that can be turned onto each other."""

    a: str
    b: str


@dataclass(frozen=True)
class Fits:
    """What can be compared: small spaces first, so that unsaid those are that were learned here; models last."""

    widths: tuple[Width, ...]
    pairs: tuple[Fit, ...]


def fits(library: Library, _: FitsQuestion) -> Fits:
    """The widths of all points that are open, and the pairs that fit."""
    return fitting(library, home(library, Nothing()).opened)


def fitting(library: Library, opened: tuple[Opened, ...]) -> Fits:
    """The widths of the points of these items, and the pairs that fit."""
    widths: dict[str, int] = {}
    for one in sorted(opened, key=lambda one: (one.kind == "model", one.bytes)):
        if one.points:
            with suppress(ArmillaryError):  # whoever looks at it is told what is wrong
                widths[one.id] = one.facts["d_model"] if one.kind == "model" else library.space(one.id).dim
    pairs = tuple(Fit(a, b) for a, b in combinations(widths, 2) if widths[a] == widths[b] and _share(library, a, b))
    return Fits(tuple(Width(name, dim) for name, dim in widths.items()), pairs)


def _share(library: Library, a: str, b: str) -> bool:
    small, large = sorted((library.space(a).labels, library.space(b).labels), key=len)
    shared = (label for label in islice(small, LOOKED) if label in large)
    return sum(1 for _ in islice(shared, ENOUGH)) == ENOUGH


ROUTES = (Route("compare/fits", "Which of the open spaces can be turned onto each other.", FitsQuestion, Fits, fits,
                seconds=LONG),)
