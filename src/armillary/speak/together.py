"""Several texts that grow side by side: a token each in turn, computed together where the engine can.

An engine that has a `together` goes through its weights once for a token of each text. What is written is the same.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from armillary.speak.engine import Rows, Scores
from armillary.speak.write import Step, Writing


@runtime_checkable
class Together(Protocol):
    """An engine that reads a token on in each of several texts at once."""

    def together(self, readings: Sequence[Any], ids: Sequence[int]) -> Rows:
        """The scores after each of `ids`, of readings that the engine has started, each another one."""


def rounds(writings: Sequence[Writing]) -> Iterator[list[Step | None]]:
    """Round after round until all are ended: the next token of each text, None of those that were ended before."""
    while not all(one.ending for one in writings):
        found: list[Step | None] = [None] * len(writings)
        for places in _groups(writings):
            some = [writings[place] for place in places]
            unread = [one.unread() for one in some]
            engine = some[0].engine
            scores: Rows | list[Scores]
            if len(some) > 1 and isinstance(engine, Together) and all(len(ids) == 1 for ids in unread):
                scores = engine.together([one.reading for one in some], [ids[0] for ids in unread])
            else:
                scores = [one.reading.read(ids) for one, ids in zip(some, unread, strict=True)]
            for place, row in zip(places, scores, strict=True):
                found[place] = writings[place].take(row)
        yield found


def _groups(writings: Sequence[Writing]) -> list[list[int]]:
    """The places of those that are not ended, by engine."""
    groups: dict[int, list[int]] = {}
    for place, one in enumerate(writings):
        if not one.ending:
            groups.setdefault(id(one.engine), []).append(place)
    return list(groups.values())
