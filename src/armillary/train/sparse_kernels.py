"""The compiled twins of `sparse.Sparse`. Needs numba; `no_type_check` keeps the shape checks of tests out of it."""

from typing import no_type_check

import numba
import numpy as np


@numba.njit(nogil=True, cache=True)
@no_type_check
def product(offsets, columns, values, dense, out, rows):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """Rows `rows[0]` to `rows[1]` of a sparse matrix times a dense one, into `out`."""
    width = dense.shape[1]
    for row in range(rows[0], rows[1]):
        for cell in range(offsets[row], offsets[row + 1]):
            column, value = columns[cell], values[cell]
            for k in range(width):
                out[row, k] += value * dense[column, k]


@numba.njit(nogil=True, cache=True)
@no_type_check
def transpose(offsets, columns, values, starts):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """The rows and values of the cells, column after column; `starts` says where each column begins."""
    following = starts.copy()
    rows, moved = np.empty_like(columns), np.empty_like(values)
    for row in range(len(offsets) - 1):
        for cell in range(offsets[row], offsets[row + 1]):
            at = following[columns[cell]]
            rows[at], moved[at] = row, values[cell]
            following[columns[cell]] = at + 1
    return rows, moved
