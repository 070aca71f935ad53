"""Replay: how watched words found their places while something was learned, from what was kept of it."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from armillary.errors import DamagedFile, InputError, UnknownLabel
from armillary.formats.bounded import open_regular
from armillary.formats.labels import Labels
from armillary.geometry.rows import lengths
from armillary.shapes import Float64
from armillary.web.library import Library
from armillary.web.picture import picture
from armillary.web.route import Route
from armillary.web.schema import Expression, Name, Range

if TYPE_CHECKING:
    from armillary.learning.watched import Watched

_CARD = "learned.json"


@dataclass(frozen=True)
class ReplayQuestion:
    """Something that was learned while some of its words were watched."""

    id: Name


@dataclass(frozen=True)
class MomentQuestion:
    """A watched word at a moment, by the number of the frame."""

    id: Name
    word: Expression
    frame: Annotated[int, Range(0, 100_000)] = 0
    n: Annotated[int, Range(1, 100)] = 8


@dataclass(frozen=True)
class Measured:
    """The loss when so much was done: on what is learned from, and on what is held out, where that was measured."""

    fraction: float
    loss: float | None
    held_out: float | None


@dataclass(frozen=True)
class Sample:
    """What a model wrote when so much was done."""

    fraction: float
    text: str


@dataclass(frozen=True)
class Replay:
    """What was kept of a learning.

    Attributes:
        words: those that were watched.
        fractions: how much was done at each frame.
        kept: the share of the variance of the last frame that its picture keeps.
        losses, samples: what was measured and written on the way.
    """

    words: tuple[str, ...]
    fractions: tuple[float, ...]
    kept: float
    losses: tuple[Measured, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Near:
    """A watched word and its cosine with the one that was asked about."""

    label: str
    cosine: float


@dataclass(frozen=True)
class Moment:
    """The nearest of the watched words at a moment, and the share of them that are nearest at the end."""

    near: tuple[Near, ...]
    share: float


def watched(library: Library, name: str) -> "Watched":
    """What was kept of an item's learning.

    Raises:
        InputError: nothing was.
    """
    from armillary.learning.output import watched_of
    from armillary.learning.watched import Watched

    path = watched_of(library.item(name).path)
    if not path.exists():
        raise InputError("nothing was kept of how {name} was learned; --watch keeps the ways of words", name=name)
    found: Watched = library.once(("watched", name), lambda: Watched.load(path))
    return found


def replay(library: Library, asked: ReplayQuestion) -> Replay:
    """What was kept of a learning."""
    found = watched(library, asked.id)
    last = found.vectors[-1].astype(np.float64)
    whole = float(((last - last.mean(0)) ** 2).sum())
    flat = picture(found.vectors[-1], found.vectors[-1])
    kept = float(((flat - flat.mean(0)) ** 2).sum()) / whole if whole else 0.0
    losses, samples = _told(library, asked.id)
    return Replay(tuple(found.words), tuple(found.fractions.tolist()), kept, losses, samples)


def _told(library: Library, name: str) -> tuple[tuple[Measured, ...], tuple[Sample, ...]]:
    item = library.item(name)
    if item.kind == "space":
        origin = library.space(name).origin
        epochs = int(origin.get("learned", {}).get("epochs") or 1)
        held = [*origin.get("held_out", ())]
        return tuple(Measured((place + 1) / epochs, loss, held[place] if place < len(held) else None)
                     for place, loss in enumerate(origin.get("loss", ()))), ()
    card = item.path / _CARD
    if not card.is_file():
        return (), ()
    try:
        with open_regular(card) as file:
            facts = json.load(file)
        steps = facts["design"]["plan"]["steps"]
        losses = tuple(Measured(step / steps, loss, held_out) for step, loss, held_out in facts.get("trail", ()))
        return losses, tuple(Sample(step / steps, str(text)) for step, text in facts.get("samples", ()))
    except (ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise DamagedFile(card, "tells nothing of how it was learned") from error


def points(library: Library, asked: ReplayQuestion) -> Float64[np.ndarray, "f w 2"]:
    """Where each word stood at each frame, on the principal axes of the last one."""
    found = watched(library, asked.id)
    return np.stack([picture(frame, found.vectors[-1]) for frame in found.vectors])


def moment(library: Library, asked: MomentQuestion) -> Moment:
    """The nearest of a watched word at a moment."""
    found = watched(library, asked.id)
    if asked.word not in found.words:
        raise UnknownLabel(asked.word, Labels.of(found.words).near(asked.word))
    if asked.frame >= len(found.fractions):
        raise InputError("there are {count} frames, from 0 on; there is no frame {frame}",
                         count=len(found.fractions), frame=asked.frame)
    row = list(found.words).index(asked.word)
    now, end = (_nearest(found, frame, row)[: asked.n] for frame in (asked.frame, -1))
    share = len({place for place, _ in now} & {place for place, _ in end}) / max(len(end), 1)
    return Moment(tuple(Near(found.words[place], cosine) for place, cosine in now), share)


def _nearest(found: "Watched", frame: int, row: int) -> list[tuple[int, float]]:
    vectors = found.vectors[frame].astype(np.float64)
    norms = lengths(vectors)
    cosines = vectors @ vectors[row] / np.maximum(norms * norms[row], 1e-30)
    order = np.argsort(-cosines, kind="stable")
    return [(place, float(cosines[place])) for place in order.tolist() if place != row]


ROUTES = (
    Route("replay", "What was kept of a learning.", ReplayQuestion, Replay, replay),
    Route("replay/points", "Where each watched word stood at each frame: frames x words x 2 float32.", ReplayQuestion,
          bytes, points, "bytes"),
    Route("replay/near", "The nearest of a watched word at a moment.", MomentQuestion, Moment, moment),
)
