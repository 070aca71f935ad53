"""Who listens to whom, as arcs from token to token: the text runs down, and thicker arcs carry more.

Of a long text only the tokens are shown that the strongest arcs join; ⋮ tells how many are left out between them.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from armillary.draw.attention import described
from armillary.draw.measure import legible, shorten, text_width
from armillary.draw.svg import Drawing
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float

_LEAST = 0.05  # the least share that is drawn
_MOST = 48  # tokens that are shown
_ROW = 22.0
Arc = tuple[int, int, float]


def arcs_svg(
    pattern: Float[np.ndarray, "t t"], names: Sequence[str], title: str, *, position: int | None = None
) -> str:
    """A pattern as arcs.

    Args:
        pattern: how much each position (a row) listens to each (a column).
        names: what the t positions are called.
        title: the heading.
        position: draw only what this one listens to, with its shares; all positions if None.

    Raises:
        InputError: there is nothing to draw, or a number is not finite.
    """
    if not pattern.size or not np.isfinite(pattern).all():
        raise InputError("a pattern to be drawn has tokens, and numbers that are finite")
    arcs = _arcs(pattern, position)
    shown = _shown(arcs, len(pattern), position)
    rows = {place: row for row, place in enumerate(place for place in shown if place is not None)}
    at, y = {}, 62.0
    for place in shown:
        if place is not None:
            at[place] = y + _ROW / 2
        y += _ROW if place is not None else _ROW * 0.8
    numbered = "{} {}" if None in shown else "{}"
    labels = {place: numbered.format(shorten(legible(names[place]), 24), place) for place in rows}
    start = 108 + max(text_width(label, 14) for label in labels.values())
    reach = max((_bulge(abs(at[a] - at[b])) for a, b, _ in arcs if a in at and b in at), default=20.0)
    width = max(start + reach * 0.75 + 48, text_width(title, 20) + 48, text_width(_note(position, names), 12) + 48)
    drawing = Drawing((width, y + 44), title, described(pattern, names))
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    _draw_names(drawing, shown, labels, (start, position))
    for a, b, share in sorted(arcs, key=lambda arc: arc[2]):
        if a in at and b in at:
            _draw_arc(drawing, (start + 8, at[a], at[b]), share, f"{names[a]} → {names[b]} {share:.3f}")
    if position is not None:
        for place, middle in at.items():
            share = float(pattern[position, place])
            if share >= 0.0005:
                drawing.text((64, middle + 5), f"{share:.1%}", "soft", font_size=12, text_anchor="end")
    drawing.text((24, y + 26), _note(position, names), "soft", font_size=12)
    return drawing.svg()


def _arcs(pattern: Float[np.ndarray, "t t"], position: int | None) -> list[Arc]:
    """(who listens, to whom, how much), the strongest first."""
    rows = range(len(pattern)) if position is None else [position]
    found = [(row, int(column), float(pattern[row, column])) for row in rows
             for column in np.flatnonzero(pattern[row] >= (_LEAST if position is None else 0.002))]
    return sorted(found, key=lambda arc: -arc[2])[:600]


def _shown(arcs: Sequence[Arc], count: int, position: int | None) -> list[int | None]:
    """The positions that are drawn, in order; None where some are left out."""
    kept = {position, 0} if position is not None else {0}
    if count <= _MOST:
        kept = set(range(count))
    for a, b, _ in sorted(arcs, key=lambda arc: (arc[1] == 0, -arc[2])):
        if len(kept | {a, b}) <= _MOST:
            kept |= {a, b}
    shown: list[int | None] = []
    for place in sorted(one for one in kept if one is not None):
        if shown and shown[-1] != place - 1:
            shown.append(None)
        shown.append(place)
    return shown


def _draw_names(
    drawing: Drawing, shown: Sequence[int | None], labels: dict[int, str], where: tuple[float, int | None]
) -> None:
    start, position = where
    y, before = 62.0, -1
    for index, place in enumerate(shown):
        if place is None:
            after = next(one for one in shown[index + 1 :] if one is not None)
            drawing.text((start - 6, y + 13), f"⋮ {after - before - 1}", "soft", font_size=12, text_anchor="end")
            y += _ROW * 0.8
            continue
        weight = "600" if place == position else "400"
        drawing.text((start, y + _ROW / 2 + 5), labels[place], text_anchor="end", font_weight=weight)
        before, y = place, y + _ROW


def _draw_arc(drawing: Drawing, where: tuple[float, float, float], share: float, tip: str) -> None:
    x, asks, asked = where
    width, opacity = 0.6 + 7 * share, 0.25 + 0.65 * sqrt(share)
    if asks == asked:
        drawing.circle((x + 3, asks), 1.5 + 4 * sqrt(share), "rise", tip, fill_opacity=opacity)
        return
    bulge = x + _bulge(abs(asks - asked))
    drawing.curve(((x, asks), (bulge, asks), (bulge, asked), (x, asked)), "rise", tip, stroke_width=width,
                  stroke_opacity=opacity, stroke_linecap="round")


def _bulge(distance: float) -> float:
    return min(340.0, 20 + distance * 0.7)


def _note(position: int | None, names: Sequence[str]) -> str:
    if position is not None:
        return say("What {name}, position {position}, listens to.", name=names[position], position=position)
    return say("Arcs lead from who listens up to who is listened to; a dot: to itself. Shares under {least:.0%} are "
               "left out.", least=_LEAST)
