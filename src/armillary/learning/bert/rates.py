"""How often a blank is filled right: in lines that are held out, one blank at a time, beside always saying the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from armillary.learning.bert.course import ends, lines
from armillary.learning.self_supervised.course import commonest
from armillary.learning.self_supervised.material import Material
from armillary.learning.supervised.figures import interval
from armillary.speak.fill import MASK, Gaps
from armillary.text.words import split_words
from armillary.transformer.model import Transformer

TOKENS, WORDS = 1000, 200
"""Blanks of a token, and of a word that is several."""
TEN = 10
_COUNTED = 2_000_000  # characters in which the commonest words are counted
_AT_ONCE = 100


@dataclass(frozen=True)
class Rate:
    """A share of what was asked, with the interval in which it lies 95 times of 100 (Wilson 1927).

    Attributes:
        right: of how many it was true.
        asked: how many there were.
        low, high: the interval.
    """

    right: int
    asked: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Right, of those asked."""
        return self.right / max(self.asked, 1)

    @classmethod
    def of(cls, right: int, asked: int) -> "Rate":
        """With its interval."""
        return cls(right, asked, *interval(right, asked))


@dataclass(frozen=True)
class Rates:
    """How often what was hidden is the first guess, or among ten; and among the ten commonest, whatever the line."""

    first: Rate
    ten: Rate
    commonest: Rate


@torch.inference_mode()
def token_rates(model: Transformer, material: Material, longest: int) -> Rates:
    """Single tokens: `TOKENS` blanks, spread evenly over the lines that are held out."""
    frame, mask = ends(material)
    rows = _blanks(material, longest)
    ranks: list[int] = []
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        shown = [torch.from_numpy(np.array([*frame[0], *line, *frame[1]])) for line, _ in some]
        places = torch.tensor([place + len(frame[0]) for _, place in some])
        wanted = torch.tensor([line[place] for line, place in some])
        present = pad_sequence([torch.ones(len(one), dtype=torch.bool) for one in shown], batch_first=True)
        tokens = pad_sequence(shown, batch_first=True)
        which = torch.arange(len(some))
        tokens[which, places] = mask
        scores = model.scores(model.points(tokens, present=present)[which, places][None])[0]
        ranks += (scores > scores[which, wanted][:, None]).sum(1).tolist()
    usual = set(commonest(material, TEN))
    return _rates(ranks, [int(line[place]) in usual for line, place in rows])


def _blanks(material: Material, longest: int) -> list[tuple[np.ndarray, int]]:
    """Lines, each with the place of a blank: the places are drawn, no special token's is."""
    found, random = lines(material, longest), np.random.default_rng(0)
    special = np.array(sorted(material.tokenizer.vocabulary.special.values()))
    places = [random.permutation(np.flatnonzero(~np.isin(line, special))) for line in found]
    rounds = max(map(len, places), default=0)
    in_turn = ((line, int(own[turn])) for turn in range(rounds) for line, own in zip(found, places, strict=True)
               if turn < len(own))
    return [pair for pair, _ in zip(in_turn, range(TOKENS), strict=False)]


def word_rates(model: Transformer, material: Material, learned: str) -> Rates | None:
    """Words of several tokens, which are masked together and guessed jointly; None where there are too few.

    Args:
        model: an encoder.
        material: what it learned from.
        learned: the text that it learned from, in which the commonest words are counted.
    """
    gaps = Gaps(model, material.tokenizer)
    asked = [one for one, _ in zip(_words(gaps, material), range(WORDS), strict=False)]
    if len(asked) < WORDS // 4:
        return None
    usual = _usual(gaps, learned, {size for _, _, size in asked})
    ranks = []
    for text, word, _ in asked:
        guesses = [one.text for one in gaps.fill(text, TEN).blanks[0].guesses]
        ranks.append(guesses.index(word) if word in guesses else TEN)
    return _rates(ranks, [word in usual[size] for _, word, size in asked])


def _words(gaps: Gaps, material: Material) -> Iterator[tuple[str, str, int]]:
    """Lines with a blank, what stood there, and its tokens: a word of each line, then a second one of each."""
    random, side = np.random.default_rng(0), (gaps.model.config.n_ctx - 8) // 2  # characters: a token is one or more
    found = [(line, list(dict.fromkeys(split_words(line)))) for line in material.held_text.splitlines()]
    for _, words in found:
        random.shuffle(words)
    for turn in range(max((len(words) for _, words in found), default=0)):
        for line, words in found:
            if turn < len(words) and (size := len(gaps.tokenizer.encode(words[turn]))) > 1:
                at, end = line.index(words[turn]), line.index(words[turn]) + len(words[turn])
                text = f"{line[max(0, at - side) : at]}{MASK * size}{line[end : end + side]}"
                if gaps.fits(text):
                    yield text, words[turn], size


def _usual(gaps: Gaps, learned: str, sizes: set[int]) -> dict[int, set[str]]:
    """The ten commonest words of each number of tokens."""
    usual: dict[int, list[str]] = {size: [] for size in sizes}
    for word, _ in Counter(split_words(learned[:_COUNTED])).most_common():
        if len(own := usual.get(len(gaps.tokenizer.encode(word)), [""] * TEN)) < TEN:
            own.append(word)
        if all(len(own) == TEN for own in usual.values()):
            break
    return {size: set(own) for size, own in usual.items()}


def _rates(ranks: Sequence[int], usual: Sequence[bool]) -> Rates:
    """Ranks from 0, and whether each is one of the commonest."""
    return Rates(*(Rate.of(sum(some), len(ranks)) for some in (
        [rank < 1 for rank in ranks], [rank < TEN for rank in ranks], usual)))
