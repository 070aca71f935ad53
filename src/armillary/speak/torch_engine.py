"""The engine that is the transformer itself: keys and values are kept, so that each token is worked on once."""

from collections.abc import Iterator, Sequence

import torch

from armillary.errors import InputError
from armillary.speak.engine import Rows, Scores
from armillary.transformer.cache import Cache
from armillary.transformer.model import Transformer

NUMBERS = 1 << 24
"""Scores that are held at once where those after every token are wanted: 64 MB."""


class TorchEngine:
    """A decoder's scores (see `engine.Engine`)."""

    def __init__(self, model: Transformer, name: str = "") -> None:
        """Take `model`; `name` is for messages.

        Raises:
            InputError: it is none that goes from left to right and ends in scores.
        """
        config = model.config
        if config.unembedding is None:
            raise InputError("{name} ends in points, not in scores of a next token; it cannot write", name=name)
        if config.encoder is not None:
            raise InputError("{name} reads a source text first, and does not continue a text by itself", name=name)
        if not all(block.attention.causal for block in config.pattern):
            raise InputError("{name} sees what comes after a token too: it fills gaps, and cannot write", name=name)
        _keep_memory()
        self.model = model
        self.n_ctx, self.d_vocab = config.n_ctx, config.d_vocab

    def start(self) -> "TorchReading":
        """A text of which nothing was read yet."""
        return TorchReading(self.model)


class TorchReading:
    """A text that the transformer reads (see `engine.Reading`)."""

    def __init__(self, model: Transformer) -> None:
        self._model = model
        self._cache = Cache(model.config)

    @property
    def n_tokens(self) -> int:
        """How many tokens were read so far."""
        return self._cache.n_tokens

    @torch.inference_mode()
    def read(self, ids: Sequence[int]) -> Scores:
        """The scores after the last of `ids`."""
        points = self._model.points(self._tokens(ids), cache=self._cache, last=True)
        scores: Scores = self._model.scores(points)[0, 0].float().cpu().numpy()
        return scores

    @torch.inference_mode()
    def rows(self, ids: Sequence[int]) -> Iterator[Rows]:
        """The scores after each of `ids`."""
        points = self._model.points(self._tokens(ids), cache=self._cache)
        several = max(1, NUMBERS // self._model.config.d_vocab)
        for first in range(0, len(ids), several):
            yield self._model.scores(points[:, first : first + several])[0].float().cpu().numpy()

    def _tokens(self, ids: Sequence[int]) -> torch.Tensor:
        return torch.tensor([list(ids)], dtype=torch.long, device=self._model.table.device)


def _keep_memory() -> None:
    """Let the memory in which the points of a prompt are computed be used again from block to block.

    The C library of Linux gives stretches that are freed back to the system, which has to clear them before it lends
    them again: a sixth of the time of a prompt. It keeps them once as large a one was freed (mallopt(3),
    M_MMAP_THRESHOLD; 32 MB is the most that counts).
    """
    torch.empty(31 << 20, dtype=torch.uint8)
