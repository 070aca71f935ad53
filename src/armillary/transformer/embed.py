"""Tokens -> points: a row of W_E for each token, with its position, its segment and its pair added.

A row of W_E is a one-hot vector times W_E. A piece of an image or of a sound has no id, but it has numbers: they take
the place of the one-hot vector, and W_E has a row for each of them (Dosovitskiy et al. 2020, arXiv:2010.11929).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from armillary.errors import InputError
from armillary.shapes import Float, Int
from armillary.transformer.cache import Cache
from armillary.transformer.config import Config
from armillary.transformer.norm import Norm
from armillary.transformer.places import Tap, within
from armillary.transformer.product import times

Pieces = Int[Tensor, "b t"] | Float[Tensor, "b t d_in"]
"""The ids of tokens; or of each the numbers that W_E is multiplied by."""

_SPREAD = 92_821
"""A prime: where pairs have to share rows, those whose tokens lie near each other do not."""


class Embedding(nn.Module):
    """What a point starts from; see `config.Embedding`. W_E (d_vocab, d_model), W_pos (n_ctx, d_model), W_pair."""

    W_E: Tensor
    W_pos: Tensor
    W_type: Tensor
    W_pair: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.facts = config.embedding
        self.n_ctx = config.n_ctx
        self.norm = Norm(config.norm) if config.embedding.norm else None

    def forward(
        self,
        tokens: Pieces,
        table: Float[Tensor, "d_vocab d_model"],
        cache: Cache | None = None,
        types: Int[Tensor, "b t"] | None = None,
        tap: Tap | None = None,
    ) -> Float[Tensor, "b t d_model"]:
        """The points that the tokens start as.

        Args:
            tokens: their ids, or their numbers.
            table: W_E, which a decoder may share with its encoder.
            cache: what was read before them, where they go on from something.
            types: the segment of each, where there are segments; 0 if unsaid.
            tap: see `places`.

        Raises:
            InputError: a position for which W_pos has no row.
        """
        x = times(tokens, table) if tokens.is_floating_point() else functional.embedding(tokens, table)
        if self.facts.scale != 1:
            x = x * torch.tensor(self.facts.scale, dtype=x.dtype, device=x.device)
        if self.facts.n_types:
            unsaid = torch.zeros(tokens.shape[:2], dtype=torch.int64, device=tokens.device)
            x = x + functional.embedding(unsaid if types is None else types, self.W_type)
        if self.facts.n_pairs:
            x = x + functional.embedding(self._pairs(tokens, cache, len(table)), self.W_pair)
        first = cache.n_tokens if cache else 0
        positions = torch.arange(first, first + tokens.shape[1], device=tokens.device)
        if self.facts.positions == "learned":
            if int(positions[-1]) >= self.n_ctx:
                raise InputError("{count} tokens are more than the context of {n_ctx} that this model has",
                                 count=int(positions[-1]) + 1, n_ctx=self.n_ctx)
            x = x + functional.embedding(positions, self.W_pos)
        elif self.facts.positions:
            x = x + sinusoids(positions, x.shape[-1], alternate=self.facts.positions == "sinusoidal").to(x.dtype)
        if self.norm is not None:
            x = self.norm(x, within(tap, "embedding.norm."))
        return x if tap is None else tap("embed", x)

    def _pairs(self, tokens: Int[Tensor, "b t"], cache: Cache | None, d_vocab: int) -> Int[Tensor, "b t"]:
        """The row of W_pair for each token and the one before it; the first of a text stands for that one too."""
        last = tokens[:, :1] if cache is None or cache.last is None else cache.last
        apart = d_vocab if d_vocab**2 <= self.facts.n_pairs else _SPREAD
        return (torch.cat((last, tokens[:, :-1]), dim=1) * apart + tokens) % self.facts.n_pairs


def sinusoids(positions: Int[Tensor, " t"], d_model: int, alternate: bool = True) -> Float[Tensor, "t {d_model}"]:
    """Sines and cosines of each position, from fast to slow (Vaswani et al. 2017, section 3.5).

    Args:
        positions: from 0.
        d_model: an even number.
        alternate: a sine, its cosine, the next sine; or else all sines first.
    """
    angles = positions[:, None].double() / 10_000 ** (
        torch.arange(0, d_model, 2, device=positions.device).double() / d_model
    )
    pairs = torch.stack((angles.sin(), angles.cos()), dim=-1 if alternate else 1)
    return pairs.flatten(1).float()
