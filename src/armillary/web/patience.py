"""How long a piece of work is waited for, and whether anybody still waits: work asks that itself, between its steps.

A thread cannot be stopped from outside. So what takes long (a text that is read block by block, a lens row by row)
calls `still_wanted` on its way, and ends there once its client has left. What is made once for several clients goes on
as long as one of them waits; and for `GRACE` seconds more, since a page that asks anew lets its old question go first.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
QUERY = 2.0
"""Seconds of work that a question has of its own. What is opened or read once and kept is not counted."""
LONG = 60.0
"""The same for a question that goes through a model, or through all labels of what is open."""
QUEUE = 60.0
"""Seconds after which work that has not begun is given up."""
WHOLE = 600.0
"""Seconds for a question with all that is opened or read for it."""
GRACE = 1.0


class Unwanted(Exception):
    """Nobody waits for this work any more."""


class Patience:
    """One client's patience with one piece of work."""

    def __init__(self, seconds: float) -> None:
        """`seconds` of work of its own are waited for."""
        self._seconds = seconds
        self._asked = monotonic()
        self._began: float | None = None
        self._making: float | None = None
        self._made = 0.0
        self._gone: float | None = None
        self._askers: list[list[Patience]] = []

    @property
    def begun(self) -> bool:
        """Whether a thread is at it."""
        return self._began is not None

    @property
    def left(self) -> float:
        """Seconds for which to wait until it is asked again; none are left at 0 and below."""
        now = monotonic()
        whole = min(self._seconds, self._asked + WHOLE - now)
        if self._began is None:
            return min(whole, self._asked + QUEUE - now)
        return whole if self._making is not None else min(whole, self._began + self._seconds + self._made - now)

    @property
    def wanted(self) -> bool:
        """Whether somebody waits: its client, or one who needs what is being made here."""
        asking, seen = [self], {self}  # whoever waits for another is asked for by those who wait for it
        while asking:
            one = asking.pop()
            if one._gone is None or monotonic() - one._gone < GRACE:
                return True
            more = {other for some in list(one._askers) for other in list(some)} - seen
            seen |= more
            asking += more
        return False

    def leave(self) -> None:
        """The client waits no more."""
        self._gone = monotonic()

    def work(self, call: Callable[[], T]) -> T:
        """What `call` gives, which may ask `still_wanted`."""
        self._began = monotonic()
        _now.set(self)
        return call()

    @contextmanager
    def making(self, askers: "list[Patience]") -> Iterator[None]:
        """Here something is made, or waited for, that is made once for all `askers`; its time is not counted."""
        outer, self._making = self._making, self._making or monotonic()
        askers.append(self)
        self._askers.append(askers)
        try:
            yield
        finally:
            self._askers.pop()
            askers.remove(self)
            if outer is None:
                self._made += monotonic() - self._making
            self._making = outer


_now: ContextVar[Patience | None] = ContextVar("patience", default=None)


def still_wanted() -> None:
    """Go on, unless nobody waits for the work that is being done here.

    Raises:
        Unwanted: nobody does.
    """
    patience = _now.get()
    if patience is not None and not patience.wanted:
        raise Unwanted


@contextmanager
def making(askers: list[Patience]) -> Iterator[None]:
    """As `Patience.making`, of whoever works here."""
    patience = _now.get()
    if patience is None:
        yield
        return
    with patience.making(askers):
        yield
