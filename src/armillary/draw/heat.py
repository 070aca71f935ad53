"""A heat map: a cell for each number and no figures, for matrices that nobody can read, such as an attention pattern.

Orange is above zero, blue below, stronger for larger. The cells of the SVG are the pixels of one small image within it,
so that 1,024 positions of 768 numbers are still one picture.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np

from armillary.draw.measure import Number, cells, figure, legible, right, shorten, text_width
from armillary.draw.pixels import coloured, png
from armillary.draw.svg import Drawing
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float

_SIDE = 640.0  # pixels of the longer side, about
_LINE = 14  # pixels that a label takes
_MOST = 2048  # pixels of the image a side
_SHADES, _EIGHTHS = " ░▒▓█", " ▁▂▃▄▅▆▇█"


def heat_svg(values: Float[np.ndarray, "rows columns"], row_labels: Sequence[str], title: str) -> str:
    """A heat map as one SVG element, with a scale of its colours.

    Args:
        values: the matrix; beyond 2,048 rows or columns only some, evenly spaced, are drawn.
        row_labels: one for each row; as many are written as there is room for.
        title: the heading.

    Raises:
        InputError: there is nothing to draw, or a number is not finite.
    """
    values, shown = _looked_at(values, (_MOST, _MOST))
    largest = float(np.abs(values).max()) or 1.0
    rows, columns = values.shape
    cell = max(1.0, min(24.0, _SIDE / max(rows, columns)))
    names = {row: shorten(legible(row_labels[shown[row]]), 20) for row in range(0, rows, ceil(_LINE / cell))}
    start = 36 + max(text_width(name, 12) for name in names.values())
    wide, high = columns * cell, rows * cell
    size = (max(start + wide + 24, text_width(title, 18) + 48, start + 260), 56 + high + 62)
    drawing = Drawing(size, title, say("A heat map of {rows} rows and {columns} columns, from {low} to {high}.",
                                       rows=rows, columns=columns, low=figure(float(values.min())),
                                       high=figure(float(values.max()))))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    drawing.image((start, 56), (wide, high), png(coloured(values / largest)))
    for row, name in names.items():
        middle = 56 + (row + 0.5) * cell + 4
        drawing.text((start - 8, middle), name, "soft", font_size=12, text_anchor="end")
    _scale(drawing, (start, 56 + high + 20), largest, bool(values.min() < 0))
    return drawing.svg()


def heat_text(
    values: Float[np.ndarray, "rows columns"], row_labels: Sequence[str], width: int = 80, most_rows: int = 32
) -> str:
    """The same for a terminal, `width` columns at most: shades from the lowest number to the highest, and their scale.

    Where no number is below zero, the cells are filled from below, by eighths, which can be told apart better.

    Where there is not room for all rows or columns, only some, evenly spaced, are drawn.
    """
    names = [shorten(legible(name), width // 3) for name in row_labels]
    room = max(cells(name) for name in names) + 1
    values, rows = _looked_at(values, (most_rows, width - room))
    lowest, highest = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    if lowest < 0:  # zero is the middle shade
        highest = max(highest, -lowest)
        lowest = -highest
    fill = _SHADES if lowest < 0 else _EIGHTHS
    shades = np.rint((values - lowest) / ((highest - lowest) or 1.0) * (len(fill) - 1)).astype(int)
    broad = 2 if 2 * values.shape[1] <= width - room else 1
    lines = [right(names[row], room - 1) + " " + "".join(fill[shade] * broad for shade in line)
             for row, line in zip(rows, shades.tolist(), strict=True)]
    scale = f"{figure(lowest, digits=2)} [{fill}] {figure(highest, digits=2)}"
    return "".join(f"{line.rstrip()}\n" for line in [*lines, " " * room + scale])


def _looked_at(
    values: Float[np.ndarray, "rows columns"], most: tuple[int, int]
) -> tuple[Float[np.ndarray, "shown_rows shown_columns"], list[int]]:
    """What of a matrix is drawn, and which rows these are."""
    if not values.size:
        raise InputError("there is nothing to draw: the matrix is {rows} x {columns}.",
                         rows=values.shape[0], columns=values.shape[1])
    rows, columns = (np.unique(np.linspace(0, count - 1, min(count, limit)).round().astype(int))
                     for count, limit in zip(values.shape, most, strict=True))
    shown = values[np.ix_(rows, columns)]
    if not np.isfinite(shown).all():
        raise InputError("a number of the matrix is not finite; leave out NaN and infinity before drawing.")
    return shown, rows.tolist()


def _scale(drawing: Drawing, at: tuple[Number, Number], largest: Number, signed: bool) -> None:
    """A strip from the lowest colour to the highest, with the numbers that they stand for."""
    steps = np.linspace(-1.0 if signed else 0.0, 1.0, 64)[None]
    drawing.image(at, (200, 10), png(coloured(steps)))
    ends = ((0.0, -largest), (0.5, 0.0), (1.0, largest)) if signed else ((0.0, 0.0), (1.0, largest))
    for place, value in ends:
        written = figure(value, digits=2, minus="−")
        drawing.text((at[0] + 200 * place, at[1] + 26), written, "soft", font_size=12, text_anchor="middle")
