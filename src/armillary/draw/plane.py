"""The two-axis scatter: grid, origin cross, arrows and dots, one unit as long across as down."""

from dataclasses import dataclass
from math import ceil, floor

from armillary.draw.labels import Box
from armillary.draw.measure import Number, tick_label, ticks
from armillary.draw.paths import draw_paths, role_of, ways
from armillary.draw.scatter import Scatter
from armillary.draw.svg import Drawing, Point, arrow

DOT = 4.5


@dataclass(frozen=True)
class Plot:
    """Where a scatter was drawn.

    Attributes:
        dots: n centres, in pixels.
        order: the n rows, the most important for labels first.
        taken: boxes of words that already stand in the picture.
    """

    dots: list[Point]
    order: list[int]
    taken: list[Box]


def draw_plane(drawing: Drawing, scatter: Scatter, frame: Box) -> Plot:
    """Draw a scatter with two axes into `frame`, all but its labels."""
    low, high = scatter.extent()
    wide, tall = frame.right - frame.left, frame.bottom - frame.top
    spans = [float(span) or 1.0 for span in high - low]
    scale = min((wide - 110) / spans[0], (tall - 50) / spans[1])
    middle = [float(value) for value in (low + high) / 2]
    centre = ((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2)

    def at(x: Number, y: Number) -> Point:
        return centre[0] + (x - middle[0]) * scale, centre[1] - (y - middle[1]) * scale

    halves = (wide / 2 / scale, tall / 2 / scale)
    marks = ticks(0, 2 * min(halves), 6)
    step = marks[1] - marks[0]
    for mark in _multiples(middle[0] - halves[0], middle[0] + halves[0], step):
        x = at(mark, 0)[0]
        drawing.line((x, frame.top), (x, frame.bottom), "line" if mark == 0 else "faint")
        drawing.text((x, frame.bottom + 17), tick_label(mark), "soft", font_size=12, text_anchor="middle")
    for mark in _multiples(middle[1] - halves[1], middle[1] + halves[1], step):
        y = at(0, mark)[1]
        drawing.line((frame.left, y), (frame.right, y), "line" if mark == 0 else "faint")
        drawing.text((frame.left - 8, y + 4), tick_label(mark), "soft", font_size=12, text_anchor="end")
    _name_axes(drawing, scatter, frame)
    dots = [at(float(x), float(y)) for x, y in scatter.coordinates]
    draw_paths(drawing, scatter, dots)
    draw_arrows(drawing, scatter, dots)
    on = ways(scatter)
    for row, (dot, label, opacity) in enumerate(zip(dots, scatter.labels, scatter.opacities(), strict=True)):
        size = DOT / 2 if row in scatter.quiet else DOT
        drawing.circle(dot, size, role_of(on.get(row)), label, fill_opacity=opacity)
    return Plot(dots, by_importance(scatter), [])


def draw_arrows(drawing: Drawing, scatter: Scatter, dots: list[Point]) -> None:
    """The arrows of a scatter, clear of the dots that they join."""
    for start, end in scatter.arrows:
        arrow(drawing, dots[start], dots[end], "fall", (DOT + 2, DOT + 3))


def by_importance(scatter: Scatter) -> list[int]:
    """Rows in the order in which they get their labels: the ends of paths and arrows, then the rest as given."""
    ends = dict.fromkeys([*(rows[-1] for rows in scatter.paths), *(row for pair in scatter.arrows for row in pair)])
    return [*ends, *(row for row in range(len(scatter.labels)) if row not in ends and row not in scatter.quiet)]


def _multiples(low: float, high: float, step: float) -> list[float]:
    """The multiples of `step` between two numbers, those at the very edge left out."""
    first, last = ceil(low / step + 0.125), floor(high / step - 0.125)
    return [index * step for index in range(first, last + 1)]


def _name_axes(drawing: Drawing, scatter: Scatter, frame: Box) -> None:
    x, y = (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2
    style: dict[str, str | Number] = {"font_size": 13, "text_anchor": "middle"}
    drawing.text((x, frame.bottom + 38), scatter.axes[0], "soft", **style)
    turned = f"rotate(-90 18 {y:.1f})"
    drawing.text((18, y), scatter.axes[1], "soft", transform=turned, **style)
