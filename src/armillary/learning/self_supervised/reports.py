"""How far it is, told while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

from armillary.language import Note, say


@dataclass(frozen=True)
class Going:
    """How far it is. `print` shows it on a line.

    Attributes:
        step: steps that are done.
        steps: of how many.
        loss: mean nats a token of the last steps.
        tokens_per_second: at the pace of this session.
        seconds_left: until the end, at that pace.
        held_out: nats a token on a part of the held-out text, where it was just measured.
        sample: what the model writes now, where it was just asked to.
    """

    step: int
    steps: int
    loss: float
    tokens_per_second: float
    seconds_left: float
    held_out: float | None = None
    sample: str | None = None

    def __str__(self) -> str:
        figures = say("step {step:,} of {steps:,}", step=self.step, steps=self.steps)
        return f"{figures}  {self.figures()}"

    def figures(self) -> str:
        """The loss, and tokens a second."""
        loss = say("loss {loss:.3f}", loss=self.loss)
        pace = say("{rate:,.0f} tokens/s", rate=self.tokens_per_second)
        return f"{loss}  {pace}"


Progress = Callable[[Going | Note], None]
"""Told how far it is, and what is chosen or odd as soon as it is known."""


def nobody(told: Going | Note) -> None:
    """Tells no one."""
