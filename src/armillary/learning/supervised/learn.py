"""From rows with an answer to a folder, whatever kind of model the rows become."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from armillary.language import Note
from armillary.learning.card import CARD, Card
from armillary.learning.folder import checked
from armillary.learning.output import snapshot_of
from armillary.learning.supervised.asked import Supervised
from armillary.learning.supervised.course import Course

C = TypeVar("C", bound=Card)


class Learning(ABC):
    """A model, what it learns from, and how.

    Attributes:
        notes: what was odd about the rows.
        course: its way.
        question: all that the result depends on.
    """

    notes: Sequence[Note]
    course: Course
    question: Mapping[str, Any]

    @abstractmethod
    def chosen(self) -> list[Note]:
        """What it learns from, and how large it is."""

    @abstractmethod
    def write(self, out: Path) -> str:
        """Write all but the card, with which the folder is whole; gives the SHA-256 that the card tells."""

    @abstractmethod
    def measured(self) -> dict[str, Any]:
        """What a card says of a model that has learned."""


def learned(out: Path, asked: Supervised, begin: Callable[[], Learning], card: Callable[..., C], mark: str = CARD) -> C:
    """Read, learn, write, measure.

    Args:
        out: the folder to write.
        asked: what was asked for.
        begin: reads what is learned from, and gives the model at its beginning.
        card: makes a card from what all say and what `Learning.measured` gives.
        mark: the file by which a folder of this kind is known.
    """
    began = monotonic()
    notes = checked(out, asked, mark)
    learning = begin()
    notes += learning.notes
    for note in (*learning.chosen(), *notes):
        asked.progress(note)
    learning.course.go(snapshot_of(out), learning.question)
    sha256 = learning.write(out)
    made = card(**learning.measured(), out=str(out), steps=learning.course.step, trail=learning.course.trail,
                sha256=sha256, seconds=monotonic() - began, notes=notes)
    made.write(out)
    snapshot_of(out).unlink(missing_ok=True)
    return made
