"""Rotary positions: pairs of numbers of q and k turned by angles that grow with the position.

After it the dot product of a query and a key depends on how far apart they stand, not on where (Su et al. 2021,
arXiv:2104.09864). Number i is paired with number i + d_head / 2, as most published files have it; the paper pairs
neighbours, which is the same up to an order of W_Q's and W_K's columns.
"""

import math

import torch
from torch import Tensor

from armillary.shapes import Float, Int
from armillary.transformer.config import Banded, Rotary, Stretched, Yarn


def turns(
    rotary: Rotary, d_head: int, positions: Int[Tensor, " t"]
) -> tuple[Float[Tensor, "t half"], Float[Tensor, "t half"]]:
    """Cosine and sine of every pair's angle at every position."""
    angles = positions[:, None].float() * speeds(rotary, d_head).to(positions.device)
    magnitude = rotary.scaling.magnitude if isinstance(rotary.scaling, Yarn) else 1.0
    return angles.cos() * magnitude, angles.sin() * magnitude


def turn(
    x: Float[Tensor, "b h t d_head"], cosine: Float[Tensor, "t half"], sine: Float[Tensor, "t half"]
) -> Float[Tensor, "b h t d_head"]:
    """Each of its pairs turned."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)


def speeds(rotary: Rotary, d_head: int) -> Float[Tensor, " half"]:
    """Radians by which each pair turns from one position to the next, the fastest first."""
    plain = 1 / rotary.base ** (torch.arange(0, d_head, 2).float() / d_head)
    if isinstance(rotary.scaling, Stretched):
        return plain / rotary.scaling.factor
    if isinstance(rotary.scaling, Banded):
        return _banded(plain, rotary.scaling)
    if isinstance(rotary.scaling, Yarn):
        return _yarn(plain, rotary.base, d_head, rotary.scaling)
    return plain


def _banded(plain: Float[Tensor, " half"], how: Banded) -> Float[Tensor, " half"]:
    """Pairs that turn less than `low` times in the original context are slowed, those above `high` are kept."""
    rounds = how.original_n_ctx * plain / (2 * math.pi)
    kept = ((rounds - how.low) / (how.high - how.low)).clamp(0, 1)
    return (1 - kept) * plain / how.factor + kept * plain


def _yarn(plain: Float[Tensor, " half"], base: float, d_head: int, how: Yarn) -> Float[Tensor, " half"]:
    """A ramp over the pairs, from those that turn `fast` times in the original context to those that turn `slow`."""

    def pair(rounds: float) -> float:
        return d_head * math.log(how.original_n_ctx / (rounds * 2 * math.pi)) / (2 * math.log(base))

    first = max(math.floor(pair(how.fast)), 0)
    last = min(math.ceil(pair(how.slow)), d_head - 1)
    slowed = ((torch.arange(d_head // 2).float() - first) / max(last - first, 0.001)).clamp(0, 1)
    return plain / how.factor * slowed + plain * (1 - slowed)
