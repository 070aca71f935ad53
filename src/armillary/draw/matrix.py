"""A matrix as a table of coloured numbers, its middle left out where it is big; a one-hot times a matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.draw.measure import Number, cells, figure, left, legible, right, shorten, text_width
from armillary.draw.svg import Drawing, Point
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float

_CELL = (62.0, 28.0)
_GAP = 22.0


def elided(count: int, most: int, keep: int | None = None) -> list[int | None]:
    """Which of `count` places are shown: the first, the last and `keep`; None stands where some are left out.

    >>> elided(9, 4)
    [0, 1, None, 8]
    """
    if count <= most:
        return list(range(count))
    inner = keep if keep is not None and most - 2 <= keep < count - 1 else None
    head = most - 2 if inner is None else most - 4
    shown = [*range(max(1, head)), *([] if inner is None else [inner]), count - 1]
    answer: list[int | None] = []
    for place in shown:
        if answer and answer[-1] != place - 1:
            answer.append(None)
        answer.append(place)
    return answer


@dataclass(frozen=True)
class _Grid:
    """The places of a matrix that are shown, and the largest size among their values."""

    rows: list[int | None]
    columns: list[int | None]
    largest: float


def _grid(values: Float[np.ndarray, "rows columns"], most: tuple[int, int], keep: int | None) -> _Grid:
    rows, columns = values.shape
    if rows == 0 or columns == 0:
        raise InputError("there is nothing to draw: the matrix is {rows} x {columns}.", rows=rows, columns=columns)
    if keep is not None and not 0 <= keep < rows:
        raise InputError("there is no row {row}; the matrix has {rows}, counted from 0.", row=keep, rows=rows)
    shown = _Grid(elided(rows, most[0], keep), elided(columns, most[1]), 1.0)
    picked = values[[row for row in shown.rows if row is not None]]
    picked = picked[:, [column for column in shown.columns if column is not None]]
    if not np.isfinite(picked).all():
        raise InputError("a number of the matrix is not finite; leave out NaN and infinity before drawing.")
    return _Grid(shown.rows, shown.columns, float(np.abs(picked).max()) or 1.0)


def matrix_svg(
    values: Float[np.ndarray, "rows columns"],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    title: str,
    *,
    keep: int | None = None,
) -> str:
    """A heat map with its numbers: orange above zero, blue below, stronger for larger; first rows, "⋮", last row.

    Args:
        values: the matrix; only what is shown is read, so it may be huge and memory-mapped.
        row_labels: one for each row, or empty.
        column_labels: one for each column, or empty.
        title: the heading.
        keep: a row that is shown and framed, wherever it stands.

    Returns:
        One SVG element.
    """
    grid = _grid(values, (12, 9), keep)
    names = _names(row_labels, grid.rows, 20)
    start = 40 + max(text_width(name, 14) for name in names)
    wide, high = _length(grid.columns, _CELL[0]), _length(grid.rows, _CELL[1])
    top = 84.0 if column_labels else 60.0
    size = (max(start + wide + 24, text_width(title, 18) + 48), top + high + 24)
    drawing = Drawing(size, title, _described(values))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    for x, name in zip(_edges(start, grid.columns, _CELL[0]), _names(column_labels, grid.columns, 9), strict=True):
        drawing.text((x + _CELL[0] / 2, top - 9), name, "soft", font_size=12, text_anchor="middle")
    _draw_grid(drawing, values, grid, (start, top))
    _draw_names(drawing, names, grid, (start, top), keep)
    return drawing.svg()


def lookup_svg(values: Float[np.ndarray, "rows columns"], row_labels: Sequence[str], row: int, title: str) -> str:
    """A one-hot row vector times a matrix is one row of the matrix: the three of them in one picture.

    The one-hot stands at the lower left, the matrix above, the product to the right of the one-hot and under the
    columns that it came from (Falk's scheme).

    Args:
        values: the matrix.
        row_labels: one for each row, or empty.
        row: where the one-hot has its one.
        title: the heading.

    Returns:
        One SVG element.
    """
    grid = _grid(values, (8, 7), row)
    cell = 28.0
    hot = _length(grid.rows, cell)
    names = _names(row_labels, grid.rows, 20)
    start = 24 + max(hot + 56, 16 + max(text_width(name, 14) for name in names))
    wide, high = _length(grid.columns, _CELL[0]), _length(grid.rows, _CELL[1])
    size = (max(start + wide + 24, text_width(title, 18) + 48), 60 + high + 28 + _CELL[1] + 44)
    drawing = Drawing(size, title, _described(values))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    _draw_grid(drawing, values, grid, (start, 60))
    _draw_names(drawing, names, grid, (start, 60), row)
    y = 60 + high + 28
    for x, place in zip(_edges(24, grid.rows, cell), grid.rows, strict=True):
        one = place == row
        if place is None:
            drawing.text((x + _GAP / 2, y + 18), "⋯", "soft", text_anchor="middle")
            continue
        drawing.rect((x + 1, y + 1), (cell - 2, _CELL[1] - 2), "mark" if one else "faint", rx=2, fill_opacity=0.55)
        drawing.text((x + cell / 2, y + 19), "1" if one else "0", font_size=13, text_anchor="middle")
    drawing.text((start - 22, y + 19), "=", font_size=16, text_anchor="middle")
    _draw_grid(drawing, values, _Grid([row], grid.columns, grid.largest), (start, y))
    for x, words in ((24 + hot / 2, say("one-hot")), (start + wide / 2, say("the same row"))):
        drawing.text((x, y + _CELL[1] + 20), words, "soft", font_size=12, text_anchor="middle")
    return drawing.svg()


def matrix_text(
    values: Float[np.ndarray, "rows columns"],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    width: int = 80,
    *,
    keep: int | None = None,
) -> str:
    """The numbers of a matrix for a terminal, `width` columns at most; the row `keep` is marked with an arrow."""
    names = _names(row_labels, elided(values.shape[0], 10, keep), 20)
    room = max((cells(name) for name in names), default=0)
    grid = _grid(values, (10, max(3, (width - room - 6) // 9 + 1)), keep)
    lines = []
    if column_labels:
        heads = [right(shorten(name, 8), 8) for name in _names(column_labels, grid.columns, 8)]
        lines.append(" " * (room + 2) + _joined(heads, grid))
    for row, name in zip(grid.rows, names, strict=True):
        if row is None:
            lines.append("  " + left("⋮", room) + _joined([right("⋮", 8)] * len(grid.columns), grid))
            continue
        numbers = ["" if at is None else right(_fitting(float(values[row, at])), 8) for at in grid.columns]
        mark = "→ " if row == keep else "  "
        lines.append(mark + left(name, room) + _joined(numbers, grid))
    return "".join(line.rstrip() + "\n" for line in lines)


def _fitting(value: float) -> str:
    """A number with as many of four decimals as fit into eight columns."""
    written = [figure(value, digits=digits) for digits in (4, 3, 2, 1, 0)]
    return next((number for number in written if len(number) <= 8), f"{value:.1e}")


def _joined(words: list[str], grid: _Grid) -> str:
    """The words of one line, "…" where columns are left out."""
    shown = ["  …" if place is None else " " + word for word, place in zip(words, grid.columns, strict=True)]
    return "".join(shown)


def _names(labels: Sequence[str], places: list[int | None], columns: int) -> list[str]:
    """The label of each place shown, empty where there is none or places are left out."""
    return [
        "" if place is None or not labels else shorten(legible(labels[place]), columns) for place in places
    ]


def _length(places: list[int | None], cell: Number) -> Number:
    return sum(_GAP if place is None else cell for place in places)


def _edges(start: Number, places: list[int | None], cell: Number) -> list[Number]:
    return [start + _length(places[:index], cell) for index in range(len(places))]


def _draw_grid(drawing: Drawing, values: Float[np.ndarray, "rows columns"], grid: _Grid, corner: Point) -> None:
    wide, high = _CELL
    for y, row in zip(_edges(corner[1], grid.rows, high), grid.rows, strict=True):
        for x, column in zip(_edges(corner[0], grid.columns, wide), grid.columns, strict=True):
            middle = (x + (_GAP if column is None else wide) / 2, y + (_GAP if row is None else high) / 2 + 4.5)
            if row is None or column is None:
                dots = "⋱" if row is None and column is None else "⋮" if row is None else "⋯"
                drawing.text(middle, dots, "soft", text_anchor="middle")
                continue
            value = float(values[row, column])
            role, strength = "warm" if value >= 0 else "cool", 0.85 * abs(value) / grid.largest
            drawing.rect((x + 1, y + 1), (wide - 2, high - 2), role, rx=2, fill_opacity=strength)
            drawing.text(middle, figure(value, digits=2, minus="−"), font_size=13, text_anchor="middle")


def _draw_names(drawing: Drawing, names: list[str], grid: _Grid, corner: Point, keep: int | None) -> None:
    for y, row, name in zip(_edges(corner[1], grid.rows, _CELL[1]), grid.rows, names, strict=True):
        weight = "600" if row == keep else "400"
        drawing.text((corner[0] - 12, y + 19), name, text_anchor="end", font_weight=weight)
        if row is not None and row == keep:
            size = (_length(grid.columns, _CELL[0]), _CELL[1])
            drawing.frame((corner[0], y), size, "mark", stroke_width=2, rx=3)


def _described(values: Float[np.ndarray, "rows columns"]) -> str:
    return say("A matrix of {rows} rows and {columns} columns.", rows=values.shape[0], columns=values.shape[1])
