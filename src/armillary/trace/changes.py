"""Taps that step in: something else where a model has numbers of its own.

    ablate(where)              zero
    put(where, numbers)        these numbers; those of another run with `Run.patch` (Meng et al. 2022, arXiv:2202.05262)
    add(where, vector)         a vector more: steering (Turner et al. 2023, arXiv:2308.10248)
    listen_to_one(where)       a pattern that takes only the position listened to most: arg-max, not softmax

Several compose, the first of them first (`taps.Several`).
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from armillary.errors import InputError
from armillary.trace.where import Where


class Change:
    """A tap that changes what stands at one place, and leaves all others alone."""

    def __init__(self, where: Where, changed: Callable[[Tensor], Tensor]) -> None:
        """Put `changed(x)` where x stands, which is what of the place `where` means."""
        self.where = where
        self._changed = changed

    def __call__(self, place: str, x: Tensor) -> Tensor:
        """What goes on: a changed copy, for others may hold x."""
        if place != self.where.place:
            return x
        index = self.where.index(x)
        copy = x.clone()
        copy[index] = self._changed(copy[index]).to(x.dtype)
        return copy

    def wants(self, place: str) -> bool:
        """Whether it changes what stands there."""
        return place == self.where.place


def ablate(where: Where) -> Change:
    """Zero: the model goes on as if this part had nothing to say."""
    return Change(where, torch.zeros_like)


def put(where: Where, numbers: ArrayLike) -> Change:
    """These numbers, of a shape that fills the place.

    Raises:
        InputError: when it comes to it, and they do not.
    """

    def replaced(x: Tensor) -> Tensor:
        return _fitting(where, numbers, x).expand_as(x)

    return Change(where, replaced)


def add(where: Where, vector: ArrayLike, strength: float = 1.0) -> Change:
    """`strength` times a vector more, at each position that is meant (errors as `put`)."""
    return Change(where, lambda x: x + strength * _fitting(where, vector, x))


def listen_to_one(where: Where) -> Change:
    """Of a pattern, only the position that is listened to most, wholly.

    Raises:
        InputError: the place is no pattern.
    """
    if not where.place.endswith(".pattern"):
        raise InputError("{place} is no pattern: only who listens to whom can be made to listen to one",
                         place=where.place)
    return Change(where, lambda x: functional.one_hot(x.argmax(-1), x.shape[-1]))


def _fitting(where: Where, numbers: ArrayLike, x: Tensor) -> Tensor:
    """`numbers` beside x, which they can be put into or added to."""
    given = torch.as_tensor(np.asarray(numbers, np.float32), device=x.device)
    rooms = x.shape[x.dim() - given.dim() :]
    if given.dim() > x.dim() or any(size not in (1, room) for size, room in zip(given.shape, rooms, strict=True)):
        raise InputError("what is put at {place} has the shape {given}; there is room for {room}",
                         place=where.place, given=str(tuple(given.shape)), room=str(tuple(x.shape)))
    return given
