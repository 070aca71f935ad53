"""The cloze: blanks in a text are filled by a model that sees both sides of them.

A blank is a [MASK], or several with nothing between them. A word may be several tokens: all of them are masked
together, and the joint guess is scored. Its chance is that of its first token while all are masked, times that of its
second once the first stands there, and so on (the chain rule); so the chances of all guesses for a blank add up to 1.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
import torch

from armillary.errors import InputError
from armillary.shapes import Float32
from armillary.speak.candidates import name
from armillary.text.tokenizer import Tokenizer
from armillary.transformer.model import Transformer

MASK = "[MASK]"
_CHINESE, _QUOTES = "\u2e80", "“”‘’—…"  # Chinese characters and their punctuation begin there, but for these
WIDE = 32
"""Beginnings of a guess that are followed up, at least."""


@dataclass(frozen=True)
class Guess:
    """What may stand in a blank.

    Attributes:
        text: as it is written.
        tokens: the tokens that it is cut into.
        ids: their rows in the model's table.
        chance: that it stands there, of all that is as many tokens long; other blanks stay blank.
        apart: the product of its tokens' chances where none knows of the others.
    """

    text: str
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    chance: float
    apart: float


@dataclass(frozen=True)
class Blank:
    """A blank and its guesses.

    Attributes:
        start: the character of the text at which it begins.
        end: the one after it.
        tokens: how many it hides.
        guesses: the likeliest first.
    """

    start: int
    end: int
    tokens: int
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Filled:
    """A text and what its blanks are filled with.

    Attributes:
        text: with the best guesses in it: the surest blank is filled first, then the model reads again.
        blanks: with the guesses for each while all others are blank.
    """

    text: str
    blanks: tuple[Blank, ...]


class Gaps:
    """A model that fills blanks."""

    def __init__(self, model: Transformer, tokenizer: Tokenizer, called: str = "") -> None:
        """Take a model and its tokenizer; `called` is for messages.

        Raises:
            InputError: it sees only what stands before, ends in no scores, or has no mask.
        """
        config, special = model.config, tokenizer.vocabulary.special
        if config.encoder is not None or any(block.attention.causal for block in config.pattern):
            raise InputError("{name} reads from left to right and sees nothing after a blank: it writes (armillary "
                             "write, armillary next). Blanks are filled by a masked model, such as `armillary learn "
                             "bert` makes", name=called)
        if config.unembedding is None:
            raise InputError("{name} ends in points, not in scores of tokens: it compares texts (armillary embed). "
                             "Blanks are filled by a masked model, such as `armillary learn bert` makes", name=called)
        if MASK not in special:
            raise InputError("the tokenizer of {name} has no token {mask}, so no blank can be written for it",
                             name=called, mask=MASK)
        self.model, self.tokenizer, self.mask = model, tokenizer, special[MASK]
        self._not_words = np.array(sorted(special.values()), np.int64)

    def fill(self, text: str, n: int = 10, words: Sequence[str] = ()) -> Filled:
        """What may stand in the blanks of `text`.

        Args:
            text: with at least one [MASK].
            n: guesses for each blank.
            words: in place of the likeliest, these: a blank has for each as many tokens as that word.

        Raises:
            InputError: no blank; more tokens than the context; a word that is no token at all.
        """
        gapped = self._gapped(text)
        blanks = [Blank(start, end, len(gapped.filled[at]), self._guesses(gapped, at, n, words))
                  for at, (start, end) in enumerate(gapped.spots)]
        return Filled(self._whole(gapped, words), tuple(blanks))

    def fits(self, text: str) -> bool:
        """Whether `text` is short enough for the model."""
        gapped = self._gapped(text)
        return sum(map(len, [*gapped.bits, *gapped.filled])) <= self.model.config.n_ctx

    def _gapped(self, text: str) -> "_Gapped":
        spots = [match.span() for match in re.finditer(rf"{re.escape(MASK)}(?:\s*{re.escape(MASK)})*", text)]
        if not spots:
            raise InputError("the text has no blank: write {mask} where a token is to be guessed, {mask}{mask} for two "
                             "in a row", mask=MASK)
        edges = [0, *(edge for spot in spots for edge in spot), len(text)]
        between = zip(edges[::2], edges[1::2], strict=True)
        bits = [self.tokenizer.encode(text[first:last]).tolist() for first, last in between]
        told = self.tokenizer.vocabulary
        bits[0], bits[-1] = [*told.before, *bits[0]], [*bits[-1], *told.after]
        return _Gapped(text, spots, bits, [[self.mask] * text[start:end].count(MASK) for start, end in spots])

    def _guesses(self, gapped: "_Gapped", at: int, n: int, words: Sequence[str]) -> tuple[Guess, ...]:
        """The guesses for one blank, the likeliest first."""
        before, after = gapped.around(at)
        if not words:
            return tuple(self._best(before, after, len(gapped.filled[at]), n))
        return tuple(sorted((self._scored(before, after, word) for word in words), key=lambda one: -one.chance))

    def _best(self, before: Sequence[int], after: Sequence[int], size: int, n: int) -> list[Guess]:
        """The likeliest guesses of so many tokens, by a search that follows up the best beginnings."""
        width = max(n, WIDE)
        found, logs = np.zeros((1, 0), np.int64), np.zeros(1, np.float32)
        first = self._read(before, found, size, after)
        for place in range(size):
            after_these = first[:, 0] if not place else self._read(before, found, size - place, after)[:, 0]
            after_these[:, self._not_words] = -np.inf
            joint = (logs[:, None] + after_these).ravel()
            keep = np.argsort(-joint, kind="stable")[: width if place < size - 1 else n]
            keep = keep[np.isfinite(joint[keep])]
            rows, ids = np.divmod(keep, after_these.shape[1])
            found, logs = np.concatenate([found[rows], ids[:, None]], axis=1), joint[keep]
        return [self._guess(ids, log, first[0]) for ids, log in zip(found.tolist(), logs.tolist(), strict=True)]

    def _scored(self, before: Sequence[int], after: Sequence[int], word: str) -> Guess:
        """The guess that `word` is."""
        ids = self.tokenizer.encode(word).tolist()
        if not ids:
            raise InputError("{word!r} is no token, and cannot stand in a blank", word=word)
        log, first = 0.0, np.zeros((0, 0), np.float32)
        for place, one in enumerate(ids):
            read = self._read(before, np.array([ids[:place]], np.int64), len(ids) - place, after)[0]
            first = first if place else read
            log += float(read[0, one])
        return self._guess(ids, log, first)

    def _guess(self, ids: Sequence[int], log: float, first: Float32[np.ndarray, "s d_vocab"]) -> Guess:
        apart = sum(float(first[place, one]) for place, one in enumerate(ids))
        names = tuple(name(self.tokenizer, one) for one in ids)
        return Guess(joined(names), names, tuple(ids), math.exp(log), math.exp(apart))

    @torch.inference_mode()
    def _read(
        self, before: Sequence[int], found: np.ndarray, masks: int, after: Sequence[int]
    ) -> Float32[np.ndarray, "b masks d_vocab"]:
        """The logarithms of the chances in so many masks after what was found (b, k); the other side stands after."""
        length, seen = len(before) + found.shape[1] + masks + len(after), len(before) + found.shape[1]
        if length > self.model.config.n_ctx:
            raise InputError("the text has {count} tokens, more than the context of {n_ctx} that this model has",
                             count=length, n_ctx=self.model.config.n_ctx)
        rows = np.array([[*before, *ids, *[self.mask] * masks, *after] for ids in found.tolist()], np.int64)
        points = self.model.points(torch.from_numpy(rows).to(self.model.table.device))
        logs = torch.log_softmax(self.model.scores(points[:, seen : seen + masks]).float(), -1)
        told: np.ndarray = logs.cpu().numpy()
        return told.copy()

    def _whole(self, gapped: "_Gapped", words: Sequence[str]) -> str:
        """The text with all its blanks filled, the surest first."""
        said: dict[int, str] = {}
        while len(said) < len(gapped.spots):
            best = {at: self._guesses(gapped, at, 1, words)[0] for at in range(len(gapped.spots)) if at not in said}
            at = max(best, key=lambda one: best[one].chance)
            said[at], gapped.filled[at] = best[at].text.removeprefix("##"), list(best[at].ids)
        text = gapped.text
        for at, (start, end) in reversed(list(enumerate(gapped.spots))):
            text = f"{text[:start]}{said[at]}{text[end:]}"
        return text


@dataclass(frozen=True)
class _Gapped:
    """A text with blanks.

    Attributes:
        text: it.
        spots: where its blanks begin and end.
        bits: the tokens before the first blank, between blanks, and after the last.
        filled: the tokens in the blanks: masks, until something is put there.
    """

    text: str
    spots: list[tuple[int, int]]
    bits: list[list[int]]
    filled: list[list[int]]

    def around(self, at: int) -> tuple[list[int], list[int]]:
        """The tokens before and after a blank."""
        none: list[int] = []
        rows = [one for both in zip_longest(self.bits, self.filled, fillvalue=none) for one in both]
        return list(chain.from_iterable(rows[: 2 * at + 1])), list(chain.from_iterable(rows[2 * at + 2 :]))


def joined(names: Sequence[str]) -> str:
    """Tokens as they are written in a text: pieces with ## go on with a word, Chinese writing stands without blanks."""
    text = ""
    for one in names:
        bare = one.removeprefix("##") if text else one
        close = not text or bare != one or all(end >= _CHINESE or end in _QUOTES for end in (text[-1], bare[:1]))
        text += bare if close else f" {bare}"
    return text
