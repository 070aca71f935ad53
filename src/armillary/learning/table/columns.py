"""Columns as a model takes them: categories by number, numbers at mean 0 and deviation 1; from some rows only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from armillary.errors import InputError
from armillary.formats.table import Cells, numbers
from armillary.language import Note
from armillary.shapes import Float32, Int64

OTHER, EMPTY = "(other)", "(empty)"
"""The levels of what comes too rarely to learn from, and of cells without a value."""
OFTEN = 2
"""Rows in which a category must come to be one of its own."""


@dataclass(frozen=True)
class Categories:
    """A column of categories.

    Attributes:
        name: the column's.
        levels: its categories; the first stands for all that were not seen, or too rarely.
        counts: how often each came in the rows that were learned from.
    """

    name: str
    levels: Sequence[str]
    counts: Sequence[int]

    @classmethod
    def of(cls, name: str, cells: Sequence[str]) -> "Categories":
        """Those of some cells, the commonest first."""
        counts = Counter(cell or EMPTY for cell in cells)
        often = sorted((level for level, count in counts.items() if count >= OFTEN and level != OTHER),
                       key=lambda level: (-counts[level], level))
        rest = len(cells) - sum(counts[level] for level in often)
        return cls(name, [OTHER, *often], [rest, *(counts[level] for level in often)])

    def ids(self, cells: Sequence[str]) -> Int64[np.ndarray, "n"]:
        """The level of each cell."""
        place = {level: row for row, level in enumerate(self.levels)}
        return np.array([place.get(cell or EMPTY, 0) for cell in cells], np.int64)


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Attributes:
        name: the column's.
        mean, deviation: of the rows that were learned from.
        gaps: whether some of them were empty; then a second column says where, and the mean stands there.
    """

    name: str
    mean: float
    deviation: float
    gaps: bool

    @classmethod
    def of(cls, name: str, cells: Sequence[str]) -> "Numbers":
        """Those of some cells."""
        found = parsed(name, cells)
        return cls(name, float(np.nanmean(found)), float(np.nanstd(found)) or 1.0, bool(np.isnan(found).any()))

    def columns(self, cells: Sequence[str]) -> Float32[np.ndarray, "n k"]:
        """One column, or two."""
        found = (parsed(self.name, cells) - self.mean) / self.deviation
        empty = np.isnan(found)
        return np.column_stack([np.where(empty, 0.0, found), *([empty] if self.gaps else [])]).astype(np.float32)


@dataclass(frozen=True)
class Columns:
    """All columns that something is guessed from, and the target where it is a number.

    Attributes:
        categories, numbers: the columns.
        target: the column that is guessed, where it is a number.
        classes: the classes, where these are guessed.
    """

    categories: Sequence[Categories]
    numbers: Sequence[Numbers]
    target: Numbers | None
    classes: Sequence[str]

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> "Columns":
        """What `facts` gave."""
        target = facts["target"]
        return cls([Categories(**one) for one in facts["categories"]], [Numbers(**one) for one in facts["numbers"]],
                   None if target is None else Numbers(**target), facts["classes"])

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    def encoded(self, cells: Mapping[str, Sequence[str]], rows: int
                ) -> tuple[Int64[np.ndarray, "n c"], Float32[np.ndarray, "n m"]]:
        """So many rows as a model takes them."""
        ids = [one.ids(cells[one.name]) for one in self.categories]
        found = [one.columns(cells[one.name]) for one in self.numbers]
        return (np.column_stack(ids) if ids else np.zeros((rows, 0), np.int64),
                np.concatenate(found, axis=1) if found else np.zeros((rows, 0), np.float32))


def parsed(name: str, cells: Sequence[str]) -> np.ndarray:
    """Cells as numbers, NaN where empty.

    Raises:
        InputError: one of them is none; it is named with its row.
    """
    if (found := numbers(cells)) is not None:
        return found
    for row, cell in enumerate(cells, 1):
        if cell and numbers([cell]) is None:
            raise InputError("row {row}: {cell!r} in the column {name!r} is no number",
                             row=row, cell=cell[:40], name=name)
    return np.full(len(cells), np.nan)


def sorted_out(
    cells: Cells, names: Sequence[str], named: bool, categories: Sequence[str]
) -> tuple[list[str], list[str], list[Note]]:
    """Which columns are categories and which are numbers; and notes on those that are neither.

    Args:
        cells: the table.
        names: the columns to sort.
        named: whether somebody named them, so that none is left out.
        categories: columns of numbers that are categories.
    """
    kept: list[str] = []
    found: list[str] = []
    notes: list[Note] = []
    for name in names:
        column = cells.column(name)
        filled = [cell for cell in column if cell]
        if name not in categories and numbers(column) is not None:
            found.append(name)
            continue
        if name not in categories:
            notes += _nearly_numbers(name, column)
        if not named and name not in categories and 2 * len(set(filled)) > max(1, len(filled)):
            notes.append(Note("the column {name!r} is left out: {levels:,} different cells in {count:,} rows say "
                              "nothing of others", {"name": name, "levels": len(set(filled)), "count": len(filled)}))
        else:
            kept.append(name)
    return kept, found, notes


def _nearly_numbers(name: str, column: Sequence[str]) -> list[Note]:
    """What is to be said of a column of which nearly all cells are numbers."""
    odd = [row for row, cell in enumerate(column) if cell and numbers([cell]) is None]
    filled = sum(1 for cell in column if cell)
    if not odd or 10 * len(odd) > filled:
        return []
    return [Note("the column {name!r} is taken as categories: {count} of its cells are no numbers, as {cell!r} in row "
                 "{row}", {"name": name, "count": len(odd), "cell": column[odd[0]][:40], "row": odd[0] + 1})]
