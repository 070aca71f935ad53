"""Steps whose way back is written by hand: fewer passes over memory than what torch records of their single products.

Forward each gives the very bits of its formula.
"""

from typing import Any

import torch
from torch import Tensor

from armillary.shapes import Float


def rms_normed(x: Float[Tensor, "*n d"], gain: Float[Tensor, " d"], epsilon: float) -> Float[Tensor, "*n d"]:
    """Each point over its root mean square, times the gain."""
    found: Tensor = _RmsNorm.apply(x, gain, epsilon)  # type: ignore[no-untyped-call]
    return found


def relu_squared(x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """What of x is above 0, squared."""
    found: Tensor = _ReluSquared.apply(x)  # type: ignore[no-untyped-call]
    return found


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, epsilon: float) -> Tensor:
        inverse = torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)
        normed = x * inverse
        ctx.save_for_backward(normed, inverse, gain)
        return gain * normed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, None]:
        normed, inverse, gain = ctx.saved_tensors
        of_gain = (gradients[0] * normed).sum_to_size(gain.shape) if ctx.needs_input_grad[1] else None
        of_normed = gradients[0] * gain
        along = torch.linalg.vecdot(of_normed, normed).unsqueeze(-1)
        return of_normed.addcmul_(normed, along, value=-1 / normed.shape[-1]).mul_(inverse), of_gain, None


class _ReluSquared(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        positive = torch.relu(x)
        ctx.save_for_backward(positive)
        return positive.square()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (positive,) = ctx.saved_tensors
        found: Tensor = (positive * gradients[0]).mul_(2)
        return found
