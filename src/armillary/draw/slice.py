"""Points in a plane or in space with their labels and arrows: the explainer's picture of a slice, as SVG."""

from armillary.draw.labels import Box, Obstacles, leader, place
from armillary.draw.measure import Number, legible, shorten, text_width
from armillary.draw.perspective import draw_space
from armillary.draw.plane import DOT, Plot, draw_plane
from armillary.draw.scatter import Scatter
from armillary.draw.svg import Drawing, Point
from armillary.language import say

LONGEST_LABEL = 28
_CROWD = 30


def slice_svg(scatter: Scatter, *, width: int = 800, height: int = 640) -> str:
    """A scatter of labelled points; a plane for two axes, a view in perspective for three.

    One unit is as long in every direction. A label that would overlap another is moved, with a thin line to its dot;
    where no place is left it is shown only when the mouse rests on the dot, and the picture says how many those are.

    Args:
        scatter: points, labels, axes and arrows.
        width: of the picture, in pixels.
        height: of the picture, in pixels.

    Returns:
        One SVG element.
    """
    drawing = Drawing((width, height), scatter.title, scatter.described())
    title = shorten(legible(scatter.title), width // 10)
    drawing.text((24, 34), title, font_size=18, font_weight="600")
    flat = len(scatter.axes) == 2
    frame = Box(56, 56, width - 24, height - (56 if flat else 24) - (30 if scatter.shares is not None else 0))
    plot = draw_plane(drawing, scatter, frame) if flat else draw_space(drawing, scatter, frame)
    hidden = _draw_labels(drawing, scatter, plot, frame)
    if scatter.shares is not None:
        _draw_legend(drawing)
    if hidden:
        words = say("labels without room: {count}", count=hidden)
        drawing.text((width - 24, height - 14), words, "soft", font_size=12, text_anchor="end")
    return drawing.svg()


def _draw_labels(drawing: Drawing, scatter: Scatter, plot: Plot, frame: Box) -> int:
    """Draw every label that finds a place; gives how many do not."""
    size = 14.0 if len(plot.order) <= _CROWD else 12.0
    names = [shorten(legible(scatter.labels[row]), LONGEST_LABEL) for row in plot.order]
    owners = [plot.dots[row] for row in plot.order]
    radius = DOT + 2
    dots = [Box(x - radius, y - radius, x + radius, y + radius) for x, y in plot.dots]
    arrows = [(plot.dots[start], plot.dots[end]) for start, end in scatter.arrows]
    room = Box(frame.left - 48, frame.top - 12, frame.right + 16, frame.bottom)
    sizes = [(text_width(name, size), size + 2) for name in names]
    boxes = place(owners, sizes, Obstacles(room, [*dots, *plot.taken], arrows))
    for box, owner in zip(boxes, owners, strict=True):
        if box is not None and (tie := leader(box, owner)):
            drawing.line(*tie, "line", stroke_width=0.8)
    for box, owner, name in zip(boxes, owners, names, strict=True):
        if box is not None:
            x, anchor = _anchor(box, owner)
            drawing.label((x, box.bottom - size / 4), name, font_size=size, text_anchor=anchor)
    return boxes.count(None)


def _anchor(box: Box, owner: Point) -> tuple[Number, str]:
    """The end of a label's box that faces its dot: there the text begins or ends, whatever the font's true width."""
    if box.left > owner[0]:
        return box.left, "start"
    if box.right < owner[0]:
        return box.right, "end"
    return (box.left + box.right) / 2, "middle"


def _draw_legend(drawing: Drawing) -> None:
    """What faint and solid dots mean."""
    y = drawing.height - 16
    x = 28.0
    for share in (0.0, 0.5, 1.0):
        drawing.circle((x, y - 4), DOT, "rise", fill_opacity=0.25 + 0.75 * share)
        drawing.text((x + 10, y), f"{share:.0%}", "soft", font_size=12)
        x += 62
    words = say("of the vector's length lies in this slice")
    drawing.text((x, y), words, "soft", font_size=12)
