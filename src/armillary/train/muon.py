"""Muon: a step of equal length in all directions of a matrix (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).

A gradient, with momentum, is a matrix whose few strong directions drown the others. Muon takes the nearest matrix with
orthogonal rows or columns in its place: the directions stay and become equally long. A short iteration of products
comes close enough to it, and all matrices of one shape go through it together.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from armillary.shapes import Float

_A, _B, _C = 3.4445, -4.7750, 2.0315
"""Of the iteration X <- aX + (bA + cA²)X with A = XXᵀ: singular values end between 0.7 and 1.2, after five rounds."""
_ROUNDS = 5
_MOMENTUM = 0.95
_FIRST, _WARM = 0.85, 100  # momentum begins low, as the first gradients are soon out of date


class Muon:
    """The optimiser of the matrices `named`; a stack of matrices (experts) is several."""

    def __init__(self, named: Mapping[str, nn.Parameter], decay: float) -> None:
        self._decay = decay
        self._groups: dict[str, list[Tensor]] = {}
        for parameter in named.values():
            rows, columns = parameter.shape[-2:]
            self._groups.setdefault(f"{rows}x{columns}", []).append(parameter)
        self.momenta = {shape: torch.zeros_like(_together(group)) for shape, group in self._groups.items()}

    @torch.no_grad()
    def step(self, rate: float, number: int) -> None:
        """Move every matrix by its gradient, which must be there; `number` is the step's, from 0."""
        momentum = _FIRST + (_MOMENTUM - _FIRST) * min(1.0, number / _WARM)
        for shape, group in self._groups.items():
            gradients = _together([_gradient(one) for one in group])
            kept = self.momenta[shape].lerp_(gradients, 1 - momentum)
            moves = orthogonal(gradients.lerp(kept, momentum))
            rows, columns = moves.shape[-2:]
            moves *= -rate * max(1.0, columns / rows) ** 0.5
            sizes = [one[..., 0, 0].numel() for one in group]
            parts = [part.view_as(one) for part, one in zip(torch.split(moves, sizes), group, strict=True)]
            if self._decay:
                torch._foreach_mul_(group, 1 - rate * self._decay)
            torch._foreach_add_(group, parts)


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


def _together(several: list[Tensor]) -> Float[Tensor, "n rows columns"]:
    return torch.cat([one.reshape(-1, *one.shape[-2:]) for one in several])


def _gradient(parameter: Tensor) -> Tensor:
    gradient: Tensor | None = parameter.grad
    assert gradient is not None
    return gradient
