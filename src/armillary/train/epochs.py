"""Rows of a table in an order that is drawn anew each time through, and is known from (seed, step) alone."""

import numpy as np

from armillary.shapes import Int64


class Epochs:
    """Which rows a step learns from: every row once in each time through, in an order of its own."""

    def __init__(self, rows: int, size: int, seed: int) -> None:
        """Take so many rows, `size` at once."""
        self.size = min(size, rows)
        self._rows, self._seed = rows, seed
        self._order: tuple[int, Int64[np.ndarray, "r"]] = (-1, np.zeros(0, np.int64))

    def rows(self, step: int) -> Int64[np.ndarray, "s"]:
        """The rows of a step."""
        places = [divmod(place, self._rows) for place in range(step * self.size, (step + 1) * self.size)]
        return np.array([self._drawn(epoch)[place] for epoch, place in places], np.int64)

    def _drawn(self, epoch: int) -> Int64[np.ndarray, "r"]:
        if self._order[0] != epoch:
            self._order = epoch, np.random.default_rng((self._seed, epoch)).permutation(self._rows)
        return self._order[1]
