"""How far a learning from rows is, told while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from armillary.language import Note, say


@dataclass(frozen=True)
class Stage:
    """How far it is.

    Attributes:
        step: steps that are done.
        steps: of how many.
        loss: of the last steps, in the mean.
        rows_per_second: at the pace of this session.
        seconds_left: until the end, at that pace.
        held_out: accuracy, or the error in units of the target, on held-out rows, where it was just measured.
    """

    step: int
    steps: int
    loss: float
    rows_per_second: float
    seconds_left: float
    held_out: float | None = None

    def figures(self) -> str:
        """The loss, and rows a second."""
        return say("loss {loss:.3f}  {rate:,.0f} rows/s", loss=self.loss, rate=self.rows_per_second)


Progress = Callable[[Stage | Note], None]
"""Told how far it is, and what is chosen or odd as soon as it is known."""


def nobody(told: Stage | Note) -> None:
    """Tells no one."""
