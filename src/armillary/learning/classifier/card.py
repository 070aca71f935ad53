"""What came of the learning of a classifier, with all that its accuracy is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary.learning import card
from armillary.learning.classifier.rule import Ruled
from armillary.learning.supervised.figures import Part
from armillary.shapes import Float32

KIND = "classifier"


@dataclass(frozen=True)
class Pair:
    """How alike two words are, before anything was learned and after.

    Attributes:
        first, second: the words.
        times: how often the rarer of them comes in the texts that were learned from.
        before, after: cosines of their rows of W_E.
    """

    first: str
    second: str
    times: int
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Card(card.Card):
    """What was learned, beside what all cards say.

    Attributes:
        columns: of texts and of classes.
        classes: their names, each with how many rows of it were learned from.
        rows: that were learned from.
        words: rows of W_E.
        begun: how many words of the texts began with a point of another space; None if all were drawn.
        d_model: numbers in each.
        train: what learned.
        held: on held-out rows, the classifier.
        commonest: who always says the commonest class.
        rule: a rule by hand, where there is one.
        strongest: of each class, the words that speak most for it.
        pairs: see `Pair`.
    """

    columns: tuple[str, str]
    classes: Mapping[str, int]
    rows: int
    words: int
    begun: int | None
    d_model: int
    train: str
    held: Part
    commonest: Part
    rule: Ruled | None
    strongest: Mapping[str, Sequence[str]]
    pairs: Sequence[Pair]

    def facts(self) -> dict[str, Any]:
        """As JSON holds it, with its kind."""
        return {"kind": KIND, **super().facts()}


def cosine(a: Float32[np.ndarray, "d"], b: Float32[np.ndarray, "d"]) -> float:
    """How alike two rows point; 0 where one is nothing."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else 0.0
