"""Ways of tokens through the layers, side by side: one start, and where the neighbours take it.

Points are compared by direction, as the norms of a model do: their lengths grow from layer to layer. So in pictures
each point has the length 1. All tokens go a long way together, whatever they are, which hides what parts them: several
journeys are drawn less their mean at each layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.draw import Line, Scatter, lines_svg, lines_text, paths_text, slice_html, slice_svg
from armillary.draw.paths import MARKS
from armillary.errors import InputError
from armillary.geometry.projection import principal_components, slice_through
from armillary.geometry.rows import unit_rows
from armillary.language import say
from armillary.shapes import Float, Float32, Float64
from armillary.trace.pictures import seen
from armillary.trace.where import inside

if TYPE_CHECKING:
    from armillary.trace.run import Run

_BEFORE = 18  # characters of the text before a token by which its journey is called
_NEAREST = 4  # journeys whose every pair is drawn; of more, each with the first


@dataclass(frozen=True, eq=False)
class Journeys:
    """Tokens on their ways through the same model.

    Attributes:
        names: what each is called: the token, and what stands before it in its text.
        tokens: the tokens.
        points: (journeys, layers, d_model): layer 0 are the points before the first block.
        others: how alike at each layer, in the mean, the tokens are to the other tokens of the texts: for comparison.
    """

    names: tuple[str, ...]
    tokens: tuple[str, ...]
    points: Float32[np.ndarray, "n layers d_model"]
    others: Float64[np.ndarray, "layers"]

    @cached_property
    def directions(self) -> Float64[np.ndarray, "n layers d_model"]:
        """The points brought to length 1."""
        count, layers, d_model = self.points.shape
        return unit_rows(self.points.reshape(-1, d_model)).reshape(count, layers, d_model)

    @cached_property
    def lengths(self) -> Float[np.ndarray, "n layers"]:
        """How long each point is."""
        found: np.ndarray = np.linalg.norm(self.points, axis=2)
        return found

    @cached_property
    def cosines(self) -> Float64[np.ndarray, "layers n n"]:
        """At each layer, how alike any two of them are."""
        found: np.ndarray = np.einsum("alm,blm->lab", self.directions, self.directions)
        return found

    @cached_property
    def from_start(self) -> Float64[np.ndarray, "n layers"]:
        """How alike each point is to its own start."""
        found: np.ndarray = np.einsum("alm,am->al", self.directions, self.directions[:, 0])
        return found

    @cached_property
    def part(self) -> bool:
        """Whether there are several that come apart: after the same tokens, a model that looks back makes the same."""
        return len(self.names) > 1 and float(self.cosines.min()) < 1 - 1e-6

    def pairs(self) -> list[tuple[int, int]]:
        """Which are compared in pictures: any two, or of many each with the first."""
        count = len(self.names)
        return list(combinations(range(count), 2)) if count <= _NEAREST else [(0, one) for one in range(1, count)]

    def lines(self) -> list[Line]:
        """Cosines layer by layer: of pairs; of a journey alone, with its start and with the layer before."""
        if len(self.names) == 1:
            stepped = np.einsum("lm,lm->l", self.directions[0, 1:], self.directions[0, :-1])
            return [Line(say("with its start"), self.from_start[0].tolist()),
                    Line(say("with the layer before"), [1.0, *stepped.tolist()])]
        found = [Line(f"{self.short(a)} / {self.short(b)}", self.cosines[:, a, b].tolist()) for a, b in self.pairs()]
        return [*found, Line(say("other tokens of the texts"), self.others.tolist())]

    def short(self, place: int) -> str:
        """A journey by its letter and what it is called."""
        return f"{MARKS[place % len(MARKS)]} {self.names[place]}"

    def lines_svg(self) -> str:
        """The cosines by layer as one SVG element."""
        layers = [str(layer) for layer in range(self.points.shape[1])]
        return lines_svg(self.lines(), layers, say("How alike, layer by layer (cosine)"), say("layer"))

    def lines_text(self, width: int = 80) -> str:
        """The same for a terminal; pairs are called by their letters alone."""
        lines = self.lines()
        if len(self.names) > 1:
            marks = [f"{MARKS[a % len(MARKS)]} / {MARKS[b % len(MARKS)]}" for a, b in self.pairs()]
            lines = [Line(name, line.values) for name, line in zip([*marks, lines[-1].name], lines, strict=True)]
        return lines_text(lines, width)

    def scatter(
        self, dims: int = 2, axes: Float[np.ndarray, "dims d_model"] | None = None, names: Sequence[str] = ()
    ) -> Scatter:
        """The ways in a plane or in space.

        Args:
            dims: 2 or 3 directions in which the points vary most, where no axes are given.
            axes: two or three directions to draw them along; the second and third less what lies along those before.
            names: what the axes are called.
        """
        count, layers, d_model = self.points.shape
        parted = self.directions - (self.directions.mean(axis=0) if self.part else 0)
        rows = parted.reshape(-1, d_model)
        if axes is None:
            frame = principal_components(rows, min(dims, max(2, len(rows) - 1)))
            names = [f"{place}: {share:.0%}" for place, share in enumerate(frame.variance.tolist(), 1)]
            coordinates = frame.coordinates(rows)
        else:
            coordinates = slice_through(axes).coordinates(rows)
            names = [names[0], *(say("{axis} (rest)", axis=axis) for axis in names[1:])]
        last = layers - 1
        labels = [self.short(place) if layer == last else say("layer {layer}", layer=layer)
                  for place in range(count) for layer in range(layers)]
        paths = [range(place * layers, (place + 1) * layers) for place in range(count)]
        starts = range(count) if float(self.cosines[0].min()) < 0.9999 else range(1)
        marked = {*(rows[-1] for rows in paths), *(paths[place][0] for place in starts), *paths[0][5::5]}
        quiet = frozenset(range(count * layers)) - marked
        title = (say("What parts them, from layer 0 to layer {last}", last=last) if self.part else
                 say("From layer 0 to layer {last}", last=last))
        return Scatter(coordinates, labels, tuple(names), title, (), None, paths, quiet)

    def svg(self) -> str:
        """The ways in a plane as one SVG element."""
        return slice_svg(self.scatter())

    def html(self) -> str:
        """The ways in three axes as one page that turns and needs nothing else."""
        return slice_html(self.scatter(3))

    def text(self, width: int = 80) -> str:
        """The ways in a plane for a terminal."""
        return paths_text(self.scatter(), width)

    def facts(self) -> dict[str, Any]:
        """The numbers, for JSON."""
        return {
            "journeys": [{"name": name, "token": token, "lengths": lengths, "cosine_with_start": starts}
                         for name, token, lengths, starts in zip(
                             self.names, self.tokens, self.lengths.tolist(), self.from_start.tolist(), strict=True)],
            "cosines_by_layer": self.cosines.tolist(), "other_tokens_by_layer": self.others.tolist(),
        }

    def _repr_html_(self) -> str:
        return self.svg()


def journeys(ways: Sequence[tuple["Run", int]]) -> Journeys:
    """The ways of some tokens, each a run of the same model and a position in it.

    Raises:
        InputError: there are none, or a position lies outside its text.
    """
    if not ways:
        raise InputError("there is no journey to follow")
    found = [(run, inside(position, len(run))) for run, position in ways]
    points = np.stack([run.journey(position).vectors for run, position in found])
    names = tuple(_called(run, position) for run, position in found)
    tokens = tuple(run.read.names[position] for run, position in found)
    return Journeys(names, tokens, points, _others(found, points))


def _others(found: Sequence[tuple["Run", int]], points: Float32[np.ndarray, "n layers d"]) -> Float64[np.ndarray, "l"]:
    """The mean cosine of the followed tokens with all others of the texts, but those that the model adds."""
    mean = np.zeros(points.shape[1])
    for layer in range(points.shape[1]):
        rows = [run.layer(layer).vectors[place] for run, position in found
                for place, piece in enumerate(run.read.pieces)
                if piece.end and piece.id != run.read.pieces[position].id]
        if rows:
            mean[layer] = float((unit_rows(points[:, layer]) @ unit_rows(np.stack(rows)).T).mean())
    return mean


def _called(run: "Run", position: int) -> str:
    """A token with what stands before it, the last of it if that is long."""
    piece = run.read.pieces[position]
    if not piece.end:
        return seen(piece.name)
    words = run.read.text[: piece.end]
    return words if len(words) <= _BEFORE else "…" + words[-_BEFORE:]
