"""What each layer would say at each position, as a grid: a token's text in every cell, shaded by its chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.draw.measure import cells, left, legible, right, shorten, text_width
from armillary.draw.svg import Drawing, Point
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float

_CELL = (92.0, 22.0)
_EIGHTHS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, eq=False)
class Readings:
    """A grid of what is read where.

    Attributes:
        words: of each depth, what is read at each position.
        chances: (depths, positions) how likely it is.
        depths: what the rows are called.
        positions: what the columns are called: the tokens after which it is read.
    """

    words: Sequence[Sequence[str]]
    chances: Float[np.ndarray, "depths positions"]
    depths: Sequence[str]
    positions: Sequence[str]

    def __post_init__(self) -> None:
        if not self.chances.size or not np.isfinite(self.chances).all():
            raise InputError("there is nothing to draw: no layer was read")


def readings_svg(readings: Readings, title: str) -> str:
    """The grid as one SVG element; cells that already say what is said in the end have a frame."""
    wide, high = _CELL
    names = [shorten(legible(name), 14) for name in readings.depths]
    heads = (say("after"), say("depth"))
    start, top = 36 + max(text_width(name, 12) for name in (*names, *heads)), 92.0
    across, down = len(readings.positions) * wide, len(names) * high
    size = (max(start + across + 24, text_width(title, 20) + 48, start + 420), top + down + 62)
    drawing = Drawing(size, title, _described(readings))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    drawing.text((start - 10, top - 32), heads[0], "soft", font_size=12, text_anchor="end")
    for place, name in enumerate(readings.positions):
        at = (start + (place + 0.5) * wide, top - 32)
        drawing.text(at, _fitting(name, wide - 8), font_size=13, text_anchor="middle", font_weight="600")
    drawing.text((start - 10, top - 8), heads[1], "soft", font_size=12, text_anchor="end")
    for row, name in enumerate(names):
        y = top + row * high
        drawing.text((start - 10, y + 15), name, "soft", font_size=12, text_anchor="end")
        for place, word in enumerate(readings.words[row]):
            ended = word == readings.words[-1][place]
            _cell(drawing, (start + place * wide, y), word, float(readings.chances[row, place]), ended)
    _scale(drawing, (start, top + down + 18))
    return drawing.svg()


def readings_text(readings: Readings, width: int = 80) -> str:
    """The grid for a terminal, `width` columns at most: the last positions that there is room for.

    Before each word stands a bar for its chance; ` marks none. The last row is what the model says.
    """
    room = max(cells(legible(name)) for name in readings.depths) + 1
    count = len(readings.positions)
    broad = max(8, min(16, (width - room) // count))
    first = max(0, count - (width - room) // broad)
    heads = [left(shorten(legible(name), broad - 2), broad - 1) for name in readings.positions[first:]]
    lines = [" " * room + " " + " ".join(heads)]
    for row, name in enumerate(readings.depths):
        drawn = []
        for place in range(first, count):
            bar = _EIGHTHS[round(float(readings.chances[row, place]) * 8)]
            drawn.append(bar + left(shorten(legible(readings.words[row][place]), broad - 2), broad - 1))
        lines.append(right(legible(name), room - 1) + " " + "".join(drawn))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _cell(drawing: Drawing, corner: Point, word: str, chance: float, ended: bool) -> None:
    wide, high = _CELL
    drawing.rect((corner[0] + 1, corner[1] + 1), (wide - 2, high - 2), "warm", rx=2, fill_opacity=0.85 * chance)
    if ended:
        drawing.frame((corner[0] + 1.5, corner[1] + 1.5), (wide - 3, high - 3), "mark", rx=2, stroke_width=1)
    at = (corner[0] + wide / 2, corner[1] + 15)
    drawing.text(at, _fitting(word, wide - 8), font_size=12.5, text_anchor="middle")


def _fitting(word: str, room: float) -> str:
    """A word cut to so many pixels."""
    word = legible(word)
    columns = cells(word)
    while columns > 1 and text_width(shorten(word, columns), 13) > room:
        columns -= 1
    return shorten(word, columns)


def _scale(drawing: Drawing, at: Point) -> None:
    for step in range(5):
        chance = step / 4
        drawing.rect((at[0] + 46 * step, at[1]), (44, 12), "warm", rx=2, fill_opacity=0.85 * chance)
        drawing.text((at[0] + 46 * step + 22, at[1] + 28), f"{chance:.0%}", "soft", font_size=12, text_anchor="middle")
    drawing.frame((at[0] + 246, at[1]), (26, 12), "mark", rx=2, stroke_width=1)
    drawing.text((at[0] + 280, at[1] + 11), say("as in the end"), "soft", font_size=12)


def _described(readings: Readings) -> str:
    listed = ", ".join(f"{name} {words[-1]}" for name, words in zip(readings.depths, readings.words, strict=True))
    return say("What each depth would say after the last position: {listed}", listed=listed)
