"""What came of learning from a table, with all that it is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from armillary.language import Note
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


@dataclass(frozen=True)
class Card:
    """What was learned. `learned.json` in the folder holds it.

    Attributes:
        out: the folder.
        target: the column that is guessed.
        model: "embedding", "one-hot", or "line".
        columns: what the model takes, see `Columns`.
        widths: of each column of categories, numbers in a point; 0 stands for one-hot.
        hidden: numbers in the hidden layer; 0 of a line.
        rows: that were learned from.
        steps: how many were made.
        held: on held-out rows, the model: of classes how many are right, of numbers by how much they are missed.
        plain: who always says the commonest class, or the mean.
        closed: a line by least squares on the same rows, where a line was learned.
        weights: of a line.
        spaces: of each column of categories, the file of its points.
        parameters: by kind.
        trail: at each look: step, loss since the last, accuracy or error on held-out rows.
        seconds: it took.
        sha256: of all its numbers.
        notes: what was odd, or had to be said.
    """

    out: str
    target: str
    model: str
    columns: Mapping[str, Any]
    widths: Sequence[int]
    hidden: int
    rows: int
    steps: int
    held: Part | Miss
    plain: Part | Miss
    closed: Miss | None
    weights: Sequence[Weight]
    spaces: Mapping[str, str]
    parameters: Mapping[str, int]
    trail: Sequence[tuple[int, float, float]]
    seconds: float
    sha256: str
    notes: Sequence[Note] = field(default=())

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"kind": KIND, **asdict(self), "notes": [str(note) for note in self.notes]}

    def kept(self) -> dict[str, Any]:
        """What lies in the folder: without the time it took and the folder's name, so that equal runs are equal."""
        return {name: value for name, value in self.facts().items() if name not in ("out", "seconds")}
