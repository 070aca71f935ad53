"""Lines of text vectors: `word SPACE number SPACE number...`, many at once and one alone.

A number is written in ASCII digits and means the float64 nearest to it, rounded to float32: gensim's values, bit for
bit. A word may hold anything but a newline, spaces too, so that a line is split from its right end.
"""

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import DamagedFile
from armillary.formats import limits
from armillary.formats.compiled import kernels
from armillary.shapes import Float32

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_IN_FINITE_NUMBERS = b"0123456789+-.eE"


@dataclass(frozen=True, eq=False)
class Lines:
    """What was parsed of n lines.

    Attributes:
        words: n words.
        vectors: (n, d) their vectors.
        odd: the lines of which these do not hold; `parse_line` must look at them again.
    """

    words: list[bytes]
    vectors: Float32[np.ndarray, "n d"]
    odd: list[int]


def parse_lines(block: bytes, dim: int) -> Lines:
    """Parse whole lines of `dim` numbers each, in plain Python; the last line ends in a newline too."""
    words: list[bytes] = []
    numbers: list[bytes] = []
    odd: list[int] = []
    for row, line in enumerate(block[:-1].split(b"\n")):
        word, *fields = bare(line).split(b" ")
        if len(fields) != dim or max(map(len, fields)) > limits.DIGITS:
            odd.append(row)
            fields = [b"0"] * dim
        words.append(word)
        numbers += fields
    values = _floats(numbers)
    if values is None:
        return Lines(words, np.zeros((len(words), dim), np.float32), list(range(len(words))))
    return Lines(words, values.reshape(-1, dim), odd)


def parse_line(path: Path, number: int, line: bytes, dim: int) -> tuple[bytes, Float32[np.ndarray, "d"]] | None:
    """The word and the vector of one line, or None where it is blank; a vector may hold NaN and infinity.

    Raises:
        DamagedFile: it has more or fewer than `dim` numbers, or something that is no number; names the line.
    """
    line = bare(line)
    if not line:
        return None
    word, *fields = line.rsplit(b" ", dim)
    for field in fields:
        if not is_number(field):
            raise DamagedFile(path, "line {line}: '{field}' stands where a number is expected",
                              line=number, field=field[:40].decode("utf-8", "backslashreplace"))
    more = sum(map(is_number, word.split(b" ")[1:]))
    if len(fields) < dim or more:
        raise DamagedFile(path, "line {line} has {found} numbers after the word, {wanted} are expected",
                          line=number, found=len(fields) + more, wanted=dim)
    with np.errstate(over="ignore"):
        return word, np.array([float(field) for field in fields]).astype(np.float32)


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


def parsed(blocks: Iterator[bytes], dim: int, size: int) -> Iterator[tuple[bytes, Lines]]:
    """Each block with its lines, in order; a large file (`size` bytes) is parsed by compiled code in two threads."""
    module = kernels(size)
    parse = parse_lines if module is None else partial(parse_compiled, module)
    workers = 1 if module is None else 2
    waiting: deque[tuple[bytes, Future[Lines]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for block in blocks:
            waiting.append((block, pool.submit(parse, block, dim)))
            if len(waiting) > workers:
                done, lines = waiting.popleft()
                yield done, lines.result()
        for done, lines in waiting:
            yield done, lines.result()


def parse_compiled(module: Any, block: bytes, dim: int) -> Lines:
    """What `parse_lines` does, by the kernels in `module`."""
    n = block.count(b"\n")
    vectors, odd = np.empty((n, dim), np.float32), np.empty(n, bool)
    starts, ends = np.empty(n, np.int64), np.empty(n, np.int64)
    module.parse_lines(np.frombuffer(block, np.uint8), vectors, starts, ends, odd)
    words = [block[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return Lines(words, vectors, np.flatnonzero(odd).tolist())


def _floats(fields: list[bytes]) -> Float32[np.ndarray, "numbers"] | None:
    """The values of many fields, or None where one of them is not a finite number in ASCII digits."""
    if b"".join(fields).translate(None, _IN_FINITE_NUMBERS):
        return None  # float() takes 1_000, NaN and tabs too
    try:
        values = np.fromiter(map(float, fields), np.float64, len(fields))
    except ValueError:
        return None
    with np.errstate(over="ignore"):
        return values.astype(np.float32)
