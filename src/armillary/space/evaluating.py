"""A space against test files: analogy questions, pairs that people judged, words in categories."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.errors import UnknownFormat
from armillary.geometry.categories import categorise
from armillary.geometry.evaluation import RESTRICT_VOCAB, agreement, answer_analogies
from armillary.geometry.evaluation_files import read_analogies, read_categories, read_similarity
from armillary.geometry.rows import Told, nobody
from armillary.shapes import Int64
from armillary.space.rows import Rows
from armillary.text.words import is_chinese


@dataclass(frozen=True)
class Section:
    """One section of an analogy file: how many questions were answered correctly, asked, and skipped."""

    name: str
    correct: int
    asked: int
    skipped: int


@dataclass(frozen=True)
class AnalogyScore:
    """Analogy questions: `correct` of `asked`; `skipped` hold a word that is unknown or beyond the first rows."""

    file: str
    correct: int
    asked: int
    skipped: int
    by_section: tuple[Section, ...]


@dataclass(frozen=True)
class SimilarityScore:
    """Judged pairs: Spearman's correlation of cosines with people, with its 95 % bootstrap interval."""

    file: str
    spearman: float
    low: float
    high: float
    pearson: float
    pairs: int
    skipped: int


@dataclass(frozen=True)
class CategoryScore:
    """Words in categories: the purity of k-means clusters, as many as there are categories."""

    file: str
    purity: float
    categories: int
    words: int
    skipped: int


Score = AnalogyScore | SimilarityScore | CategoryScore


@dataclass(frozen=True)
class Rules:
    """How words are looked up and what is searched; the defaults are gensim 4's.

    Attributes:
        restrict_vocab: only the first so many rows are asked about and searched.
        case_insensitive: spellings that differ in case count as one, the first row of them stands for all.
        seed: of the bootstrap and of k-means.
    """

    restrict_vocab: int = RESTRICT_VOCAB
    case_insensitive: bool = True
    seed: int = 0


GENSIM = Rules()


def evaluate(
    space: Rows, files: Sequence[str | Path], rules: Rules = GENSIM, told: Told = nobody
) -> tuple[Score, ...]:
    """Ask `space` what each file asks; what kind of test a file is, its first lines tell.

    `told` is called now and then with the analogy questions answered, and with how many there are in that file.

    Raises:
        UnknownFormat: a file is none of the three.
        DamagedFile: a line is not as it should be.
    """
    words = _Words(space, rules, told)
    return tuple(_kind(Path(file))(words, Path(file)) for file in files)


def _kind(path: Path) -> "Callable[[_Words, Path], Score]":
    head = path.read_text(encoding="utf-8", errors="replace")[:4096].lstrip("\ufeff") if path.is_file() else ":"
    first = next((line for line in head.splitlines() if line.strip() and not line.startswith("#")), "")
    if first.startswith(":"):
        return _analogies
    if "category" in first.split(",") and "word" in first.split(","):
        return _categories
    if len(first.split("\t")) == 3:
        return _similarity
    raise UnknownFormat(path, "is no test: it has neither ': section' lines, nor two words and a score parted by tabs, "
                              "nor a CSV header with category and word")


class _Words:
    """The rows of words as the rules want them looked up."""

    def __init__(self, space: Rows, rules: Rules, told: Told) -> None:
        self.space = space
        self.told = told
        self.rules = rules
        self._folded: dict[str, int] = {}
        self.folds: Int64[np.ndarray, "n"] | None = None
        if rules.case_insensitive:
            labels = space.labels[: rules.restrict_vocab]
            self.folds = np.array([self._folded.setdefault(label.upper(), row) for row, label in enumerate(labels)])

    def rows(self, words: Sequence[str]) -> list[int]:
        """The row of each word, -1 where it is unknown or beyond the first rows."""
        if self.rules.case_insensitive:
            return [self._folded.get(self._named(word.upper()), -1) for word in words]
        found = (self.space.labels.find(self.space.named(word)) for word in words)
        return [-1 if row is None or row >= self.rules.restrict_vocab else row for row in found]

    def _named(self, word: str) -> str:
        """`space.named` where case does not count: capitals in, a folded label out."""
        spaced = f" {word}"
        return spaced if self.space.tokens and spaced in self._folded and not is_chinese(word[0]) else word


def _analogies(words: _Words, path: Path) -> AnalogyScore:
    file = read_analogies(path)
    questions = np.array([words.rows(question) for question in file.questions], np.int64)
    space, rules = words.space, words.rules
    found = answer_analogies(
        space.vectors, questions, norms=space.norms, folds=words.folds, restrict_vocab=rules.restrict_vocab,
        told=words.told,
    )
    table = found.by_section(np.array(file.section_of, np.int64), len(file.sections))
    sections = tuple(Section(name, *row) for name, row in zip(file.sections, table.tolist(), strict=True))
    correct, asked, skipped = table.sum(axis=0).tolist()
    return AnalogyScore(path.name, correct, asked, skipped, sections)


def _similarity(words: _Words, path: Path) -> SimilarityScore:
    judged = read_similarity(path)
    pairs = np.array([words.rows((a, b)) for a, b, _ in judged], np.int64)
    scores = np.array([score for _, _, score in judged])
    rules = words.rules
    found = agreement(words.space.vectors, pairs, scores, restrict_vocab=rules.restrict_vocab, seed=rules.seed)
    return SimilarityScore(
        path.name, found.spearman, found.low, found.high, found.pearson, found.pairs, found.skipped
    )


def _categories(words: _Words, path: Path) -> CategoryScore:
    listed = read_categories(path)
    rows = words.rows([word for word, _ in listed])
    kept = [(row, category) for row, (_, category) in zip(rows, listed, strict=True) if row >= 0]
    names = sorted({category for _, category in kept})
    purity = categorise(
        words.space.vectors[[row for row, _ in kept]],
        np.array([names.index(category) for _, category in kept], np.int64), seed=words.rules.seed,
    )
    return CategoryScore(path.name, purity, len(names), len(kept), len(listed) - len(kept))
