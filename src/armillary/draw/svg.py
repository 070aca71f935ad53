"""A small SVG writer: shapes and text by role, not by colour.

A role is a colour in both themes. The light one stands in each element as a plain attribute, so that any program
which reads SVG shows it right; the dark one is a style sheet under `prefers-color-scheme`. Hues are those of Okabe and
Ito (2008), told apart by colour-blind readers, and no picture relies on hue alone. The same calls give the same bytes.
"""

from base64 import b64encode
from math import ceil
from xml.sax.saxutils import escape

from armillary.draw.measure import Number, legible

FONT = (
    "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'Noto Sans CJK SC', "
    "'Noto Sans SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif"
)

# role: (light, dark)
ROLES = {
    "paper": ("#ffffff", "#14171c"),
    "ink": ("#1b2027", "#edf0f4"),
    "soft": ("#566070", "#a6b0be"),
    "line": ("#9aa4b1", "#667080"),
    "faint": ("#e3e7ec", "#2b313a"),
    "rise": ("#0072b2", "#56b4e9"),
    "fall": ("#d55e00", "#e69f00"),
    "mark": ("#009e73", "#2fc79a"),
    "cool": ("#56b4e9", "#0072b2"),
    "warm": ("#e69f00", "#b35100"),
}

Point = tuple[Number, Number]


class Drawing:
    """An SVG picture in the making.

    Args:
        size: width and height in pixels.
        title: its name, read out by screen readers; not drawn.
        description: what it shows, for those who cannot see it.
    """

    def __init__(self, size: Point, title: str, description: str = "") -> None:
        self.width, self.height = ceil(size[0]), ceil(size[1])
        self._title = title
        self._description = description
        self._elements: list[str] = []

    def line(self, start: Point, end: Point, role: str = "line", **style: str | Number) -> None:
        """A straight line."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._add("line", _stroked(role) | ends | style)

    def rect(self, corner: Point, size: Point, role: str, **style: str | Number) -> None:
        """A filled rectangle by its upper left corner and its size."""
        box = {"x": corner[0], "y": corner[1], "width": max(0.0, size[0]), "height": max(0.0, size[1])}
        self._add("rect", _filled(role) | box | style)

    def frame(self, corner: Point, size: Point, role: str, **style: str | Number) -> None:
        """The outline of a rectangle."""
        box = {"x": corner[0], "y": corner[1], "width": size[0], "height": size[1]}
        self._add("rect", _stroked(role) | {"fill": "none"} | box | style)

    def image(self, corner: Point, size: Point, png: bytes) -> None:
        """The pixels of a PNG as rectangles with sharp edges; the picture holds them."""
        box = {"x": corner[0], "y": corner[1], "width": size[0], "height": size[1]}
        held = f"data:image/png;base64,{b64encode(png).decode()}"
        self._add("image", box | {"preserveAspectRatio": "none", "style": "image-rendering:pixelated", "href": held})

    def circle(self, centre: Point, radius: Number, role: str, tip: str = "", **style: str | Number) -> None:
        """A filled circle; `tip` is what a browser shows when the mouse rests on it."""
        self._add("circle", _filled(role) | {"cx": centre[0], "cy": centre[1], "r": radius} | style, tip)

    def polygon(self, corners: list[Point], role: str, **style: str | Number) -> None:
        """A filled shape."""
        points = " ".join(f"{_plain(x)},{_plain(y)}" for x, y in corners)
        self._add("polygon", _filled(role) | {"points": points} | style)

    def curve(
        self, corners: tuple[Point, Point, Point, Point], role: str, tip: str = "", **style: str | Number
    ) -> None:
        """A cubic Bezier curve from the first of four points to the last, drawn towards the two between."""
        first, *others = (f"{_plain(x)},{_plain(y)}" for x, y in corners)
        drawn = {"d": f"M{first}C{' '.join(others)}", "fill": "none"}
        self._add("path", _stroked(role) | drawn | style, tip)

    def text(self, at: Point, words: str, role: str = "ink", **style: str | Number) -> None:
        """One line of text, its baseline at `at`; `text_anchor="end"` sets it to the left of the point."""
        self._add("text", _filled(role) | {"x": at[0], "y": at[1]} | style, words)

    def label(self, at: Point, words: str, role: str = "ink", **style: str | Number) -> None:
        """One line of text with a rim of paper around it, to be read on top of lines."""
        self.text(at, words, role, **{"class": f"{role} halo"} | style)

    def svg(self) -> str:
        """The picture as one valid XML element, free of ids, scripts and outside references."""
        width, height = _plain(self.width), _plain(self.height)
        name = _attribute(self._title)
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="armillary" role="img" aria-label="{name}" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-size="14">',
            f"<title>{_content(self._title)}</title>",
            f"<desc>{_content(self._description)}</desc>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" fill="{ROLES["paper"][0]}" width="{width}" height="{height}"/>',
            *self._elements,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _add(self, tag: str, attributes: dict[str, str | Number], words: str = "") -> None:
        written = "".join(
            f' {name.replace("_", "-")}="{_attribute(value) if isinstance(value, str) else _plain(value)}"'
            for name, value in attributes.items()
        )
        content = _content(words)
        if tag != "text" and content:
            content = f"<title>{content}</title>"
        self._elements.append(f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>")


def arrow(drawing: Drawing, start: Point, end: Point, role: str, gaps: Point = (0.0, 0.0)) -> None:
    """An arrow that leaves `gaps` pixels free at both ends, for the dots it joins; none where no room is left."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = (across**2 + down**2) ** 0.5
    head = min(10.0, (length - sum(gaps)) / 2)
    if head < 2:
        return
    along = (across / length, down / length)

    def at(distance: Number, aside: Number = 0.0) -> Point:
        return (
            start[0] + along[0] * distance - along[1] * aside,
            start[1] + along[1] * distance + along[0] * aside,
        )

    tip = length - gaps[1]
    drawing.line(at(gaps[0]), at(tip - head * 0.7), role, stroke_width=1.75)
    drawing.polygon([at(tip), at(tip - head, head * 0.42), at(tip - head, -head * 0.42)], role)


def _filled(role: str) -> dict[str, str | Number]:
    return {"class": role, "fill": ROLES[role][0]}


def _stroked(role: str) -> dict[str, str | Number]:
    return {"class": f"{role}-stroke", "stroke": ROLES[role][0]}


def _plain(value: Number) -> str:
    """A coordinate to a hundredth of a pixel, without trailing zeros."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _content(words: str) -> str:
    return escape(legible(words))


def _attribute(words: str) -> str:
    return escape(legible(words), {'"': "&quot;"})


def _style() -> str:
    dark = "".join(
        f".armillary .{role}{{fill:{dark}}}.armillary .{role}-stroke{{stroke:{dark}}}"
        for role, (_, dark) in ROLES.items()
    )
    halo = f".armillary .halo{{paint-order:stroke;stroke:{ROLES['paper'][0]};stroke-width:3px;stroke-linejoin:round}}"
    dark_halo = f".armillary .halo{{stroke:{ROLES['paper'][1]}}}"
    return (
        f".armillary text{{font-family:{FONT};font-variant-numeric:tabular-nums;white-space:pre}}{halo}"
        f"@media (prefers-color-scheme:dark){{{dark}{dark_halo}}}"
    )


STYLE = _style()
