"""Counting in NumPy alone: what `cooccurrence_kernels` does, compiled, without it. The two agree in every number."""

import numpy as np

from armillary.shapes import Int32, Int64

BYTES = 64  # of memory for a cell that is worked on

Rows = tuple[Int64[np.ndarray, "r"], Int32[np.ndarray, "c"], Int64[np.ndarray, "c"]]
Places = tuple[int, Int64[np.ndarray, "v1"], Int32[np.ndarray, "p"]]


def group(ids: Int32[np.ndarray, "t"], width: int) -> tuple[Int64[np.ndarray, "v1"], Int32[np.ndarray, "p"]]:
    """The places of each of `width` words: word i is at `places[starts[i]:starts[i + 1]]`, ascending."""
    words = np.flatnonzero(ids >= 0)
    starts = np.concatenate([[0], np.bincount(ids[words], minlength=width)]).cumsum()
    return starts, words[np.argsort(ids[words], kind="stable")].astype(np.int32)


def count_rows(
    ids: Int32[np.ndarray, "t"],
    run: Places,
    rows: tuple[int, int],
    weights: Int64[np.ndarray, "s"],
    symmetric: bool,
) -> Rows:
    """Rows `rows[0]` to `rows[1]` of the table of a run: their lengths, columns and weights.

    `run` is where it begins in `ids`, and what `group` gave for it.
    """
    begin, starts, places = run
    width = len(starts) - 1
    at = places[starts[rows[0]] : starts[rows[1]]].astype(np.int64) + begin
    row = np.repeat(np.arange(rows[1] - rows[0]), np.diff(starts[rows[0] : rows[1] + 1]))
    keys, sums = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for step in (1, -1) if symmetric else (1,):
        context, of = at, row
        for weight in weights:
            context = context + step
            inside = (context >= 0) & (context < len(ids))
            context, of = context[inside], of[inside]
            word = ids[context]
            same = word >= 0  # of the same sentence
            context, of = context[same], of[same]
            keys.append(of * width + word[same])
            sums.append(np.full(len(of), weight))
    return _summed(np.concatenate(keys), np.concatenate(sums), rows[1] - rows[0], width)


def add_rows(
    offsets: Int64[np.ndarray, "k r1"], columns: Int32[np.ndarray, "e"], weights: Int64[np.ndarray, "e"], width: int
) -> Rows:
    """The sum of k tables: row i of table k has the cells between `offsets[k, i]` and `offsets[k, i + 1]`."""
    count = offsets.shape[1] - 1
    row = np.repeat(np.tile(np.arange(count), len(offsets)), np.diff(offsets, axis=1).ravel())
    return _summed(row * width + columns, weights, count, width)


def _summed(keys: Int64[np.ndarray, "e"], weights: Int64[np.ndarray, "e"], count: int, width: int) -> Rows:
    """Cells of the same key added up, in the order of the keys."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    sums = np.add.reduceat(weights[order], first) if len(first) else np.empty(0, np.int64)
    row, column = np.divmod(keys[first], width)
    return np.bincount(row, minlength=count), column.astype(np.int32), sums
