"""A model before it has learned anything: its numbers drawn at random, what it then answers, and its first step.

GPT-2 draws its matrices from N(0, 0.02) (Radford et al. 2019; `initializer_range` of its config), PyTorch's
nn.Embedding draws from N(0, 1). With rows so large, a tied unembedding gives scores so far apart that the softmax is
sure of one token, as a rule the wrong one. An untrained model should know nothing, and a loss of ln(d_vocab) says it.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from armillary.shapes import Int
from armillary.transformer.config import Config
from armillary.transformer.model import Transformer
from armillary.transformer.weights import Weight, weights

SMALL = 0.02
"""The standard deviation that GPT-2 begins with."""
_TABLES = ("embedding", "positions", "types", "pairs")


def drawn(config: Config, seed: int = 0, rows: float = SMALL, matrices: float = SMALL) -> Transformer:
    """A model whose numbers are drawn from normal distributions; gains begin at 1, biases at 0.

    Args:
        config: what it is.
        seed: of the drawing.
        rows: the standard deviation of the tables that rows are looked up in.
        matrices: that of all other matrices.
    """
    model = Transformer(config)
    random = torch.Generator().manual_seed(seed)
    for weight in weights(config):
        if not weight.tied_to:
            deviation = rows if weight.kind in _TABLES else matrices
            model.put(weight.name, _numbers(config, weight, deviation, random))
    return model


def hushed(model: Transformer) -> Transformer:
    """The same model, whose blocks add nothing yet and whose scores are all 0: W_O, W_out and W_U begin at 0.

    Every point is then that of its token, and a part speaks once it has learned something to say (Zhang et al. 2019,
    arXiv:1901.09321, begin the last matrix of each branch at 0).
    """
    for weight in weights(model.config):
        if weight.kind in ("output", "down-projection", "unembedding") and not weight.tied_to:
            model.put(weight.name, torch.zeros(weight.shape))
    return model


def _numbers(config: Config, weight: Weight, deviation: float, random: torch.Generator) -> Tensor:
    if weight.name.endswith(".gain"):
        return torch.full(weight.shape, 0.0 if config.norm.one_plus else 1.0)
    if len(weight.shape) < 2:
        return torch.zeros(weight.shape)
    return torch.randn(weight.shape, generator=random) * deviation


@dataclass(frozen=True)
class Beginning:
    """What a model answers before it has learned.

    Attributes:
        deviation: the standard deviation of its scores.
        entropy: of the softmax of the scores, nats, the mean over all positions; ln(d_vocab) if it knows nothing.
        loss: nats a token, on the text itself.
        nothing: ln(d_vocab), the loss of who knows nothing.
    """

    deviation: float
    entropy: float
    loss: float
    nothing: float


def beginning(model: Transformer, tokens: Int[Tensor, " t"]) -> Beginning:
    """What `model` answers to a text of at least two tokens."""
    with torch.no_grad():
        scores = model(tokens[None])[0].float()
        chances = torch.log_softmax(scores, dim=-1)
        loss = functional.cross_entropy(scores[:-1], tokens[1:])
    entropy = (chances.exp() * -chances).nansum(dim=-1).mean().abs()  # 0 times infinity counts nothing, and no -0.0
    return Beginning(scores.std().item(), entropy.item(), loss.item(), math.log(model.config.d_vocab))


def rows_that_learn(model: Transformer, tokens: Int[Tensor, " t"]) -> int:
    """How many rows of W_E one step on a text would change: those that were looked up, or all, if W_U is W_E."""
    table = model.table.requires_grad_()
    loss = functional.cross_entropy(model(tokens[None])[0, :-1], tokens[1:])
    (gradient,) = torch.autograd.grad(loss, table)
    table.requires_grad_(False)
    return int((gradient != 0).any(dim=1).sum())
