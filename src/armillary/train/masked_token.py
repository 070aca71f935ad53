"""Masked token: some tokens of a text are hidden, and an encoder that sees both sides guesses them (the cloze).

Devlin et al. 2018, arXiv:1810.04805: 15 tokens of a hundred are to be guessed. Of these 80 of a hundred are replaced by
the mask, 10 by any token, and 10 stay as they are, since texts that are read later have no masks.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from armillary.train.measure import Score
from armillary.train.next_token import NextToken, Tokens
from armillary.train.objective import Batch
from armillary.transformer.model import Transformer

CHOSEN, HIDDEN, OTHER = 0.15, 0.8, 0.1
"""The part that is to be guessed; of it, what is replaced by the mask, and what by any token."""
CUTS = 3
"""A step's windows are cut into 1, 2 or 4 parts, drawn: texts that are read later are short and long."""
_AT_ONCE = 1 << 13  # tokens that are read at once
Frame = tuple[tuple[int, ...], tuple[int, ...]]
"""The ids that stand before and after every text."""
BARE: Frame = ((), ())


class MaskedToken:
    """Windows of a text with some tokens hidden; see `Objective`.

    Attributes:
        nothing: ln(d_vocab).
        context: tokens of the text in a window.
        size: windows in a step.
    """

    def __init__(self, lessons: NextToken, mask: int, d_vocab: int, seed: int = 1, frame: Frame = BARE) -> None:
        """Hide tokens of the windows of `lessons`.

        Args:
            lessons: where the windows come from.
            mask: the id of the mask.
            d_vocab: tokens that there are to guess from.
            seed: of what is hidden.
            frame: the ids that stand before and after each text, which are never hidden.
        """
        self.nothing = math.log(d_vocab)
        self.context, self.size = lessons.context, lessons.size
        self._lessons, self._mask, self._d_vocab, self._seed = lessons, mask, d_vocab, seed
        self._frame = frame

    def batch(self, step: int) -> Batch:
        """The windows of a step: "tokens" with some hidden, "wanted" as they were, "chosen" where to guess."""
        windows = self._lessons.batch(step)["tokens"].numpy()[:, : self.context]
        parts = min(1 << int(np.random.default_rng((self._seed, step, 1)).integers(CUTS)), self.context)
        wanted = windows[:, : self.context // parts * parts].reshape(self.size * parts, -1)
        shown, chosen = hidden(wanted, self._mask, self._d_vocab, (self._seed, step))
        return {"tokens": framed(shown, self._frame), "wanted": framed(wanted, self._frame),
                "chosen": framed(chosen, self._frame)}

    def loss(self, model: Transformer, batch: Batch) -> tuple[Tensor, int]:
        """Nats, in sum, of the tokens that are to be guessed, and how many they are."""
        points = model.points(batch["tokens"])[batch["chosen"]]
        wanted = batch["wanted"][batch["chosen"]]
        return functional.cross_entropy(model.scores(points[None])[0], wanted, reduction="sum"), len(wanted)


def framed(rows: np.ndarray, frame: Frame) -> Tensor:
    """Rows of ids with those of the frame before and after each; or rows of yes and no, with no there."""
    ends = [np.tile(np.array(ids if rows.dtype != bool else [False] * len(ids), rows.dtype), (len(rows), 1))
            for ids in frame]
    return torch.from_numpy(np.concatenate([ends[0], rows, ends[1]], axis=1))


def hidden(wanted: Tokens, mask: int, d_vocab: int, seed: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Tokens with some hidden, and which of them are to be guessed: one at least."""
    random = np.random.default_rng(seed)
    drawn = random.random(wanted.shape)
    chosen = drawn <= max(CHOSEN, drawn.min())
    how, others = random.random(wanted.shape), random.integers(d_vocab, size=wanted.shape)
    shown = np.where(how < HIDDEN, mask, np.where(how < HIDDEN + OTHER, others, wanted))
    return np.where(chosen, shown, wanted).astype(np.int64), chosen


@torch.no_grad()
def gaps_guessed(model: Transformer, ids: Tokens, context: int, frame: Frame, mask: int) -> Score:
    """How well `model` guesses tokens that are hidden as in its lessons, always the same ones; bytes are not counted.

    Args:
        model: an encoder.
        ids: the tokens of a text.
        context: of them, in a window; what is left over at the end is not read.
        frame: the ids that stand before and after each window.
        mask: the id of the mask.
    """
    nats, count = 0.0, 0
    for wanted, shown, chosen in gaps(ids, context, mask, model.config.d_vocab):
        points = model.points(framed(shown, frame).to(model.table.device))[framed(chosen, frame)]
        scores = model.scores(points[None])[0].float()
        nats += functional.cross_entropy(scores, torch.from_numpy(wanted[chosen]), reduction="sum").item()
        count += int(chosen.sum())
    return Score(nats, count, 0)


def gaps(
    ids: Tokens, context: int, mask: int, d_vocab: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The windows of a text, some at a time: as they are, with some tokens hidden, and which; always the same ones."""
    context = min(context, len(ids))
    windows = np.asarray(ids[: len(ids) // context * context], np.int64).reshape(-1, context)
    for first in range(0, len(windows), several := max(1, _AT_ONCE // context)):
        wanted = windows[first : first + several]
        yield wanted, *hidden(wanted, mask, d_vocab, (0, first))
