"""Attention, compiled: keys and values are put where tiles want them, and each head listens to those before it.

Keys lie as a matrix of positions: tiles of 16 of them, along the numbers of a head. Values lie as a matrix of numbers:
tiles of 16 of those, along the positions. So the products of queries with keys, and of patterns with values, are those
of `tile` with plain float16.
"""

from typing import no_type_check

import numba
import numpy as np

from armillary.speak.fast.layouts import COLUMNS, GROUP, OF_KIND, ROWS
from armillary.speak.fast.rows import capped, exponentials, highest, normed, squares, times, turned
from armillary.speak.fast.sync import compiled, halved, halved_apart, increased, pointer
from armillary.speak.fast.tile import call_tile

_HALF, _TILE, _LOWEST = OF_KIND["F16"], 4 * ROWS, np.float32(-np.inf)


@compiled
@no_type_check
def place_heads(model, block, thread):  # noqa: ANN001, ANN201
    """Norm and turn queries and keys, and put all where they are listened to."""
    heads = model.n_heads + 2 * model.n_kv_heads
    units = model.n_tokens * heads
    for unit in range(units * thread // model.threads, units * (thread + 1) // model.threads):
        row, head = unit // heads, unit % heads
        x, position = model.qkv + unit * model.d_head * 4, model.position + row
        if head >= model.n_heads + model.n_kv_heads:
            _put_value(model, block, x, position, head - model.n_heads - model.n_kv_heads)
            continue
        _turn(model, block, x, position, head < model.n_heads)
        if head < model.n_heads:
            shared = model.n_heads // model.n_kv_heads
            place = head // shared * model.n_tokens * shared + row * shared + head % shared
            times(model.queries + place * model.d_head * 4, x, block.scale, model.d_head // ROWS)
        else:
            tile = (head - model.n_heads) * (model.capacity // ROWS) + position // ROWS
            halved_apart(block.keys + (tile * model.d_head * ROWS + position % ROWS) * 2, x, model.d_head)


@compiled
@no_type_check
def _turn(model, block, x, position, asks):  # noqa: ANN001, ANN202
    """Norm a query or a key, and turn it by its position."""
    gain = block.norm_q_gain if asks else block.norm_k_gain
    if gain:
        count, mean = model.d_head // ROWS, np.float32(0)
        factor = np.float32(1) / np.sqrt(squares(x, mean, count) / np.float32(model.d_head) + model.epsilon)
        normed(x, x, gain, mean, factor, count)
    if block.turns:
        angles = block.turns + position * model.d_head * 4
        turned(x, x, angles, angles + model.d_head * 2, model.d_head // (2 * ROWS))


@compiled
@no_type_check
def _put_value(model, block, x, position, head):  # noqa: ANN001, ANN202
    tiles = model.d_head // ROWS
    for tile in range(tiles):
        halved(block.values + ((head * tiles + tile) * model.capacity + position) * ROWS * 2, x + tile * _TILE)


@compiled
@no_type_check
def listen(model, block, layer, thread):  # noqa: ANN001, ANN201
    """All heads; whoever is done takes the next, those that listen to most first."""
    columns = model.n_tokens * (model.n_heads // model.n_kv_heads)
    width = COLUMNS if model.n_tokens > 1 else 1
    pieces = -(-columns // width)
    units = pieces * model.n_kv_heads
    before = layer * (units + model.threads)  # each thread asks once more than there is
    unit = increased(model.claims) - before
    while unit < units:
        first = (pieces - 1 - unit // model.n_kv_heads) * width
        _listen_some(model, block, unit % model.n_kv_heads, (first, min(first + width, columns)), thread)
        unit = increased(model.claims) - before


@compiled
@no_type_check
def _listen_some(model, block, head, columns, thread):  # noqa: ANN001, ANN202
    """Some queries, (first, last), that share a key-value head."""
    shared = model.n_heads // model.n_kv_heads
    first, count = columns[0], columns[1] - columns[0]
    earliest = max(0, model.position + first // shared + 1 - block.window) // GROUP * GROUP
    end = -(-(model.position + (columns[1] - 1) // shared + 1) // GROUP) * GROUP
    row, head_row = model.capacity * 4, model.d_head * 4
    patterns = model.patterns + thread * COLUMNS * row
    queries = model.queries + (head * model.n_tokens * shared + first) * head_row
    key_tile, keys = model.d_head * ROWS * 2, block.keys + head * model.capacity * model.d_head * 2
    for tile in range(earliest // ROWS, end // ROWS):
        _times_tile(model, (keys + tile * key_tile, model.d_head // GROUP), count, (queries, head_row),
                    (patterns + tile * _TILE, row))
    for column in range(count):
        seen = model.position + (first + column) // shared + 1
        _attend(patterns + column * row, (earliest, max(0, seen - block.window), seen, end), block.cap)
    answers = model.answers + thread * COLUMNS * head_row
    values = block.values + (head * model.capacity * model.d_head + earliest * ROWS) * 2
    for tile in range(model.d_head // ROWS):
        _times_tile(model, (values + tile * model.capacity * ROWS * 2, (end - earliest) // GROUP), count,
                    (patterns + earliest * 4, row), (answers + tile * _TILE, head_row))
    for column in range(count):
        token, asked = (first + column) // shared, head * shared + (first + column) % shared
        times(model.heads + (token * model.n_heads + asked) * head_row, answers + column * head_row, np.float32(1),
              model.d_head // ROWS)


@compiled
@no_type_check
def _times_tile(model, tile, count, x, out):  # noqa: ANN001, ANN202
    """A tile of float16, (address, groups of inputs), times rows; rows are (address, bytes from one to the next)."""
    if count == COLUMNS:
        call_tile(model.several, _HALF, tile[0], tile[1], x[0], x[1], 0, 0, out[0], out[1])
        return
    for row in range(count):
        call_tile(model.one, _HALF, tile[0], tile[1], x[0] + row * x[1], x[1], 0, 0, out[0] + row * out[1], out[1])


@compiled
@no_type_check
def _attend(scores, bounds, cap):  # noqa: ANN001, ANN202
    """Scores to a pattern that adds up to 1; `bounds` are where there are scores, where they count, and their ends."""
    first, begin, end, last = bounds
    x, count = scores + first * 4, (last - first) // ROWS
    row = numba.carray(pointer(scores), last, np.float32)
    if cap > 0:
        capped(x, cap, count)
    for place in range(first, begin):
        row[place] = _LOWEST
    for place in range(end, last):
        row[place] = _LOWEST
    summed = exponentials(x, highest(x, count), count)
    for place in range(first, begin):
        row[place] = 0
    for place in range(end, last):
        row[place] = 0
    times(x, x, np.float32(1) / summed, count)
