"""Ways back written by hand, beside what torch finds for the formulas."""

from dataclasses import replace

import pytest
import torch

from armillary.transformer.config import Norm as Facts
from armillary.transformer.mlp import ACTIVATIONS
from armillary.transformer.norm import Norm
from armillary.transformer.way_back import relu_squared, rms_normed

FACTS = Facts(kind="rms", epsilon=1e-3)


def drawn(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3), dtype=dtype)


def test_ways_back_are_the_derivatives() -> None:
    x = drawn(2, 3, 4).requires_grad_()
    gain = drawn(4).requires_grad_()
    assert torch.autograd.gradcheck(lambda a, b: rms_normed(a, b, 1e-3), (x, gain))
    assert torch.autograd.gradcheck(relu_squared, (x,))


@pytest.mark.parametrize("one_plus", [False, True])
def test_a_norm_that_learns_gives_the_bits_of_one_that_does_not(one_plus: bool) -> None:
    norm = Norm(replace(FACTS, one_plus=one_plus))
    norm.gain = torch.nn.Parameter(drawn(64, dtype=torch.float32))
    x = drawn(5, 7, 64, dtype=torch.float32).transpose(0, 1).requires_grad_()
    with torch.no_grad():
        plain = norm(x.detach())
    learning = norm(x)
    assert torch.equal(learning, plain)
    learning.backward(torch.ones_like(learning))
    scale = (x.detach().square().mean(-1, keepdim=True) + FACTS.epsilon).sqrt()
    assert torch.allclose(norm.gain.grad, (x.detach() / scale).sum((0, 1)), atol=1e-5)


def test_a_squared_relu_that_learns_gives_the_bits_of_one_that_does_not() -> None:
    x = drawn(5, 64, dtype=torch.float32)
    squared = ACTIVATIONS["relu_squared"]
    assert torch.equal(squared(x.clone().requires_grad_()), squared(x))
