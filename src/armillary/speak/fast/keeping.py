"""Keys and values, compiled: put where they are listened to, as float16 or as whole numbers of 8 bits.

Of the latter each key and each value has a size, the 127th part of its largest number: a number is its size times a
whole number from -127 to 127.
"""

from typing import no_type_check

import numba
import numpy as np

from armillary.speak.fast.layouts import ROWS
from armillary.speak.fast.rows import LEVEL
from armillary.speak.fast.sync import compiled, halved, halved_apart, pointer, rounded


@compiled
@no_type_check
def put_key(model, text, layer, head, position, x):  # noqa: ANN001, ANN201
    """The key of a head at a position: a column of a tile of 16 positions."""
    rows = (layer * model.n_kv_heads + head) * text.capacity
    place = text.keys + ((rows + position // ROWS * ROWS) * model.d_head + position % ROWS) * model.number
    if model.number == 1:
        factor = _sized(text.key_sizes, rows + position, x, model.d_head)
        rounded(place, x, factor, model.d_head, ROWS)
    else:
        halved_apart(place, x, model.d_head)


@compiled
@no_type_check
def put_value(model, text, layer, head, position, x):  # noqa: ANN001, ANN201
    """The value of a head at a position: a column of each tile of 16 numbers."""
    rows, factor = (layer * model.n_kv_heads + head) * text.capacity, np.float32(1)
    if model.number == 1:
        factor = _sized(text.value_sizes, rows + position, x, model.d_head)
    for tile in range(model.d_head // ROWS):
        place = text.values + (rows * model.d_head + (tile * text.capacity + position) * ROWS) * model.number
        if model.number == 1:
            rounded(place, x + tile * 4 * ROWS, factor, ROWS, 1)
        else:
            halved(place, x + tile * 4 * ROWS)


@compiled
@no_type_check
def _sized(sizes, place, x, count):  # noqa: ANN001, ANN202
    """Note the size of a key or a value; what its numbers are multiplied by to become whole."""
    row, most = numba.carray(pointer(x), count, np.float32), np.float32(0)
    for number in row:
        most = max(most, abs(number))
    numba.carray(pointer(sizes), place + 1, np.float32)[place] = most / np.float32(LEVEL)
    return np.float32(LEVEL) / most if most > 0 else np.float32(0)
