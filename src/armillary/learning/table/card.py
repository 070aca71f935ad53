"""What came of learning from a table, with all that it is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from armillary.learning import card
from armillary.learning.supervised.figures import Miss, Part

KIND = "table"


@dataclass(frozen=True)
class Weight:
    """What a line gives a column, as learned by steps and as written down at once, in units of the columns.

    Attributes:
        column: its name; "" is what is added to all.
        learned: by the loop.
        closed: by least squares.
    """

    column: str
    learned: float
    closed: float


@dataclass(frozen=True, kw_only=True)
class Card(card.Card):
    """What was learned, beside what all cards say.

    Attributes:
        target: the column that is guessed.
        model: "embedding", "one-hot", or "line".
        columns: what the model takes, see `Columns`.
        widths: of each column of categories, numbers in a point; 0 stands for one-hot.
        hidden: numbers in the hidden layer; 0 of a line.
        rows: that were learned from.
        held: on held-out rows, the model: of classes how many are right, of numbers by how much they are missed.
        plain: who always says the commonest class, or the mean.
        closed: a line by least squares on the same rows, where a line was learned.
        weights: of a line.
        spaces: of each column of categories, the file of its points.
    """

    target: str
    model: str
    columns: Mapping[str, Any]
    widths: Sequence[int]
    hidden: int
    rows: int
    held: Part | Miss
    plain: Part | Miss
    closed: Miss | None
    weights: Sequence[Weight]
    spaces: Mapping[str, str]

    def facts(self) -> dict[str, Any]:
        """As JSON holds it, with its kind."""
        return {"kind": KIND, **super().facts()}
