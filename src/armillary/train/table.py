"""A number or a class from the columns of a table: categories as rows of tables, or as one-hot rows, and a small MLP.

Entity embeddings (Guo and Berkhahn 2016, arXiv:1604.06737): a category is looked up in a table of its column, as a
token is in W_E. One-hot in its place is the same model with the identity for a table: W_in has a row for each category.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from armillary.errors import InputError
from armillary.shapes import Float32, Int64
from armillary.train.epochs import Epochs
from armillary.train.objective import Batch


@dataclass(frozen=True)
class Shape:
    """How large a model of a table is.

    Attributes:
        levels: categories of each column of categories.
        widths: numbers in a point of each; 0 stands for one-hot.
        numbers: columns of numbers.
        hidden: numbers in the hidden layer.
        outputs: classes, or 1 for a number.
    """

    levels: Sequence[int]
    widths: Sequence[int]
    numbers: int
    hidden: int
    outputs: int

    @property
    def inputs(self) -> int:
        """Numbers that go into the hidden layer."""
        wide = (width or levels for width, levels in zip(self.widths, self.levels, strict=True))
        return sum(wide) + self.numbers


class TableModel(nn.Module):
    """Points of categories and numbers side by side -> W_in, ReLU -> W_out."""

    def __init__(self, shape: Shape, seed: int) -> None:
        """Draw its numbers: points small, matrices by their inputs (He et al. 2015), biases 0."""
        super().__init__()
        self.shape = shape
        random = torch.Generator().manual_seed(seed)

        def drawn(rows: int, columns: int, deviation: float) -> nn.Parameter:
            return nn.Parameter(torch.randn(rows, columns, generator=random) * deviation)

        self.tables = nn.ParameterDict({
            str(place): drawn(levels, width, 0.1)
            for place, (levels, width) in enumerate(zip(shape.levels, shape.widths, strict=True)) if width
        })
        fed = max(1, len(shape.levels) + shape.numbers)
        self.W_in = drawn(shape.inputs, shape.hidden, math.sqrt(2 / fed))
        self.b_in = nn.Parameter(torch.zeros(shape.hidden))
        self.W_out = drawn(shape.hidden, shape.outputs, 0.1 * math.sqrt(2 / shape.hidden))
        self.b_out = nn.Parameter(torch.zeros(shape.outputs))

    def forward(self, categories: Tensor, numbers: Tensor) -> Tensor:
        """(b, outputs) from (b, columns of categories) and (b, columns of numbers)."""
        parts = [
            self.tables[str(place)][categories[:, place]] if self.shape.widths[place]
            else functional.one_hot(categories[:, place], self.shape.levels[place]).float()
            for place in range(len(self.shape.levels))
        ]
        hidden = torch.relu(torch.cat([*parts, numbers], 1) @ self.W_in + self.b_in)
        return hidden @ self.W_out + self.b_out


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table, as numbers.

    Attributes:
        categories: (n, c) the level of each.
        numbers: (n, m) numbers, of mean 0 and deviation 1.
        wanted: (n,) the number of the class, or the number itself, of mean 0 and deviation 1.
    """

    categories: Int64[np.ndarray, "n c"]
    numbers: Float32[np.ndarray, "n m"]
    wanted: np.ndarray

    def some(self, rows: np.ndarray) -> "Rows":
        """Those rows."""
        return Rows(self.categories[rows], self.numbers[rows], self.wanted[rows])


class RowsOfTable:
    """What a column holds, from the others; see `Objective`.

    Attributes:
        nothing: ln of the number of classes; of a number the mean square, which is 1.
    """

    def __init__(self, rows: Rows, classes: int, size: int, seed: int = 1) -> None:
        """Take rows, `size` at once, to tell `classes` apart, or to guess a number where it is 0.

        Raises:
            InputError: there is no row.
        """
        if not len(rows.wanted):
            raise InputError("{rows} rows and {numbers} numbers to guess do not go together", rows=0, numbers=0)
        self.nothing = math.log(classes) if classes else max(1.0, float((rows.wanted**2).mean()))
        self._rows, self._classes = rows, classes
        self._epochs = Epochs(len(rows.wanted), size, seed)

    def batch(self, step: int) -> Batch:
        """The rows of a step."""
        rows = self._rows.some(self._epochs.rows(step))
        return {"categories": torch.from_numpy(rows.categories), "numbers": torch.from_numpy(rows.numbers),
                "wanted": torch.from_numpy(rows.wanted)}

    def loss(self, model: TableModel, batch: Batch) -> tuple[Tensor, int]:
        """Nats of the right classes, or squares of what is missed, in sum; and how many they are."""
        guessed = model(batch["categories"], batch["numbers"])
        if self._classes:
            return functional.cross_entropy(guessed, batch["wanted"], reduction="sum"), len(guessed)
        return ((guessed[:, 0] - batch["wanted"]) ** 2).sum(), len(guessed)
