"""What was learned from a table, opened: guesses for rows of others. Needs no torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, InputError
from armillary.learning.card import CARD
from armillary.learning.supervised.output import read_folder
from armillary.learning.table.card import KIND
from armillary.learning.table.columns import Columns
from armillary.shapes import Float32
from armillary.space import Space


class LearnedTable:
    """A model of one column of a table.

    Attributes:
        target: the column that it guesses.
        columns: those that it guesses it from.
        spaces: the points of each column of categories, by its name.
    """

    def __init__(
        self, target: str, columns: Columns, spaces: Mapping[str, Space], weights: Mapping[str, np.ndarray]
    ) -> None:
        self.target, self.columns, self.spaces, self._weights = target, columns, spaces, weights

    @classmethod
    def load(cls, path: str | Path) -> "LearnedTable":
        """Open the folder that `armillary learn table` made.

        Raises:
            UnknownFormat: another kind of folder.
            DamagedFile: something is missing or of another shape.
        """
        path = Path(path)
        card, weights = read_folder(path, KIND)
        try:
            spaces = {name: Space.load(path / file) for name, file in card["spaces"].items()}
            columns = Columns.read(card["columns"])
            made = cls(card["target"], columns, spaces, weights)
            wide = sum(spaces[one.name].dim if one.name in spaces else len(one.levels) for one in columns.categories)
            wide += sum(1 + one.gaps for one in columns.numbers)
            fits = len(weights["w"] if "w" in weights else weights["W_in"]) == wide
        except (KeyError, TypeError) as error:
            raise DamagedFile(path / CARD, "its manifest lacks a part: {part}", part=str(error)) from error
        if not fits:
            raise DamagedFile(path, "holds tables of sizes that do not go together")
        return made

    def guess(self, cells: Mapping[str, Sequence[str]]) -> list[str] | list[float]:
        """The class, or the number, of each row.

        Args:
            cells: columns by name, each with a cell for every row, as `formats.table.read_table` gives them.

        Raises:
            InputError: a column is missing, or a cell is no number where one is needed.
        """
        wanted = [*(one.name for one in self.columns.categories), *(one.name for one in self.columns.numbers)]
        if missing := [name for name in wanted if name not in cells]:
            raise InputError("to guess {target!r} takes the column {name!r}", target=self.target, name=missing[0])
        scores = self._scores(*self.columns.encoded(cells, len(cells[wanted[0]])))
        if self.columns.target is None:
            return [self.columns.classes[place] for place in scores.argmax(1).tolist()]
        numbers: list[float] = (scores[:, 0] * self.columns.target.deviation + self.columns.target.mean).tolist()
        return numbers

    def _scores(self, categories: np.ndarray, numbers: np.ndarray) -> Float32[np.ndarray, "n o"]:
        weights = self._weights
        if "w" in weights:
            line: np.ndarray = numbers @ weights["w"] + weights["b"]
            return line[:, None]
        parts = [
            self.spaces[one.name].vectors[categories[:, place]] if one.name in self.spaces
            else np.eye(len(one.levels), dtype=np.float32)[categories[:, place]]
            for place, one in enumerate(self.columns.categories)
        ]
        hidden = np.maximum(np.concatenate([*parts, numbers], 1) @ weights["W_in"] + weights["b_in"], 0)
        found: np.ndarray = hidden @ weights["W_out"] + weights["b_out"]
        return found
