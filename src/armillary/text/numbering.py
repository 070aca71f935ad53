"""From the numbers that words got as they came to those that they keep: by frequency, rare ones left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary import extras
from armillary.shapes import Int32, Int64
from armillary.text.encoded import END
from armillary.text.letters import Letters
from armillary.text.settings import CorpusSettings

DROPPED = -2  # the new number of a word that is left out


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Distinct words, by number, and how often each came."""

    words: Sequence[str]
    counts: Int64[np.ndarray, "v"]


def merged(parts: Sequence[Vocabulary], lower: bool) -> tuple[Vocabulary, list[Int32[np.ndarray, "w"]]]:
    """One vocabulary of several, words lower-cased if asked, and for each of them the new numbers of its words.

    The new numbers are in the form that Renumbering takes.
    """
    known: dict[str, int] = {}
    renumbered = []
    for part in parts:
        # A line break ends a word to the rules of lower-casing too (the last sigma), and one call is faster than many.
        words = "\n".join(part.words).lower().split("\n") if lower and part.words else part.words
        renumbered.append(_mapping([known.setdefault(word, len(known)) for word in words]))
    counts = np.zeros(len(known), np.int64)
    for part, mapping in zip(parts, renumbered, strict=True):
        np.add.at(counts, mapping[:-1], part.counts)
    return Vocabulary(list(known), counts), renumbered


def ranked(vocabulary: Vocabulary, settings: CorpusSettings) -> tuple[Vocabulary, Int32[np.ndarray, "w"]]:
    """The words that stay, the most frequent first (of equally frequent ones the smaller by code points).

    Also the new numbers of all words, in the form that Renumbering takes.
    """
    counts = vocabulary.counts
    often = np.flatnonzero(counts >= settings.min_count)
    whole = vocabulary.words
    words = whole.take(often) if isinstance(whole, Letters) else [whole[row] for row in often.tolist()]
    stop = {word.lower() for word in settings.stop} if settings.lower else settings.stop
    stay = [place for place, word in enumerate(words) if word not in stop]
    stay.sort(key=words.__getitem__)
    places = np.array(stay, np.int64)
    places = places[np.argsort(-counts[often[places]], kind="stable")][: settings.max_vocab]
    rows = often[places]
    numbers = np.full(len(counts), DROPPED, np.int32)
    numbers[rows] = np.arange(len(rows))
    return Vocabulary([words[place] for place in places.tolist()], counts[rows]), _mapping(numbers)


def _mapping(numbers: Sequence[int] | Int32[np.ndarray, "w"]) -> Int32[np.ndarray, "_"]:
    """`numbers` with END after them: as END is -1, indexing with ids keeps sentence ends what they are."""
    return np.append(np.asarray(numbers, np.int32), np.int32(END))


class Renumbering:
    """Gives the ids of a text, block by block, new numbers; sentences left empty vanish, overlong ones are cut."""

    def __init__(self, longest: int | None = None) -> None:
        """`longest` is how many words a sentence may have, those that are left out counted; None for any number."""
        self._longest = longest
        self._words = 0  # since the last sentence end
        self._open = False  # whether some of them stayed

    def __call__(self, ids: Int32[np.ndarray, "t"], numbers: Int32[np.ndarray, "w"]) -> Int32[np.ndarray, "s"]:
        """The next block of ids, word i as `numbers[i]`; DROPPED leaves a word out."""
        found: np.ndarray = numbers[self._cut(ids)]
        found = found[found != DROPPED]
        if not len(found):
            return found
        ends = np.flatnonzero(found == END)
        empty = found[ends - 1] == END
        if len(ends) and ends[0] == 0:
            empty[0] = not self._open
        self._open = bool(found[-1] != END)
        return np.delete(found, ends[empty]) if empty.any() else found

    def end(self) -> Int32[np.ndarray, "s"]:
        """What the text still lacks: the end of its last sentence."""
        return np.full(int(self._open), END, np.int32)

    def _cut(self, ids: Int32[np.ndarray, "t"]) -> Int32[np.ndarray, "s"]:
        """`ids` with an END after every `longest` words of a sentence."""
        if self._longest is None:
            return ids
        ends = np.append(np.flatnonzero(ids == END), len(ids))
        begins = np.append(-self._words, ends[:-1] + 1)  # of sentences; the first began before this block
        if self._words + len(ids) <= self._longest or (ends - begins).max() <= self._longest:
            self._words = int(ends[-1] - begins[-1])
            return ids
        cuts = np.concatenate([np.arange(b + self._longest, e, self._longest)
                               for b, e in zip(begins.tolist(), ends.tolist(), strict=True)])
        self._words = int(ends[-1] - cuts.max(initial=begins[-1]))
        cut: np.ndarray = np.insert(ids, cuts, END)
        return cut


class CompiledRenumbering(Renumbering):
    """The same, compiled (numba, extra `fast`), some five times as fast."""

    def __init__(self, longest: int | None = None) -> None:
        """As Renumbering."""
        super().__init__(longest)
        extras.need("numba")
        extras.numba_cache()
        from armillary.text import number_kernels

        self._kernel: Any = number_kernels.renumber

    def __call__(self, ids: Int32[np.ndarray, "t"], numbers: Int32[np.ndarray, "w"]) -> Int32[np.ndarray, "s"]:
        """As Renumbering."""
        longest = self._longest or len(ids) + self._words + 1
        out = np.empty(len(ids) + len(ids) // longest + 2, np.int32)
        count, self._words, self._open = self._kernel(ids, numbers, longest, (self._words, self._open), out)
        return out[:count]


def renumbering(longest: int | None = None) -> Renumbering:
    """The faster of the two that is there."""
    return CompiledRenumbering(longest) if extras.have("numba") else Renumbering(longest)
