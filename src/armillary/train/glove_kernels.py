"""The compiled loops of GloVe. Needs numba; `no_type_check` keeps the shape checks of tests out of them.

tests/train/test_glove.py says the same in NumPy and holds the two equal, bit for bit.
"""

from typing import no_type_check

import numba
import numpy as np

from armillary.train.glove_lanes import descend, dot


@numba.njit(nogil=True, cache=True)
@no_type_check
def count_blocks(offsets, columns, parts):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """How many cells each of the parts * parts blocks has; cell (i, j) is in block (i % parts, j % parts)."""
    sizes = np.zeros(parts * parts, np.int64)
    part_of = (np.arange(len(offsets) - 1) % parts).astype(np.int32)
    for row in range(len(offsets) - 1):
        for cell in range(offsets[row], offsets[row + 1]):
            sizes[part_of[row] * parts + part_of[columns[cell]]] += 1
    return sizes


@numba.njit(nogil=True, cache=True)
@no_type_check
def place_cells(table, span, parts, following, cells):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """Put the cells of the rows of `span` where their blocks go on: `following` says where and is moved on."""
    offsets, columns, logs, pulls = table
    part_of = (np.arange(len(offsets) - 1) % parts).astype(np.int32)
    rows, others, out_logs, out_pulls = cells
    begin = offsets[span[0]]
    for row in range(span[0], span[1]):
        for cell in range(offsets[row], offsets[row + 1]):
            block = part_of[row] * parts + part_of[columns[cell]]
            at = following[block]
            rows[at], others[at] = row, columns[cell]
            out_logs[at], out_pulls[at] = logs[cell - begin], pulls[cell - begin]
            following[block] = at + 1


@numba.njit(nogil=True, cache=True)
@no_type_check
def train_blocks(blocks, cells, table, shape, eta, losses):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """Learn from all cells of `blocks`, one after the other; `losses[block]` gets the sum of pull * miss^2.

    `table` is flat: each word's numbers (`shape[1]` of them, a multiple of 16) with their squares behind them, then,
    from row `shape[0]` on, the contexts'. After the `shape[2]` numbers of a vector a word has its bias and a 1, a
    context a 1 and its bias, so that the dot product of two rows holds both biases. The 1s are put right after a step.
    """
    starts, (rows, columns, logs, pulls) = cells
    words, width, size = shape
    for block in blocks:
        total = 0.0
        for cell in range(starts[block], starts[block + 1]):
            word = np.int64(rows[cell]) * (2 * width)
            context = (words + np.int64(columns[cell])) * (2 * width)
            miss = dot(table, word, context, width) - logs[cell]
            pull = pulls[cell] * miss
            total += np.float64(pull) * np.float64(miss)
            descend(table, word, context, width, eta * pull)
            table[word + size + 1] = np.float32(1)
            table[context + size] = np.float32(1)
        losses[block] = total
