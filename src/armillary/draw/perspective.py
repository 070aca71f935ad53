"""The three-axis scatter, seen from one side: what is near is drawn larger and over what is far."""

from dataclasses import dataclass
from math import cos, sin

import numpy as np

from armillary.draw.labels import Box
from armillary.draw.measure import text_width, tick_label
from armillary.draw.paths import draw_paths, role_of, ways
from armillary.draw.plane import DOT, Plot, by_importance, draw_arrows
from armillary.draw.scatter import Scatter
from armillary.draw.svg import Drawing, Point
from armillary.language import say
from armillary.shapes import Float


@dataclass(frozen=True)
class Camera:
    """An eye that looks at the middle of the points; the third axis points up.

    Attributes:
        azimuth: how far the eye has walked around the points, in radians.
        elevation: how far it stands above them, in radians.
        distance: how far away it is, the farthest point being 1 from the middle.
    """

    azimuth: float = -1.0
    elevation: float = 0.42
    distance: float = 3.6

    def project(self, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """Each point as the eye sees it: right, up, and how much larger than in the middle it looks."""
        a, e = self.azimuth, self.elevation
        right = (-sin(a), cos(a), 0.0)
        up = (-sin(e) * cos(a), -sin(e) * sin(a), cos(e))
        towards = (cos(e) * cos(a), cos(e) * sin(a), sin(e))
        seen = points @ np.array([right, up, towards]).T
        nearness = self.distance / (self.distance - seen[:, 2])
        return np.stack([seen[:, 0] * nearness, seen[:, 1] * nearness, nearness], axis=1)


CAMERA = Camera()


class _Room:
    """The box around the points, its sides whole numbers of grid steps, fitted into the frame."""

    def __init__(self, scatter: Scatter, frame: Box) -> None:
        self.low, self.high, self.step = scatter.box()
        self._middle = (self.low + self.high) / 2
        self._radius = float(np.linalg.norm(self.high - self.low)) / 2 or 1.0
        self.anchor = np.clip(np.zeros(3), self.low, self.high)
        shown = [scatter.coordinates.astype(np.float64), self.floor(), *(np.stack(self.axis(i)) for i in range(3))]
        box = self._seen(np.concatenate(shown))[:, :2]
        least, most = box.min(axis=0), box.max(axis=0)
        spans = np.maximum(most - least, 1e-9)
        room = np.array([frame.right - frame.left - 130, frame.bottom - frame.top - 40])
        self._scale = float((room / spans).min())
        centre = np.array([(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2])
        self._offset = centre - (least + most) / 2 * self._scale * np.array([1, -1])

    def floor(self) -> Float[np.ndarray, "4 3"]:
        """The corners of the box's floor, in turn."""
        (x0, y0, z), (x1, y1, _) = self.low, self.high
        return np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]])

    def axis(self, index: int) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
        """The ends of one axis, which runs through the origin or the point of the box nearest to it."""
        start, end = self.anchor.copy(), self.anchor.copy()
        start[index], end[index] = self.low[index], self.high[index]
        return start, end

    def _seen(self, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        return CAMERA.project((points.astype(np.float64) - self._middle) / self._radius)

    def pixels(self, points: Float[np.ndarray, "n 3"]) -> tuple[list[Point], list[float]]:
        """Where points lie in the picture, and how much larger than in the middle each looks."""
        seen = self._seen(points)
        at = seen[:, :2] * self._scale * np.array([1, -1]) + self._offset
        return [(float(x), float(y)) for x, y in at], [float(near) for near in seen[:, 2]]

    def segment(self, start: Float[np.ndarray, "3"], end: Float[np.ndarray, "3"]) -> tuple[Point, Point]:
        """A line in the room as a line in the picture."""
        (first, last), _ = self.pixels(np.stack([start, end]))
        return first, last


def draw_space(drawing: Drawing, scatter: Scatter, frame: Box) -> Plot:
    """Draw a scatter with three axes into `frame`, all but its labels."""
    room = _Room(scatter, frame)
    _draw_floor(drawing, room, frame)
    points = scatter.coordinates.astype(np.float64)
    feet = points.copy()
    feet[:, 2] = room.low[2]
    for row, (point, foot) in enumerate(zip(points, feet, strict=True)):
        if row in scatter.quiet:
            continue  # a stem for every step of a journey would hide it
        drawing.line(*room.segment(foot, point), "line", stroke_width=0.8, stroke_dasharray="1.5 3")
    taken = _draw_axes(drawing, scatter, room)
    dots, near = room.pixels(points)
    draw_paths(drawing, scatter, dots)
    draw_arrows(drawing, scatter, dots)
    opacities, on = scatter.opacities(), ways(scatter)
    for row in sorted(range(len(dots)), key=near.__getitem__):
        size = DOT * near[row] ** 1.6 / (2 if row in scatter.quiet else 1)
        drawing.circle(dots[row], size, role_of(on.get(row)), scatter.labels[row], fill_opacity=opacities[row])
    return Plot(dots, by_importance(scatter), taken)


def _draw_floor(drawing: Drawing, room: _Room, frame: Box) -> None:
    """A grid under the points, on which the stems of the dots stand."""
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    drawing.polygon(room.pixels(room.floor())[0], "faint", fill_opacity=0.4)
    for x in np.arange(round((x1 - x0) / room.step) + 1) * room.step + x0:
        drawing.line(*room.segment(np.array([x, y0, z]), np.array([x, y1, z])), "faint", stroke_width=1.2)
    for y in np.arange(round((y1 - y0) / room.step) + 1) * room.step + y0:
        drawing.line(*room.segment(np.array([x0, y, z]), np.array([x1, y, z])), "faint", stroke_width=1.2)
    words = say("grid: {step}", step=tick_label(room.step))
    drawing.text((frame.right, frame.top - 22), words, "soft", font_size=12, text_anchor="end")


def _draw_axes(drawing: Drawing, scatter: Scatter, room: _Room) -> list[Box]:
    """The three axes through the origin (or the corner nearest to it), each named at its upper end."""
    taken = []
    for axis, name in enumerate(scatter.axes):
        first, last = room.segment(*room.axis(axis))
        drawing.line(first, last, "line", stroke_width=1.4)
        length = float(np.hypot(last[0] - first[0], last[1] - first[1])) or 1.0
        along = ((last[0] - first[0]) / length, (last[1] - first[1]) / length)
        wide = text_width(name, 13)
        x, y = last[0] + along[0] * (10 + wide / 2), last[1] + along[1] * 14
        x = min(max(x, wide / 2 + 8), drawing.width - wide / 2 - 8)
        drawing.label((x, y + 4), name, "soft", font_size=13, text_anchor="middle")
        taken.append(Box(x - wide / 2, y - 9, x + wide / 2, y + 9))
    return taken
