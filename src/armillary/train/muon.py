"""Muon: a step of equal length in all directions of a matrix (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).

A gradient, with momentum, is a matrix whose few strong directions drown the others. Muon takes the nearest matrix with
orthogonal rows or columns in its place: the directions stay and become equally long. A short iteration of products
comes close enough to it, and all matrices of one shape go through it together.
"""

import math
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from armillary.shapes import Float
from armillary.train.shares import joined, local, shared_as, whole

_A, _B, _C = 3.4445, -4.7750, 2.0315
"""Of the iteration X <- aX + (bA + cA²)X with A = XXᵀ: singular values end between 0.7 and 1.2, after five rounds."""
_ROUNDS = 5
_MOMENTUM = 0.95
_FIRST, _WARM = 0.85, 100  # momentum begins low, as the first gradients are soon out of date


class Muon:
    """The optimiser of the matrices `named`; a stack of matrices (experts) is several."""

    def __init__(self, named: Mapping[str, nn.Parameter], decay: float) -> None:
        self._decay = decay
        self._groups: dict[object, dict[str, Tensor]] = {}
        for name, one in named.items():
            key = one.shape[-2:] if local(one) is one else name  # what is shared out is whole one at a time
            self._groups.setdefault(key, {})[name] = one
        self._momenta = {key: torch.zeros_like(_together(map(local, group.values())))
                         for key, group in self._groups.items()}

    def memory(self) -> dict[str, Tensor]:
        """What it remembers of each matrix, by name: its own tensors, shared out as the matrices are."""
        found: dict[str, Tensor] = {}
        for key, group in self._groups.items():
            parts = _apart(self._momenta[key], [local(one).shape for one in group.values()])
            found |= {name: joined(part, one) for (name, one), part in zip(group.items(), parts, strict=True)}
        return found

    @torch.no_grad()
    def step(self, rate: float, number: int) -> None:
        """Move every matrix by its gradient, which must be there; `number` is the step's, from 0."""
        momentum = _FIRST + (_MOMENTUM - _FIRST) * min(1.0, number / _WARM)
        for key, named in self._groups.items():
            group = list(named.values())
            gradients = _together(local(_gradient(one)) for one in group)
            kept = self._momenta[key].lerp_(gradients, 1 - momentum)
            moves = orthogonal(_whole(gradients.lerp(kept, momentum), group))
            rows, columns = moves.shape[-2:]
            moves *= -rate * max(1.0, columns / rows) ** 0.5
            parts = zip(_apart(moves, [one.shape for one in group]), group, strict=True)
            here = [local(one) for one in group]
            if self._decay:
                torch._foreach_mul_(here, 1 - rate * self._decay)
            torch._foreach_add_(here, [local(shared_as(part, one)) for part, one in parts])


def orthogonal(matrices: Float[Tensor, "n rows columns"]) -> Float[Tensor, "n rows columns"]:
    """Each of `matrices`, nearly with all its singular values 1."""
    x = matrices / (matrices.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    for _ in range(_ROUNDS):
        a = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(a, a, a, beta=_B, alpha=_C), x, beta=_A)
    found: Tensor = x.mT if tall else x
    return found


def _together(several: Iterable[Tensor]) -> Float[Tensor, "n rows columns"]:
    return torch.cat([one.reshape(math.prod(one.shape[:-2]), *one.shape[-2:]) for one in several])


def _apart(together: Float[Tensor, "n rows columns"], shapes: list[torch.Size]) -> list[Tensor]:
    """What `_together` joined, each in its own shape."""
    sizes = [math.prod(shape[:-2]) for shape in shapes]
    return [part.view(shape) for part, shape in zip(torch.split(together, sizes), shapes, strict=True)]


def _whole(parts: Float[Tensor, "n some columns"], group: list[Tensor]) -> Float[Tensor, "n rows columns"]:
    """The matrices of a group, of which each process may have a part; such a group has one matrix, or one stack."""
    first = group[0]
    return parts if local(first) is first else _together([whole(joined(parts.view(local(first).shape), first))])


def _gradient(parameter: Tensor) -> Tensor:
    gradient: Tensor | None = parameter.grad
    assert gradient is not None
    return gradient
