"""How well a model guesses a text that it has not learned from: nats per token, bits per byte."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from armillary.train.next_token import Tokens
from armillary.transformer.model import Transformer

_AT_ONCE = 1 << 13
"""Tokens that are read at once."""


@dataclass(frozen=True)
class Score:
    """How well a text was guessed.

    Attributes:
        nats: in sum.
        tokens: that were guessed.
        bytes: that they stand for.
    """

    nats: float
    tokens: int
    bytes: int

    @property
    def nats_per_token(self) -> float:
        """The mean loss."""
        return self.nats / max(self.tokens, 1)

    @property
    def bits_per_byte(self) -> float:
        """The loss in bits, shared out among the bytes: comparable between tokenizers."""
        return self.nats / math.log(2) / max(self.bytes, 1)


@torch.no_grad()
def guessed(model: Transformer, ids: Tokens, context: int, size: int) -> Score:
    """How well `model` guesses a text, in windows that do not overlap: every token but the first is guessed once.

    Args:
        model: a decoder.
        ids: the tokens of the text.
        context: tokens before the last guess of a window; a larger one gives lower figures.
        size: bytes that `ids` stand for.
    """
    device = next(model.parameters()).device
    whole = (len(ids) - 1) // context
    starts = np.arange(whole) * context
    several = max(1, _AT_ONCE // context)
    groups = [ids[starts[first : first + several, None] + np.arange(context + 1)] for first in range(0, whole, several)]
    if len(ids) - 1 > whole * context:
        groups.append(ids[None, whole * context :])
    nats = 0.0
    for group in groups:
        tokens = torch.from_numpy(group.astype(np.int64)).to(device)
        scores = model(tokens[:, :-1]).flatten(0, 1).float()
        nats += functional.cross_entropy(scores, tokens[:, 1:].flatten(), reduction="sum").item()
    return Score(nats, len(ids) - 1, size)
