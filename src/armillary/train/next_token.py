"""Next token: each position of a text guesses what comes after it.

A text of t tokens is t lessons: under the mask every position sees what stands before it and nothing else, so that one
pass guesses after all prefixes at once.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from armillary.errors import InputError
from armillary.shapes import Int64
from armillary.train.objective import Batch
from armillary.transformer.model import Transformer

Tokens = np.ndarray
"""Ids of tokens in a row, as any whole numbers; they may lie on the disk."""


class NextToken:
    """Windows of a text, all of them once in each epoch, in an order of its own; see `Objective`.

    Attributes:
        nothing: ln(d_vocab).
        context: guesses in a window.
        size: windows in a step.
    """

    def __init__(self, ids: Tokens, context: int, batch: int, d_vocab: int, seed: int = 1) -> None:
        """Cut `ids` into windows.

        Args:
            ids: the tokens of the text.
            context: guesses in a window: it holds one token more.
            batch: windows in a step.
            d_vocab: tokens that there are to guess from.
            seed: of the order.

        Raises:
            InputError: the text is shorter than a window.
        """
        if len(ids) < context + 2:
            raise InputError("a text of {count} tokens is too short for windows of {context}",
                             count=len(ids), context=context)
        self.nothing = math.log(d_vocab)
        self.context, self.size = context, batch
        self._ids, self._seed = ids, seed
        self._windows = max(1, (len(ids) - 1) // context - 1)  # one less, as where the first begins is drawn
        self._order: tuple[int, Int64[np.ndarray, "w"]] = (-1, np.zeros(0, np.int64))

    def batch(self, step: int) -> Batch:
        """The windows of a step, "tokens" (batch, context + 1)."""
        places = range(step * self.size, (step + 1) * self.size)
        starts = np.array([self._start(*divmod(place, self._windows)) for place in places])
        windows = self._ids[starts[:, None] + np.arange(self.context + 1)]
        return {"tokens": torch.from_numpy(windows.astype(np.int64))}

    def loss(self, model: Transformer, batch: Batch) -> tuple[Tensor, int]:
        """Nats, in sum, of the tokens that came, and how many they are."""
        tokens = batch["tokens"]
        wanted = tokens[:, 1:].flatten()
        return functional.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), wanted, reduction="sum"), len(wanted)

    def _start(self, epoch: int, place: int) -> int:
        """Where a window begins."""
        if self._order[0] != epoch:
            random = np.random.default_rng((self._seed, epoch))
            room = len(self._ids) - 1 - self._windows * self.context
            starts = random.permutation(self._windows) * self.context + random.integers(room + 1)
            self._order = epoch, starts
        return int(self._order[1][place])
