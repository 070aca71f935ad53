"""Which rows are held out, and how sure a figure measured on them is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Bool, Float64, Int64

Z = 1.959964
"""Normal deviates that hold 95 of a hundred."""
LEAST = 20
"""Rows that a learning needs, and a figure on fewer of which says nothing."""
_DRAWS = 2000


def interval(right: int, rows: int) -> tuple[float, float]:
    """Between what a part lies, 95 times of a hundred, if `right` of `rows` have it (Wilson 1927)."""
    part, width = right / rows, Z * Z / rows
    middle = (part + width / 2) / (1 + width)
    half = Z * math.sqrt(part * (1 - part) / rows + width / (4 * rows)) / (1 + width)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Part:
    """Of how many rows how many are right, and the 95 % interval of that part (Wilson 1927).

    Attributes:
        right: rows.
        rows: of so many.
        accuracy: the part.
        low, high: between these it lies, 95 times of a hundred.
    """

    right: int
    rows: int
    accuracy: float
    low: float
    high: float

    @classmethod
    def of(cls, right: Bool[np.ndarray, "n"]) -> "Part":
        """That of answers which are right or not."""
        rows, count = len(right), int(right.sum())
        return cls(count, rows, count / rows, *interval(count, rows))


@dataclass(frozen=True)
class Miss:
    """By how much a number is missed: the root of the mean square, and the mean size, in units of the number.

    Attributes:
        rows: measured on so many.
        rmse: the root of the mean square.
        low, high: between these it lies, 95 times of a hundred (bootstrap over rows).
        mae: the mean size.
    """

    rows: int
    rmse: float
    low: float
    high: float
    mae: float

    @classmethod
    def of(cls, missed: Float64[np.ndarray, "n"]) -> "Miss":
        """That of differences."""
        squares = missed**2
        draws = np.random.default_rng(0).integers(len(missed), size=(_DRAWS, len(missed)))
        low, high = np.sqrt(np.quantile(squares[draws].mean(1), (0.025, 0.975)))
        return cls(len(missed), math.sqrt(squares.mean()), float(low), float(high), float(np.abs(missed).mean()))


def apart(rows: int, share: float, seed: int, classes: Int64[np.ndarray, "n"] | None = None) -> Bool[np.ndarray, "n"]:
    """Which of `rows` are held out: a part drawn at random, of each class the same.

    Raises:
        InputError: so few that nothing could be learned or measured.
    """
    if rows < LEAST:
        raise InputError("{count} rows have all that is needed; it takes {least} at least, to learn from some and "
                         "measure on the others", count=rows, least=LEAST)
    chosen = np.zeros(rows, bool)
    random = np.random.default_rng((seed, 0))
    for one in np.unique(classes) if classes is not None else [None]:
        mine = np.arange(rows) if one is None else np.flatnonzero(classes == one)
        chosen[random.permutation(mine)[: round(len(mine) * share)]] = True
    if not chosen.any() or chosen.all():
        raise InputError("of {count} rows {share:.1%} cannot be held out", count=rows, share=share)
    return chosen


def some(classes: Int64[np.ndarray, "n"], wanted: int, seed: int) -> Int64[np.ndarray, "w"]:
    """So many rows, drawn at random, of each class its part: one at least.

    Raises:
        InputError: there are not so many.
    """
    if not len(np.unique(classes)) <= wanted <= len(classes):
        raise InputError("{wanted} rows cannot be drawn from {count} of {classes} classes",
                         wanted=wanted, count=len(classes), classes=len(np.unique(classes)))
    order = np.random.default_rng((seed, 1)).permutation(len(classes))
    place = np.empty(len(classes))
    for one in np.unique(classes):
        mine = order[classes[order] == one]
        place[mine] = (np.arange(len(mine)) + 0.5) / len(mine)  # the first of each class, then the second of each
        place[mine[0]] = 0.0
    return np.sort(np.argsort(place, kind="stable")[:wanted])


def numbered(labels: Sequence[str]) -> tuple[list[str], Int64[np.ndarray, "n"]]:
    """The classes in order, and the number of each row's.

    Raises:
        InputError: one class only, or nearly as many as rows.
    """
    names = sorted(set(labels))
    if len(names) < 2:
        raise InputError("all {count} rows have the class {name!r}; there is nothing to tell apart, which takes two "
                         "classes", count=len(labels), name=names[0] if names else "")
    if len(names) > len(labels) // 2:
        raise InputError("{classes} classes in {count} rows are too many: most come once. Name the column of classes",
                         classes=len(names), count=len(labels))
    number = {name: place for place, name in enumerate(names)}
    return names, np.array([number[label] for label in labels], np.int64)
