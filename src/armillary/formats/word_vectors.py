"""Word vectors as text: word2vec's and fastText's (.vec), which begin with a line `rows dim`; GloVe's, which do not.

    2 3
    king 0.5 0.1 -0.2
    queen 0.4 0.3 -0.1

Sources: word2vec's distance.c and GloVe's glove.c write them so; fastText adds a space to each line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats.gather import Gathered
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.text_blocks import TextBlocks
from armillary.formats.text_rows import Lines, bare, numbers_at_end, parse_line, parsed
from armillary.formats.unpack import is_plain
from armillary.language import Note
from armillary.shapes import Float32

WORD2VEC, GLOVE = "word2vec text", "GloVe text"
_BOM = b"\xef\xbb\xbf"
_HEADER = re.compile(rb"([0-9]{1,20}) ([0-9]{1,20})")
_SAMPLE = 200  # lines from which the number of dimensions is inferred


@dataclass(frozen=True)
class Layout:
    """How a text file is laid out.

    Attributes:
        dim: numbers a line.
        promised: the rows that its first line promises, or None where there is no such line.
        start: the byte at which its rows begin.
    """

    dim: int
    promised: int | None
    start: int


def layout(text: bytes) -> Layout | None:
    """How a file that begins with `text` (whole lines) is laid out; None where it is no text file of word vectors.

    A first line of two whole numbers is a header, unless all lines have two fields and it promises more: then it is a
    row of vectors of one number. Without a header the dimension is the count of numbers that most lines end in.
    """
    start = len(_BOM) if text.startswith(_BOM) else 0
    lines = text[start:].split(b"\n", _SAMPLE)[:_SAMPLE]
    header = _HEADER.fullmatch(bare(lines[0]))
    rows = [line for line in lines[1 if header else 0 :] if bare(line)]
    counts = Counter(map(numbers_at_end, rows))
    usual = counts.most_common(1)[0][0] if rows else 0
    if header and not (usual == 1 != int(header[2]) and all(bare(line).count(b" ") == 1 for line in rows)):
        known = Layout(int(header[2]), int(header[1]), start + len(lines[0]) + 1)
        return known if usual or _is_text(b"\n".join(rows)) else None
    return Layout(usual, None, start) if usual else None


def read_word_vectors(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The points of a text file of word vectors, with or without a header, compressed or not.

    Args:
        path: the file.
        accept: what may pass that is refused by default.
        limit: read so many rows at most.

    Raises:
        UnknownFormat: its lines do not end in numbers.
        DamagedFile: a line with another number of numbers, more or fewer rows than promised, no rows; see `checks`.
    """
    text = TextBlocks(path, accept)
    blocks = iter(text)
    first = next(blocks, b"")
    found = layout(first)
    if found is None:
        raise UnknownFormat(path, "is no text file of word vectors: its lines do not end in numbers")
    gathered = Gathered(path, found.dim, _likely_rows(path, first, found.dim))
    rows = chain([first[found.start :]] if len(first) > found.start else [], blocks)
    _gather(gathered, found, _short_lines(text, rows, found.dim), limit)
    notes = []
    if limit is None or len(gathered.words) < limit:
        notes += promise_kept(path, found.promised, len(gathered.words), accept)
        if text.unfinished:
            notes.append(Note("the last line has no newline; if the file was cut there, its last number is wrong"))
    return gathered.points(GLOVE if found.promised is None else WORD2VEC, accept, tuple(notes))


def promise_kept(path: Path, promised: int | None, rows: int, accept: Accept) -> list[Note]:
    """Hold the rows of a file against those that its header promises; a note where `accept` lets fewer pass.

    Raises:
        DamagedFile: more rows than promised, or fewer and `accept.short` is false.
    """
    if promised is None or rows == promised:
        return []
    if rows > promised:
        raise DamagedFile(path, "holds {rows} rows, its header promises {promised}; correct the one or the other",
                          rows=rows, promised=promised)
    if not accept.short:
        raise DamagedFile(
            path,
            "holds {rows} rows, its header promises {promised}. Fetch it again, or read what is there with convert "
            "--short (in Python Accept(short=True)).",
            rows=rows,
            promised=promised,
        )
    return [Note("{rows} rows are there, the header promises {promised}", {"rows": rows, "promised": promised})]


def _likely_rows(path: Path, first: bytes, dim: int) -> int:
    """About how many rows follow in a file that begins with the block `first`; 0 where its size does not tell."""
    size = path.stat().st_size if is_plain(path) else 0
    return min(first.count(b"\n") * size // len(first) * 17 // 16, size // (2 * dim + 1))


def _is_text(content: bytes) -> bool:
    """Whether it is UTF-8 without control characters, which the numbers of a binary file are not."""
    try:
        return min(content.decode(), default=" ") >= "\t"
    except UnicodeDecodeError:
        return False


def _short_lines(text: TextBlocks, blocks: Iterator[bytes], dim: int) -> Iterator[bytes]:
    """`blocks`, none with a line that is too long."""
    for block in blocks:
        text.check(block, dim)
        yield block


def _gather(gathered: Gathered, found: Layout, blocks: Iterator[bytes], limit: int | None) -> None:
    """Parse `blocks` into `gathered` until they end or `limit` rows are there."""
    line = 1 if found.promised is None else 2
    for lines in parsed(blocks, found.dim):
        words, vectors, finite = _settled(gathered.path, line, lines)
        left = len(words) if limit is None else limit - len(gathered.words)
        gathered.room(len(words[:left]))[:] = vectors[:left]
        gathered.add(words[:left], [finite])
        line += len(lines.words)
        if len(gathered.words) == limit:
            return


def _settled(
    path: Path, first: int, lines: Lines
) -> tuple[list[bytes], Float32[np.ndarray, "rows d"], bool]:
    """The words and vectors of `lines`, the first of which is line `first`, after another look at the odd ones.

    Blank lines are no rows. The last of what is given says whether all numbers are finite.
    """
    words, vectors = lines.words, lines.vectors
    blank = []
    for row, line in lines.odd.items():
        found = parse_line(path, first + row, line, vectors.shape[1])
        if found is None:
            blank.append(row)
            vectors[row] = 0
        else:
            words[row], vectors[row] = found
    finite = bool(np.isfinite(vectors[list(lines.odd)]).all())
    if blank:
        words = [word for row, word in enumerate(words) if row not in set(blank)]
        vectors = np.delete(vectors, blank, axis=0)
    return words, vectors, finite
