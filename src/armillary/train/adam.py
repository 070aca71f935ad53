"""AdamW: each weight moves by the mean of its gradients over their size (Loshchilov and Hutter 2019, arXiv:1711.05101).

The numbers are those of `torch.optim.AdamW(fused=True)`, bit for bit, by the same kernel. The step of a small model is
short, and a good part of it was what that class does around the kernel: here all weights share one count of steps, and
are handed over in one call.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from armillary.train.shares import local, shared_as

_EPSILON = 1e-8
_MOMENTS = ("exp_avg", "exp_avg_sq")


class AdamW:
    """The optimiser of the weights `named`.

    Args:
        named: the weights by name.
        betas: how long gradients are remembered, and their squares.
        decay: how much of each matrix is taken away in a step, times the rate; vectors keep all.
    """

    def __init__(self, named: Mapping[str, nn.Parameter], betas: tuple[float, float], decay: float) -> None:
        self._named, self._betas = named, betas
        self._groups = [(decay, [name for name, one in named.items() if one.ndim > 1]),
                        (0.0, [name for name, one in named.items() if one.ndim < 2])]
        self._moments: dict[str, tuple[Tensor, Tensor]] = {}
        self._steps = torch.zeros((), device=next(iter(named.values())).device)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move every weight that has a gradient."""
        self._steps += 1
        for decay, names in self._groups:
            there = [name for name in names if self._named[name].grad is not None]
            for name in there:
                if name not in self._moments:
                    self._moments[name] = torch.zeros_like(self._named[name]), torch.zeros_like(self._named[name])
            if there:
                self._move(there, rate, decay)

    def _move(self, names: list[str], rate: float, decay: float) -> None:
        weights = [self._named[name] for name in names]
        means, squares = zip(*(map(local, self._moments[name]) for name in names), strict=True)
        gradients = [local(one.grad) for one in weights if one.grad is not None]
        torch._fused_adamw_([local(one) for one in weights], gradients, list(means), list(squares), [],
                            [self._steps] * len(names), lr=rate, beta1=self._betas[0], beta2=self._betas[1],
                            weight_decay=decay, eps=_EPSILON, amsgrad=False, maximize=False)

    def memory(self) -> dict[str, Tensor]:
        """What it remembers of each weight, by name: its own tensors."""
        kept = {f"{kind}.{name}": one for name, moments in self._moments.items()
                for kind, one in zip(_MOMENTS, moments, strict=True)}
        return kept | {f"step.{name}": self._steps for name in self._moments}

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Take over what `memory` gave in another session."""
        for name, one in self._named.items():
            if f"step.{name}" in memory:
                mean, square = (shared_as(memory[f"{kind}.{name}"].to(one.device), one) for kind in _MOMENTS)
                self._moments[name] = mean, square
                self._steps.copy_(memory[f"step.{name}"])
