"""Compare: two spaces turned onto each other and what moved; one word in a space, in a model's table, in its layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from armillary.space import Space
from armillary.space.answers import Moved
from armillary.space.comparing import Aligned
from armillary.web.ask import prepared
from armillary.web.library import Library, Points
from armillary.web.looked import Looked, run_of
from armillary.web.patience import LONG
from armillary.web.picture import picture
from armillary.web.route import Route
from armillary.web.schema import Expression, Name, Range, Size

BARS = 40
Pair = tuple[Expression, Expression]
Text = Annotated[str, Size(16_384, 1)]
Count = Annotated[int, Range(1, 100)]


@dataclass(frozen=True)
class CompareQuestion:
    """Two spaces, of models their tables; `pairs` of words that mean the same, or none: the labels of both."""

    a: Name
    b: Name
    points_a: Points = "W_E"
    points_b: Points = "W_E"
    pairs: Annotated[tuple[Pair, ...], Size(5000)] = ()
    centred: bool = False
    n: Annotated[int, Range(1, 1000)] = 20


@dataclass(frozen=True)
class WordsQuestion:
    """The same two spaces, and words (of the first) to look at."""

    a: Name
    b: Name
    words: Annotated[tuple[Expression, ...], Size(200, 1)]
    points_a: Points = "W_E"
    points_b: Points = "W_E"
    pairs: Annotated[tuple[Pair, ...], Size(5000)] = ()
    centred: bool = False
    n: Count = 10


@dataclass(frozen=True)
class Compared:
    """How two spaces go together.

    Attributes:
        shared: how many pairs of points settled the rotation; `settled` of `dim` directions are no choice of chance.
        residual: the length of what is left over, as a share.
        median: the cosine that half the pairs do not reach.
        moved, kept: the pairs that are farthest apart, and the nearest.
        bars: how many pairs have a cosine in each of 40 equal parts from -1 to 1.
    """

    shared: int
    settled: int
    dim: int
    residual: float
    median: float
    moved: tuple[Moved, ...]
    kept: tuple[Moved, ...]
    bars: tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """A word on a picture: where it lies in the first space, turned, and where in the second (None: not there)."""

    label: str
    start: tuple[float, ...]
    end: tuple[float, ...] | None
    cosine: float | None


@dataclass(frozen=True)
class Near:
    """A neighbour; `both` tells whether it is one in the other space too."""

    label: str
    cosine: float
    both: bool


@dataclass(frozen=True)
class Neighbourhoods:
    """A word's neighbours in the first space and in the second; empty where it is not."""

    word: str
    first: tuple[Near, ...]
    second: tuple[Near, ...]


@dataclass(frozen=True)
class Way:
    """Words on their way from one space to the other, on the principal axes of what is drawn, and their neighbours."""

    steps: tuple[Step, ...]
    near: tuple[Neighbourhoods, ...]


@dataclass(frozen=True)
class LayersQuestion:
    """A word in a text, or in two, that a model reads."""

    id: Name
    word: Annotated[str, Size(200, 1)]
    text: Text
    other: Annotated[str, Size(16_384)] = ""
    n: Count = 8


@dataclass(frozen=True)
class Layer:
    """The word after so many blocks.

    Attributes:
        start: its cosine with where it began.
        other: its cosine with the same word in the other text.
        strangers: how alike, in the mean, it is to the other tokens of the texts.
        near: the rows of W_E that are nearest; one list for each text.
    """

    start: float
    other: float | None
    strangers: float | None
    near: tuple[tuple[Moved, ...], ...]


@dataclass(frozen=True)
class Layers:
    """A word on its way; `tokens` are those of the word, of which the last is followed, in each text."""

    tokens: tuple[tuple[str, ...], ...]
    layers: tuple[Layer, ...]


def aligned(library: Library, asked: Any) -> Aligned:
    """The first space turned onto the second, once."""

    def make() -> Aligned:
        first, second = library.space(asked.a, asked.points_a), library.space(asked.b, asked.points_b)
        return first.align(second, asked.pairs or None, asked.centred)

    key = ("aligned", asked.a, asked.b, asked.points_a, asked.points_b, asked.pairs, asked.centred)
    found: Aligned = library.once(key, make)
    return found


def compared(library: Library, asked: CompareQuestion) -> Compared:
    """How two spaces go together, and what moved."""
    found = aligned(library, asked)
    cosines = np.array([one.cosine for one in found.moved])
    bars = np.histogram(cosines, BARS, (-1, 1))[0]
    return Compared(found.shared, found.settled, found.space.dim, found.residual, float(np.median(cosines)),
                    found.moved[: asked.n], found.moved[::-1][: asked.n], tuple(bars.tolist()))


def way(library: Library, asked: WordsQuestion) -> Way:
    """Where words lie in both spaces, and who is near them there."""
    found, second = aligned(library, asked), library.space(asked.b, asked.points_b)
    other = dict(asked.pairs)
    words = [found.space.named(word) for word in asked.words]
    starts = np.stack([found.space.vector(word) for word in words])
    ends = [_vector(second, other.get(word, word)) for word in words]
    there = [one for one in ends if one is not None]
    flat = picture(_units(np.stack([*starts, *there])), _units(np.stack([*starts, *there])))
    places = iter(flat[len(words):].tolist())
    cosines = {one.label: one.cosine for one in found.moved}
    steps = tuple(Step(word, tuple(start), None if end is None else tuple(next(places)), cosines.get(word))
                  for word, start, end in zip(words, flat[: len(words)].tolist(), ends, strict=True))
    near = tuple(_near(library, asked, word, other.get(word, word)) for word in words[:1])
    return Way(steps, near)


def _vector(space: Space, word: str) -> np.ndarray | None:
    return space.vector(word) if word in space else None


def _units(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: np.ndarray = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    return found


def _near(library: Library, asked: WordsQuestion, word: str, other: str) -> Neighbourhoods:
    sides = []
    for name, points, label in ((asked.a, asked.points_a, word), (asked.b, asked.points_b, other)):
        space = prepared(library, name, points)
        sides.append([(one.label, one.cosine) for one in space.near(space[label], asked.n)]
                     if label in space else [])
    shared = {label for label, _ in sides[0]} & {label for label, _ in sides[1]}
    first, second = (tuple(Near(label, cosine, label in shared) for label, cosine in side) for side in sides)
    return Neighbourhoods(word, first, second)


def layers(library: Library, asked: LayersQuestion) -> Layers:
    """A word on its way through the layers of a model."""
    from armillary.trace.journeys import journeys

    texts = [asked.text, *([asked.other] if asked.other else [])]
    runs = [run_of(library, Looked(id=asked.id, text=text)) for text in texts]
    ways = [(run, run.position(asked.word)) for run in runs]
    found = journeys(ways)
    table = prepared(library, asked.id, "W_E")
    made = []
    for layer, start in enumerate(found.from_start[0].tolist()):
        near = tuple(tuple(Moved(one.label, one.cosine) for one in table.near(run.at(layer, position), asked.n))
                     for run, position in ways)
        other = float(found.cosines[layer, 0, 1]) if len(ways) == 2 else None
        made.append(Layer(start, other,
                          float(found.others[layer]) if found.others.any() else None, near))
    tokens = tuple(_tokens(run.read.pieces, run.read.text, asked.word, position) for run, position in ways)
    return Layers(tokens, tuple(made))


def _tokens(pieces: Sequence[Any], text: str, word: str, position: int) -> tuple[str, ...]:
    """The tokens of a word of which the last stands at `position`."""
    start = text.rfind(word)
    return tuple(piece.name for piece in pieces[: position + 1] if piece.end > start and piece.end > piece.start)


ROUTES = (
    Route("compare", "Two spaces turned onto each other, and what moved.", CompareQuestion, Compared, compared),
    Route("compare/words", "Where words lie in both spaces, and the neighbours of the first of them.", WordsQuestion,
          Way, way),
    Route("compare/layers", "A word on its way through the layers of a model.", LayersQuestion, Layers, layers,
          seconds=LONG),
)
