"""What may come next: the likeliest tokens, with their scores and their chances."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.speak.engine import Scores
from armillary.speak.sample import Sampling, chances
from armillary.text.tokenizer import Tokenizer

PLAIN = Sampling()


@dataclass(frozen=True)
class Candidate:
    """A token that may come next.

    Attributes:
        token: its text; its bytes as <e6b2> where they are no whole characters.
        id: its row in the model's table.
        probability: the chance that it is drawn, with the settings of the drawing.
        logit: its score, as the model gives it.
    """

    token: str
    id: int
    probability: float
    logit: float


def candidates(
    scores: Scores, tokenizer: Tokenizer, n: int, how: Sampling = PLAIN, seen: Sequence[int] = ()
) -> list[Candidate]:
    """The `n` likeliest tokens by their scores, the likeliest first; those that cannot be drawn are left out.

    Args:
        scores: of all tokens.
        tokenizer: what they are called by.
        n: how many.
        how: the settings of the drawing.
        seen: ids of the tokens so far, for the penalty.
    """
    odds = chances(scores, how, seen)
    best = np.argpartition(-odds, n)[:n] if n < len(odds) else np.arange(len(odds))
    best = best[np.lexsort((best, -odds[best]))]
    return [Candidate(name(tokenizer, one), one, float(odds[one]), float(scores[one]))
            for one in best.tolist() if odds[one] > 0]


def name(tokenizer: Tokenizer, one: int) -> str:
    """A token as people read it."""
    piece = tokenizer.spelled(one)
    if piece is None:
        return f"<{one}>"
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return f"<{piece.hex()}>"
