"""Splitting a text into words and numbering them in the order in which they first come: plainly, and compiled.

The numbers are provisional: each counter gives its own, and `numbering` makes the final ones of them. Counters work on
blocks that end between two words (see `blocks`), so several can share a text.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count, pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np

from armillary import extras
from armillary.errors import InputError
from armillary.shapes import Int32, Int64, UInt8
from armillary.text.blocks import decoded
from armillary.text.classes import GAP, LETTER, classes
from armillary.text.encoded import END
from armillary.text.letters import Letters
from armillary.text.memory import available
from armillary.text.settings import CorpusSettings
from armillary.text.words import cut_chinese, split_words

LONGEST_WORD = 1000
"""Bytes of a word; what is longer is no word (a key, an image in base64), and a text of such would fill the memory."""
_BYTES_PER_WORD = 250  # what a distinct word takes until it is ranked, as a string in a dictionary most of it


@runtime_checkable
class Counter(Protocol):
    """What splits and numbers blocks of text.

    Attributes:
        undecodable: bytes so far that were not UTF-8.
        too_long: words so far that were longer than LONGEST_WORD, which are left out.
    """

    undecodable: int
    too_long: int

    def number(self, block: bytes) -> Int32[np.ndarray, "t"]:
        """The numbers of the words of `block`, and END for each line break."""

    def words(self) -> Sequence[str]:
        """The distinct words, by number."""

    def counts(self) -> Int64[np.ndarray, "v"]:
        """How often each came."""


class PlainCounter:
    """The counter that needs nothing but Python; see Counter."""

    def __init__(self, settings: CorpusSettings) -> None:
        self.undecodable = self.too_long = 0
        self._settings = settings
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._counts = np.zeros(0, np.int64)
        self._most = most_words(1)

    def number(self, block: bytes) -> Int32[np.ndarray, "t"]:
        """As Counter says."""
        text, undecodable = decoded(block)
        self.undecodable += undecodable
        lines = text.split("\n")
        ids = [number for line in lines[:-1] for number in (*self._known(self._split(line)), END)]
        return self._counted([*ids, *self._known(self._split(lines[-1]))])

    def number_sentences(self, sentences: Iterable[Sequence[str]]) -> Int32[np.ndarray, "t"]:
        """The numbers of words that come as sentences already split, with END after each sentence."""
        known = self._numbers
        return self._counted([number for words in sentences for number in (*(known[w] for w in words if w), END)])

    def words(self) -> list[str]:
        """As Counter says."""
        return list(self._numbers)

    def counts(self) -> Int64[np.ndarray, "v"]:
        """As Counter says."""
        return self._counts

    def _split(self, line: str) -> Iterable[str]:
        return line.split() if self._settings.split == "spaces" else split_words(line, self._settings.chinese)

    def _known(self, words: Iterable[str]) -> list[int]:
        """The numbers of the words that are not too long."""
        known, ids = self._numbers, []
        for word in words:
            if 4 * len(word) > LONGEST_WORD and len(word.encode()) > LONGEST_WORD:
                self.too_long += 1
            else:
                ids.append(known[word])
        return ids

    def _counted(self, numbers: list[int]) -> Int32[np.ndarray, "t"]:
        ids = np.array(numbers, np.int32)
        counts = np.bincount(ids[ids >= 0], minlength=len(self._numbers))
        counts[: len(self._counts)] += self._counts
        self._counts = counts
        check_room(len(counts), self._most)
        return ids


class CompiledCounter:
    """The counter that needs numba (extra `fast`) and is some twenty times as fast; see Counter.

    Several of them may work at once, each in a thread of its own.
    """

    def __init__(self, settings: CorpusSettings, sharing: int = 1) -> None:
        """`sharing` is the number of counters that share the memory."""
        extras.need("numba")
        extras.numba_cache()
        from armillary.text import count_kernels, number_kernels

        self.undecodable = self.too_long = 0
        self._splitting: Any = count_kernels
        self._numbering: Any = number_kernels
        self._classes = classes(settings.split, settings.chinese)
        self._cuts_chinese = settings.split == "words" and settings.chinese == "words"
        self._most = most_words(sharing)
        self._found = np.empty((0, 4), np.int64)
        self._clear()

    def number(self, block: bytes) -> Int32[np.ndarray, "t"]:
        """As Counter says."""
        text, undecodable = decoded(block)
        self.undecodable += undecodable
        content = np.frombuffer(text.encode() if undecodable else block, np.uint8)
        if self._cuts_chinese:
            content = self._with_words_apart(content)
        found, too_long = self._find(content, self._classes, LONGEST_WORD)
        self.too_long += too_long
        return self._number(content, found)

    def words(self) -> Letters:
        """As Counter says."""
        _, _, entries, letters = self._table
        return Letters(letters, entries[: self._words + 1, 0])

    def counts(self) -> Int64[np.ndarray, "v"]:
        """As Counter says."""
        return self._table[2][: self._words, 1]

    def merge(self, others: Sequence["CompiledCounter"], lower: bool) -> list[Int32[np.ndarray, "_"]]:
        """Take in what `others` counted, then lower-case all words if asked.

        Gives, for this one as it was and for each of the others, the new numbers of its words.
        """
        numbers = [np.arange(self._words, dtype=np.int32)]
        for other in others:
            _, hashes, entries, letters = other._table
            begins = entries[: other._words + 1, 0]
            found = np.stack([begins[:-1], begins[1:] - 1, entries[:-1, 2][: other._words], hashes[: other._words]], 1)
            numbers.append(self._take(letters, found, other.counts()))
        if not lower:
            return numbers
        content = np.frombuffer("\n".join([*self.words(), ""]).lower().encode(), np.uint8)
        found, _ = self._find(content, _lines(), len(content))
        counts = self.counts()
        self._clear()
        lowered = self._take(content, found[found[:, 0] != found[:, 1]], counts)
        return [lowered[several] for several in numbers]

    def _clear(self) -> None:
        """Forget all words."""
        self._words = 0
        self._table = (
            np.full(1 << 16, -1, np.int32), np.zeros(1 << 15, np.uint32), np.zeros(((1 << 15) + 1, 3), np.int64),
            np.zeros(1 << 19, np.uint8),
        )

    def _find(
        self, content: UInt8[np.ndarray, "bytes"], kinds: UInt8[np.ndarray, "codes"], longest: int
    ) -> tuple[Int64[np.ndarray, "found 4"], int]:
        """The words in `content` as `count_kernels.find_words` writes them, and how many are longer than `longest`."""
        if len(self._found) < len(content):
            self._found = np.empty((len(content), 4), np.int64)
        count, too_long = self._splitting.find_words(content, kinds, longest, self._found)
        return self._found[:count], too_long

    def _number(
        self, content: UInt8[np.ndarray, "bytes"], found: Int64[np.ndarray, "found 4"]
    ) -> Int32[np.ndarray, "found"]:
        """The number of each word found; counts it."""
        ids, done = np.empty(len(found), np.int32), 0
        longest = int((found[:, 1] - found[:, 0]).max(initial=0))
        while True:
            more, self._words = self._numbering.number_words(
                content, found[done:], self._table, self._words, longest, ids[done:]
            )
            done += more
            if done == len(found):
                return ids
            self._grow()

    def _take(
        self,
        content: UInt8[np.ndarray, "bytes"],
        found: Int64[np.ndarray, "found 4"],
        counts: Int64[np.ndarray, "found"],
    ) -> Int32[np.ndarray, "found"]:
        """The number of each word found, which came as often as `counts` says."""
        ids = self._number(content, found)
        np.add.at(self._table[2][:, 1], ids, counts - 1)  # one was counted as it was found
        return ids

    def _with_words_apart(self, content: UInt8[np.ndarray, "bytes"]) -> UInt8[np.ndarray, "out"]:
        """`content` with white space around each word of its runs of Chinese characters."""
        edges = np.empty(len(content) + 2, np.int64)
        found = self._splitting.runs_of_han(content, self._classes, edges)
        if not found:
            return content
        text = content.tobytes()
        cuts = [0, *edges[:found].tolist(), len(text)]
        parts = [text[start:end] for start, end in pairwise(cuts)]
        # One call for all runs, since each has its price; a line break keeps them apart.
        words = cut_chinese(b"\n".join(parts[1::2]).decode())
        parts[1::2] = [b" %b " % run for run in " ".join(words).encode().split(b"\n")]
        return np.frombuffer(b"".join(parts), np.uint8)

    def _grow(self) -> None:
        """Make room for twice as many words, or for letters twice as many, or both."""
        slots, hashes, entries, letters = self._table
        words = self._words
        if words == len(hashes):
            check_room(2 * words, self._most)
            hashes, entries = (np.concatenate([array, np.zeros_like(array[:words])]) for array in (hashes, entries))
            slots = np.full(4 * words, -1, np.int32)
            self._numbering.place(slots, hashes[:words])
        else:
            letters = np.concatenate([letters, np.zeros(len(letters), np.uint8)])
        self._table = (slots, hashes, entries, letters)


@cache
def _lines() -> UInt8[np.ndarray, "codes"]:
    """Classes that split at line breaks alone."""
    kinds = np.full(0x110000, LETTER, np.uint8)
    kinds[ord("\n")] = GAP
    return kinds


def most_words(sharing: int) -> int:
    """How many distinct words fit into half of the memory that is left, if so many counters share it."""
    return available() // 2 // _BYTES_PER_WORD // sharing


def check_room(words: int, most: int) -> None:
    """Refuse a vocabulary of `words` distinct words where there is room for `most` (InputError)."""
    if words > most:
        raise InputError(
            "the text has more distinct words than fit into the memory: {words:,}, with room for {most:,}. "
            "Is it text? If so, take a part of it",
            words=words,
            most=most,
        )
