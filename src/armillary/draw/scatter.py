"""What the pictures of points are made from: coordinates in two or three axes, labels, arrows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from armillary.draw.measure import figure, ticks
from armillary.errors import InputError
from armillary.language import say
from armillary.shapes import Float


@dataclass(frozen=True, eq=False)
class Scatter:
    """Labelled points in a plane or in space: a slice spanned by chosen directions, or principal axes.

    Attributes:
        coordinates: (n, axes) with two or three axes, in the units of the vectors.
        labels: n labels.
        axes: the name of each axis.
        title: the heading.
        arrows: pairs of rows, from and to: man -> woman, king -> queen.
        shares: (n,) for each point the share, 0 to 1, of its length that lies in the slice; faint dots are mostly
            elsewhere. None where it is not known.
        paths: rows that are joined by a line, in order: the way of one point. Their last ones are named first.
        quiet: rows whose label is told when the mouse rests on the dot, but not drawn.

    Raises:
        InputError: nothing to draw, lengths that do not fit, a number that is not finite, an arrow from nowhere.
    """

    coordinates: Float[np.ndarray, "n axes"]
    labels: Sequence[str]
    axes: Sequence[str]
    title: str = ""
    arrows: Sequence[tuple[int, int]] = ()
    shares: Float[np.ndarray, "n"] | None = None
    paths: Sequence[Sequence[int]] = ()
    quiet: Collection[int] = ()

    def __post_init__(self) -> None:
        count, axes = self.coordinates.shape
        if count == 0:
            raise InputError("there is nothing to draw: the picture got no points.")
        if axes not in (2, 3):
            raise InputError("a picture has 2 or 3 axes, not {axes}; project the points first.", axes=axes)
        if len(self.labels) != count or len(self.axes) != axes:
            raise InputError(
                "{labels} labels and {names} axis names do not fit {count} points with {axes} axes.",
                labels=len(self.labels),
                names=len(self.axes),
                count=count,
                axes=axes,
            )
        if not np.isfinite(self.coordinates).all():
            raise InputError("a coordinate is not finite; leave out NaN and infinity before drawing.")
        if any(not 0 <= end < count for ends in (*self.arrows, *self.paths) for end in ends):
            raise InputError("an arrow starts or ends at a point that is not there; there are {count}.", count=count)

    def opacities(self) -> list[float]:
        """How solid each dot is: from 0.25, none of its length is in the slice, to 1, all of it."""
        if self.shares is None:
            return [1.0] * len(self.labels)
        return [0.25 + 0.75 * min(1.0, max(0.0, float(share))) for share in self.shares]

    def extent(self) -> tuple[Float[np.ndarray, "axes"], Float[np.ndarray, "axes"]]:
        """The corners of what the picture shows: all points and, unless it would dwarf them, the origin."""
        low, high = self.coordinates.min(axis=0), self.coordinates.max(axis=0)
        wide, high_with = np.minimum(low, 0), np.maximum(high, 0)
        spread = float((high - low).max())
        if spread == 0 or spread >= 0.4 * float((high_with - wide).max()):
            return wide, high_with
        return low, high

    def box(self) -> tuple[Float[np.ndarray, "axes"], Float[np.ndarray, "axes"], float]:
        """The extent widened to whole squares of a grid: its corners, and how wide a square is."""
        low, high = (corner.astype(np.float64) for corner in self.extent())
        marks = ticks(0.0, float((high - low).max()) or 1.0, 6)
        step = marks[1] - marks[0]
        return np.floor(low / step + 1e-9) * step, np.ceil(high / step - 1e-9) * step, step

    def described(self) -> str:
        """What the picture shows, in a sentence for screen readers."""
        listed = ", ".join(
            f"{label} ({', '.join(figure(float(value), digits=2) for value in point)})"
            for label, point in zip(self.labels[:20], self.coordinates, strict=False)
        )
        names = ", ".join(self.axes)
        return say("{count} points on the axes {names}: {listed}", count=len(self.labels), names=names, listed=listed)
