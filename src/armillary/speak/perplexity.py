"""How surprising a text is to a model: nats per token, bits per byte, and the loss of every token.

A text longer than the context is read in windows. Each window goes on `stride` tokens beyond the one before, and only
those are counted in it, so that every token is counted once and has at least context - stride tokens before it (but
for the first window). A smaller stride costs more and gives a lower loss; a figure without its context and stride is
no figure.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float64
from armillary.speak.engine import Engine, Rows

Losses = Float64[np.ndarray, "n"]
Told = Callable[[int, int], None]
"""Told how many tokens are done, of how many."""


@dataclass(frozen=True, eq=False)
class Perplexity:
    """What was measured.

    Attributes:
        ids: the tokens that were counted: all of the text, but for the first where nothing stands before it.
        nats: the loss of each: -ln of the chance that the model gave it.
        bytes: how many bytes they stand for.
        context: the most tokens that the model saw at once.
        stride: how far each window went beyond the one before.
    """

    ids: Sequence[int]
    nats: Losses
    bytes: int
    context: int
    stride: int

    @property
    def nats_per_token(self) -> float:
        """The mean loss."""
        return float(self.nats.mean())

    @property
    def perplexity(self) -> float:
        """The exponential of the mean loss: between as many equally likely tokens the model hesitates."""
        return math.exp(min(self.nats_per_token, 700.0))

    @property
    def bits_per_byte(self) -> float:
        """The whole loss in bits, shared out among the bytes: comparable between models with other tokens."""
        return float(self.nats.sum()) / math.log(2) / max(self.bytes, 1)


def losses(
    engine: Engine, ids: Sequence[int], frame: Sequence[int], context: int, stride: int, told: Told | None = None
) -> Losses:
    """The loss of each of `ids`, in nats; without a frame the first is not counted.

    Args:
        engine: what computes scores.
        ids: the tokens of a text.
        frame: what stands before every window.
        context: the most tokens that are read at once, the frame among them.
        stride: how far each window goes beyond the one before.
        told: hears how far it is.

    Raises:
        InputError: the text is too short, or context and stride do not suit each other or the model.
    """
    room, first = context - len(frame), 0 if frame else 1
    if not 1 < context <= engine.n_ctx or not 0 < stride <= room - first:
        raise InputError("windows of {context} tokens that go on by {stride} cannot be had: a window may have {n_ctx} "
                         "at most, and goes on by less than it has", context=context, stride=stride, n_ctx=engine.n_ctx)
    if len(ids) <= first:
        raise InputError("a text of {count} tokens is too short: there is nothing to predict", count=len(ids))
    found: list[Losses] = []
    done = first
    for end in _ends(len(ids), room, stride):
        start = max(0, end - room)
        window = [*frame, *ids[start:end]]
        for block in _window(engine, window, len(frame) + done - start):
            found.append(block)
            done += len(block)
            if told:
                told(done, len(ids))
    return np.concatenate(found)


def _ends(count: int, room: int, stride: int) -> Iterator[int]:
    """Where windows end: the first holds as much as it can, each other goes on by `stride`."""
    yield min(room, count)
    for end in range(room + stride, count + stride, stride):
        yield min(end, count)


def _window(engine: Engine, window: list[int], first: int) -> Iterator[Losses]:
    """The losses of a window's tokens from the `first` on."""
    reading = engine.start()
    yield _of(reading.read(window[:first])[None], window[first : first + 1])
    place = first + 1
    if place < len(window):
        for rows in reading.rows(window[first:-1]):
            yield _of(rows, window[place : place + len(rows)])
            place += len(rows)


def _of(rows: Rows, ids: Sequence[int]) -> Losses:
    """The loss of the token that comes after each row."""
    highest = rows.max(axis=1, keepdims=True)
    sums = np.exp(rows - highest).sum(axis=1, dtype=np.float64)
    found: Losses = np.log(sums) + highest[:, 0] - rows[np.arange(len(rows)), list(ids)].astype(np.float64)
    return found
