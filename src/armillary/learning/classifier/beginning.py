"""What W_E begins with: small random numbers, or the points of a space or of a language model's table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from armillary.errors import InputError
from armillary.opening import open_model, open_space
from armillary.shapes import Float32
from armillary.space import Space
from armillary.text.words import split_words

SMALL = 0.02
"""The deviation that a table begins with, as GPT-2's does."""
D_MODEL = 64
MOST = 50_000
"""Words that are taken over besides those of the texts: the first ones, in most spaces the most frequent."""


@dataclass(frozen=True, eq=False)
class Beginning:
    """What W_E begins with.

    Attributes:
        words: v words.
        table: (v, d) their rows.
        found: how many of the words that the texts have begin with a point of the space; the others are drawn.
    """

    words: Sequence[str]
    table: Float32[np.ndarray, "v d"]
    found: int = 0


def drawn(words: Sequence[str], d_model: int, seed: int) -> Beginning:
    """Small random numbers."""
    return Beginning(words, _random(len(words), d_model, seed))


def taken(words: Sequence[str], target: str | Path, seed: int) -> Beginning:
    """The points of a space or a language model: of the texts' words, and of many others, which no text has yet.

    A word that is several tokens of a language model begins with their mean. All are centred and brought to a mean
    square of 1, since a table's own scale and its common direction say nothing of any word.

    Raises:
        NotFound, UnknownFormat, DamagedFile: it cannot be opened.
        InputError: it holds none of the texts' words.
    """
    space = open_space(target)
    found = _pieces(words, target) if space.tokens else _rows(words, space)
    others = _rows(_plain(islice(space.labels, 8 * MOST), set(words)), space)
    if not found:
        raise InputError("{target!r} holds none of the {count:,} words of the texts",
                         target=str(target), count=len(words))
    named = [*words, *others]
    points = _random(len(named), space.dim, seed) / SMALL
    held = found | others
    known = np.array([word in held for word in named])
    rows = np.stack([held[word] for word in named if word in held])
    centred = rows - rows.mean(0)
    points[known] = centred / np.sqrt((centred**2).mean())
    return Beginning(named, points, len(found))


def _random(rows: int, width: int, seed: int) -> Float32[np.ndarray, "v d"]:
    random = np.random.default_rng((seed, 2))
    return (random.standard_normal((rows, width), np.float32) * np.float32(SMALL)).astype(np.float32)


def _rows(words: Iterable[str], space: Space) -> dict[str, np.ndarray]:
    """The words that a space holds, as they are or capitalised."""
    found = {}
    for word in words:
        for form in (word, word.capitalize()):
            if (name := space.named(form)) in space:
                found[word] = np.asarray(space.vector(name))
                break
    return found


def _pieces(words: Sequence[str], target: str | Path) -> dict[str, np.ndarray]:
    """Words as the mean of the tokens that a language model cuts them into, in the middle of a text."""
    model = open_model(target, device="cpu")
    table, tokenizer = model.embedding.vectors, model.tokenizer
    found = {}
    for word in words:
        spaced = word if ord(word[0]) > 0x2E80 else f" {word}"
        if len(ids := tokenizer.encode(spaced)):
            found[word] = np.asarray(table[ids.astype(np.int64)]).mean(0)
    return found


def _plain(labels: Iterable[str], without: set[str]) -> list[str]:
    """The first labels that are words as texts are cut into, without those that are there already."""
    words: dict[str, None] = {}
    for label in labels:
        word = label.strip().lower()
        if word and word not in without and word not in words and next(iter(split_words(word)), "") == word:
            words[word] = None
            if len(words) == MOST:
                break
    return list(words)

