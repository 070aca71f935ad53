"""Baskets and sequences of anything: orders, playlists, journeys. The trainers take them as they take text.

A basket stands for a sentence and an item for a word, so a table of interactions becomes a space of items: those that
come together with the same others lie near each other (Barkan, Koenigstein 2016, "Item2Vec"). Where the order inside a
basket means nothing, count or train with a window as wide as the basket (`Window.whole`).
"""

import codecs
import csv
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, InputError, UnknownFormat
from armillary.formats.unpack import pieces
from armillary.language import Note
from armillary.text.encoded import END, Encoded

SEPARATORS = ("\t", ",", ";")
_SNIFFED = 100  # lines
_RARE = -2  # an item that is left out


@dataclass(frozen=True)
class Baskets:
    """How a file holds baskets.

    Attributes:
        separator: between items or columns; None finds it: tab, comma or semicolon. Between commas and semicolons
            "quotes" hold an item together (RFC 4180), between tabs they are plain characters.
        columns: the names of two columns, which hold the group (an order, say) and the item; None where each line is a
            basket. Lines of one group need not stand together; their order is kept.
        sets: whether an item counts once in a basket, where it stands first.
        min_count: items in fewer places are left out.
    """

    separator: str | None = None
    columns: tuple[str, str] | None = None
    sets: bool = False
    min_count: int = 1


def read_baskets(path: str | Path, how: Baskets | None = None) -> Encoded:
    """Read the baskets of a file in UTF-8, perhaps compressed.

    Spaces around an item are not part of it; empty items are none. Baskets and items keep the order of the file.

    Raises:
        NotFound: nothing is there.
        UnknownFormat: no text.
        DamagedFile: an opening quote has no end.
        InputError: there is no item, no such column, or none of the separators in a file of two columns.
    """
    path, how = Path(path), how or Baskets()
    reading = _Reading(path, how)
    baskets: Iterable[Sequence[str]] = reading.groups() if how.columns else reading.rows()
    if how.sets:
        baskets = reading.once(baskets)
    return encode_baskets(baskets, how.min_count, reading.odd)


def encode_baskets(baskets: Iterable[Sequence[str]], min_count: int = 1, odd: Counter[str] | None = None) -> Encoded:
    """Number baskets that come as sequences of labels; `odd` counts what was odd about them, and is read at the end.

    Raises:
        InputError: there is no item in `min_count` places.
    """
    seen: dict[str, int] = {}
    places = array("i")
    for basket in baskets:
        places.extend(seen.setdefault(item, len(seen)) for item in basket)
        places.append(END)
    ids = np.array(places, np.int32)
    counts = np.bincount(ids[ids >= 0], minlength=len(seen)).astype(np.int64)
    often = (item for item, row in seen.items() if counts[row] >= min_count)
    order = sorted(often, key=lambda item: (-counts[seen[item]], item))
    if not order:
        raise InputError("there is no item that stands in {count} places or more in these baskets", count=min_count)
    kept = np.array([seen[item] for item in order])
    numbers = np.full(len(seen) + 1, _RARE, np.int32)
    numbers[kept], numbers[END] = np.arange(len(kept)), END
    odd = Counter(odd or {})
    odd["rare"] = len(seen) - len(kept)
    ids = numbers[ids]
    notes = tuple(Note(_SENTENCES[what], {"count": count}) for what, count in odd.items() if count)
    return Encoded(ids[ids != _RARE], order, counts[kept], notes)


_SENTENCES = {
    "undecodable": "{count} lines hold bytes that are not UTF-8; replacement characters stand for them",
    "short": "{count} lines have no group or no item and were left out",
    "rare": "{count} items stand in too few places and were left out",
    "repeated": "{count} items stood in their basket before and were counted once",
}


class _Reading:
    """One file, read once."""

    def __init__(self, path: Path, how: Baskets) -> None:
        self.path, self.how = path, how
        self.odd: Counter[str] = Counter()

    def rows(self) -> Iterator[list[str]]:
        """The items of each line that has some."""
        for row in self._split():
            if items := [item for item in map(str.strip, row) if item]:
                yield items

    def groups(self) -> Iterable[list[str]]:
        """The items of each group, groups in the order of their first lines."""
        rows = self._split()
        names = [name.strip() for name in next(rows, [])]
        missing = [name for name in self.how.columns or () if name not in names]
        if missing:
            raise InputError(
                "{path} has no column {name!r}; its first line names: {names}",
                path=str(self.path), name=missing[0], names=", ".join(names),
            )
        group, item = (names.index(name) for name in self.how.columns or ())
        groups: dict[str, list[str]] = {}
        for row in rows:
            if len(row) > max(group, item) and row[group].strip() and row[item].strip():
                groups.setdefault(row[group].strip(), []).append(row[item].strip())
            elif row:
                self.odd["short"] += 1
        return groups.values()

    def once(self, baskets: Iterable[Sequence[str]]) -> Iterator[list[str]]:
        """Baskets with each item where it stands first."""
        for basket in baskets:
            items = list(dict.fromkeys(basket))
            self.odd["repeated"] += len(basket) - len(items)
            yield items

    def _split(self) -> Iterator[list[str]]:
        lines = self._lines()
        first = list(islice(lines, _SNIFFED))
        separator = self.how.separator or sniffed(first)
        rows = csv.reader(
            chain(first, lines), delimiter=separator, quoting=csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL
        )
        try:
            yield from rows
        except csv.Error as error:
            raise DamagedFile(
                self.path, "its line {line} cannot be split: {reason}", line=rows.line_num, reason=str(error)
            ) from error

    def _lines(self) -> Iterator[str]:
        """The lines of the file, each with its end, counting those that are not UTF-8."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        rest, offset = "", 0
        for piece in pieces(self.path):
            if b"\0" in piece:
                raise UnknownFormat(
                    self.path, "is no text: its byte {offset} is zero", offset=offset + piece.index(b"\0")
                )
            offset += len(piece)
            *whole, rest = (rest + decoder.decode(piece)).split("\n")
            for line in whole:
                yield self._looked_at(line)
        if rest := rest + decoder.decode(b"", final=True):
            yield self._looked_at(rest)

    def _looked_at(self, line: str) -> str:
        if "\N{REPLACEMENT CHARACTER}" in line:
            self.odd["undecodable"] += 1
        return line.removesuffix("\r") + "\n"


def sniffed(lines: Sequence[str]) -> str:
    """The separator that stands in most of `lines`; of two alike the first of tab, comma, semicolon.

    >>> sniffed(["a;b,c", "d;e"])
    ';'
    """
    return max(SEPARATORS, key=lambda separator: sum(separator in line for line in lines))
