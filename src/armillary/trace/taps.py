"""Taps that look on (see `transformer.places`): recording, and several taps as one."""

from collections.abc import Collection, Iterator

import numpy as np
from torch import Tensor

from armillary.shapes import Float32
from armillary.transformer.config import Config
from armillary.transformer.places import Tap, places

NOT_MADE = ("scores", "pattern")
"""Places that the fast path never writes down, each a square of the context; they follow from q and k."""


class Record:
    """Keeps what stands at some places, by reference: nothing is copied, unless only one position is kept.

    Attributes:
        kept: place -> what stood there, in the order in which it was met.
    """

    def __init__(self, wanted: Collection[str], position: int | None = None) -> None:
        """Wait at the places `wanted`; where a position is said, keep of points (b, t, ...) only that one."""
        self.kept: dict[str, Tensor] = {}
        self._wanted = frozenset(wanted)
        self._position = position

    def __call__(self, place: str, x: Tensor) -> Tensor:
        """Keep x if it is wanted; it goes on as it is."""
        if place in self._wanted:
            self.kept[place] = x if self._position is None else _row(place, x, self._position).clone()
        return x

    def wants(self, place: str) -> bool:
        """Whether it waits there."""
        return place in self._wanted


class Several:
    """Several taps as one: what the first gives goes to the second."""

    def __init__(self, *taps: Tap | None) -> None:
        self._taps = [tap for tap in taps if tap is not None]

    def __call__(self, place: str, x: Tensor) -> Tensor:
        """What goes on after all of them."""
        for tap in self._taps:
            x = tap(place, x)
        return x

    def wants(self, place: str) -> bool:
        """Whether one of them does."""
        return any(tap.wants(place) for tap in self._taps)


class Past:
    """A tap that has been at one place already, and is not asked again there."""

    def __init__(self, tap: Tap, place: str) -> None:
        self._tap = tap
        self._place = place

    def __call__(self, place: str, x: Tensor) -> Tensor:
        """What the tap gives; at that one place, x."""
        changed: Tensor = x if place == self._place else self._tap(place, x)
        return changed

    def wants(self, place: str) -> bool:
        """Whether the tap does."""
        return self._tap.wants(place)


def cheap(config: Config) -> Iterator[str]:
    """All places but those that only exist when asked for."""
    return (place for place in places(config) if not place.endswith(NOT_MADE))


def _row(place: str, x: Tensor, position: int) -> Tensor:
    """What stands at one position, the axis kept."""
    axis = 2 if place.rpartition(".")[2] in ("q", "k", "v", "z", *NOT_MADE) else 1
    return x.narrow(axis, position, 1)


def array(x: Tensor) -> Float32[np.ndarray, "..."]:
    """What was kept, as NumPy has it."""
    numbers: np.ndarray = x.float().cpu().numpy()
    return numbers
