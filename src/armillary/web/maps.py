"""Maps: every point of a space in two or three numbers, its label, its colour, and how far the map can be trusted."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from armillary.errors import InputError
from armillary.geometry.neighbours import nearest
from armillary.geometry.projection import Frame, PrincipalComponents, principal_components, slice_through
from armillary.shapes import Float, Float32
from armillary.space import Space
from armillary.web.groups import grouped
from armillary.web.library import Library, Points
from armillary.web.route import Route
from armillary.web.schema import Expression, Name, Size

SAMPLE, AROUND = 200, 10
"""How many points are asked for their neighbours to tell how far a map can be trusted, and for how many each."""
Axes = Annotated[tuple[Expression, ...], Size(3)]


@dataclass(frozen=True)
class SpaceQuestion:
    """A space; of a model, which of its tables."""

    id: Name
    points: Points = "W_E"


@dataclass(frozen=True)
class MapQuestion:
    """A map of a space: along its principal axes if `axes` is empty, else the slice that two or three span."""

    id: Name
    points: Points = "W_E"
    axes: Axes = ()


@dataclass(frozen=True)
class ColourQuestion:
    """A number for each point to be coloured by: its length, count, cosine with `query`, share in a map, or group."""

    id: Name
    by: Literal["length", "count", "cosine", "share", "cluster"]
    points: Points = "W_E"
    query: Annotated[str, Size(1000)] = ""
    axes: Axes = ()


@dataclass(frozen=True)
class SpaceFacts:
    """A space in numbers."""

    rows: int
    dim: int
    tokens: bool
    counted: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MapFacts:
    """A map in numbers.

    Attributes:
        method: principal components, or a slice.
        axes: what each axis is.
        variance: along principal components, the share of all variance in each.
        kept: the share of the variance in all of them; of a slice, the mean share of the points' lengths in it.
        extent: the largest distance from the middle, in each direction.
    """

    method: Literal["pca", "slice"]
    axes: tuple[str, ...]
    variance: tuple[float, ...]
    kept: float
    extent: tuple[float, ...]


@dataclass(frozen=True)
class Trust:
    """How far a map can be trusted: of each sampled point's nearest neighbours, the share that is nearest on the map.

    Attributes:
        share: with two and with three numbers of the map (the same where it has two).
        chance: what it would be on a map of points thrown at random.
    """

    share: tuple[float, float]
    chance: float
    sample: int
    neighbours: int


@dataclass(frozen=True, eq=False)
class Placed:
    """A frame, and where every point falls in it."""

    frame: Frame
    coordinates: Float32[np.ndarray, "n c"]


def facts(library: Library, asked: SpaceQuestion) -> SpaceFacts:
    """How large a space is, and what its labels are."""
    space = library.space(asked.id, asked.points)
    return SpaceFacts(len(space), space.dim, space.tokens, space.counts is not None, tuple(map(str, space.notes)))


def placed(library: Library, asked: Any) -> Placed:
    """The map that a question is about, made once."""

    def make() -> Placed:
        space = library.space(asked.id, asked.points)
        frame = _frame(space, asked.axes)
        return Placed(frame, frame.coordinates(space.vectors).astype(np.float32))

    found: Placed = library.once(("map", asked.id, asked.points, asked.axes), make)
    return found


def _frame(space: Space, axes: tuple[str, ...]) -> Frame:
    if not axes:
        return principal_components(space.vectors, min(3, space.dim, len(space) - 1))
    return slice_through(np.stack([space.point(axis).vector for axis in axes]))


def map_facts(library: Library, asked: MapQuestion) -> MapFacts:
    """What a map shows, and how much of the space."""
    found = placed(library, asked)
    extent = tuple(np.abs(found.coordinates).max(axis=0).tolist())
    if isinstance(found.frame, PrincipalComponents):
        variance = tuple(found.frame.variance.tolist())
        return MapFacts("pca", (), variance, sum(variance), extent)
    shares = found.frame.kept(library.space(asked.id, asked.points).vectors)
    return MapFacts("slice", asked.axes, (), float(shares.mean()), extent)


def coordinates(library: Library, asked: MapQuestion) -> Float32[np.ndarray, "n 3"]:
    """Every point of a map, three numbers each, the third 0 where the map is flat."""
    flat = placed(library, asked).coordinates
    found = np.zeros((len(flat), 3), np.float32)
    found[:, : flat.shape[1]] = flat
    return found


def labels(library: Library, asked: SpaceQuestion) -> bytes:
    """Every label, one a line, in the order of the rows (a line break in a label is written as ⏎)."""
    space = library.space(asked.id, asked.points)
    if not space.tokens:
        return space.labels.text.tobytes()
    return "".join(f"{label}\n" for label in (one.replace("\n", "⏎") for one in space.labels)).encode()


def colours(library: Library, asked: ColourQuestion) -> Float[np.ndarray, "n"]:
    """A number for each point."""
    space = library.space(asked.id, asked.points)
    if asked.by == "length":
        return space.norms
    if asked.by == "count":
        if space.counts is None:
            raise InputError("this space does not say how often its words were seen")
        return space.counts.astype(np.float32)
    if asked.by == "share":
        return placed(library, asked).frame.kept(space.vectors).astype(np.float32)
    if asked.by == "cluster":
        return grouped(library, asked.id, asked.points).members.astype(np.float32)
    vector = space.point(asked.query).vector
    lengths = space.norms * np.linalg.norm(vector)
    cosines: np.ndarray = np.divide(
        space.vectors @ vector, lengths, out=np.zeros(len(space), np.float32), where=lengths > 0
    )
    return cosines


def trust(library: Library, asked: MapQuestion) -> Trust:
    """How far a map can be trusted."""
    found: Trust = library.once(("trust", asked.id, asked.points, asked.axes), lambda: _trust(library, asked))
    return found


def _trust(library: Library, asked: MapQuestion) -> Trust:
    space, flat = library.space(asked.id, asked.points), placed(library, asked).coordinates
    count = min(AROUND, len(space) - 1)
    rows = np.sort(np.random.default_rng(0).permutation(len(space))[:SAMPLE])
    rows = rows[space.norms[rows] > 0]
    own = rows[:, None]
    true = nearest(space.vectors, space.vectors[rows], count, norms=space.norms, banned=own).rows
    shares = []
    for width in (2, flat.shape[1]):
        on_map = np.ascontiguousarray(flat[:, :width])
        near = nearest(on_map, on_map[rows], count, metric="euclidean", banned=own).rows
        shares.append(float((true[:, :, None] == near[:, None, :]).any(axis=2).mean()))
    return Trust((shares[0], shares[1]), count / (len(space) - 1), len(rows), count)


ROUTES = (
    Route("space", "How large a space is.", SpaceQuestion, SpaceFacts, facts),
    Route("map", "What a map of a space shows.", MapQuestion, MapFacts, map_facts),
    Route("map/points", "Every point of a map: three float32 each.", MapQuestion, bytes, coordinates, "bytes"),
    Route("map/trust", "How far a map can be trusted.", MapQuestion, Trust, trust),
    Route("labels", "Every label of a space, one a line.", SpaceQuestion, str, labels, "text"),
    Route("colours", "A float32 for each point, to be coloured by.", ColourQuestion, bytes, colours, "bytes"),
)
