"""The files that spaces are tested with, as text: analogy questions, judged pairs, categories."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from armillary.errors import DamagedFile, FileError, NotFound

Question = tuple[str, str, str, str]


@dataclass(frozen=True)
class AnalogyFile:
    """Analogy questions in word2vec's form.

    Attributes:
        sections: the names after `:`, in order.
        questions: a is to b as c is to d.
        section_of: for each question, which of `sections` it is in.
    """

    sections: tuple[str, ...]
    questions: tuple[Question, ...]
    section_of: tuple[int, ...]


def read_analogies(path: str | Path) -> AnalogyFile:
    """Read `: section` lines, each followed by lines of four words.

    Raises:
        NotFound: there is no such file.
        DamagedFile: a line is neither, a question comes before any section, there are none, or the text is not UTF-8.
    """
    sections: list[str] = []
    questions: list[Question] = []
    section_of: list[int] = []
    for number, line in _lines(path):
        words = line.split()
        if words[0].startswith(":"):
            sections.append(line.lstrip(": \t").rstrip())
            continue
        if not sections:
            raise DamagedFile(
                path, "line {line}: a question before the first section, which starts like ': capitals'", line=number
            )
        if len(words) != 4:
            raise DamagedFile(path, "line {line}: an analogy has 4 words, here are {got}", line=number, got=len(words))
        questions.append((words[0], words[1], words[2], words[3]))
        section_of.append(len(sections) - 1)
    if not questions:
        raise DamagedFile(path, "no analogy questions in this file")
    return AnalogyFile(tuple(sections), tuple(questions), tuple(section_of))


def read_similarity(path: str | Path) -> tuple[tuple[str, str, float], ...]:
    """Read lines of two words and a score, parted by tabs; lines that start with `#` are comments.

    Raises:
        NotFound: there is no such file.
        DamagedFile: a line is not that, there are none, or the text is not UTF-8.
    """
    pairs = []
    for number, line in _lines(path):
        if line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 3 or not all(parts):
            raise DamagedFile(path, "line {line}: expected two words and a score, parted by tabs", line=number)
        pairs.append((parts[0], parts[1], _score(path, number, parts[2])))
    if not pairs:
        raise DamagedFile(path, "no judged pairs in this file")
    return tuple(pairs)


def read_categories(path: str | Path) -> tuple[tuple[str, str], ...]:
    """Read a CSV with columns `category` and `word` (others are passed over) as (word, category), in order.

    Two of the published sets (AP and BLESS) have rows whose word is empty; they come through, to be counted as unknown.

    Raises:
        NotFound: there is no such file.
        DamagedFile: a column is missing, a row has too few or too many cells, there are none, or it is not UTF-8.
    """
    rows = csv.reader(_text(path), strict=True)
    found = []
    try:
        header = next(rows, [])
        if "category" not in header or "word" not in header:
            raise DamagedFile(path, "line 1: the header needs the columns 'category' and 'word'")
        category, word = header.index("category"), header.index("word")
        for row in filter(None, rows):
            if len(row) != len(header) or not row[category]:
                raise DamagedFile(
                    path,
                    "line {line}: expected {cells} cells, among them a category",
                    line=rows.line_num,
                    cells=len(header),
                )
            found.append((row[word], row[category]))
    except csv.Error as error:
        raise DamagedFile(path, "line {line}: not CSV ({reason})", line=rows.line_num, reason=str(error)) from error
    if not found:
        raise DamagedFile(path, "no words with categories in this file")
    return tuple(found)


def _lines(path: str | Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, numbered from 1."""
    return ((number, line) for number, line in enumerate(_text(path), start=1) if line.strip())


def _text(path: str | Path) -> list[str]:
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("{path}: no such file", path=str(path)) from error
    except OSError as error:
        raise FileError(path, "cannot be read: {reason}", reason=error.strerror or "") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DamagedFile(path, "line {line}: not UTF-8; convert the file first", error.start, line=line) from error
    return text.replace("\r\n", "\n").split("\n")


def _score(path: str | Path, number: int, text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = float("nan")
    if not isfinite(score):
        raise DamagedFile(path, "line {line}: {text!r} is not a score", line=number, text=text)
    return score
