"""The compiled twin of `cooccurrence_plain`. Needs numba; `no_type_check` keeps the shape checks of tests out of it."""

from typing import no_type_check

import numba
import numpy as np

BYTES = 12  # of memory for a cell that is worked on: column int32, weight int64

_GROUP = 16  # columns that share one mark; eight marks are looked at together


@numba.njit(nogil=True, cache=True)
@no_type_check
def group(ids, width):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """The places of each of `width` words: word i is at `places[starts[i]:starts[i + 1]]`, ascending."""
    starts = np.zeros(width + 1, np.int64)
    for word in ids:
        if word >= 0:
            starts[word + 1] += 1
    starts = starts.cumsum()
    following = starts.copy()
    places = np.empty(starts[width], np.int32)
    for place in range(len(ids)):
        word = ids[place]
        if word >= 0:
            places[following[word]] = place
            following[word] += 1
    return starts, places


@numba.njit(nogil=True, cache=True)
@no_type_check
def count_rows(ids, run, rows, weights, symmetric):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """Rows `rows[0]` to `rows[1]` of the table of a run: their lengths, columns and weights."""
    begin, starts, places = run
    width = len(starts) - 1
    reach = len(weights) * (2 if symmetric else 1)
    room = 0
    for row in range(rows[0], rows[1]):
        room += min(width, (starts[row + 1] - starts[row]) * reach)
    out = _room(rows[1] - rows[0], width, room)
    totals, marks = out[3], out[4]
    written = 0
    for row in range(rows[0], rows[1]):
        for index in range(starts[row], starts[row + 1]):
            place = begin + np.int64(places[index])
            last = min(len(weights), len(ids) - 1 - place)
            for distance in range(1, last + 1):
                word = ids[place + distance]
                if word < 0:
                    break
                totals[np.uint32(word)] += weights[distance - 1]
                marks[np.uint32(word) // _GROUP] = 1
            last = min(len(weights), place) if symmetric else 0
            for distance in range(1, last + 1):
                word = ids[place - distance]
                if word < 0:
                    break
                totals[np.uint32(word)] += weights[distance - 1]
                marks[np.uint32(word) // _GROUP] = 1
        written = _take(out, row - rows[0], written)
    return out[0], out[1][:written], out[2][:written]


@numba.njit(nogil=True, cache=True)
@no_type_check
def add_rows(offsets, columns, weights, width):  # noqa: ANN001, ANN201  # pragma: no cover: compiled
    """The sum of k tables: row i of table k has the cells between `offsets[k, i]` and `offsets[k, i + 1]`."""
    count = offsets.shape[1] - 1
    out = _room(count, width, len(columns))
    totals, marks = out[3], out[4]
    written = 0
    for row in range(count):
        for table in range(len(offsets)):
            for cell in range(offsets[table, row], offsets[table, row + 1]):
                totals[columns[cell]] += weights[cell]
                marks[columns[cell] // _GROUP] = 1
        written = _take(out, row, written)
    return out[0], out[1][:written], out[2][:written]


@numba.njit(nogil=True, cache=True)
@no_type_check
def _room(count, width, cells):  # noqa: ANN001, ANN202  # pragma: no cover: compiled
    """Lengths, columns and weights to fill; sums of one row; marks of what is not zero in it."""
    marks = np.zeros(-(-width // (8 * _GROUP)) * 8, np.uint8)
    totals = np.zeros(len(marks) * _GROUP, np.int64)
    return np.empty(count, np.int64), np.empty(cells, np.int32), np.empty(cells, np.int64), totals, marks


@numba.njit(nogil=True, cache=True)
@no_type_check
def _take(out, row, written):  # noqa: ANN001, ANN202  # pragma: no cover: compiled
    """Move the sums that are not zero to the end of what is written, by column, and clear them."""
    lengths, columns, weights, totals, marks = out
    eights = marks.view(np.uint64)
    before = written
    for eight in range(len(eights)):
        if eights[eight] == 0:
            continue
        for mark in range(8 * eight, 8 * eight + 8):
            if marks[mark] == 0:
                continue
            for column in range(_GROUP * mark, _GROUP * mark + _GROUP):
                if totals[column] != 0:
                    columns[written] = column
                    weights[written] = totals[column]
                    totals[column] = 0
                    written += 1
        eights[eight] = 0
    lengths[row] = written - before
    return written
