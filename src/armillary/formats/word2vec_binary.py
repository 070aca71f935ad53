"""word2vec's binary format: a line `rows dim`, then for each row a word, a space, and `dim` float32, little-endian.

word2vec itself writes a newline after each row, other writers do not; newlines before a word are passed over. It cuts
long words at a byte, so that a word may end within a UTF-8 character. Source: word2vec's distance.c, which reads it so.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import DamagedFile, InputError, UnknownFormat
from armillary.formats import limits
from armillary.formats.compiled import kernels
from armillary.formats.gather import Gathered
from armillary.formats.pack import packed_aside
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.unpack import is_plain, pieces
from armillary.formats.word_vectors import promise_kept
from armillary.language import Note
from armillary.shapes import Int64

FORMAT = "word2vec-binary"
HEADER = re.compile(rb"([0-9]{1,20}) ([0-9]{1,20}) ?\r?\n")
_WHITE = b" \r\n"

Ends = tuple[Int64[np.ndarray, "n"], Int64[np.ndarray, "n"]]
"""The offsets at which n words begin and end."""


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
    content = pieces(path, accept)
    first = next(content, b"")
    header = HEADER.match(first)
    if header is None:
        raise UnknownFormat(path, "is no word2vec binary file: it does not begin with the numbers of rows and columns")
    promised, dim = int(header[1]), int(header[2])
    fitting = _fitting(path, promised, dim, accept)
    gathered = Gathered(path, dim, fitting if limit is None else min(limit, fitting))
    module = kernels(path.stat().st_size)
    scan = scan_rows if module is None else partial(scan_compiled, module)
    offset, rest = _gather(gathered, scan, chain([first[header.end() :]], content), dim, limit)
    notes = []
    if limit is None or len(gathered.words) < limit:
        notes = _ending(path, (promised, len(gathered.words)), header.end() + offset, rest, accept)
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


def scan_rows(block: bytes, width: int) -> Ends:
    """Where the words of the whole rows in `block` begin and end; a row has `width` bytes after its word's space."""
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while True:
        while block[at : at + 1] == b"\n":
            at += 1
        end = block.find(b" ", at, at + limits.WORD + 1)
        if end < 0 or end + 1 + width > len(block):
            return np.array(starts, np.int64), np.array(ends, np.int64)
        starts.append(at)
        ends.append(end)
        at = end + 1 + width


def scan_compiled(module: Any, block: bytes, width: int) -> Ends:
    """What `scan_rows` does, by the kernels in `module`."""
    most = len(block) // (width + 1)
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    rows = module.scan_rows(np.frombuffer(block, np.uint8), width, limits.WORD, starts, ends)
    return starts[:rows], ends[:rows]


def _fitting(path: Path, promised: int, dim: int, accept: Accept) -> int:
    """How many of the promised rows the size of the file leaves room for; the others are refused before any work."""
    size = path.stat().st_size
    fitting = size // (4 * dim + 1)
    if promised > fitting and is_plain(path) and not accept.short:
        raise DamagedFile(
            path,
            "truncated: its header promises {promised} rows of {dim} numbers, of which its {size} bytes hold {fitting} "
            "at most. Fetch it again, or read what is there with --short (in Python Accept(short=True)).",
            offset=size,
            promised=promised,
            dim=dim,
            size=size,
            fitting=fitting,
        )
    return min(promised, fitting)


def _gather(
    gathered: Gathered, scan: Callable[[bytes, int], Ends], content: Iterator[bytes], dim: int, limit: int | None
) -> tuple[int, bytes]:
    """Take rows from `content` until it ends or `limit` rows are there; gives where it stopped and what follows."""
    width, offset, rest = 4 * dim, 0, b""
    for piece in content:
        block = rest + piece
        starts, ends = scan(block, width)
        if limit is not None:
            starts, ends = starts[: limit - len(gathered.words)], ends[: limit - len(gathered.words)]
        end = 0
        if len(ends):
            windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(block, np.uint8), width)
            gathered.room(len(ends))[:] = windows[ends + 1].view("<f4")
            gathered.add([block[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
            end = int(ends[-1]) + 1 + width
        offset, rest = offset + end, block[end:]
        if len(gathered.words) == limit:
            break
        if len(rest) > limits.WORD + 1 + width:
            raise DamagedFile(gathered.path, "the word of row {row} has no end within {limit} bytes",
                              row=len(gathered.words), limit=limits.WORD)
    return offset, rest


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
            "Fetch it again, or read what is there with --short (in Python Accept(short=True)).",
            offset=offset,
            there=there,
            promised=promised,
        )
    if there == promised and rest.strip(_WHITE):
        raise DamagedFile(path, "has {count} bytes after the last of its {promised} rows, from byte {offset} on",
                          offset=offset, count=len(rest), promised=promised)
    return promise_kept(path, promised, there, accept)
