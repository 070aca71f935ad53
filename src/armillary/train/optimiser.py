"""What moves the weights: AdamW, and Muon for the matrices inside blocks; its memory can be saved and given back."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from armillary.train.muon import Muon
from armillary.train.plan import Plan

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
        gradients, factor = self.gradients(), self._plan.factor(number)
        length = nn.utils.get_total_norm(gradients)
        if self._plan.clip:
            nn.utils.clip_grads_with_norm_(self.learned.values(), self._plan.clip, length)
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
        kept = {f"muon.{shape}": one for shape, one in self._muon.momenta.items()} if self._muon else {}
        for name, one in self.learned.items():
            moments = self._adam.state.get(one, {}) if self._adam else {}
            kept |= {f"{moment}.{name}": value for moment, value in moments.items()}
        return kept

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Take over what `memory` gave in another session."""
        for shape, one in (self._muon.momenta if self._muon else {}).items():
            one.copy_(memory[f"muon.{shape}"])
        for name, one in self.learned.items():
            if self._adam and f"step.{name}" in memory:
                self._adam.state[one] = {moment: memory[f"{moment}.{name}"].to(one.device) for moment in _MOMENTS}


def is_inside(name: str, weight: Tensor) -> bool:
    """Whether a weight is a matrix between points, and not a table of tokens or positions, nor a gain."""
    return weight.ndim > 1 and "embedding" not in name
