"""Masked token: some tokens of a text are hidden, and an encoder that sees both sides guesses them (the cloze).

Devlin et al. 2018, arXiv:1810.04805: 15 tokens of a hundred are to be guessed. Of these 80 of a hundred are replaced by
the mask, 10 by any token, and 10 stay as they are, since texts that are read later have no masks.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from armillary.train.next_token import NextToken, Tokens
from armillary.train.objective import Batch
from armillary.transformer.model import Transformer

CHOSEN, HIDDEN, OTHER = 0.15, 0.8, 0.1
"""The part that is to be guessed; of it, what is replaced by the mask, and what by any token."""


class MaskedToken:
    """Windows of a text with some tokens hidden; see `Objective`.

    Attributes:
        nothing: ln(d_vocab).
    """

    def __init__(self, lessons: NextToken, mask: int, d_vocab: int, seed: int = 1) -> None:
        """Hide tokens of the windows of `lessons`.

        Args:
            lessons: where the windows come from.
            mask: the id of the mask.
            d_vocab: tokens that there are to guess from.
            seed: of what is hidden.
        """
        self.nothing = math.log(d_vocab)
        self._lessons, self._mask, self._d_vocab, self._seed = lessons, mask, d_vocab, seed

    def batch(self, step: int) -> Batch:
        """The windows of a step: "tokens" with some hidden, "wanted" as they were, "chosen" where to guess."""
        wanted = self._lessons.batch(step)["tokens"].numpy()
        shown, chosen = hidden(wanted, self._mask, self._d_vocab, (self._seed, step))
        return {"tokens": torch.from_numpy(shown), "wanted": torch.from_numpy(wanted),
                "chosen": torch.from_numpy(chosen)}

    def loss(self, model: Transformer, batch: Batch) -> tuple[Tensor, int]:
        """Nats, in sum, of the tokens that are to be guessed, and how many they are."""
        points = model.points(batch["tokens"])[batch["chosen"]]
        wanted = batch["wanted"][batch["chosen"]]
        return functional.cross_entropy(model.scores(points[None])[0], wanted, reduction="sum"), len(wanted)


def hidden(wanted: Tokens, mask: int, d_vocab: int, seed: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Tokens with some hidden, and which of them are to be guessed: one at least."""
    random = np.random.default_rng(seed)
    drawn = random.random(wanted.shape)
    chosen = drawn <= max(CHOSEN, drawn.min())
    how, others = random.random(wanted.shape), random.integers(d_vocab, size=wanted.shape)
    shown = np.where(how < HIDDEN, mask, np.where(how < HIDDEN + OTHER, others, wanted))
    return np.where(chosen, shown, wanted).astype(np.int64), chosen
