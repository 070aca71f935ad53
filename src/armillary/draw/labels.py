"""Where the labels of a scatter go, so that they neither overlap nor hide points and arrows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, inf, pi, sin

from armillary.draw.measure import Number
from armillary.draw.svg import Point

# Directions tried, the most readable first: right, left, above, below, then between them.
_TURNS = (0.0, 1.0, -0.5, 0.5, -0.25, 0.25, -0.75, 0.75)
_REACHES = (0.0, 8.0, 16.0, 26.0, 38.0, 52.0)
_GAP = 8.0

Segment = tuple[Point, Point]


@dataclass(frozen=True)
class Box:
    """An upright rectangle, in pixels."""

    left: Number
    top: Number
    right: Number
    bottom: Number

    def overlap(self, other: "Box") -> Number:
        """The area that two boxes share."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across * down if across > 0 and down > 0 else 0.0

    def inside(self, other: "Box") -> bool:
        """Whether this box lies within the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )

    def crossed(self, start: Point, end: Point) -> bool:
        """Whether the segment from `start` to `end` enters the box (Liang and Barsky, 1984)."""
        enters, leaves = 0.0, 1.0
        across, down = end[0] - start[0], end[1] - start[1]
        for step, room in (
            (-across, start[0] - self.left),
            (across, self.right - start[0]),
            (-down, start[1] - self.top),
            (down, self.bottom - start[1]),
        ):
            if step == 0:
                if room < 0:
                    return False
            elif step < 0:
                enters = max(enters, room / step)
            else:
                leaves = min(leaves, room / step)
        return enters <= leaves


@dataclass(frozen=True)
class Obstacles:
    """What labels keep clear of: the frame they stay in, dots (not to be hidden) and arrows (not to be crossed)."""

    frame: Box
    dots: Sequence[Box]
    arrows: Sequence[Segment]


def place(dots: Sequence[Point], sizes: Sequence[Point], obstacles: Obstacles) -> list[Box | None]:
    """Find each label a box near its dot, one after the other, each in the cheapest place still free.

    Args:
        dots: n centres of dots, the labels' owners, the most important first.
        sizes: n widths and heights of the labels.
        obstacles: what to keep clear of.

    Returns:
        n boxes, no two of which overlap; None where no place within 52 pixels was free.
    """
    placed: list[Box] = []
    answer: list[Box | None] = []
    ties: list[Segment] = list(obstacles.arrows)
    for dot, size in zip(dots, sizes, strict=True):
        best, least = None, inf
        for box, reach in _candidates(dot, size):
            if reach >= least:  # every further candidate costs at least its reach
                break
            cost = reach + _cost(box, leader(box, dot), placed, Obstacles(obstacles.frame, obstacles.dots, ties))
            if cost < least:
                best, least = box, cost
        answer.append(best)
        if best is not None:
            placed.append(best)
            ties += [tie for tie in [leader(best, dot)] if tie]
    return answer


def _candidates(dot: Point, size: Point) -> Iterator[tuple[Box, float]]:
    """Boxes around a dot and how far each is pushed out, nearest first."""
    wide, high = size
    for reach in _REACHES:
        for rank, turn in enumerate(_TURNS):
            across, down = cos(turn * pi), sin(turn * pi)
            x = dot[0] + across * (_GAP + reach + wide / 2)
            y = dot[1] + down * (_GAP + reach + high / 2)
            yield Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), reach + rank / len(_TURNS)


def _cost(box: Box, tie: Segment | None, placed: Sequence[Box], obstacles: Obstacles) -> Number:
    if not box.inside(obstacles.frame) or any(box.overlap(other) > 0 for other in placed):
        return inf
    hidden = sum(box.overlap(dot) for dot in obstacles.dots)
    crossings = sum(box.crossed(start, end) for start, end in obstacles.arrows)
    if tie:
        crossings += sum(other.crossed(*tie) for other in (*placed, *obstacles.dots))
    return 2 * hidden + 14 * crossings


def leader(box: Box, dot: Point) -> Segment | None:
    """The thin line that ties a label to its dot, or None where the label is near enough to need none."""
    edge = (min(max(dot[0], box.left), box.right), min(max(dot[1], box.top), box.bottom))
    distance = hypot(edge[0] - dot[0], edge[1] - dot[1])
    if distance < 14:
        return None
    part = 6 / distance
    return (dot[0] + (edge[0] - dot[0]) * part, dot[1] + (edge[1] - dot[1]) * part), edge
