"""Texts and their classes: read, cut into words, divided into what is learned from and what is measured on."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.errors import InputError
from armillary.formats.table import Cells, read_table
from armillary.language import Note
from armillary.learning.classifier.asked import Asked
from armillary.learning.supervised.figures import apart, numbered, some
from armillary.shapes import Int64
from armillary.text.words import split_words

TEXTS = ("text", "sentence", "review", "content", "comment", "body", "message", "文本", "内容", "评论")
LABELS = ("label", "class", "category", "target", "sentiment", "标签", "类别")
"""Usual names of the two columns."""

Words = list[str]


@dataclass(frozen=True, eq=False)
class Material:
    """What is learned from.

    Attributes:
        text, label: the columns.
        classes: their names, in order.
        texts, labels: the words of each text that is learned from, and the number of its class.
        held_texts, held_labels: of those that are measured on.
        sha256: of all that was read.
        notes: what was odd.
    """

    text: str
    label: str
    classes: Sequence[str]
    texts: Sequence[Words]
    labels: Int64[np.ndarray, "n"]
    held_texts: Sequence[Words]
    held_labels: Int64[np.ndarray, "h"]
    sha256: str
    notes: Sequence[Note]

    @property
    def commonest(self) -> int:
        """The commonest class of what is learned from."""
        return int(np.bincount(self.labels).argmax())


def words_of(text: str) -> Words:
    """The words of a text, in lower case; Chinese by rjieba's dictionary."""
    return list(split_words(text.lower()))


def material(source: Path, asked: Asked) -> Material:
    """Read, cut, divide (errors as `read_table`, and InputError where there is too little or no such column)."""
    cells = read_table(source)
    text, label = columns(cells, asked)
    texts, labels, notes = _filled(cells, text, label)
    classes, numbers = numbered(labels)
    if asked.test is None:
        held = apart(len(texts), asked.held_out, asked.seed, numbers)
        held_texts, held_labels = _those(texts, np.flatnonzero(held)), numbers[held]
        learned = np.flatnonzero(~held)
    else:
        held_texts, held_labels, more = _tested(Path(asked.test), text, label, classes)
        learned, notes = np.arange(len(texts)), [*notes, *more]
    if asked.rows is not None:
        learned = learned[some(numbers[learned], asked.rows, asked.seed)]
    texts, numbers = _those(texts, learned), numbers[learned]
    digest = hashlib.sha256("\0".join((*texts, *held_texts)).encode() + numbers.tobytes() + held_labels.tobytes())
    return Material(text, label, classes, [words_of(one) for one in texts], numbers,
                    [words_of(one) for one in held_texts], held_labels, digest.hexdigest(), [*cells.notes, *notes])


def columns(cells: Cells, asked: Asked) -> tuple[str, str]:
    """The columns of texts and of classes: as asked, by a usual name, or the other one of two.

    Raises:
        InputError: there is none of that name, or none can be told.
    """
    names = list(cells.columns)
    usual = {name.lower(): name for name in reversed(names)}
    label = asked.label or next((usual[name] for name in LABELS if name in usual), None)
    text = asked.text or next((usual[name] for name in TEXTS if name in usual and usual[name] != label), None)
    if len(names) == 2 and (text is None) != (label is None):
        other = next(name for name in names if name not in (text, label))
        text, label = text or other, label or other
    if text is None or label is None:
        raise InputError("{path} has the columns {names}: say which holds the text (--text) and which the class "
                         "(--label)", path=str(cells.path), names=", ".join(names))
    cells.column(text), cells.column(label)
    return text, label


def vocabulary(texts: Sequence[Words], least: int = 2) -> Counter[str]:
    """The words in `least` places at least, the commonest first, with how often they come."""
    counts = Counter(word for words in texts for word in words)
    return Counter(dict(sorted(((w, n) for w, n in counts.items() if n >= least), key=lambda one: (-one[1], one[0]))))


def _filled(cells: Cells, text: str, label: str) -> tuple[list[str], list[str], list[Note]]:
    """Texts and labels of the rows that have both."""
    both = [(one, kind) for one, kind in zip(cells.column(text), cells.column(label), strict=True) if one and kind]
    left = len(cells) - len(both)
    notes = [Note("{count} rows have no text or no label and were left out", {"count": left})] if left else []
    return [one for one, _ in both], [kind for _, kind in both], notes


def _tested(
    path: Path, text: str, label: str, classes: Sequence[str]
) -> tuple[list[str], Int64[np.ndarray, "h"], list[Note]]:
    cells = read_table(path)
    texts, labels, notes = _filled(cells, text, label)
    strange = sorted({one for one in labels if one not in set(classes)})
    if strange or not texts:
        raise InputError("{path} has classes that were not learned: {names}", path=str(path), names=", ".join(strange))
    number = {name: place for place, name in enumerate(classes)}
    return texts, np.array([number[one] for one in labels], np.int64), [*cells.notes, *notes]


def _those(texts: Sequence[str], rows: Int64[np.ndarray, "r"]) -> list[str]:
    return [texts[row] for row in rows.tolist()]
