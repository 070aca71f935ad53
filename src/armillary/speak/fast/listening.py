"""Attention, compiled: keys and values are put where tiles want them, and each head listens to those before it.

Keys lie as a matrix of positions: tiles of 16 of them, along the numbers of a head. Values lie as a matrix of numbers:
tiles of 16 of those, along the positions. So the products of queries with keys, and of patterns with values, are those
of `tile` with plain numbers: float16, or whole numbers of 8 bits. The latter have a size for each position and head,
which scores and patterns are multiplied by.
"""

from typing import no_type_check

import numba
import numpy as np

from armillary.speak.fast.keeping import put_key, put_value
from armillary.speak.fast.layouts import COLUMNS, GROUP, OF_KIND, ROWS, WHOLE
from armillary.speak.fast.records import TEXT
from armillary.speak.fast.rows import capped, exponentials, highest, multiplied, normed, squares, times, turned
from armillary.speak.fast.sync import compiled, increased, pointer, reached, wait
from armillary.speak.fast.tile import call_tile

_HALF, _TILE, _LOWEST = OF_KIND["F16"], 4 * ROWS, np.float32(-np.inf)


@compiled
@no_type_check
def place_heads(model, block, layer, thread):  # noqa: ANN001, ANN201
    """Norm and turn queries and keys, and put all where they are listened to."""
    heads = model.n_heads + 2 * model.n_kv_heads
    units = model.n_tokens * heads
    for unit in range(units * thread // model.threads, units * (thread + 1) // model.threads):
        _place(model, block, layer, unit // heads, unit % heads)


@compiled
@no_type_check
def _place(model, block, layer, row, head):  # noqa: ANN001, ANN202
    """A token's head: of queries, and behind those of keys, and of values."""
    text = numba.carray(pointer(model.texts), row + 1, TEXT)[row if model.together else 0]
    x = model.qkv + (row * (model.n_heads + 2 * model.n_kv_heads) + head) * model.d_head * 4
    position = text.position + (0 if model.together else row)
    if head >= model.n_heads + model.n_kv_heads:
        put_value(model, text, layer, head - model.n_heads - model.n_kv_heads, position, x)
        return
    _turn(model, block, x, position, head < model.n_heads)
    if head < model.n_heads:
        shared = model.n_heads // model.n_kv_heads
        place = head // shared * model.n_tokens * shared + row * shared + head % shared
        times(model.queries + place * model.d_head * 4, x, block.scale, model.d_head // ROWS)
    else:
        put_key(model, text, layer, head - model.n_heads, position, x)


@compiled
@no_type_check
def listen_alone(model, block, layer, thread):  # noqa: ANN001, ANN201
    """All heads of a single token: a thread takes some queries side by side, and needs no meeting for them.

    Keys and values are put by whoever has the first of the queries that share them; others wait for these only, and
    come to them last.
    """
    shared = model.n_heads // model.n_kv_heads
    start, end = model.n_heads * thread // model.threads, model.n_heads * (thread + 1) // model.threads
    for head in range(-(-start // shared), -(-end // shared)):
        _place(model, block, layer, 0, model.n_heads + head)
        _place(model, block, layer, 0, model.n_heads + model.n_kv_heads + head)
        increased(model.placed + head * 8)
    for query in range(end - 1, start - 1, -1):
        _place(model, block, layer, 0, query)
        waited, head = 0, query // shared
        while reached(model.placed + head * 8) <= layer:
            waited += 1
            wait(model, waited)
        _listen_some(model, block, (layer, 0, head), (query % shared, query % shared + 1), thread)


@compiled
@no_type_check
def _turn(model, block, x, position, asks):  # noqa: ANN001, ANN202
    """Norm a query or a key, and turn it by its position."""
    gain = block.norm_q_gain if asks else block.norm_k_gain
    if gain:
        count, mean = model.d_head // ROWS, np.float32(0)
        factor = np.float32(1) / np.sqrt(squares(x, mean, count) / np.float32(model.head_size) + model.epsilon)
        normed(x, x, gain, mean, factor, count)
    if block.turns:
        angles = block.turns + position * model.d_head * 4
        turned(x, x, angles, angles + model.d_head * 2, model.d_head // (2 * ROWS))


@compiled
@no_type_check
def listen(model, block, layer, thread):  # noqa: ANN001, ANN201
    """All heads; whoever is done takes the next, those that listen to most first."""
    texts = model.n_tokens if model.together else 1
    columns = model.n_tokens // texts * (model.n_heads // model.n_kv_heads)
    pieces = -(-columns // COLUMNS)
    units = texts * pieces * model.n_kv_heads
    before = layer * (units + model.threads)  # each thread asks once more than there is
    unit = increased(model.claims) - before
    while unit < units:
        piece = texts * pieces - 1 - unit // model.n_kv_heads
        first = piece % pieces * COLUMNS
        place = (layer, piece // pieces, unit % model.n_kv_heads)
        _listen_some(model, block, place, (first, min(first + COLUMNS, columns)), thread)
        unit = increased(model.claims) - before


@compiled
@no_type_check
def _listen_some(model, block, place, columns, thread):  # noqa: ANN001, ANN202
    """Some queries of a text, (first, last), that share a key-value head; the place is (block, text, head)."""
    layer, number, head = place
    text = numba.carray(pointer(model.texts), number + 1, TEXT)[number]
    shared, before = model.n_heads // model.n_kv_heads, number * (model.n_heads // model.n_kv_heads)
    first, count = columns[0], columns[1] - columns[0]
    earliest = max(0, text.position + first // shared + 1 - block.window) // GROUP * GROUP
    end = -(-(text.position + (columns[1] - 1) // shared + 1) // GROUP) * GROUP
    row, head_row = model.capacity * 4, model.d_head * 4
    patterns, answers = model.patterns + thread * COLUMNS * row, model.answers + thread * COLUMNS * head_row
    queries = model.queries + (head * model.n_tokens * shared + before + first) * head_row
    rows = (layer * model.n_kv_heads + head) * text.capacity
    keys, key_tile = text.keys + rows * model.d_head * model.number, model.d_head * ROWS * model.number
    for tile in range(earliest // ROWS, end // ROWS):
        _times_tile(model, (keys + tile * key_tile, model.d_head // GROUP), count, (queries, head_row),
                    (patterns + tile * _TILE, row))
    for column in range(count):
        seen = text.position + (first + column) // shared + 1
        sizes = (text.key_sizes + rows * 4, text.value_sizes + rows * 4) if model.number == 1 else (0, 0)
        _attend(patterns + column * row, (earliest, max(0, seen - block.window), seen, end), block.cap, sizes)
    values = text.values + (rows * model.d_head + earliest * ROWS) * model.number
    for tile in range(model.d_head // ROWS):
        _times_tile(model, (values + tile * text.capacity * ROWS * model.number, (end - earliest) // GROUP), count,
                    (patterns + earliest * 4, row), (answers + tile * _TILE, head_row))
    for column in range(count):
        token, asked = number + (first + column) // shared, head * shared + (first + column) % shared
        out = model.heads + (token * model.heads_width + asked * model.head_size) * 4
        _copy(out, answers + column * head_row, model.head_size)


@compiled
@no_type_check
def _copy(out, x, size):  # noqa: ANN001, ANN202
    """A head of any size; nothing behind it is touched, as that may be another's."""
    times(out, x, np.float32(1), size // ROWS)
    if size % ROWS:
        into, taken = numba.carray(pointer(out), size, np.float32), numba.carray(pointer(x), size, np.float32)
        for place in range(size // ROWS * ROWS, size):
            into[place] = taken[place]


@compiled
@no_type_check
def _times_tile(model, tile, count, x, out):  # noqa: ANN001, ANN202
    """A tile of plain numbers, (address, groups of inputs), times rows; those are (address, bytes to the next)."""
    layout = WHOLE if model.number == 1 else _HALF
    if count == COLUMNS:
        call_tile(model.several, layout, tile[0], tile[1], x[0], x[1], 0, 0, out[0], out[1])
        return
    for row in range(count):
        call_tile(model.one, layout, tile[0], tile[1], x[0] + row * x[1], x[1], 0, 0, out[0] + row * out[1], out[1])


@compiled
@no_type_check
def _attend(scores, bounds, cap, sizes):  # noqa: ANN001, ANN202
    """Scores to a pattern that adds up to 1, times the sizes of values where they have some.

    The bounds are where there are scores, where they count, and their ends; the sizes those of keys and of values.
    """
    first, begin, end, last = bounds
    x, count = scores + first * 4, (last - first) // ROWS
    row = numba.carray(pointer(scores), last, np.float32)
    if sizes[0]:
        multiplied(x, sizes[0] + first * 4, count)
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
    if sizes[1]:
        multiplied(x, sizes[1] + first * 4, count)
