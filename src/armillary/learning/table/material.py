"""A table as rows to learn from and rows to measure on; what is learned of its columns comes from the former alone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.errors import InputError
from armillary.formats.table import Cells, numbers, read_table
from armillary.language import Note
from armillary.learning.supervised.figures import apart, numbered
from armillary.learning.table.asked import Asked
from armillary.learning.table.columns import Categories, Columns, Numbers, sorted_out
from armillary.train.table import Rows

MANY = 10
"""A column of numbers with more different ones than this is guessed as a number, not as classes."""


@dataclass(frozen=True, eq=False)
class Material:
    """What is learned from.

    Attributes:
        columns: as a model takes them.
        learned, held: rows.
        sha256: of all that was read of the columns.
        notes: what was odd.
    """

    columns: Columns
    learned: Rows
    held: Rows
    sha256: str
    notes: Sequence[Note]


def material(source: Path, asked: Asked) -> Material:
    """Read, sort out, divide (errors as `read_table`, and InputError where there is too little or no such column)."""
    table = read_table(source)
    cells, notes = _with_target(table, asked.target)
    names = list(asked.columns) or [name for name in cells.columns if name != asked.target]
    kept, found, odd = sorted_out(cells, names, bool(asked.columns), asked.categories)
    notes = [*table.notes, *notes, *odd]
    if asked.model == "line":
        notes += _only_numbers(kept, asked)
        kept = []
    if not kept and not found:
        raise InputError("no column is left to guess {name!r} from; name some with --columns", name=asked.target)
    used = {name: cells.columns[name] for name in (*kept, *found, asked.target)}
    return _divided(used, (kept, found), asked, notes)


def _with_target(table: Cells, target: str) -> tuple[Cells, list[Note]]:
    """The rows that have a target."""
    wanted = table.column(target)
    rows = [row for row, cell in enumerate(wanted) if cell]
    left = len(wanted) - len(rows)
    notes = [Note("{count} rows have nothing in the column {name!r} and were left out",
                  {"count": left, "name": target})] if left else []
    return Cells(table.path, {name: [column[row] for row in rows] for name, column in table.columns.items()}), notes


def _only_numbers(kept: Sequence[str], asked: Asked) -> list[Note]:
    """A line takes numbers alone.

    Raises:
        InputError: a column that was named holds none.
    """
    for name in kept:
        if name in asked.columns:
            raise InputError("a line takes columns of numbers, and {name!r} is none", name=name)
    return [Note("a line takes columns of numbers alone: {names} left out", {"names": ", ".join(kept)})] if kept else []


def _divided(
    cells: Mapping[str, Sequence[str]], names: tuple[Sequence[str], Sequence[str]], asked: Asked, notes: list[Note]
) -> Material:
    """What is held out is drawn, and the columns are learned from the other rows."""
    wanted = cells[asked.target]
    values = numbers(wanted)
    as_number = asked.kind == "number" or asked.model == "line" or (
        asked.kind is None and values is not None and len(np.unique(values)) > MANY)
    classes, ids = ([], None) if as_number else numbered(wanted)
    held = apart(len(wanted), asked.held_out, asked.seed, ids)
    learned_rows, held_rows = np.flatnonzero(~held), np.flatnonzero(held)

    def part(name: str, rows: np.ndarray) -> list[str]:
        return [cells[name][row] for row in rows.tolist()]

    target = Numbers.of(asked.target, part(asked.target, learned_rows)) if as_number else None
    columns = Columns([Categories.of(name, part(name, learned_rows)) for name in names[0]],
                      [Numbers.of(name, part(name, learned_rows)) for name in names[1]], target, classes)
    categories, found = columns.encoded(cells, len(wanted))
    goal = ids if target is None else target.columns(wanted)[:, 0]
    assert goal is not None
    rows = Rows(categories, found, goal)
    digest = hashlib.sha256(categories.tobytes() + found.tobytes() + goal.tobytes() + held.tobytes())
    return Material(columns, rows.some(learned_rows), rows.some(held_rows), digest.hexdigest(), notes)
