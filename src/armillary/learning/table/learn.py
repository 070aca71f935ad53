"""`learn_table`: a table becomes a model of one of its columns in one call; `armillary learn table` is its skin."""

import math
from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from armillary.language import Note
from armillary.learning.card import warned
from armillary.learning.supervised.course import Course
from armillary.learning.supervised.figures import Miss, Part
from armillary.learning.supervised.learn import Learning, learned
from armillary.learning.supervised.output import digest, file_name, write_folder
from armillary.learning.table.asked import Asked
from armillary.learning.table.card import Card, Weight
from armillary.learning.table.columns import EMPTY
from armillary.learning.table.material import Material, material
from armillary.space import Space
from armillary.train.line import Line, Squares, closed_form
from armillary.train.objective import Objective
from armillary.train.plan import Plan
from armillary.train.table import RowsOfTable, Shape, TableModel

EPOCHS = 12
_WIDEST = 50


def learn_table(source: str | Path, out: str | Path, **settings: Any) -> Card:
    """Learn a number or a class from the other columns of a table.

        >>> card = ar.learn_table("films.csv", "films", target="rating")                        # doctest: +SKIP
        >>> ar.open("films/director.space").near("Steven Spielberg")                            # doctest: +SKIP

    Args:
        source: CSV, TSV, JSON, JSON lines or Parquet, compressed or not.
        out: a folder for what is learned: a space for each column of categories, model.safetensors, learned.json.
        **settings: by name, see `Asked`; `target` must be said.

    Returns:
        The card, which lies in the folder too as learned.json.

    Raises:
        InputError: too few rows, one class only, no such column, a cell that is no number, settings that do not suit.
        OutputExists: `out` is there, and `force` is not said.
        NotFound, FileError: what cannot be read, written, or gone on from.
        Diverged: the loss leads nowhere.
        MissingExtra: torch (extra `lm`) is not installed.
    """
    return warned(table_learned(Path(source), Path(out), Asked(**settings)))


def table_learned(source: Path, out: Path, asked: Asked) -> Card:
    """What `learn_table` does, without warnings: notes are in the card."""
    kind = _Line if asked.model == "line" else _Network
    return learned(out, asked, lambda: kind(material(source, asked), asked), Card)


class _Learning(Learning):
    """A model, what it learns from, and how."""

    shape: Shape
    kind: str

    def __init__(self, told: Material, asked: Asked, model: nn.Module, lessons: Objective, plan: Plan) -> None:
        self.material, self.asked, self.model, self.plan = told, asked, model, plan
        self.course, self.notes = Course(model, lessons, plan, self._figure, asked), told.notes
        self.question = {
            "rows": told.sha256, "model": self.kind, "widths": list(self.shape.widths), "hidden": self.shape.hidden,
            "seed": asked.seed, "batch": asked.batch, "steps": plan.steps, "threads": torch.get_num_threads(),
        }

    def chosen(self) -> list[Note]:
        """What it learns from, and how large it is."""
        columns = self.material.columns
        return [Note(
            "{rows:,} rows to learn from, {held:,} to measure on; from {categories} columns of categories and "
            "{numbers} of numbers; {steps:,} steps",
            {"rows": len(self.material.learned.wanted), "held": len(self.material.held.wanted),
             "categories": len(columns.categories), "numbers": len(columns.numbers), "steps": self.plan.steps},
        )]

    def write(self, out: Path) -> str:
        """The points as spaces, and all other numbers."""
        write_folder(out, self.spaces(), self.weights())
        return digest({name: one.detach().numpy() for name, one in self.model.named_parameters()})

    def measured(self) -> dict[str, Any]:
        """What a card says of a model that has learned."""
        told, columns = self.material, self.material.columns
        if columns.target is None:
            commonest = np.bincount(told.learned.wanted).argmax()
            plain: Part | Miss = Part.of(told.held.wanted == commonest)
        else:
            plain = Miss.of(told.held.wanted.astype(np.float64) * columns.target.deviation)
        names = [one.name for one in columns.categories]
        return {
            "target": self.asked.target, "model": self.kind, "columns": columns.facts(),
            "widths": list(self.shape.widths), "hidden": self.shape.hidden, "rows": len(told.learned.wanted),
            "held": self.held(), "plain": plain, "closed": None, "weights": (),
            "spaces": dict(zip(names, (f"{name}.space" for name in self.spaces()), strict=False)),
            "parameters": {name: one.numel() for name, one in self.model.named_parameters()},
        }

    def held(self) -> Part | Miss:
        """How well the held-out rows are guessed."""
        guessed, wanted, target = self.guesses(), self.material.held.wanted, self.material.columns.target
        if target is None:
            return Part.of(guessed.argmax(1) == wanted)
        return Miss.of((guessed[:, 0] - wanted).astype(np.float64) * target.deviation)

    @abstractmethod
    def guesses(self) -> np.ndarray:
        """(rows, outputs) of the held-out rows."""

    def spaces(self) -> dict[str, Space]:
        """The points of each column of categories, by the name of its file."""
        return {}

    @abstractmethod
    def weights(self) -> dict[str, np.ndarray]:
        """All other numbers."""

    def _figure(self) -> float:
        held = self.held()
        return held.accuracy if isinstance(held, Part) else held.rmse


class _Network(_Learning):
    """Points of categories, numbers, and an MLP over both."""

    def __init__(self, told: Material, asked: Asked) -> None:
        columns, rows = told.columns, told.learned
        levels = [len(one.levels) for one in columns.categories]
        widths = [0 if asked.one_hot else asked.width or width_for(count) for count in levels]
        classes = len(columns.classes)
        self.kind = "one-hot" if asked.one_hot else "embedding"
        self.shape = Shape(levels, widths, rows.numbers.shape[1], asked.hidden, classes or 1)
        plan = Plan(steps=asked.steps_for(len(rows.wanted), EPOCHS), rate=3e-3, warm=20, course="linear", cool=1.0,
                    least=0.0, decay=0.1)
        lessons = RowsOfTable(rows, classes, asked.batch, asked.seed)
        super().__init__(told, asked, TableModel(self.shape, asked.seed), lessons, plan)

    @torch.no_grad()
    def guesses(self) -> np.ndarray:
        """Scores of classes, or the number."""
        held = self.material.held
        found: np.ndarray = self.model(torch.from_numpy(held.categories), torch.from_numpy(held.numbers)).numpy()
        return found

    def spaces(self) -> dict[str, Space]:
        """The learned points."""
        found: dict[str, Space] = {}
        weights = dict(self.model.named_parameters())
        for place, one in enumerate(self.material.columns.categories):
            if self.shape.widths[place]:
                points = np.ascontiguousarray(weights[f"tables.{place}"].detach().numpy())
                found[file_name(one.name, found)] = Space(
                    list(one.levels), points, counts=np.array(one.counts, np.int64),
                    origin={"column": one.name, "learned": self.asked.target})
        return found

    def weights(self) -> dict[str, np.ndarray]:
        """The two layers."""
        return {name: one.detach().numpy() for name, one in self.model.named_parameters() if "tables" not in name}


class _Line(_Learning):
    """One weight for each column of numbers, and one more; by the loop, and as least squares give it."""

    kind = "line"

    def __init__(self, told: Material, asked: Asked) -> None:
        rows = told.learned
        self.shape = Shape((), (), rows.numbers.shape[1], 0, 1)
        plan = Plan(steps=asked.steps or 1000, rate=0.1, warm=5, course="linear", cool=1.0, least=0.0, decay=0.0,
                    clip=0.0)
        self._closed = closed_form(rows.numbers, rows.wanted)
        super().__init__(told, asked, Line(rows.numbers.shape[1]), Squares(rows.numbers, rows.wanted), plan)

    @torch.no_grad()
    def guesses(self) -> np.ndarray:
        """The number."""
        found: np.ndarray = self.model(torch.from_numpy(self.material.held.numbers)).numpy()
        return found[:, None]

    def weights(self) -> dict[str, np.ndarray]:
        """The weights of columns, and what is added."""
        return {name: one.detach().numpy() for name, one in self.model.named_parameters()}

    def measured(self) -> dict[str, Any]:
        """With the closed form beside it."""
        target, held = self.material.columns.target, self.material.held
        assert target is not None
        w, b = self._closed
        missed = (held.numbers @ w + b - held.wanted) * target.deviation
        mine = {name: one.astype(np.float64) for name, one in self.weights().items()}
        learned, closed = self._in_units(mine["w"], float(mine["b"])), self._in_units(w, b)
        names = [name for one in self.material.columns.numbers
                 for name in (one.name, *([f"{one.name} {EMPTY}"] * one.gaps))]
        weights = [Weight(*row) for row in zip([*names, ""], learned, closed, strict=True)]
        return {**super().measured(), "closed": Miss.of(missed), "weights": weights}

    def _in_units(self, w: np.ndarray, b: float) -> list[float]:
        """Weights of columns as they are, from those of columns at mean 0 and deviation 1; what is added comes last."""
        target = self.material.columns.target
        assert target is not None
        found: list[float] = []
        added = b * target.deviation + target.mean
        place = 0
        for one in self.material.columns.numbers:
            weight = float(w[place]) * target.deviation / one.deviation
            added -= weight * one.mean
            found.append(weight)
            if one.gaps:
                found.append(float(w[place + 1]) * target.deviation + weight * one.mean)
            place += 1 + one.gaps
        return [*found, added]


def width_for(levels: int) -> int:
    """Numbers in the point of a category, by how many there are: grows as their root, up to 50."""
    return min(_WIDEST, max(2, round(math.sqrt(levels))))
