"""What moves the weights: AdamW, and Muon for the matrices inside blocks; its memory can be saved and given back."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from armillary.train.muon import Muon
from armillary.train.plan import Plan
from armillary.train.shares import is_shared, local, shared_as
from armillary.train.together import added_up

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


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
        others = [one for name, one in self.learned.items() if name not in inside]
        groups = [{"params": [one for one in others if one.ndim > 1], "weight_decay": 0.0 if inside else plan.decay},
                  {"params": [one for one in others if one.ndim < 2], "weight_decay": 0.0}]
        self._adam = torch.optim.AdamW([group for group in groups if group["params"]] or [{"params": []}],
                                       lr=plan.rate, betas=plan.betas, fused=True) if others else None

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
            for group in self._adam.param_groups:
                group["lr"] = self._plan.rate * factor
            self._adam.step()
        for one in self.learned.values():
            one.grad = None
        return float(length)

    def memory(self) -> dict[str, Tensor]:
        """All that it remembers, by name."""
        kept = {f"muon.{name}": one for name, one in self._muon.memory().items()} if self._muon else {}
        for name, one in self.learned.items():
            moments = self._adam.state.get(one, {}) if self._adam else {}
            kept |= {f"{moment}.{name}": value for moment, value in moments.items()}
        return kept

    def shapes(self) -> dict[str, Tensor]:
        """A tensor like each weight, and like each that may be remembered, by the names of `memory` and "weight."."""
        return {f"{kind}.{name}": one.detach() for kind in ("weight", "muon", *_MOMENTS[:2])
                for name, one in self.learned.items()}

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Take over what `memory` gave in another session."""
        for name, one in (self._muon.memory() if self._muon else {}).items():
            one.copy_(shared_as(memory[f"muon.{name}"], one))
        for name, one in self.learned.items():
            if self._adam and f"step.{name}" in memory:
                found = {moment: memory[f"{moment}.{name}"].to(one.device) for moment in _MOMENTS}
                self._adam.state[one] = {moment: value if moment == "step" else shared_as(value, one)
                                         for moment, value in found.items()}


def _clipped(gradients: list[Tensor], most: float) -> Tensor:
    """Shorten all of them together to `most`, if they are longer; gives the length that they had."""
    here = [local(one) for one in gradients]
    length: Tensor = nn.utils.get_total_norm(here)
    if is_shared(gradients[0]):
        length = added_up(length.square()).sqrt()
    if most:
        torch._foreach_mul_(here, torch.clamp(most / (length + 1e-6), max=1.0))
    return length


def is_inside(name: str, weight: Tensor) -> bool:
    """Whether a weight is a matrix between points, and not a table of tokens or positions, nor a gain."""
    return weight.ndim > 1 and "embedding" not in name
