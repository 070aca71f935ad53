"""A sparse matrix in compressed rows and its product with a dense one: all that a truncated SVD asks of it."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from armillary import extras
from armillary.shapes import Float32, Int32, Int64
from armillary.train.in_order import default_workers, in_order

_PARTS = 64
_BLOCK = 1 << 22  # numbers that NumPy holds at once, where it does the work


@dataclass(frozen=True, eq=False)
class Sparse:
    """An (n, m) matrix of which only some cells are not zero.

    Attributes:
        offsets: (n + 1,) row i has the cells between `offsets[i]` and `offsets[i + 1]`.
        columns: (e,) the column of each cell.
        values: (e,) what it holds.
        width: m.
    """

    offsets: Int64[np.ndarray, "n1"]
    columns: Int32[np.ndarray, "e"]
    values: Float32[np.ndarray, "e"]
    width: int

    def times(self, dense: Float32[np.ndarray, "m k"], workers: int | None = None) -> Float32[np.ndarray, "n k"]:
        """The product with a dense matrix, in float32, each row summed from left to right: the same for any threads."""
        out = np.zeros((len(self.offsets) - 1, dense.shape[1]), np.float32)
        cuts = np.searchsorted(self.offsets, np.linspace(0, len(self.columns), _PARTS + 1)[1:-1])
        parts = list(pairwise(sorted({0, *cuts.tolist(), len(out)})))
        kernels = _kernels()

        def product(part: tuple[int, int]) -> None:
            if kernels is None:
                self._product(dense, out, part)
            else:
                kernels.product(self.offsets, self.columns, self.values, dense, out, part)

        for _ in in_order(product, parts, workers or default_workers()):
            pass
        return out

    def _product(
        self, dense: Float32[np.ndarray, "m k"], out: Float32[np.ndarray, "n k"], part: tuple[int, int]
    ) -> None:
        """The rows of `part` in NumPy: the plain twin of `sparse_kernels.product`."""
        step = max(1, _BLOCK // dense.shape[1])
        for row in range(*part):
            for first in range(self.offsets[row], self.offsets[row + 1], step):
                cells = slice(first, min(first + step, self.offsets[row + 1]))
                products = self.values[cells, None] * dense[self.columns[cells]]
                products[0] += out[row]
                np.add.reduce(products, axis=0, out=out[row])

    def transposed(self) -> "Sparse":
        """Rows and columns exchanged; the columns of a row ascend."""
        kernels = _kernels()
        offsets = np.concatenate([[0], np.bincount(self.columns, minlength=self.width)]).cumsum()
        if kernels is not None:
            columns, values = kernels.transpose(self.offsets, self.columns, self.values, offsets)
        else:
            order = np.argsort(self.columns, kind="stable")
            rows = np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int32), np.diff(self.offsets))
            columns, values = rows[order], self.values[order]
        return Sparse(offsets, columns, values, len(self.offsets) - 1)


def _kernels() -> Any | None:
    if not extras.have("numba"):
        return None
    extras.numba_cache()
    from armillary.train import sparse_kernels

    return sparse_kernels
