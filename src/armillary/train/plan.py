"""How a model shall learn: every number that the result depends on, besides the model and its lessons."""

import math
from dataclasses import dataclass
from typing import Literal

from armillary.errors import InputError

Course = Literal["cosine", "linear"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a model shall learn.

    Attributes:
        steps: how many.
        rate: AdamW's learning rate at its height (Loshchilov and Hutter 2019, arXiv:1711.05101).
        betas: how long AdamW remembers gradients, and their squares.
        decay: how much of each matrix AdamW takes away in a step, times the rate.
        matrices: Muon's learning rate at its height (see `muon`), of matrices inside blocks; 0 leaves them to AdamW.
        warm: steps in which the rates rise to their height.
        course: how they fall after that: along a cosine at once, or in a line over the last part of the steps.
        cool: that part, of the line.
        least: what is left of the rates at the end, of 1.
        clip: gradients longer than this are shortened to it; 0 leaves them.
        pieces: a batch is worked through in so many pieces, which needs less memory and gives the same step.
        precision: of the products: bfloat16 is faster where the machine has it, and the weights stay float32.
    """

    steps: int
    rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.95)
    decay: float = 0.1
    matrices: float = 0.0
    warm: int = 100
    course: Course = "cosine"
    cool: float = 0.5
    least: float = 0.1
    clip: float = 1.0
    pieces: int = 1
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        if self.steps < 1 or self.pieces < 1:
            raise InputError("a plan needs at least one step and one piece, not {steps} and {pieces}",
                             steps=self.steps, pieces=self.pieces)
        if not (self.rate > 0 and self.matrices >= 0 and self.clip >= 0 and 0 <= self.least <= 1 and self.cool > 0):
            raise InputError("a plan's rates are above 0, and what is left of them at the end is from 0 to 1")

    def factor(self, step: int) -> float:
        """What the rates are multiplied by in `step`, the first of which is 0."""
        rising = (step + 1) / (self.warm + 1)
        if self.course == "cosine":
            done = min(1.0, max(0, step - self.warm) / max(1, self.steps - self.warm))
            falling = self.least + (1 - self.least) * (1 + math.cos(math.pi * done)) / 2
        else:
            left = min(1.0, (self.steps - step) / max(1.0, self.steps * self.cool))
            falling = self.least + (1 - self.least) * left
        return min(rising, falling, 1.0)
