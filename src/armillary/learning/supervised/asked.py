"""What may be asked of any learning from rows with an answer."""

from dataclasses import dataclass

from armillary.errors import InputError
from armillary.learning.supervised.reports import Progress, nobody


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """What may be asked of it.

    Attributes:
        held_out: the part of the rows that is not learned from, on which all is measured.
        steps: how many; by the number of rows if None.
        batch: rows in a step.
        seed: of all that is drawn.
        snapshot_seconds: how often all is saved beside the output.
        resume: go on from what is saved there.
        force: replace what is there.
        progress: told how far it is.
    """

    held_out: float = 0.2
    steps: int | None = None
    batch: int = 64
    seed: int = 1
    snapshot_seconds: float = 60.0
    resume: bool = False
    force: bool = False
    progress: Progress = nobody

    def __post_init__(self) -> None:
        if not 0 < self.held_out < 1:
            raise InputError("what is held out is a part between 0 and 1, not {value}", value=self.held_out)
        if self.batch < 1 or (self.steps is not None and self.steps < 1):
            raise InputError("a batch and the steps are 1 or more, not {batch} and {steps}",
                             batch=self.batch, steps=str(self.steps))

    def steps_for(self, rows: int, epochs: int) -> int:
        """As many as asked; or so many times through so many rows, and a few hundred at least."""
        return self.steps or max(400, -(-epochs * rows // self.batch))
