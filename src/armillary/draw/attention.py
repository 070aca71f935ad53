"""Who listens to whom, as a matrix: a pattern of one head with names on both sides, and many small ones side by side.

Most heads give nearly all of their listening to the first token. So that the rest can be seen too, a cell is shaded by
the root of its share. A long text is drawn in stretches: a cell then tells how much a token of one stretch listens to
all of another, and rows still add up to 1.
"""

from collections.abc import Sequence

import numpy as np

from armillary.draw.heat import heat_text
from armillary.draw.measure import Number, legible, shorten, text_width
from armillary.draw.pixels import coloured, png
from armillary.draw.svg import Drawing, Point
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float

_MOST = 128  # cells a side, above which a pattern is drawn in stretches
_SIDE = 640.0  # pixels of a pattern, about
_LINE = 14  # pixels that a label takes
_SMALL = 48  # cells a side of a small pattern


def gathered(
    pattern: Float[np.ndarray, "t s"], most: int
) -> tuple[Float[np.ndarray, "rows columns"], list[int]]:
    """A pattern in at most `most` stretches of the text a side, and where each begins.

    What a stretch listens to is the mean over its tokens, and what it is listened to the sum: rows still add up to 1.
    """
    if not pattern.size or not np.isfinite(pattern).all():
        raise InputError("a pattern to be drawn has tokens, and numbers that are finite")
    if len(pattern) <= most:
        return pattern, list(range(len(pattern)))
    starts = np.linspace(0, len(pattern), most + 1).astype(int)
    summed = np.add.reduceat(np.add.reduceat(pattern, starts[:-1], axis=0), starts[:-1], axis=1)
    return (summed / np.diff(starts)[:, None]).astype(np.float32), starts[:-1].tolist()


def attention_svg(
    pattern: Float[np.ndarray, "t t"], names: Sequence[str], title: str, *, columns: bool = False
) -> str:
    """A pattern as a matrix with the tokens' names on both sides.

    Args:
        pattern: how much each position (a row) listens to each (a column).
        names: what the t positions are called.
        title: the heading.
        columns: draw those who listen as columns, as some explainers do.

    Raises:
        InputError: there is nothing to draw, or a number is not finite.
    """
    shares, starts = gathered(pattern, _MOST)
    shown = _named(names, starts, len(pattern))
    cell = max(_SIDE / _MOST, min(26.0, _SIDE / len(shares)))
    step = -(-_LINE // cell)
    labels = {place: shorten(legible(shown[place]), 16) for place in range(0, len(shown), int(step))}
    room = max(text_width(label, 12) for label in labels.values()) + 12
    side = cell * len(shares)
    left, top = 44 + room, 78 + room
    width = max(left + side + 32, text_width(title, 20) + 48, left + 240)
    drawing = Drawing((width, top + side + 74), title, described(pattern, names))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    _axes(drawing, (left, top), room, side, columns)
    _seen(drawing, shares, (left, top), cell, columns)
    drawing.image((left, top), (side, side), png(coloured(np.sqrt(shares.T if columns else shares))))
    drawing.frame((left, top), (side, side), "line", stroke_width=0.8)
    for place, label in labels.items():
        middle = (place + 0.5) * cell + 4
        drawing.text((left - 8, top + middle), label, "soft", font_size=12, text_anchor="end")
        at = (left + middle, top - 8)
        drawing.text(at, label, "soft", font_size=12, transform=f"rotate(-90 {at[0]:.1f} {at[1]:.1f})")
    shade_scale(drawing, (left, top + side + 18))
    return drawing.svg()


def attention_text(
    pattern: Float[np.ndarray, "t t"], names: Sequence[str], width: int = 80, *, columns: bool = False, most: int = 28
) -> str:
    """The same for a terminal, `width` columns at most; cells are filled by the root of the share, too."""
    shares, starts = gathered(pattern, most)
    shown = _named(names, starts, len(pattern))
    drawn = np.sqrt(shares.T if columns else shares)
    *lines, below = heat_text(drawn, shown, width, most).splitlines()
    scale = " " * (len(below) - len(below.lstrip())) + say("0 [ ▁▂▃▄▅▆▇█] 1, half-way up: a quarter")
    return "".join(f"{line}\n" for line in [*lines, scale])


def heads_svg(
    patterns: Sequence[Sequence[Float[np.ndarray, "side side"]]], rows: Sequence[str], columns: Sequence[str],
    title: str,
) -> str:
    """Many heads as small patterns side by side: a row for each block, a column for each head.

    Args:
        patterns: of each block the patterns of its heads, made small by `small` if the text is long.
        rows: what the blocks are called.
        columns: what the heads are called.
        title: the heading.
    """
    if not patterns or not any(patterns):
        raise InputError("a pattern to be drawn has tokens, and numbers that are finite")
    across = max(map(len, patterns))
    side = max(32.0, min(150.0, 960 / across - 10)) if len(patterns) > 1 else max(96.0, min(190.0, 960 / across - 10))
    gap, left, top = 8.0, 36 + max(text_width(name, 12) for name in rows), 76.0
    width = max(left + across * (side + gap) + 24, text_width(title, 20) + 48)
    drawing = Drawing((width, top + len(patterns) * (side + gap) + 56), title, say(
        "Small patterns of {blocks} blocks with up to {heads} heads each.", blocks=len(patterns), heads=across))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    for place, name in enumerate(columns[:across]):
        middle = left + place * (side + gap) + side / 2
        drawing.text((middle, top - 8), name, "soft", font_size=12, text_anchor="middle")
    for row, heads in enumerate(patterns):
        y = top + row * (side + gap)
        drawing.text((left - 8, y + side / 2 + 4), rows[row], "soft", font_size=12, text_anchor="end")
        for place, pattern in enumerate(heads):
            corner = (left + place * (side + gap), y)
            drawing.rect(corner, (side, side), "faint", fill_opacity=0.45)
            drawing.image(corner, (side, side), png(coloured(np.sqrt(pattern))))
    shade_scale(drawing, (left, top + len(patterns) * (side + gap) + 8))
    return drawing.svg()


def small(pattern: Float[np.ndarray, "t t"]) -> Float[np.ndarray, "side side"]:
    """A pattern as `heads_svg` has room for it."""
    return gathered(pattern, _SMALL)[0]


def described(pattern: Float[np.ndarray, "t t"], names: Sequence[str]) -> str:
    """Whom the last position listens to, in a sentence for screen readers."""
    row = pattern[-1]
    best = np.argsort(-row, kind="stable")[:5].tolist()
    listed = ", ".join(f"{names[one]} {row[one]:.2f}" for one in best if row[one] > 0)
    return say("Who listens to whom among {count} tokens; the last listens to {listed}.", count=len(names),
               listed=listed)


def shade_scale(drawing: Drawing, at: Point) -> None:
    """A strip of shades with the shares that they stand for, at their roots."""
    drawing.image(at, (200, 10), png(coloured(np.linspace(0, 1, 64)[None])))
    for place, share in ((0.0, "0"), (0.5, "0.25"), (1.0, "1")):
        drawing.text((at[0] + 200 * place, at[1] + 26), share, "soft", font_size=12, text_anchor="middle")
    drawing.text((at[0] + 220, at[1] + 10), say("share of the listening"), "soft", font_size=12)


def _named(names: Sequence[str], starts: Sequence[int], count: int) -> list[str]:
    """What each row is called: its token, or where its stretch begins."""
    if len(starts) == count:
        return list(names)
    return [f"{names[start]} {start}" for start in starts]


def _axes(drawing: Drawing, corner: Point, room: Number, side: Number, columns: bool) -> None:
    """Which side listens."""
    asks, asked = say("listens"), say("is listened to")
    across, down = (asks, asked) if columns else (asked, asks)
    drawing.text((corner[0] + side, corner[1] - room - 10), f"{across} →", "soft", font_size=12, text_anchor="end")
    at = (corner[0] - room - 8, corner[1])
    drawing.text(at, f"← {down}", "soft", font_size=12, text_anchor="end",
                 transform=f"rotate(-90 {at[0]:.1f} {at[1]:.1f})")


def _seen(drawing: Drawing, shares: Float[np.ndarray, "t t"], corner: Point, cell: Number, columns: bool) -> None:
    """Where positions may look is tinted; what the mask hides from them stays paper."""
    count, causal = len(shares), not np.triu(shares, 1).any()
    stairs = [(step + 1, row) for step in range(count) for row in (step, step + 1)]
    corners = [(0, 0), *(stairs if causal else [(count, 0), (count, count)]), (0, count)]
    points = [(corner[0] + (y if columns else x) * cell, corner[1] + (x if columns else y) * cell) for x, y in corners]
    drawing.polygon(points, "faint", fill_opacity=0.45)
