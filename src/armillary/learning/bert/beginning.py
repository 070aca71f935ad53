"""An encoder at its beginning: small numbers at random, but each head looks at one neighbour.

An encoder with learned positions must first find out where a place's neighbours are, and until then it guesses from
the bag of words around, for longer than the minutes that it has: docs/cloze.md has the figures. It is the idea of
Trockman and Kolter 2023 (arXiv:2305.09828): to begin as models look that have learned.

A position is told by sines and cosines of several speeds, the same for every head. To go on by a place turns each such
pair by a fixed angle; so W_Q that turns, and W_K that does not, make a query agree most with the key of the neighbour.
Heads take the neighbours in turn: the one before, the one after, the second before, ... All of it can be unlearned.
"""

import math

import torch
from torch import Tensor

from armillary.shapes import Float
from armillary.transformer.config import Config
from armillary.transformer.initial import SMALL, drawn
from armillary.transformer.model import Transformer

FASTEST, SLOWEST = 1.6, 0.1
"""Angles by which the pairs of numbers of a position turn from place to place."""
LOUD = 2.5
"""How many times larger the numbers of positions are than those of tokens."""
SHARP = 1.4
"""What queries and keys are multiplied by: the larger it is, the less a head looks elsewhere."""


def beginning(config: Config, seed: int) -> Transformer:
    """An encoder with learned positions that has learned nothing yet."""
    model = drawn(config, seed)
    attention = config.pattern[0].attention
    pairs = attention.d_head // 2
    speeds = torch.logspace(math.log10(FASTEST), math.log10(SLOWEST), pairs)
    angles = torch.arange(config.n_ctx)[:, None] * speeds
    places = torch.stack((angles.sin(), angles.cos()), -1).flatten(1) * LOUD * SMALL * math.sqrt(2)
    for layer in range(config.n_layers):
        query, key = (model.get_parameter(f"blocks.{layer}.attention.{name}") for name in ("W_Q", "W_K"))
        for head in range(attention.n_heads):
            number = layer * attention.n_heads + head
            neighbour = (number // 2 + 1) * (-1 if number % 2 == 0 else 1)
            own = slice(head * attention.d_head, head * attention.d_head + 2 * pairs)
            model.embedding.W_pos[:, own] = places
            query[own, own] += SHARP * turning(neighbour * speeds)
            key[own, own] += SHARP * torch.eye(2 * pairs)
    return model


def turning(angles: Float[Tensor, " half"]) -> Float[Tensor, "d_head d_head"]:
    """The matrix that turns each (sine, cosine) of a row by its angle."""
    size = 2 * len(angles)
    turned, sines = torch.zeros(size, size), torch.arange(0, size, 2)
    cosines = sines + 1
    turned[sines, sines] = turned[cosines, cosines] = angles.cos()
    turned[cosines, sines], turned[sines, cosines] = angles.sin(), -angles.sin()
    return turned
