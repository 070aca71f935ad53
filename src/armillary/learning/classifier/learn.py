"""`learn_classifier`: texts with labels become a classifier in one call; `armillary learn classifier` is its skin."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from armillary.errors import UnknownLabel
from armillary.formats.labels import Labels
from armillary.language import Note
from armillary.learning.card import warned
from armillary.learning.classifier.asked import Asked
from armillary.learning.classifier.beginning import D_MODEL, Beginning, drawn, taken
from armillary.learning.classifier.card import Card, Pair, cosine
from armillary.learning.classifier.classifier import SPACE
from armillary.learning.classifier.material import Material, Words, material, vocabulary
from armillary.learning.classifier.rule import ruled
from armillary.learning.supervised.course import Course
from armillary.learning.supervised.figures import Part
from armillary.learning.supervised.learn import Learning, learned
from armillary.learning.supervised.output import digest, write_folder
from armillary.shapes import Float32
from armillary.space import Space
from armillary.train.class_of_text import ClassOfText, MeanOfWords, chances
from armillary.train.plan import Plan

EPOCHS = 4
_RATE = 3e-3
_FIXED = 0.1  # deviation of W_C where only W_E learns
_STRONGEST, _OFTEN = 8, 10  # words that are told of each class, of those that come so often at least


def learn_classifier(source: str | Path, out: str | Path, **settings: Any) -> Card:
    """Learn the class of a text from a table of texts and classes.

        >>> card = ar.learn_classifier("reviews.csv", "reviews")                                # doctest: +SKIP
        >>> ar.Classifier.load("reviews").classify("a charming film").label                     # doctest: +SKIP

    Args:
        source: CSV, TSV, JSON, JSON lines or Parquet, compressed or not.
        out: a folder for what is learned: words.space (W_E), model.safetensors, learned.json.
        **settings: by name, see `Asked`.

    Returns:
        The card, which lies in the folder too as learned.json.

    Raises:
        InputError: too few rows, one class only, no such column, settings that do not suit each other.
        OutputExists: `out` is there, and `force` is not said.
        NotFound, FileError: what cannot be read, written, or gone on from.
        Diverged: the loss leads nowhere.
        MissingExtra: torch (extra `lm`) is not installed.
    """
    return warned(classifier_learned(Path(source), Path(out), Asked(**settings)))


def classifier_learned(source: Path, out: Path, asked: Asked) -> Card:
    """What `learn_classifier` does, without warnings: notes are in the card."""
    return learned(out, asked, lambda: _Learning(material(source, asked), asked), Card)


class _Learning(Learning):
    """A model, what it learns from, and how."""

    def __init__(self, told: Material, asked: Asked) -> None:
        self.material, self.asked, self.notes = told, asked, told.notes
        self.counts = vocabulary(told.texts)
        words = list(self.counts)
        self.beginning = (drawn(words, asked.d_model or D_MODEL, asked.seed) if asked.embedding is None
                          else taken(words, asked.embedding, asked.seed))
        self._rows = {word: row for row, word in enumerate(self.beginning.words, 1)}
        self._pairs = _known_pairs(asked.pairs, self.beginning)
        self.held = self._numbers(told.held_texts)
        self.model = MeanOfWords(self.beginning.table, len(told.classes))
        for name, one in self.model.named_parameters():
            one.requires_grad_(asked.train == "all" or (name == "embedding") == (asked.train == "W_E"))
        if asked.train == "W_E":
            self._fix_scores()
        lessons = ClassOfText(self._numbers(told.texts), told.labels, asked.batch, asked.seed)
        self.plan = Plan(steps=asked.steps_for(len(told.texts), EPOCHS), rate=_RATE, warm=20, course="linear",
                         cool=1.0, least=0.0)
        self.course = Course(self.model, lessons, self.plan, self._accuracy, asked)
        self.question = {
            "texts": told.sha256, "classes": list(told.classes), "seed": asked.seed, "batch": asked.batch,
            "steps": self.plan.steps, "d_model": self.beginning.table.shape[1], "train": asked.train,
            "embedding": str(asked.embedding), "table": digest({"W_E": self.beginning.table}),
            "threads": torch.get_num_threads(),
        }

    def chosen(self) -> list[Note]:
        """What it learns from, and how large it is."""
        told, asked = self.material, self.asked
        v, d = self.beginning.table.shape
        told_of = Note("{rows:,} texts of the column {text!r} to learn from, {held:,} to measure on; {classes} classes "
                       "in the column {label!r}", {"rows": len(told.texts), "text": told.text, "label": told.label,
                                                "held": len(told.held_texts), "classes": len(told.classes)})
        size = Note("{words:,} words, d_model {d_model}; {steps:,} steps of {batch} texts",
                    {"words": v, "d_model": d, "steps": self.plan.steps, "batch": asked.batch})
        if asked.embedding is None:
            return [told_of, size]
        return [told_of, size, Note("{found:,} of the {count:,} words of the texts begin with points of {target}",
                                    {"found": self.beginning.found, "count": len(self.counts),
                                     "target": str(asked.embedding)})]

    def measured(self) -> dict[str, Any]:
        """What a card says of a model that has learned."""
        told, table = self.material, self.table()
        right = self._guessed() == told.held_labels
        classes = np.bincount(told.labels, minlength=len(told.classes)).tolist()
        parameters = {"W_E": table.size, "W_C": self.model.scores.numel(), "b": self.model.bias.numel()}
        return {
            "columns": (told.text, told.label), "classes": dict(zip(told.classes, classes, strict=True)),
            "rows": len(told.texts), "words": len(table), "d_model": table.shape[1], "train": self.asked.train,
            "begun": None if self.asked.embedding is None else self.beginning.found,
            "held": Part.of(right), "commonest": Part.of(told.held_labels == told.commonest),
            "rule": ruled(told, self.asked.rule), "strongest": self._strongest(table), "pairs": self._cosines(table),
            "parameters": parameters,
        }

    def write(self, out: Path) -> str:
        """W_E as a space, and the scores."""
        write_folder(out, {SPACE: self.space()}, self.weights())
        return digest({"W_E": self.table(), **self.weights()})

    def space(self) -> Space:
        """W_E with its words, each with how often the texts have it."""
        words = list(self.beginning.words)
        counts = np.array([self.counts.get(word, 0) for word in words], np.int64)
        return Space(words, self.table(), counts=counts, origin={"learned": "class of a text"})

    def table(self) -> Float32[np.ndarray, "v d"]:
        """W_E, as far as it is learned."""
        return np.ascontiguousarray(self.model.embedding.detach().numpy()[1:])

    def weights(self) -> dict[str, np.ndarray]:
        """All else."""
        return {"W_C": self.model.scores.detach().numpy(), "b": self.model.bias.detach().numpy()}

    @torch.no_grad()
    def _fix_scores(self) -> None:
        """Where only W_E learns, what reads it must not be 0: drawn, and left as it is."""
        random = torch.Generator().manual_seed(self.asked.seed)
        self.model.scores.copy_(torch.randn(self.model.scores.shape, generator=random) * _FIXED)

    def _numbers(self, texts: Sequence[Words]) -> list[list[int]]:
        return [[self._rows[word] for word in words if word in self._rows] for words in texts]

    def _guessed(self) -> np.ndarray:
        found: np.ndarray = chances(self.model, self.held).argmax(1)
        return found

    def _accuracy(self) -> float:
        return float((self._guessed() == self.material.held_labels).mean())

    def _strongest(self, table: Float32[np.ndarray, "v d"]) -> dict[str, list[str]]:
        """By what each word adds to a class's score over the mean of all classes."""
        words = self.beginning.words
        often = [row for row, word in enumerate(words) if self.counts.get(word, 0) >= _OFTEN]
        said = table[often] @ self.weights()["W_C"]
        over = said - said.mean(1, keepdims=True)
        return {name: [words[often[place]] for place in np.argsort(-over[:, column], kind="stable")[:_STRONGEST]]
                for column, name in enumerate(self.material.classes)}

    def _cosines(self, table: Float32[np.ndarray, "v d"]) -> list[Pair]:
        found = []
        for first, second in self._pairs:
            a, b = self._rows[first] - 1, self._rows[second] - 1
            begun = self.beginning.table
            found.append(Pair(first, second, min(self.counts.get(first, 0), self.counts.get(second, 0)),
                              cosine(begun[a], begun[b]), cosine(table[a], table[b])))
        return found


def _known_pairs(pairs: Sequence[tuple[str, str]], beginning: Beginning) -> Sequence[tuple[str, str]]:
    """The pairs, whose words must all be there.

    Raises:
        UnknownLabel: one is not.
    """
    known = set(beginning.words) if pairs else set()
    for word in (one for pair in pairs for one in pair):
        if word not in known:
            raise UnknownLabel(word, Labels.of(beginning.words).near(word))
    return pairs
