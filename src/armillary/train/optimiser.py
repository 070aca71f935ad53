"""What moves the weights: AdamW, and Muon for the matrices inside blocks; its memory can be saved and given back."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from armillary.train.adam import AdamW
from armillary.train.muon import Muon
from armillary.train.plan import Plan
from armillary.train.shares import is_shared, local, shared_as
from armillary.train.together import added_up

_KINDS = ("weight", "muon", "exp_avg", "exp_avg_sq")


class Optimiser:
    """AdamW and Muon over those weights of a model that learn: those that ask for a gradient.

    Attributes:
        learned: the weights by name.
    """

    def __init__(self, model: nn.Module, plan: Plan) -> None:
        self.learned = {name: one for name, one in model.named_parameters() if one.requires_grad}
        self._plan = plan
        inside = {name: one for name, one in self.learned.items() if plan.matrices and is_inside(name, one)}
        self._muon = Muon(inside, plan.decay) if inside else None
        others = {name: one for name, one in self.learned.items() if name not in inside}
        self._adam = AdamW(others, plan.betas, 0.0 if inside else plan.decay) if others else None

    def gradients(self) -> list[Tensor]:
        """The gradients that are there."""
        return [one.grad for one in self.learned.values() if one.grad is not None]

    def step(self, number: int) -> float:
        """Clip the gradients, move the weights in step `number` (from 0), forget the gradients.

        Returns:
            The length of the gradient before it was clipped.
        """
        factor = self._plan.factor(number)
        length = _clipped(self.gradients(), self._plan.clip)
        if self._muon is not None:
            self._muon.step(self._plan.matrices * factor, number)
        if self._adam is not None:
            self._adam.step(self._plan.rate * factor)
        for one in self.learned.values():
            one.grad = None
        return length

    def memory(self) -> dict[str, Tensor]:
        """All that it remembers, by name."""
        kept = {f"muon.{name}": one for name, one in self._muon.memory().items()} if self._muon else {}
        return kept | (self._adam.memory() if self._adam else {})

    def shapes(self) -> dict[str, Tensor]:
        """A tensor like each weight, and like each that may be remembered, by the names of `memory` and "weight."."""
        return {f"{kind}.{name}": one.detach() for kind in _KINDS
                for name, one in self.learned.items()}

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Take over what `memory` gave in another session."""
        for name, one in (self._muon.memory() if self._muon else {}).items():
            one.copy_(shared_as(memory[f"muon.{name}"], one))
        if self._adam is not None:
            self._adam.remember(memory)


def _clipped(gradients: list[Tensor], most: float) -> float:
    """Shorten all of them together to `most`, if they are longer; gives the length that they had."""
    here = [local(one) for one in gradients]
    length: Tensor = nn.utils.get_total_norm(here)
    if is_shared(gradients[0]):
        length = added_up(length.square()).sqrt()
    factor = (most / (length + 1e-6)).item() if most else 1.0
    if not factor >= 1:  # what is no number shortens too, and is seen
        torch._foreach_mul_(here, factor)
    return length.item()


def is_inside(name: str, weight: Tensor) -> bool:
    """Whether a weight is a matrix between points, and not a table of tokens or positions, nor a gain."""
    return weight.ndim > 1 and "embedding" not in name
