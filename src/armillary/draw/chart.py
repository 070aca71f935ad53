"""Horizontal bars with intervals: projections on a direction, similarities of neighbours. As SVG and as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from armillary.draw.measure import (
    Number,
    cells,
    figure,
    left,
    legible,
    right,
    shorten,
    text_width,
    tick_label,
    ticks,
)
from armillary.draw.svg import Drawing, Point
from armillary.errors import InputError
from armillary.language import say

_ROW = 28.0
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its value and, where it was estimated, the interval around it.

    Attributes:
        label: the words beside the bar.
        value: the bar's length, negative to the left of the axis.
        low: lower end of the interval, or None.
        high: upper end of the interval, or None; both or neither.
    """

    label: str
    value: Number
    low: Number | None = None
    high: Number | None = None

    def ends(self) -> tuple[Number, ...]:
        """Every number that the picture has to have room for."""
        return tuple(number for number in (self.value, self.low, self.high) if number is not None)


def bars_svg(bars: Sequence[Bar], title: str, *, ranked: bool = False, width: int = 720) -> str:
    """Horizontal bars, one under the other, from an axis at zero.

    Args:
        bars: in the order to be shown, top first.
        title: the heading.
        ranked: number the bars 1, 2, 3, as for neighbours.
        width: of the picture, in pixels.

    Returns:
        One SVG element.

    Raises:
        InputError: there are no bars, or a number is not finite.
    """
    low, high = _extent([number for bar in bars for number in bar.ends()])
    drawing = Drawing((width, 92 + _ROW * len(bars)), title, _described(bars, low, high))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    names = [shorten(legible(bar.label), 32) for bar in bars]
    start = 40 + max(text_width(name, 14) for name in names) + (26 if ranked else 0)
    values = max(text_width(_value(bar), 13) for bar in bars)
    scale = (width - 36 - values - start) / (high - low)
    zero = start - low * scale
    bottom = 58 + _ROW * len(bars)
    for mark in ticks(low, high):
        x = zero + mark * scale
        drawing.line((x, 52), (x, bottom), "faint")
        drawing.text((x, bottom + 18), tick_label(mark), "soft", font_size=12, text_anchor="middle")
    for place, (bar, name) in enumerate(zip(bars, names, strict=True)):
        middle = 58 + _ROW * (place + 0.5)
        if ranked:
            drawing.text((42, middle + 5), str(place + 1), "soft", font_size=13, text_anchor="end")
        drawing.text((start - 14, middle + 5), name, text_anchor="end")
        _draw_bar(drawing, bar, (zero, middle), scale)
        drawing.text((width - 24, middle + 4.5), _value(bar), "soft", font_size=13, text_anchor="end")
    drawing.line((zero, 52), (zero, bottom), "line")
    return drawing.svg()


def _draw_bar(drawing: Drawing, bar: Bar, axis: Point, scale: Number) -> None:
    zero, middle = axis
    end = zero + bar.value * scale
    role = "rise" if bar.value >= 0 else "fall"
    drawing.rect((min(zero, end), middle - 8), (abs(end - zero), 16), role, opacity=0.85, rx=1.5)
    if bar.low is None or bar.high is None:
        return
    low, high = zero + bar.low * scale, zero + bar.high * scale
    drawing.line((low, middle), (high, middle), "ink", stroke_width=1.5)
    for x in (low, high):
        drawing.line((x, middle - 5), (x, middle + 5), "ink", stroke_width=1.5)


def bars_text(bars: Sequence[Bar], width: int = 80, *, ranked: bool = False) -> str:
    """The same bars for a terminal: one line each, no colours, `width` columns at most.

    Labels stand to the right of their column, wide Chinese characters counted as two columns. Bars to the right of the
    axis are exact to an eighth of a column, those to its left (Unicode has fewer blocks there) to a half. Intervals
    are written beside the values, not drawn.

    Raises:
        InputError: there are no bars, a number is not finite, or `width` leaves no room for bars.
    """
    low, high = _extent([bar.value for bar in bars])
    label_room = min(max(cells(legible(bar.label)) for bar in bars), width // 3)
    labels = [right(shorten(legible(bar.label), label_room), label_room) for bar in bars]
    if ranked:
        places = len(str(len(bars)))
        labels = [f"{place:>{places}}  {name}" for place, name in enumerate(labels, 1)]
    values = _value_column(bars)
    room = width - cells(labels[0]) - len(values[0]) - 3
    if room < 8:
        needed = width - room + 8
        raise InputError("{width} columns are too few for bars; use at least {needed}.", width=width, needed=needed)
    before = round(room * -low / (high - low))
    lines = []
    for bar, label, value in zip(bars, labels, values, strict=True):
        blocks = _left_blocks(bar.value, low, before) + "│" + _right_blocks(bar.value, high, room - before)
        lines.append(f"{label} {blocks} {value}".rstrip())
    return "\n".join(lines) + "\n"


def _value_column(bars: Sequence[Bar]) -> list[str]:
    numbers = [figure(bar.value) for bar in bars]
    intervals = [_interval(bar) for bar in bars]
    room, more = max(map(len, numbers)), max(map(len, intervals))
    return [right(number, room) + left(interval, more) for number, interval in zip(numbers, intervals, strict=True)]


def _interval(bar: Bar, minus: str = "-") -> str:
    if bar.low is None or bar.high is None:
        return ""
    return f"  [{figure(bar.low, minus=minus)}, {figure(bar.high, minus=minus)}]"


def _value(bar: Bar) -> str:
    return figure(bar.value, minus="−") + _interval(bar, "−")


def _right_blocks(value: Number, high: Number, room: int) -> str:
    eighths = round(max(0.0, value) / high * room * 8) if high > 0 else 0
    full, rest = divmod(eighths, 8)
    return left("█" * full + _EIGHTHS[rest].strip(), room)


def _left_blocks(value: Number, low: Number, room: int) -> str:
    halves = round(min(0.0, value) / low * room * 2) if low < 0 else 0
    full, rest = divmod(halves, 2)
    return right("▐" * rest + "█" * full, room)


def _extent(numbers: Sequence[Number]) -> tuple[Number, Number]:
    """The smallest and the largest number, zero among them."""
    if not numbers:
        raise InputError("there is nothing to draw: the chart got no bars.")
    if not all(isfinite(number) for number in numbers):
        raise InputError("a bar's value is not finite; leave out NaN and infinity before drawing.")
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    return (low, high) if low < high else (0.0, 1.0)


def _described(bars: Sequence[Bar], low: Number, high: Number) -> str:
    listed = ", ".join(f"{bar.label} {figure(bar.value)}" for bar in bars[:20])
    ends = {"low": figure(low), "high": figure(high)}
    return say("{count} bars between {low} and {high}: {listed}", count=len(bars), listed=listed, **ends)
