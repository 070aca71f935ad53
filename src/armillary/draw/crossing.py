"""Who of one side listens to whom of another, as a matrix: what is said in rows, what it was made from in columns.

Cells are shaded by the root of their share, as in `attention`: small shares can then be seen too.
"""

from collections.abc import Sequence

import numpy as np

from armillary.draw.attention import shade_scale
from armillary.draw.measure import cells, legible, right, shorten, text_width
from armillary.draw.pixels import coloured, png
from armillary.draw.svg import Drawing
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float

_MOST = 1024  # tokens a side
_CELL, _WIDTH = 26.0, 960.0  # pixels of a cell at most, and of all of them together
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def crossing_svg(
    pattern: Float[np.ndarray, "t r"], rows: Sequence[str], columns: Sequence[str], title: str
) -> str:
    """A pattern as one SVG element.

    Args:
        pattern: how much each of t tokens (a row) listened to each of r others (a column).
        rows: what those are called that listen.
        columns: what those are called that are listened to.
        title: the heading.

    Raises:
        InputError: there is nothing to draw, too much, or a number is not finite.
    """
    _check(pattern)
    cell = min(_CELL, _WIDTH / len(columns))
    down, across = ([shorten(legible(name), 16) for name in names] for names in (rows, columns))
    left = 44 + max(text_width(name, 13) for name in down)
    # Single characters stand upright and can be read as a text; longer names lie along their columns.
    upright = all(text_width(name, 13) <= cell for name in across)
    top = 104 if upright else 92 + max(text_width(name, 13) for name in across)
    wide, high = cell * len(across), cell * len(down)
    drawing = Drawing((max(left + wide + 32, text_width(title, 20) + 48, left + 400), top + high + 66), title,
                      described(pattern, rows, columns))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    drawing.text((24, 62), f"↓ {say('listens')}    → {say('is listened to')}", "soft", font_size=12)
    drawing.rect((left, top), (wide, high), "faint", fill_opacity=0.3)
    drawing.image((left, top), (wide, high), png(coloured(np.sqrt(pattern))))
    drawing.frame((left, top), (wide, high), "line", stroke_width=0.8)
    for place, name in enumerate(down):
        drawing.text((left - 8, top + (place + 0.5) * cell + 4), name, font_size=13, text_anchor="end")
    for place, name in enumerate(across):
        at = (left + (place + 0.5) * cell + (0 if upright else 4), top - 8)
        turned = {"text_anchor": "middle"} if upright else {"transform": f"rotate(-90 {at[0]:.1f} {at[1]:.1f})"}
        drawing.text(at, name, font_size=13, **turned)
    shade_scale(drawing, (left, top + high + 18))
    return drawing.svg()


def crossing_text(
    pattern: Float[np.ndarray, "t r"], rows: Sequence[str], columns: Sequence[str], width: int = 80
) -> str:
    """The same for a terminal; where all columns do not fit side by side, they go on below.

    Columns are headed by their names, if these are characters; cells are filled by the root of the share.
    """
    _check(pattern)
    down = [shorten(legible(name), 12) for name in rows]
    across = [shorten(legible(name), 2) for name in columns]
    broad = max(map(cells, across))
    room = max(map(cells, down)) + 1
    several = max(1, (width - room) // broad)
    fill = np.rint(np.sqrt(pattern) * (len(_EIGHTHS) - 1)).astype(int).tolist()
    parts = []
    for first in range(0, len(across), several):
        lines = [" " * room + "".join(name + " " * (broad - cells(name)) for name in across[first : first + several])]
        lines += [right(name, room - 1) + " " + "".join(_EIGHTHS[one] * broad for one in line[first : first + several])
                  for name, line in zip(down, fill, strict=True)]
        parts.append("".join(f"{line.rstrip()}\n" for line in lines))
    return "\n".join(parts) + " " * room + say("0 [ ▁▂▃▄▅▆▇█] 1, half-way up: a quarter") + "\n"


def described(pattern: Float[np.ndarray, "t r"], rows: Sequence[str], columns: Sequence[str]) -> str:
    """What each listens to most, in a sentence for screen readers."""
    best = pattern.argmax(axis=1).tolist()
    listed = ", ".join(f"{name} – {columns[one]}" for name, one in zip(rows[:12], best, strict=False))
    return say("Which of {count} tokens each of {rows} listens to; most to: {listed}.",
               count=len(columns), rows=len(rows), listed=listed)


def _check(pattern: Float[np.ndarray, "t r"]) -> None:
    if not pattern.size or not np.isfinite(pattern).all() or max(pattern.shape) > _MOST:
        raise InputError("a pattern to be drawn has from 1 to {most} tokens a side, and numbers that are finite",
                         most=_MOST)
