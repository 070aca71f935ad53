"""Byte pairs: text cut by a pattern, bytes merged pair by pair by tiktoken's core, ids given.

tiktoken's core does the work, whatever file the merges come from (see `merges` on why it can): from local ranks, and
nothing is ever fetched. A long text is cut into stretches that threads work at, where a cut changes no token.
"""

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import regex

from armillary.errors import InputError
from armillary.shapes import Int64, UInt32
from armillary.text.rows_of_pieces import ByPiece
from armillary.text.tokenizer import Ids, SomeIds, Token, Tokenizer, Vocabulary, whole

if TYPE_CHECKING:
    from tiktoken import Encoding

STRETCH = 1 << 16
"""Characters that are worth a thread."""
BLANKS = 1 << 17
"""White space in one run that is cut off: from some 300,000 blanks on, the core's patterns run out of memory."""
NONE = (1 << 32) - 1
"""In place of an id: a piece that the vocabulary lacks."""
FEW, SHORT = 8, 1000
"""Texts, and characters of each, for which the merges of all pieces are not put in order yet."""
SPACE = "▁"
"""How SentencePiece writes a space."""

LETTER = r"[^\W\d_]"
# Between a letter and a blank before another one, and after the only line break between two lines, every pattern cuts,
# and sees on either side what it would see alone.
_CUT = re.compile(rf"(?<={LETTER})(?= {LETTER})|(?<=\S\n)(?={LETTER})")
_CUT_SPACES = re.compile(rf"(?<={LETTER})(?={SPACE}{LETTER})")


@dataclass(frozen=True)
class Writing:
    """How a text is written before it is cut.

    Attributes:
        spaces: whether spaces are written as SentencePiece does.
        prefix: whether a space is put before the text, and after each special token.
        composed: whether the text is brought to Unicode's form NFC first.
    """

    spaces: bool = False
    prefix: bool = False
    composed: bool = False


class BytePairs(Tokenizer):
    """Byte-pair encoding.

    Attributes:
        ranks: the rank of each piece that merging can give, as the core has them; the lowest merge first.
        ids: the ids that ranks stand for, if they are not the ranks themselves.
        pattern: what cuts a text into the stretches within which bytes merge.
        writing: how a text is written before.
    """

    kind = "byte pairs"

    def __init__(
        self, vocabulary: Vocabulary, ranks: Mapping[bytes, int], pattern: str,
        ids: "Expansion | None" = None, writing: Writing = Writing(),
    ) -> None:
        """Set up the core.

        Args:
            vocabulary: the tokens.
            ranks: of pieces as bytes; 256 single bytes among them.
            pattern: as `ranks`, about the text as `writing` writes it.
            ids: the ids that each rank stands for, where they are not the ranks themselves; several where a piece only
                serves to find its parts, NONE where it has none.
            writing: how a text is written.
        """
        self.vocabulary, self.ranks, self.pattern, self.writing = vocabulary, ranks, pattern, writing
        self._core: Encoding | None = None  # made for the first text
        self._texts = 0
        single = [ranks[bytes([byte])] for byte in range(256)] if len(ranks) == 256 else []
        self._of_bytes: UInt32[np.ndarray, "bytes"] = np.array(single, np.uint32)
        self.ids = ids
        self._finders: dict[bool, re.Pattern[str] | None] = {}

    def tokens(self, text: str, special: bool = False) -> list[Token]:
        """The tokens of `text` with their bytes and places in it (in its normalised form, where that differs)."""
        found: list[Token] = []
        chars = octets = 0
        for segment, added in self._segments(self.normalised(whole(text)), special):
            size = len(segment.encode())
            if added is None:
                found += self._placed(segment, self._merged(segment).tolist(), chars, octets)
            else:
                bare = added in self.vocabulary.special.values()
                found.append(Token(added, segment, self.vocabulary.pieces[added], chars, chars + len(segment), octets,
                                   octets + size, bare))
            chars, octets = chars + len(segment), octets + size
        return found

    def normalised(self, text: str) -> str:
        """`text` composed, and with plain spaces, if the tokenizer cannot tell the difference."""
        if self.writing.composed:
            text = unicodedata.normalize("NFC", text)
        return text.replace(SPACE, " ") if self.writing.spaces else text

    def decode_bytes(self, ids: SomeIds, special: bool = True) -> bytes:
        """The bytes that `ids` stand for, without the space that was put before the text."""
        found = super().decode_bytes(ids, special)
        return found.removeprefix(b" ") if self.writing.prefix else found

    def stretches(self, text: str) -> list[str]:
        """`text` as the pattern cuts it, written as the core sees it: no merge goes beyond one of them."""
        return [piece for segment, added in self._segments(self.normalised(whole(text)), False) if added is None
                for piece in regex.findall(self.pattern, self._written(segment))]

    def _ids(self, text: str, special: bool) -> Ids:
        parts = [self._merged(segment) if added is None else np.array([added], np.uint32)
                 for segment, added in self._segments(self.normalised(text), special)]
        return np.concatenate(parts) if parts else np.empty(0, np.uint32)

    def _segments(self, text: str, special: bool) -> Iterator[tuple[str, int | None]]:
        """`text` cut at added tokens: stretches of it, each with the id of the token that it is, or None."""
        finder = self._finder(special)
        done = 0
        for match in finder.finditer(text) if finder else ():
            if match.start() > done:
                yield text[done : match.start()], None
            yield match[0], self._added[match[0].strip() or match[0]]
            done = match.end()
        if done < len(text):
            yield text[done:], None

    def _finder(self, special: bool) -> re.Pattern[str] | None:
        """What finds added tokens, the longest of those that begin at one place."""
        if special not in self._finders:
            wanted = [one for one in self.vocabulary.added if special or not one.special]
            self._added = {one.text.strip() or one.text: one.id for one in self.vocabulary.added}
            wanted.sort(key=lambda one: -len(one.text))
            either = "|".join(r"\s*" * one.left + re.escape(one.text) + r"\s*" * one.right for one in wanted)
            self._finders[special] = re.compile(either) if wanted else None
        return self._finders[special]

    def _written(self, segment: str) -> str:
        if not self.writing.spaces:
            return segment
        return (SPACE if self.writing.prefix else "") + segment.replace(" ", SPACE)

    def _merged(self, segment: str) -> Ids:
        """The ids of a stretch without added tokens."""
        text = self._written(segment)
        cuts = _cuts(text, _CUT_SPACES if self.writing.spaces else _CUT)
        if len(cuts) == 2:
            ranks = self._ranks(text)
        else:
            from concurrent.futures import ThreadPoolExecutor  # with what it imports as much as a short text takes

            self._core_for(text)  # so that not every thread makes it
            with ThreadPoolExecutor(min(len(cuts) - 1, os.cpu_count() or 1)) as pool:
                ranks = np.concatenate(list(pool.map(self._ranks, (text[a:b] for a, b in pairwise(cuts)))))
        if self.ids is None:
            return ranks
        ids = self.ids(ranks)
        if self.ids.lacking and (ids == NONE).any():
            piece = list(self.ranks)[ranks[ids == NONE][0]]
            raise InputError("this tokenizer has no token for the byte {byte}, which the text holds",
                             byte=f"0x{piece.hex().upper()}")
        return ids

    def _ranks(self, text: str) -> Ids:
        if len(self._of_bytes):  # nothing merges
            return self._of_bytes[np.frombuffer(text.encode(), np.uint8)]
        found = self._core_for(text).encode_ordinary(text)
        return np.fromiter(found, np.uint32, len(found))

    def _core_for(self, text: str) -> "Encoding":
        """What merges: of few short texts only what occurs in each, as it asks for nothing else; then of all pieces."""
        if self._core is None and isinstance(self.ranks, ByPiece) and self._texts < FEW and len(text) <= SHORT:
            self._texts += 1
            return self._core_of(self.ranks.within(text.encode()))
        self._core = self._core or self._core_of(dict(self.ranks))
        return self._core

    def _core_of(self, ranks: dict[bytes, int]) -> "Encoding":
        from tiktoken import Encoding  # 0.05 s to import, which whoever asks for word vectors need not spend

        return Encoding(self.vocabulary.format, pat_str=self.pattern, mergeable_ranks=ranks, special_tokens={})

    def _placed(self, segment: str, ids: list[int], chars: int, octets: int) -> list[Token]:
        """The tokens of a stretch that begins at a character and a byte of the text."""
        pieces = [self.vocabulary.pieces[one] for one in ids]
        before = np.cumsum([0, *((byte & 0xC0) != 0x80 for byte in segment.encode())])  # characters begun before a byte
        ends = np.cumsum([0, *map(len, pieces)])
        if self.writing.prefix:  # the space that is not in the text
            ends = np.maximum(ends - 1, 0)
        found = []
        for one, piece, (first, last) in zip(ids, pieces, pairwise(ends.tolist()), strict=True):
            begin, end = int(before[first]), int(before[last])
            start = int(before[first + 1]) - 1 if first < last else begin
            found.append(Token(one, segment[begin:end], piece, chars + start, chars + end, octets + first, octets +
            last))
        return found


class Expansion:
    """Ranks to ids, one or several each.

    Attributes:
        counts: how many ids each rank stands for.
        flat: all of them in a row.
    """

    def __init__(self, counts: Int64[np.ndarray, "n"], flat: UInt32[np.ndarray, "m"]) -> None:
        self.counts, self.flat = counts, flat
        self.starts: Int64[np.ndarray, "n"] = np.cumsum(counts) - counts
        self.single = bool((counts == 1).all())
        self.lacking = bool((flat == NONE).any())

    @classmethod
    def of(cls, ids: Sequence[Sequence[int]], more: Ids | None = None) -> "Expansion":
        """The ids of each rank; after those that are listed, of `more` ranks one each."""
        counts = np.array([len(some) for some in ids], np.int64)
        flat = np.array([one for some in ids for one in some], np.uint32)
        if more is None:
            return cls(counts, flat)
        return cls(np.concatenate([counts, np.ones(len(more), np.int64)]), np.concatenate([flat, more]))

    def __call__(self, ranks: Ids) -> UInt32[np.ndarray, "m"]:
        """The ids that these ranks stand for, one after the other."""
        if self.single:
            return self.flat.take(ranks)
        counts = self.counts[ranks]
        ends = np.cumsum(counts)
        within = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
        found: Ids = self.flat.take(np.repeat(self.starts[ranks], counts) + within)
        return found


def _cuts(text: str, where: re.Pattern[str]) -> list[int]:
    """Where to cut `text`: its beginning and its end at least, places for the threads there are, endless blanks."""
    cuts = {0, len(text)}
    threads = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
                  1 + len(text) // STRETCH)
    for part in range(1, threads):
        target = part * len(text) // threads
        if match := where.search(text, target, target + STRETCH):
            cuts.add(match.start())
    cuts |= {end for end in range(BLANKS, len(text), BLANKS) if text[end - BLANKS : end].isspace()}
    return sorted(cuts)
