"""What is learned: lessons by the batch, and how wrong a model is on one."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

Batch = Mapping[str, Tensor]
"""Lessons side by side: tensors by name, each with a row for every lesson."""


@runtime_checkable
class Objective(Protocol):
    """What is learned.

    Attributes:
        nothing: the mean loss of a model that knows nothing, as ln(d_vocab) is of tokens; infinite if there is none.
    """

    nothing: float

    def batch(self, step: int) -> Batch:
        """The lessons of a step, drawn from (seed, step) and nothing else: so a cursor is a number."""

    def loss(self, model: Any, batch: Batch) -> tuple[Tensor, int]:
        """How wrong `model` is: the sum over all that it had to guess, and how much that was."""
