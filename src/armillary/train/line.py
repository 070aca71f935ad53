"""The plainest model that learns: a number as a weighted sum of others, plus one; by the same loop as a GPT.

Here, and almost nowhere else, the best weights can also be written down (least squares): what the loop comes to can be
held against them.
"""

import numpy as np
import torch
from torch import Tensor, nn

from armillary.errors import InputError
from armillary.shapes import Float32, Float64
from armillary.train.objective import Batch

Table = Float32[np.ndarray, "n d"]
Numbers = Float32[np.ndarray, "m"]


class Line(nn.Module):
    """y = x w + b, for x of d numbers; all begin at 0."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(d))
        self.b = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """(n,) from (n, d)."""
        return x @ self.w + self.b


class Squares:
    """Rows of a table, all of them in every step; the loss is the square of what is missed. See `Objective`.

    Attributes:
        nothing: the mean square of y: what is missed by who always says 0, as a line does at first.
    """

    def __init__(self, x: Table, y: Numbers) -> None:
        """Take x (n, d), which had better be of mean 0 and deviation 1 in each column, and as many y.

        Raises:
            InputError: no rows, or not as many of the two.
        """
        if not len(x) or len(x) != len(y):
            raise InputError("{rows} rows and {numbers} numbers to guess do not go together",
                             rows=len(x), numbers=len(y))
        self.nothing = float((y**2).mean())
        self._batch = {"x": torch.from_numpy(x), "y": torch.from_numpy(y)}

    def batch(self, step: int) -> Batch:
        """All rows."""
        return self._batch

    def loss(self, model: Line, batch: Batch) -> tuple[Tensor, int]:
        """The squares, in sum, and how many they are."""
        return ((model(batch["x"]) - batch["y"]) ** 2).sum(), len(batch["y"])


def closed_form(x: Table, y: Numbers) -> tuple[Float64[np.ndarray, "d"], float]:
    """The w and the b for which the squares come to the least."""
    with_one = np.column_stack([np.asarray(x, np.float64), np.ones(len(x))])
    found = np.linalg.lstsq(with_one, np.asarray(y, np.float64), rcond=None)[0]
    return found[:-1], float(found[-1])
