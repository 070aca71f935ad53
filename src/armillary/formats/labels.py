"""Labels: n distinct strings, and the way from a label back to its row.

The strings lie one a line in a block of UTF-8 that may be memory-mapped, with the byte at which each ends. A label's
row is found by its CRC-32 in a sorted list of all the checksums: some twenty probes, a few pages of the file, and no
dictionary of all labels, neither in memory nor while opening. Labels with equal checksums stand side by side and are
told apart by their bytes.
"""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from operator import index
from typing import SupportsIndex, overload
from zlib import crc32

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Bool, Float32, Int64, UInt8, UInt32

_BLOCK = 8192  # labels
_LONGEST_WORD = 40  # characters
_SLIP = 0.9  # the likeness of a word with two letters swapped: above one with a letter too many or too few, if short
_ALIKE = 0.5  # below this ratio of difflib's, two spellings have little in common


class Labels(Sequence[str]):
    """n distinct labels, read like a list of strings; `find` gives a label's row.

    Attributes:
        text: (bytes,) all labels in UTF-8, each followed by a newline.
        ends: (n,) the offset in `text` at which each label ends (its newline's place).
        checksums: (n,) CRC-32 of the labels, ascending.
        rows: (n,) the row that each checksum belongs to.
    """

    def __init__(
        self,
        text: UInt8[np.ndarray, "bytes"],
        ends: Int64[np.ndarray, "n"],
        checksums: UInt32[np.ndarray, "n"],
        rows: UInt32[np.ndarray, "n"],
    ) -> None:
        self.text = text
        self.ends = ends
        self.checksums = checksums
        self.rows = rows

    @classmethod
    def of(cls, labels: Sequence[str]) -> "Labels":
        """Index `labels`; they must be distinct (InputError names the first that is not)."""
        try:
            coded = [label.encode() for label in labels]
        except UnicodeEncodeError as error:
            raise InputError("a label holds half a surrogate pair, which is no text: {label}",
                             label=ascii(error.object)) from error
        indexed = cls.of_bytes(coded)
        if indexed is None:
            twin, _ = Counter(labels).most_common(1)[0]
            raise InputError("the label {label!r} stands on two rows; labels must be distinct", label=twin)
        return indexed

    @classmethod
    def of_bytes(cls, words: Sequence[bytes]) -> "Labels | None":
        """Index `words` as they are; None where two are equal or one is no UTF-8."""
        text = b"\n".join([*words, b""])
        try:
            text.decode()
        except UnicodeDecodeError:
            return None
        count = len(words)
        keys = np.fromiter(map(crc32, words), np.uint64, count) << np.uint64(32)
        keys |= np.arange(count, dtype=np.uint64)
        keys.sort()  # by checksum, then by row: faster than sorting rows by checksums
        sums, rows = (keys >> np.uint64(32)).astype(np.uint32), keys.astype(np.uint32)
        alike = np.flatnonzero(sums[1:] == sums[:-1])
        suspects = np.union1d(rows[alike], rows[alike + 1]).tolist()
        if len({words[row] for row in suspects}) < len(suspects):
            return None
        lengths = np.fromiter(map(len, words), np.int64, count)
        return cls(np.frombuffer(text, np.uint8), np.cumsum(lengths + 1) - 1, sums, rows)

    def find(self, label: str) -> int | None:
        """The row of `label`, or None."""
        wanted = label.encode("utf-8", "surrogatepass")
        checksum = np.uint32(crc32(wanted))
        place = int(np.searchsorted(self.checksums, checksum))
        while place < len(self) and self.checksums[place] == checksum:
            row = int(self.rows[place])
            if self._bytes(row) == wanted:
                return row
            place += 1
        return None

    def near(self, label: str, n: int = 5) -> list[str]:
        """Up to n labels spelled most like `label`, best first; none where nothing is alike.

        Every label is scored by the byte pairs it shares with the wanted one (Dice's coefficient, one pass over the
        text, letters folded to lower case); the best fifty are then compared by difflib's ratio. Two letters in each
        other's place, the commonest slip, leave few pairs as they were: those spellings are looked up.
        """
        wanted = f"\n{label.lower()}\n".encode("utf-8", "surrogatepass")
        known = np.zeros(1 << 16, bool)
        known[[a << 8 | b for a, b in pairwise(wanted)]] = True
        dice = np.concatenate([self._dice(known, len(wanted), first, last) for first, last in self._blocks()])
        best = [self[row] for row in np.argsort(-dice, kind="stable")[: max(50, n)] if dice[row] > 0]
        likeness = {one: difflib.SequenceMatcher(None, one.casefold(), label.casefold()).ratio() for one in best}
        likeness |= dict.fromkeys(filter(self.__contains__, _swapped(label)), _SLIP)
        order = sorted(likeness, key=lambda one: -likeness[one])
        return [one for one in order[:n] if likeness[one] >= _ALIKE]

    def _dice(self, known: Bool[np.ndarray, "pairs"], length: int, first: int, last: int) -> Float32[np.ndarray, "k"]:
        """Dice's coefficient of labels `first` to `last` with a text of `length` bytes that has the `known` pairs."""
        ends = np.asarray(self.ends[first:last])
        start = self._start(first)
        text = np.concatenate([np.frombuffer(b"\n", np.uint8), self.text[start : int(ends[-1]) + 1]])
        text[(text >= ord("A")) & (text <= ord("Z"))] += ord("a") - ord("A")
        hits = np.concatenate([[0], np.cumsum(known[text[:-1].astype(np.uint16) << 8 | text[1:]])])
        # A label's pairs run from the newline before it to the newline after it.
        ends = ends - start
        starts = np.concatenate([[0], ends[:-1] + 1])
        dice: np.ndarray = 2 * (hits[ends + 1] - hits[starts]) / (ends - starts + length)
        return dice.astype(np.float32)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, row: SupportsIndex) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> list[str]: ...

    def __getitem__(self, row: SupportsIndex | slice) -> str | list[str]:
        if isinstance(row, slice):
            first, last, step = row.indices(len(self))
            return list(self._run(first, last)) if step == 1 else [self[i] for i in range(first, last, step)]
        place = index(row)
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self._bytes(place % len(self)).decode()

    def __iter__(self) -> Iterator[str]:
        for first, last in self._blocks():
            yield from self._run(first, last)

    def _run(self, first: int, last: int) -> Iterator[str]:
        """The labels of some rows that follow each other."""
        if first >= last:
            return
        start = place = self._start(first)
        ends = self.ends[first:last].tolist()
        text = self.text[start : ends[-1]].tobytes()
        for end in ends:
            yield text[place - start : end - start].decode()
            place = end + 1

    def __contains__(self, label: object) -> bool:
        return isinstance(label, str) and self.find(label) is not None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Labels):
            return np.array_equal(self.text, other.text) and np.array_equal(self.ends, other.ends)
        return isinstance(other, list | tuple) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3]))
        return f"Labels({len(self):,}: {shown}{', …' if len(self) > 3 else ''})"

    def _bytes(self, row: int) -> bytes:
        return self.text[self._start(row) : int(self.ends[row])].tobytes()

    def _start(self, row: int) -> int:
        """The offset in `text` at which a label begins."""
        return int(self.ends[row - 1]) + 1 if row else 0

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Runs of rows: whatever needs all labels takes them in turns, and never holds them all."""
        for first in range(0, len(self), _BLOCK):
            yield first, min(first + _BLOCK, len(self))


def _swapped(label: str) -> list[str]:
    """Every spelling with two neighbouring letters in each other's place; none of texts, which are no typed words."""
    places = range(len(label) - 1 if len(label) <= _LONGEST_WORD else 0)
    return [label[:i] + label[i + 1] + label[i] + label[i + 2 :] for i in places]


class LabelRows(Mapping[str, int]):
    """label -> row, read like a dictionary (gensim's `key_to_index`) without being one."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    def __getitem__(self, label: str) -> int:
        row = self._labels.find(label)
        if row is None:
            raise KeyError(label)
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)
