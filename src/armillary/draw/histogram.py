"""Where one value lies among many: their histogram with a marker. As SVG and as text."""

import numpy as np

from armillary.draw.measure import Number, cells, figure, legible, shorten, text_width, tick_label, ticks
from armillary.draw.svg import Drawing, Point
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float, Int

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ROWS = 6


def histogram_svg(
    counts: Int[np.ndarray, "bins"],
    edges: Float[np.ndarray, "bins+1"],
    value: Number,
    label: str,
    title: str,
) -> str:
    """The histogram of many values and a marker where one value lies among them.

    Args:
        counts: how many of the many fall into each bin, as `numpy.histogram` gives them.
        edges: the edges of the bins, rising.
        value: the one that is marked; it may lie outside the bins.
        label: what the marked value is, such as "king ~ queen".
        title: the heading.

    Returns:
        One SVG element.

    Raises:
        InputError: no bin holds anything, or a number is not finite.
    """
    low, high = _extent(counts, edges, value)
    drawing = Drawing((720, 300), title, _described(counts, edges, value, label))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    start, end, floor, top = 36.0, 684.0, 254.0, 96.0
    scale = (end - start) / (high - low)
    for mark in ticks(low, high, 8):
        x = start + (mark - low) * scale
        drawing.line((x, floor), (x, floor + 5), "line")
        drawing.text((x, floor + 21), tick_label(mark), "soft", font_size=12, text_anchor="middle")
    for count, first, last in zip(counts, edges[:-1], edges[1:], strict=True):
        tall = float(count) / float(counts.max()) * (floor - top)
        x, wide = start + (float(first) - low) * scale, float(last - first) * scale
        drawing.rect((x + 0.5, floor - tall), (wide - 1, tall), "cool", opacity=0.8)
    drawing.line((start, floor), (end, floor), "line")
    words = f"{shorten(legible(label), 40)}  {figure(value, minus='−')}"
    _draw_marker(drawing, start + (value - low) * scale, (top, floor), words)
    return drawing.svg()


def _draw_marker(drawing: Drawing, x: Number, reach: Point, words: str) -> None:
    """An arrow down to the axis with words above it, moved inwards where they would leave the picture."""
    top, floor = reach
    half = text_width(words, 14) / 2
    middle = min(max(x, half + 16), drawing.width - 16 - half)
    drawing.line((x, top - 16), (x, floor), "fall", stroke_width=2)
    drawing.polygon([(x, floor - 1), (x - 5, floor - 10), (x + 5, floor - 10)], "fall")
    drawing.label((middle, top - 24), words, text_anchor="middle", font_weight="600")


def histogram_text(
    counts: Int[np.ndarray, "bins"],
    edges: Float[np.ndarray, "bins+1"],
    value: Number,
    label: str,
    width: int = 80,
) -> str:
    """The same for a terminal: six lines of blocks, the axis, and a marker under it; `width` columns at most.

    The blocks' columns divide the axis evenly; the height of each is the count of the bin at its middle.
    """
    low, high = _extent(counts, edges, value)
    middles = low + (np.arange(width) + 0.5) * (high - low) / width
    bins = np.searchsorted(edges, middles, side="right") - 1
    inside = (bins >= 0) & (bins < len(counts))
    heights = np.where(inside, counts[np.clip(bins, 0, len(counts) - 1)], 0) / counts.max() * _ROWS * 8
    # A bin that holds anything shows at least the lowest block.
    eighths = np.where(heights > 0, np.maximum(1, np.rint(heights)), 0).astype(int)
    lines = []
    for row in reversed(range(_ROWS)):
        lines.append("".join(_BLOCKS[int(part)] for part in np.clip(eighths - row * 8, 0, 8)))
    at = min(width - 1, int((value - low) / (high - low) * width))
    lines.append("─" * at + "┴" + "─" * (width - at - 1))
    first, last = figure(low), figure(high)
    words = f"▲ {figure(value)}"
    name = shorten(legible(label), width - len(words) - 1)
    begin = min(at, width - len(words) - 1 - cells(name))
    words = f"▲ {figure(value)} {name}" if begin == at else f"{name} {figure(value)} ▲"
    lines.append(" " * (at if begin == at else at + 1 - cells(words)) + words)
    lines.append(first + " " * (width - len(first) - len(last)) + last)
    return "".join(line.rstrip() + "\n" for line in lines)


def _extent(
    counts: Int[np.ndarray, "bins"], edges: Float[np.ndarray, "bins+1"], value: Number
) -> tuple[Number, Number]:
    """From the lowest to the highest of edges and value."""
    if not len(counts) or counts.max() <= 0:
        raise InputError("there is nothing to draw: no value falls into any bin.")
    if not (np.isfinite(edges).all() and np.isfinite(value)):
        raise InputError("an edge or the marked value is not finite; leave out NaN and infinity before drawing.")
    return min(float(edges[0]), value), max(float(edges[-1]), value)


def _described(
    counts: Int[np.ndarray, "bins"], edges: Float[np.ndarray, "bins+1"], value: Number, label: str
) -> str:
    return say(
        "{label} at {value}, among {count} values between {low} and {high}",
        label=label,
        value=figure(value),
        count=int(counts.sum()),
        low=figure(float(edges[0])),
        high=figure(float(edges[-1])),
    )
