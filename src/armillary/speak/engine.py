"""Who computes the scores of the next position: the narrow waist between a model and everything that speaks.

    engine ── start() ──> reading ── read(ids) ──> scores of the token that comes next
                                  └─ rows(ids) ──> the scores after each of the ids, as in training

`write`, `chat` and `perplexity` know no more of a model than this. Scores are float32, whatever it computes with.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from armillary.shapes import Float32

Scores = Float32[np.ndarray, "d_vocab"]
Rows = Float32[np.ndarray, "m d_vocab"]


@runtime_checkable
class Reading(Protocol):
    """A text that is read on and on, from left to right.

    Attributes:
        n_tokens: how many tokens were read so far.
    """

    @property
    def n_tokens(self) -> int:
        """How many tokens were read so far."""

    def read(self, ids: Sequence[int]) -> Scores:
        """Read on; the scores of the token that comes after the last.

        Raises:
            InputError: no ids, one that the model has no row for, or more than it can place.
        """

    def rows(self, ids: Sequence[int]) -> Iterator[Rows]:
        """Read on; the scores after each of `ids` in turn, some rows at a time (errors as `read`)."""


@runtime_checkable
class Engine(Protocol):
    """A model that predicts the next token.

    Attributes:
        n_ctx: the positions that it was made for.
        d_vocab: the tokens that it has scores for.
    """

    n_ctx: int
    d_vocab: int

    def start(self) -> Reading:
        """A text of which nothing was read yet."""
