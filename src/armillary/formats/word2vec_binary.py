"""word2vec's binary format: a line `rows dim`, then for each row a word, a space, and `dim` float32, little-endian.

word2vec itself writes a newline after each row, other writers do not; newlines before a word are passed over. It cuts
long words at a byte, so that a word may end within a UTF-8 character. Source: word2vec's distance.c, which reads it so.
"""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, InputError, UnknownFormat
from armillary.formats import limits
from armillary.formats.bounded import Content, map_file
from armillary.formats.gather import Gathered, all_finite
from armillary.formats.pack import packed_aside
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.unpack import is_plain, pieces
from armillary.formats.word_vectors import promise_kept
from armillary.language import Note
from armillary.shapes import Float32, Int64

FORMAT = "word2vec binary"
HEADER = re.compile(rb"([0-9]{1,20}) ([0-9]{1,20}) ?\r?\n")
_WHITE = b" \r\n"
_COPIED = 1 << 21
"""Bytes of rows copied together: they stay in the processor's cache between the file and their place."""


def read_word2vec_binary(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The points of a file in word2vec's binary format, compressed or not.

    Args:
        path: the file.
        accept: what may pass that is refused by default.
        limit: read so many rows at most.

    Raises:
        UnknownFormat: it does not begin with two numbers.
        DamagedFile: more or fewer rows than promised, a row that is cut, a word without end, no rows; see `checks`.
    """
    content = _content(path, accept, limit)
    first = next(content, b"")
    header = HEADER.match(first)
    if header is None:
        raise UnknownFormat(path, "is no word2vec binary file: it does not begin with the numbers of rows and columns")
    promised, dim = int(header[1]), int(header[2])
    fitting = _fitting(path, promised, dim, accept)
    gathered = Gathered(path, dim, fitting if limit is None else min(limit, fitting))
    with ThreadPoolExecutor(2) as pool:  # copies vectors while words are indexed
        offset, rest = _gather(gathered, chain([first], content), header.end(), limit, pool)
        notes = []
        if limit is None or len(gathered.words) < limit:
            notes = _ending(path, (promised, len(gathered.words)), offset, rest, accept)
        return gathered.points(FORMAT, accept, tuple(notes))


def write_word2vec_binary(points: Points, path: Path, force: bool = False) -> None:
    """Write `points`, compressed if `path` ends in .gz .bz2 .xz .zst or .zip; counts and n-grams are not kept.

    Raises:
        InputError: a label with a space or a newline, or of more than 64 KB, which would not be read back.
        OutputExists: `path` is there and `force` is false.
        MissingExtra: a .zst, without the package `zstandard`.
    """
    words = [label.encode("utf-8", "replace") for label in points.labels]
    for word, label in zip(words, points.labels, strict=True):
        if b" " in word or b"\n" in word or len(word) > limits.WORD:
            raise InputError(
                "the label {label!r} cannot stand in a word2vec binary file, where a space ends it; "
                ".parquet, .safetensors and .space can hold it",
                label=label,
            )
    n, dim = points.vectors.shape
    with packed_aside(path, force) as file:
        file.write(f"{n} {dim}\n".encode())
        for word, row in zip(words, points.vectors, strict=True):
            file.write(b"%b %b\n" % (word, row.astype("<f4").tobytes()))


def scan_rows(block: Content, start: int, width: int) -> tuple[list[bytes], Int64[np.ndarray, "n"]]:
    """The words of the whole rows in `block` from `start` on, and where their vectors of `width` bytes end."""
    # The last alternative takes all that follows the last whole row, so that no row is looked for within it.
    found = re.compile(rb"(?s)(\n*+[^ ]{0,%d}+) .{%d}|.+" % (limits.WORD, width)).findall(block, start)
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    ends = start + np.cumsum(lengths + 1 + width)
    if found and not (ends[-1] == len(block) and block[int(ends[-1]) - width - 1] == ord(" ")):
        found, ends = found[:-1], ends[:-1]
    return [word.lstrip(b"\n") for word in found], ends


def _content(path: Path, accept: Accept, limit: int | None) -> Iterator[Content]:
    """All of the file at once, mapped; piece by piece where it is compressed, or only some rows are asked for."""
    return iter([map_file(path)]) if limit is None and is_plain(path) else pieces(path, accept)


def _fitting(path: Path, promised: int, dim: int, accept: Accept) -> int:
    """How many of the promised rows the size of the file leaves room for; the others are refused before any work."""
    size = path.stat().st_size
    fitting = size // (4 * dim + 1)
    if promised > fitting and is_plain(path) and not accept.short:
        raise DamagedFile(
            path,
            "truncated: its header promises {promised} rows of {dim} numbers, of which its {size} bytes hold {fitting} "
            "at most. Fetch it again, or read what is there with convert --short (in Python Accept(short=True)).",
            offset=size,
            promised=promised,
            dim=dim,
            size=size,
            fitting=fitting,
        )
    return min(promised, fitting)


def _gather(
    gathered: Gathered, content: Iterable[Content], start: int, limit: int | None, pool: ThreadPoolExecutor
) -> tuple[int, bytes]:
    """Take rows from `content` until it ends or `limit` rows are there; gives where it stopped and what follows.

    Args:
        gathered: takes them.
        content: the file from its beginning.
        start: where the rows begin.
        limit: so many at most.
        pool: copies the vectors.
    """
    offset, rest = 0, b""
    for piece in content:
        block = rest + piece[:] if rest else piece
        words, ends = scan_rows(block, start, gathered.width)
        left = len(words) if limit is None else limit - len(gathered.words)
        words, ends = words[:left], ends[:left]
        gathered.add(words, _copies(block, ends - gathered.width, gathered.room(len(words)), pool))
        end = int(ends[-1]) if words else start
        offset += end
        if len(gathered.words) == limit:
            return offset, b""
        if len(block) - end > limits.WORD + 1 + gathered.width:
            raise DamagedFile(gathered.path, "the word of row {row} has no end within {limit} bytes",
                              row=len(gathered.words), limit=limits.WORD)
        start, rest = 0, block[end:]
    return offset, rest


def _copies(
    block: Content, starts: Int64[np.ndarray, "n"], vectors: Float32[np.ndarray, "n d"], pool: ThreadPoolExecutor
) -> Iterator[bool]:
    """Begin to fill `vectors` with what lies at `starts`; gives, when it is copied, whether each part is finite."""
    width = 4 * vectors.shape[1]
    rows = np.ndarray(max(0, len(block) - width + 1), f"V{width}", block, strides=1)  # one at every byte
    step = max(1, _COPIED // width)

    def copy(first: int) -> bool:
        part = vectors[first : first + step]
        part[:] = rows[starts[first : first + step]].view("<f4").reshape(part.shape)
        return all_finite(part)

    return pool.map(copy, range(0, len(starts), step))


def _ending(path: Path, rows: tuple[int, int], offset: int, rest: bytes, accept: Accept) -> list[Note]:
    """Hold what was read, of rows (promised, there), against the header; `rest` follows the last whole row at `offset`.

    Raises:
        DamagedFile: rows are missing and `accept.short` is false, or something follows the last one.
    """
    promised, there = rows
    if there < promised and not accept.short:
        raise DamagedFile(
            path,
            "truncated: {there} of the {promised} rows that its header promises are whole, up to byte {offset}. "
            "Fetch it again, or read what is there with convert --short (in Python Accept(short=True)).",
            offset=offset,
            there=there,
            promised=promised,
        )
    if there == promised and rest.strip(_WHITE):
        raise DamagedFile(path, "has {count} bytes after the last of its {promised} rows, from byte {offset} on",
                          offset=offset, count=len(rest), promised=promised)
    return promise_kept(path, promised, there, accept)
