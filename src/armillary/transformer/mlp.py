"""The MLP: each point by itself, up to more numbers, through an activation, and down again."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from armillary.shapes import Float
from armillary.transformer import config
from armillary.transformer.config import Activation
from armillary.transformer.places import Tap
from armillary.transformer.product import times
from armillary.transformer.way_back import relu_squared


def _relu_squared(x: Tensor) -> Tensor:
    return relu_squared(x) if x.requires_grad else torch.relu(x).square()


def _gelu_tanh(x: Tensor) -> Tensor:
    return functional.gelu(x, approximate="tanh")


ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "gelu": functional.gelu, "gelu_tanh": _gelu_tanh, "relu": torch.relu,
    "relu_squared": _relu_squared, "silu": functional.silu, "tanh": torch.tanh,
}  # fmt: skip


class Mlp(nn.Module):
    """out = act(x W_in) W_out, or where it is gated out = (act(x W_gate) · x W_in) W_out; see `config.Mlp`."""

    W_in: Tensor
    W_out: Tensor
    W_gate: Tensor
    b_in: Tensor | None
    b_out: Tensor | None
    b_gate: Tensor | None

    def __init__(self, facts: config.Mlp) -> None:
        super().__init__()
        self.facts = facts
        self.activation = ACTIVATIONS[facts.activation]
        for name in ("b_in", "b_out", "b_gate"):
            self.register_parameter(name, None)

    def forward(self, x: Float[Tensor, "b t d_model"], tap: Tap | None = None) -> Float[Tensor, "b t d_model"]:
        """What the MLP adds to each point."""
        up = times(x, self.W_in, self.b_in)
        before = times(x, self.W_gate, self.b_gate) if self.facts.gated else up
        if tap is not None:
            before = tap("mlp_pre", before)
        after = self.activation(before)
        if self.facts.gated:
            after = after * up
        if tap is not None:
            after = tap("mlp_post", after)
        return times(after, self.W_out, self.b_out)


class Experts(nn.Module):
    """Several gated MLPs; a router picks a few for each token and weighs what they say; see `config.Experts`.

    W_router (d_model, n_experts); W_gate and W_in (n_experts, d_model, d_mlp); W_out (n_experts, d_mlp, d_model).
    """

    W_router: Tensor
    W_gate: Tensor
    W_in: Tensor
    W_out: Tensor

    def __init__(self, facts: config.Mlp, experts: config.Experts) -> None:
        super().__init__()
        self.facts = experts
        self.activation = ACTIVATIONS[facts.activation]

    def forward(self, x: Float[Tensor, "b t d_model"], tap: Tap | None = None) -> Float[Tensor, "b t d_model"]:
        """What the experts picked add to each point; a tap sees no place inside them."""
        points = x.flatten(0, 1)
        chances = torch.softmax(points @ self.W_router, dim=-1, dtype=torch.float32)
        shares, picked = chances.topk(self.facts.n_active, dim=-1)
        if self.facts.renormalised:
            shares = shares / shares.sum(-1, keepdim=True)
        out = torch.zeros_like(points)
        for expert in torch.unique(picked).tolist():
            rows, rank = torch.where(picked == expert)
            some = points[rows]
            inner = self.activation(some @ self.W_gate[expert]) * (some @ self.W_in[expert])
            out.index_add_(0, rows, inner @ self.W_out[expert] * shares[rows, rank, None].to(x.dtype))
        return out.view_as(x)
