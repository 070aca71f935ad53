"""How far a learning is, told while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from armillary.language import Note, say

Stage = Literal["reading", "counting", "learning"]

SENTENCES = {"reading": "reading", "counting": "counting", "learning": "learning"}


@dataclass(frozen=True)
class Report:
    """How far it is. `print` shows it on a line.

    Attributes:
        stage: what is being done.
        fraction: how much of this stage is done, from 0 to 1; None where that is unknown.
        epoch: the epoch, from 1; 0 in other stages than learning.
        epochs: of how many.
        words_per_second: words of the text a second, in this step.
        loss: mean nats of a pair while this step was learned (GloVe: see `train.glove.GloveStep`).
        seconds_left: until the end of this stage, at the pace so far.
        epoch_loss: the loss on a part of the text, measured where this step ends an epoch.
        held_out: the loss on held-out text, where this step ends an epoch and some is held out.
    """

    stage: Stage
    fraction: float | None = None
    epoch: int = 0
    epochs: int = 0
    words_per_second: float | None = None
    loss: float | None = None
    seconds_left: float | None = None
    epoch_loss: float | None = None
    held_out: float | None = None

    def __str__(self) -> str:
        parts = [say(SENTENCES[self.stage])]
        parts += [say("epoch {epoch} of {epochs}", epoch=self.epoch, epochs=self.epochs)] if self.epoch else []
        parts += [f"{self.fraction:.0%}"] if self.fraction is not None else []
        parts += [self.figures()]
        return "  ".join(filter(None, parts))

    def figures(self) -> str:
        """Words a second, and the loss."""
        parts = []
        if self.words_per_second:
            parts.append(say("{rate:,.0f} words/s", rate=self.words_per_second))
        if self.loss is not None:
            parts.append(say("loss {loss:.3f}", loss=self.loss))
        return "  ".join(parts)


Progress = Callable[[Report | Note], None]
"""Told how far it is, and what is odd or worth knowing as soon as it is known."""


def nobody(told: Report | Note) -> None:
    """Tells no one."""


def never() -> bool:
    """Nobody ever says that it is enough."""
    return False


def ended(fraction: float) -> Note:
    """Said where somebody thought it enough."""
    return Note("ended when {fraction:.0%} was done, because somebody asked for that", {"fraction": fraction})
