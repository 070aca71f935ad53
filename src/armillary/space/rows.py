"""Rows with labels: from a label to its row and vector, from an expression to a point."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from armillary.errors import InputError, UnknownLabel
from armillary.formats.labels import LabelRows, Labels
from armillary.geometry.scores import row_norms
from armillary.language import Note
from armillary.shapes import Float32, Int64
from armillary.space.expression import Term, parse, quoted
from armillary.space.point import Point
from armillary.text.ngrams import Subwords
from armillary.text.words import is_chinese

if TYPE_CHECKING:
    from armillary.space.space import Space


class Rows:
    """n labelled points in d dimensions. Nothing in it changes once it is made.

    Attributes:
        labels: n distinct labels; `labels.find(label)` gives a row or None.
        vectors: (n, d) float32, read-only, memory-mapped where the space was opened from a store.
        counts: (n,) how often each label was seen, or None.
        subwords: n-gram vectors that give unseen words a point (fastText), or None.
        tokens: whether the labels are tokens of a language model, which words are looked up among (see `named`).
        origin: how to make it again: JSON facts such as the file and its SHA-256.
        notes: what was odd about the file it came from, each counted.
    """

    def __init__(
        self,
        labels: Sequence[str],
        vectors: Float32[np.ndarray, "n d"],
        *,
        counts: Int64[np.ndarray, "n"] | None = None,
        subwords: Subwords | None = None,
        tokens: bool = False,
        origin: Mapping[str, Any] | None = None,
        notes: Sequence[Note] = (),
    ) -> None:
        """Label the rows of `vectors`, which are kept as they are, not copied.

        Raises:
            InputError: no row or no column, labels or counts that are not one a row, equal labels, or a row that is
                not finite.
        """
        self.labels = labels if isinstance(labels, Labels) else Labels.of(labels)
        self.vectors = _fixed(vectors)
        self.counts = None if counts is None else _fixed(counts)
        self.subwords = subwords
        self.tokens = tokens
        self.origin: Mapping[str, Any] = dict(origin or {})
        self.notes = tuple(notes)
        self._check()

    def _check(self) -> None:
        n, d = self.vectors.shape
        if n == 0 or d == 0:
            raise InputError("a space needs at least one point of one number; this one is {n} x {d}", n=n, d=d)
        if len(self.labels) != n or (self.counts is not None and len(self.counts) != n):
            raise InputError("{n} points need {n} labels; there are {labels}", n=n, labels=len(self.labels))
        with np.errstate(over="ignore", invalid="ignore"):
            # One addition a number; only where that overflows is each number looked at.
            whole = bool(np.isfinite(self.vectors.sum(dtype=np.float32)))
        if not whole:
            bad = ~np.isfinite(self.vectors).all(axis=1)
            if bad.any():
                raise InputError("the point of {label!r} holds NaN or infinity", label=self.labels[int(bad.argmax())])

    @cached_property
    def norms(self) -> Float32[np.ndarray, "n"]:
        """(n,) the Euclidean length of each row; the rows themselves are never normalised."""
        return _fixed(row_norms(self.vectors))

    @property
    def dim(self) -> int:
        """d, the numbers in a point."""
        return int(self.vectors.shape[1])

    @property
    def index_to_key(self) -> Labels:
        """The labels by row (gensim's name)."""
        return self.labels

    @property
    def key_to_index(self) -> LabelRows:
        """The row of each label, as a mapping (gensim's name)."""
        return LabelRows(self.labels)

    def named(self, word: str) -> str:
        """The label that a word means when somebody asks about it: the word itself, unless labels are tokens.

        Tokens hold the space before a word. Among them `king` means the token " king", as in the middle of a text,
        where there is one; 国王, written without spaces, means the token 国王. What stands in double quotes is the
        token as it is: `"king"`.
        """
        if not self.tokens:
            return word
        if len(word) > 2 and word[0] == word[-1] == '"':
            return word[1:-1].replace('""', '"')
        spaced = f" {word}"
        either = (word, spaced) if is_chinese(word[:1]) or not word[:1].isalnum() else (spaced, word)
        return next((label for label in either if label in self.labels), word)

    def quoted(self, label: str) -> str:
        """What `named` takes for this very label: a token in double quotes; any other label as it is."""
        return quoted(label) if self.tokens else label

    def row(self, label: str) -> int:
        """The row of `label`; UnknownLabel with near spellings where it has none."""
        row = self.labels.find(label)
        if row is None:
            raise self._unknown(label)
        return row

    def rows(self, labels: Iterable[str]) -> Int64[np.ndarray, "k"]:
        """The rows of `labels`, in their order."""
        return np.fromiter((self.row(label) for label in labels), np.int64)

    def vector(self, label: str) -> Float32[np.ndarray, "d"]:
        """The vector of `label`: its row, or for an unseen word the mean of its n-grams where the space keeps them.

        Raises:
            UnknownLabel: no row, and no n-grams either.
        """
        row = self.labels.find(label)
        if row is not None:
            vector: np.ndarray = self.vectors[row]
            return vector
        if self.subwords is None:
            raise self._unknown(label)
        return self.subwords.vector(label)

    def point(self, expression: "str | Point") -> Point:
        """The point that an expression such as `king - man + woman` names; a label as it stands is one too."""
        if isinstance(expression, Point):
            return expression
        if (label := self.named(expression)) in self:  # `new york`, `-`, `"`: without doubt, nothing need be quoted
            return self[label]
        first, *others = parse(expression, self.named)
        point = self[first.label] * first.factor
        for term in others:
            point = point + self[term.label] * term.factor
        return point

    def _unknown(self, label: str) -> UnknownLabel:
        return UnknownLabel(label, [self.quoted(one) for one in self.labels.near(label)], self.tokens)

    def _stacked(self, keys: "Sequence[str | Point]") -> Float32[np.ndarray, "k d"]:
        """The vectors of words and points, a row each."""
        rows = [key.vector if isinstance(key, Point) else self.vector(self.named(key)) for key in keys]
        return np.stack(rows) if rows else np.empty((0, self.dim), np.float32)

    def __getitem__(self, label: str) -> Point:
        # Rows are a storey of Space, and nothing else is built on them.
        return Point(cast("Space", self), (Term(1.0, label),), self.vector(label))

    def __len__(self) -> int:
        return int(self.vectors.shape[0])

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    def __contains__(self, label: object) -> bool:
        return label in self.labels


def _fixed(array: np.ndarray) -> np.ndarray:
    """The same numbers, not to be written to through what is returned."""
    view = array.view()
    view.flags.writeable = False
    return view
