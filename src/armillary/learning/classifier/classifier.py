"""A classifier that was learned, opened: the class of a text, and what each word said for it. Needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile
from armillary.learning.card import CARD
from armillary.learning.classifier.card import KIND
from armillary.learning.classifier.material import words_of
from armillary.learning.supervised.output import read_folder
from armillary.shapes import Float32
from armillary.space import Space

SPACE = "words"


@dataclass(frozen=True)
class Classified:
    """The class of a text.

    Attributes:
        text: it.
        label: the likeliest class.
        chances: of each class.
        words: each word that the classifier knows, with what it adds to the score of `label` over the mean of all
            classes; their sum, with the bias, is the score.
        unknown: words that it does not.
    """

    text: str
    label: str
    chances: dict[str, float]
    words: Sequence[tuple[str, float]]
    unknown: Sequence[str]


class Classifier:
    """The class of a text: the mean of its words' rows of W_E, times W_C.

    Attributes:
        classes: their names.
        space: W_E, a point for each word.
        scores: W_C (d_model, classes).
        bias: (classes,).
    """

    def __init__(
        self, classes: Sequence[str], space: Space, scores: Float32[np.ndarray, "d c"], bias: Float32[np.ndarray, "c"]
    ) -> None:
        self.classes, self.space, self.scores, self.bias = list(classes), space, scores, bias

    @classmethod
    def load(cls, path: str | Path) -> "Classifier":
        """Open the folder that `armillary learn classifier` made.

        Raises:
            UnknownFormat: another kind of folder.
            DamagedFile: something is missing or of another shape.
        """
        path = Path(path)
        card, weights = read_folder(path, KIND)
        space = Space.load(path / f"{SPACE}.space")
        try:
            made = cls(list(card["classes"]), space, weights["W_C"], weights["b"])
        except (KeyError, TypeError) as error:
            raise DamagedFile(path / CARD, "its manifest lacks a part: {part}", part=str(error)) from error
        if made.scores.shape != (space.dim, len(made.classes)) or made.bias.shape != (len(made.classes),):
            raise DamagedFile(path, "holds tables of sizes that do not go together")
        return made

    def classify(self, text: str) -> Classified:
        """The class of a text; one without a known word gets what the bias says."""
        words = words_of(text)
        rows = [self.space.labels.find(word) for word in words]
        known = [row for row in rows if row is not None]
        said = self.space.vectors[known] @ self.scores / max(1, len(known))
        scores = said.sum(0) + self.bias
        likely = np.exp(scores - scores.max())
        likely /= likely.sum()
        best = int(scores.argmax())
        added = said[:, best] - said.mean(1)
        spoken = [word for word, row in zip(words, rows, strict=True) if row is not None]
        return Classified(
            text, self.classes[best], dict(zip(self.classes, map(float, likely), strict=True)),
            list(zip(spoken, map(float, added), strict=True)),
            [word for word, row in zip(words, rows, strict=True) if row is None],
        )
