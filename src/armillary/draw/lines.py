"""Lines over the same steps, such as cosines by layer: told apart by colour, by dashes, and by names at their ends."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from armillary.draw.measure import Number, cells, figure, left, legible, right, shorten, text_width, tick_label, ticks
from armillary.draw.svg import Drawing, Point
from armillary.errors import InputError
from armillary.language import say

STYLES = (("rise", ""), ("fall", "7 3"), ("mark", "2 3"), ("ink", "9 3 2 3"), ("warm", "4 2"), ("cool", "1 4"))
"""A colour and dashes for each line, in turn."""
_EIGHTHS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Line:
    """One line: its name, and a value at each step."""

    name: str
    values: Sequence[Number]


def lines_svg(lines: Sequence[Line], steps: Sequence[str], title: str, across: str = "") -> str:
    """Lines as one SVG element.

    Args:
        lines: each with as many values as there are steps.
        steps: what the steps are called.
        title: the heading.
        across: what the steps are.

    Raises:
        InputError: there is nothing to draw, or a value is not finite.
    """
    low, high = _extent(lines)
    names = [shorten(legible(line.name), 36) for line in lines]
    width, height, start, top = 800.0, 420.0, 64.0, 64.0
    right_edge = width - 32 - max(text_width(name, 13) for name in names)
    drawing = Drawing((width, height), title, _described(lines))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    bottom = height - 58

    def at(step: Number, value: Number) -> Point:
        along = (right_edge - start) * step / max(1, len(steps) - 1)
        return start + along, bottom - (value - low) / (high - low) * (bottom - top)

    for mark in ticks(low, high):
        drawing.line(at(0, mark), at(len(steps) - 1, mark), "line" if mark == 0 else "faint")
        drawing.text((start - 8, at(0, mark)[1] + 4), tick_label(mark), "soft", font_size=12, text_anchor="end")
    every = max(1, -(-len(steps) // 16))
    for step in range(0, len(steps), every):
        drawing.text((at(step, low)[0], bottom + 18), steps[step], "soft", font_size=12, text_anchor="middle")
    drawing.text(((start + right_edge) / 2, bottom + 38), across, "soft", font_size=13, text_anchor="middle")
    ends = _apart([at(len(steps) - 1, line.values[-1])[1] for line in lines], 17.0, (top, bottom + 8))
    for place, line in enumerate(lines):
        role, dashes = STYLES[place % len(STYLES)]
        dots = [at(step, value) for step, value in enumerate(line.values)]
        for first, second in itertools.pairwise(dots):
            drawing.line(first, second, role, stroke_width=2, **({"stroke_dasharray": dashes} if dashes else {}))
        for step, dot in enumerate(dots):
            drawing.circle(dot, 2.2, role, f"{line.name}: {steps[step]}: {figure(line.values[step])}")
        drawing.label((right_edge + 10, ends[place] + 4), names[place], role, font_size=13)
    return drawing.svg()


def lines_text(lines: Sequence[Line], width: int = 80) -> str:
    """Lines for a terminal: a row of bars for each, with its first, its lowest and its last value."""
    low, high = _extent(lines)
    room = min(width // 3, max(cells(legible(line.name)) for line in lines))
    drawn = []
    for line in lines:
        bars = "".join(_EIGHTHS[round((value - low) / (high - low) * 7)] for value in line.values)
        ends = f"{figure(line.values[0])} … {figure(line.values[-1])}"
        bars = bars[:: max(1, -(-len(bars) // (width - room - len(ends) - 2)))]
        drawn.append(f"{right(shorten(legible(line.name), room), room)} {left(bars, len(bars))} {ends}")
    return "".join(f"{line.rstrip()}\n" for line in drawn)


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    """The lowest and the highest value."""
    values = [value for line in lines for value in line.values]
    if not values:
        raise InputError("there is nothing to draw: the picture got no lines.")
    if not all(isfinite(value) for value in values):
        raise InputError("a value of a line is not finite; leave out NaN and infinity before drawing.")
    low, high = float(min(values)), float(max(values))
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _apart(heights: Sequence[Number], gap: Number, room: Point) -> list[float]:
    """Heights moved as little as need be, so that no two are nearer than `gap`."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    moved = [float(height) for height in heights]
    for above, below in itertools.pairwise(order):
        moved[below] = max(moved[below], moved[above] + gap)
    over = max(0.0, max(moved) - room[1])
    for index, place in enumerate(reversed(order)):
        moved[place] = min(moved[place], room[1] - index * gap) if over else moved[place]
    return moved


def _described(lines: Sequence[Line]) -> str:
    listed = ", ".join(f"{line.name} {figure(line.values[0])} … {figure(line.values[-1])}" for line in lines)
    return say("{count} lines: {listed}", count=len(lines), listed=listed)
