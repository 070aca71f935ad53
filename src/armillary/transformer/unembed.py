"""Points -> scores: how well each token of the vocabulary fits a point."""

import torch
from torch import Tensor, nn

from armillary.shapes import Float
from armillary.transformer.config import Config, Unembedding
from armillary.transformer.mlp import ACTIVATIONS
from armillary.transformer.norm import Norm
from armillary.transformer.places import Tap, within
from armillary.transformer.product import times


class Unembed(nn.Module):
    """scores = x W_U (+ b_U), where W_U (d_model, d_vocab) may be W_E transposed; see `config.Unembedding`."""

    W_U: Tensor
    W_transform: Tensor
    b_transform: Tensor
    b_U: Tensor | None

    def __init__(self, config: Config, facts: Unembedding) -> None:
        super().__init__()
        self.facts = facts
        self.register_parameter("b_U", None)
        self.norm = Norm(config.norm) if facts.transform else None

    def forward(
        self, x: Float[Tensor, "b t d_model"], table: Float[Tensor, "d_vocab d_model"], tap: Tap | None = None
    ) -> Float[Tensor, "b t d_vocab"]:
        """The scores; `table` is W_E, for a model whose W_U is tied to it."""
        if self.facts.transform and self.norm is not None:
            x = ACTIVATIONS[self.facts.transform](times(x, self.W_transform, self.b_transform))
            x = self.norm(x, within(tap, "unembedding.norm."))
        scores = times(x, table.T if self.facts.tied else self.W_U, self.b_U)
        if self.facts.softcap:
            scores = torch.tanh(scores / self.facts.softcap) * self.facts.softcap
        return scores if tap is None else tap("logits", scores)


class Pooler(nn.Module):
    """One point for a text: its first, through a matrix W (d_model, d_model) with a bias and tanh."""

    W: Tensor
    b: Tensor

    def forward(self, points: Float[Tensor, "b t d_model"]) -> Float[Tensor, "b d_model"]:
        """The point of each text."""
        return torch.tanh(times(points[:, 0], self.W, self.b))
