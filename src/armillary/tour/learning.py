"""tour --learn: a text of the user's own, from random vectors to neighbours."""

from pathlib import Path
from typing import Any

import numpy as np

from armillary.geometry.scores import row_norms
from armillary.learning.held_out import parted
from armillary.space import Space
from armillary.text.encoded import Encoded
from armillary.text.settings import CorpusSettings
from armillary.train.corpus import read_corpus
from armillary.train.words import Plan, Training

SMALL_TEXT = 100_000
"""Words of a text up to which those that come twice are learned too."""
_PASSES = 4_000_000  # words that the tour learns from, epochs taken together: some seconds
_CHOSEN_FROM = 400


def learned(path: Path, word: str | None = None) -> dict[str, Any]:
    """A text, learned here and now: a word's neighbours before and after, and the loss on sentences held out.

    Args:
        path: the text.
        word: whose neighbours; None for the frequent word that ends up nearest to its own.

    Raises:
        UnknownLabel: the word is not in the text, or too rare there.
        MissingExtra: numba (extra `fast`) is not installed.
    """
    encoded = read_corpus(path, CorpusSettings(min_count=2))
    if encoded.words > SMALL_TEXT:
        encoded = read_corpus(path, CorpusSettings())
    epochs = max(3, min(40, _PASSES // encoded.words))
    text, held_out = parted(encoded, 0.02, seed=1)
    training = Training(text, Plan(vector_size=50, epochs=epochs))
    before, losses = training.space(), [training.loss_on(held_out)]
    if word is not None:
        before.row(word)
    for _ in training.steps():
        if len(training.losses) == len(losses):
            losses.append(training.loss_on(held_out))
    after = training.space()
    word = word or _in_best_company(after, encoded)
    return {
        "file": path.name, "words": encoded.words, "vocabulary": len(after), "dim": after.dim, "epochs": epochs,
        "word": word, "count": int(encoded.counts[after.row(word)]), "notes": [str(note) for note in encoded.notes],
        "loss_before": losses[0], "loss": losses[1:],
        "before": _near(before, word), "after": _near(after, word),
    }


def _near(space: Space, word: str) -> list[dict[str, Any]]:
    return [{"label": one.label, "cosine": one.cosine} for one in space.near(word, 6)]


def _in_best_company(space: Space, encoded: Encoded) -> str:
    """Of the most frequent words of four letters or two Chinese characters, the one with the nearest five others."""
    long = [row for row, label in enumerate(space.labels) if len(label) >= (4 if label.isascii() else 2)]
    rows = long[:_CHOSEN_FROM] or list(range(len(space)))
    unit = space.vectors / np.maximum(row_norms(space.vectors), 1e-9)[:, None]
    nearest = np.sort(unit[rows] @ unit.T, axis=1)[:, -6:-1]
    return str(encoded.labels[rows[int(nearest.sum(1).argmax())]])
