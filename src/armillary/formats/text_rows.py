"""Lines of text vectors: `word SPACE number SPACE number...`, many at once and one alone.

A number is written in ASCII digits and means the float64 nearest to it, rounded to float32: gensim's values, bit for
bit. A word may hold anything but a newline, spaces too, so that a line is split from its right end.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile
from armillary.formats import limits
from armillary.formats.decimals import PAD, Decimals
from armillary.shapes import Float32, Int64

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_IN_FINITE_NUMBERS = b"0123456789+-.eE"
_SPACE, _NEWLINE = b" \n"


@dataclass(frozen=True, eq=False)
class Lines:
    """What was parsed of n lines.

    Attributes:
        words: n words.
        vectors: (n, d) their vectors, in memory that the parser uses again.
        odd: by row the lines out of the ordinary, of which these do not hold; `parse_line` must look at them again.
    """

    words: list[bytes]
    vectors: Float32[np.ndarray, "n d"]
    odd: dict[int, bytes]


def parsed(blocks: Iterable[bytes], dim: int) -> Iterator[Lines]:
    """The lines of each block, in order, parsed by two threads; each is overwritten when the next is asked for.

    Args:
        blocks: whole lines; the last of each block ends in a newline too.
        dim: the numbers in a line.
    """
    parsers = cycle([LineParser(dim), LineParser(dim)])
    waiting: deque[Future[Lines]] = deque()
    with ThreadPoolExecutor(2) as pool:
        for block in blocks:
            if len(waiting) == 2:
                yield waiting.popleft().result()
            waiting.append(pool.submit(next(parsers).parse, block))
        for last in waiting:
            yield last.result()


class LineParser:
    """Parses blocks of lines of `dim` numbers each, in memory that is taken once."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._decimals = Decimals()
        self._text = np.empty(0, np.uint8)
        self._flags = np.empty((2, 0), np.bool_)
        self._vectors = np.empty((0, dim), np.float32)

    def parse(self, block: bytes) -> Lines:
        """The lines of `block`, of which the last ends in a newline too."""
        block = _trimmed(block)
        ends = self._ends(block)
        breaks = np.flatnonzero(self._text[ends] == _NEWLINE)  # the first is the one before the block
        starts = ends[breaks[:-1]] + 1
        fields = np.diff(breaks)
        regular = fields == self._dim + 1
        whole = bool(regular.all())
        values, certain = self._decimals.read(
            self._text, ends if whole else ends[np.concatenate([[True], np.repeat(regular, fields)])]
        )
        if len(regular) > len(self._vectors):
            self._vectors = np.empty((len(regular) * 9 // 8, self._dim), np.float32)
        vectors = self._vectors[: len(regular)]
        vectors[... if whole else regular] = values.reshape(-1, self._dim + 1)[:, 1:]
        certain[:: self._dim + 1] = True  # words are none of its business
        if not certain.all():
            regular[regular] = certain.reshape(-1, self._dim + 1).all(1)
        odd = {
            row: block[start : block.index(b"\n", start)]
            for row, start in zip(np.flatnonzero(~regular).tolist(), (starts[~regular] - PAD).tolist(), strict=True)
        }
        return Lines(self._words(starts, ends[breaks[:-1] + 1]), vectors, odd)

    def _ends(self, block: bytes) -> Int64[np.ndarray, "ends"]:
        """The places of spaces and newlines in the block, which is put behind PAD bytes, the last of them a newline."""
        size = PAD + len(block)
        if size > len(self._text):
            self._text = np.zeros((size * 9 // 8 + 8) // 8 * 8, np.uint8)
            self._text[PAD - 1] = _NEWLINE
            self._flags = np.empty((2, len(self._text)), np.bool_)
        text, (spaces, newlines) = self._text[:size], self._flags[:, :size]
        text[PAD:] = np.frombuffer(block, np.uint8)
        np.equal(text, _SPACE, out=spaces)
        np.equal(text, _NEWLINE, out=newlines)
        spaces |= newlines
        return np.flatnonzero(spaces)

    def _words(self, starts: Int64[np.ndarray, "n"], ends: Int64[np.ndarray, "n"]) -> list[bytes]:
        """The words that begin and end there."""
        after = np.cumsum(ends - starts + 1)  # where each ends among all, with a newline after it
        places = np.repeat(ends + 1 - after, ends - starts + 1)
        places += np.arange(len(places))
        letters = self._text[places]
        letters[after - 1] = _NEWLINE
        words: list[bytes] = letters.tobytes().split(b"\n")
        return words[:-1]


def parse_line(path: Path, number: int, line: bytes, dim: int) -> tuple[bytes, Float32[np.ndarray, "d"]] | None:
    """The word and the vector of one line, or None where it is blank; a vector may hold NaN and infinity.

    Raises:
        DamagedFile: it has more or fewer than `dim` numbers, or something that is no number; names the line.
    """
    line = bare(line)
    if not line:
        return None
    word, *fields = line.rsplit(b" ", dim)
    if (values := _usual(fields)) is None:
        for field in fields:
            if not is_number(field):
                raise DamagedFile(path, "line {line}: '{field}' stands where a number is expected",
                                  line=number, field=field[:40].decode("utf-8", "backslashreplace"))
        values = list(map(float, fields))
    more = sum(map(is_number, word.split(b" ")[1:]))
    if len(fields) < dim or more:
        raise DamagedFile(path, "line {line} has {found} numbers after the word, {wanted} are expected",
                          line=number, found=len(fields) + more, wanted=dim)
    with np.errstate(over="ignore"):
        return word, np.array(values).astype(np.float32)


def is_number(field: bytes) -> bool:
    """Whether `field` is a number as it may stand in a file: ASCII digits, or NaN or infinity by name."""
    return len(field) <= limits.DIGITS and _NUMBER.fullmatch(field) is not None


def numbers_at_end(line: bytes) -> int:
    """How many numbers stand at the end of a line; its first field is a word even if it looks like one."""
    fields = bare(line).split(b" ")[1:]
    return next((i for i, field in enumerate(reversed(fields)) if not is_number(field)), len(fields))


def bare(line: bytes) -> bytes:
    """`line` without what may follow its last number: spaces (fastText writes one) and a carriage return."""
    return line.rstrip(b" \r")


def _trimmed(block: bytes) -> bytes:
    """`block` without a space and a carriage return at the ends of its lines, if its first line has such an end."""
    first = block[: block.index(b"\n")]
    return block if first == bare(first) else block.replace(b"\r\n", b"\n").replace(b" \n", b"\n")


def _usual(fields: list[bytes]) -> list[float] | None:
    """The values of finite numbers in ASCII digits; None where a field is not surely one (float() takes 1_000 too)."""
    if not fields or b"".join(fields).translate(None, _IN_FINITE_NUMBERS) or max(map(len, fields)) > limits.DIGITS:
        return None
    try:
        return list(map(float, fields))
    except ValueError:
        return None
