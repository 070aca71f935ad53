"""The kernels, compiled (numba, extra `fast`): a matrix times rows, norms, the MLP, and all blocks in turn.

Each thread runs `forward` from its beginning to its end, and they meet wherever one needs what another has made. Which
thread does what never changes a bit: a number is always made by one, in one order. Where a single token is read, every
thread keeps a copy of its point, so that norms need no meeting.
"""

from typing import NamedTuple, no_type_check

import numba
import numpy as np

from armillary.speak.fast import records
from armillary.speak.fast.layouts import AT_ONCE, COLUMNS, GROUP, PLAIN, ROWS
from armillary.speak.fast.listening import listen, listen_alone, place_heads
from armillary.speak.fast.rows import (
    GELU_TANH,
    SILU,
    capped,
    gelu_tanh,
    multiplied,
    normed,
    plus,
    quantise,
    relu,
    silu,
    squares,
    total,
)
from armillary.speak.fast.sync import compiled, meet, pointer
from armillary.speak.fast.tile import call_tile

TILE = 4 * ROWS
"""Bytes of what comes of a tile and one row."""

_MODEL, _BLOCK, _MATRIX, _OF_A_BLOCK = records.MODEL, records.BLOCK, records.MATRIX, len(records.MATRICES)


class Inputs(NamedTuple):
    """Rows that matrices are multiplied with: addresses of the first, and bytes from one to the next.

    And the addresses of the two functions that do it: for one row, and for COLUMNS of them.
    """

    floats: int
    floats_bytes: int
    levels: int
    levels_bytes: int
    steps: int
    steps_bytes: int
    one: int
    several: int


@compiled
@no_type_check
def multiply(matrix, place, inputs, n, out, out_bytes):  # noqa: ANN001, ANN201
    """N rows of inputs times one tile of a matrix: 16 numbers for each."""
    tile = matrix.tiles + place * matrix.bytes
    x, x_bytes = inputs.levels, inputs.levels_bytes
    if matrix.layout >= PLAIN:
        x, x_bytes = inputs.floats, inputs.floats_bytes
    row = 0
    while row < n:
        several = row + COLUMNS <= n
        function, steps = inputs.several if several else inputs.one, inputs.steps + row * inputs.steps_bytes
        call_tile(function, matrix.layout, tile, matrix.groups, x + row * x_bytes, x_bytes, steps, inputs.steps_bytes,
                  out + row * out_bytes, out_bytes)
        row += COLUMNS if several else 1
    if matrix.bias:
        for row in range(n):
            plus(out + row * out_bytes, matrix.bias + place * TILE, 1)


@compiled
@no_type_check
def share(count, thread, threads):  # noqa: ANN001, ANN201
    """The part of `count` things that is a thread's."""
    return count * thread // threads, count * (thread + 1) // threads


@compiled
@no_type_check
def norm(model, out, x, gain, bias):  # noqa: ANN001, ANN201
    """A point brought to scale."""
    count, size, mean = model.d_model // ROWS, np.float32(model.size), np.float32(0)
    if model.layer_norm:
        mean = total(x, count) / size
    summed = squares(x, mean, count)
    if model.size < model.d_model:  # what fills it up was counted as if it were 0
        summed -= np.float32(model.d_model - model.size) * mean * mean
    factor = np.float32(1) / np.sqrt(summed / size + model.epsilon)
    normed(out, x, gain, mean, factor, count)
    if bias:
        plus(out, bias, count)


@compiled
@no_type_check
def prepare(model, source, slot, gain, bias):  # noqa: ANN001, ANN201
    """Norm a point, and put it where matrices take it from."""
    out = model.normed + slot * model.d_model * 4
    norm(model, out, model.points + source * model.d_model * 4, gain, bias)
    quantise(out, model.d_model // GROUP, model.levels + slot * model.levels_bytes,
             model.steps + slot * model.steps_bytes)


@compiled
@no_type_check
def add(model, source, slot, gain, bias):  # noqa: ANN001, ANN201
    """Add to a point what attention or the MLP has made; normed first, where there is a gain for it."""
    change, count = model.change + source * model.d_model * 4, model.d_model // ROWS
    if gain:
        out = model.normed + slot * model.d_model * 4
        norm(model, out, change, gain, bias)
        change = out
    plus(model.points + slot * model.d_model * 4, change, count)


@compiled
@no_type_check
def inputs_at(model, floats, floats_row, size, slot):  # noqa: ANN001, ANN201
    """Inputs of `size` numbers: float32 from a row on, levels from a slot on."""
    return Inputs(floats + floats_row * size * 4, size * 4, model.levels + slot * model.levels_bytes,
                  model.levels_bytes, model.steps + slot * model.steps_bytes, model.steps_bytes, model.one,
                  model.several)


@compiled
@no_type_check
def project(model, first, count, inputs, thread):  # noqa: ANN001, ANN201
    """Some matrices side by side, times all rows: queries, keys and values."""
    matrices = numba.carray(pointer(model.matrices), first + count, _MATRIX)
    rows, width, begin = 0, 0, 0
    for place in range(first, first + count):
        rows += matrices[place].rows
    width = rows * TILE
    start, end = share(rows, thread, model.threads)
    for place in range(first, first + count):
        matrix = matrices[place]
        for tile in range(max(start - begin, 0), min(end - begin, matrix.rows)):
            multiply(matrix, tile, inputs, model.n_tokens, model.qkv + (begin + tile) * TILE, width)
        begin += matrix.rows


@compiled
@no_type_check
def change(model, place, floats, size, slot, thread):  # noqa: ANN001, ANN201
    """What a matrix makes of all rows, given as float32 of `size` numbers: what is to be added to the points."""
    matrix = numba.carray(pointer(model.matrices), place + 1, _MATRIX)[place]
    inputs = inputs_at(model, floats, 0, size, slot)
    start, end = share(matrix.rows, thread, model.threads)
    for tile in range(start, end):
        multiply(matrix, tile, inputs, model.n_tokens, model.change + tile * TILE, model.d_model * 4)


@compiled
@no_type_check
def levelled(model, floats, size, slots):  # noqa: ANN001, ANN201
    """Rows of float32 as levels; slots are (first, last), and a single token's row is the first for all threads."""
    for slot in range(slots[0], slots[1]):
        row = 0 if model.n_tokens == 1 else slot
        quantise(floats + row * size * 4, size // GROUP, model.levels + slot * model.levels_bytes,
                 model.steps + slot * model.steps_bytes)


@compiled
@no_type_check
def mlp(model, first, inputs, thread):  # noqa: ANN001, ANN201
    """What stands between the two halves of an MLP, a strip of all rows after the other.

    Of few rows a strip takes many tiles, as memory gives one matrix faster than two in turn.
    """
    matrices = numba.carray(pointer(model.matrices), first + _OF_A_BLOCK, _MATRIX)
    into, also = matrices[first + (records.GATE if model.gated else records.IN)], matrices[first + records.IN]
    n, size, strip = model.n_tokens, model.d_mlp * 4, AT_ONCE // model.n_tokens
    up, up_size = model.up + thread * AT_ONCE * TILE, strip * TILE
    start, end = share(into.rows, thread, model.threads)
    for begin in range(start, end, strip):
        out, count = model.gate + begin * TILE, min(strip, end - begin)
        for tile in range(count):
            multiply(into, begin + tile, inputs, n, out + tile * TILE, size)
        if model.gated:
            for tile in range(count):
                multiply(also, begin + tile, inputs, n, up + tile * TILE, up_size)
        for row in range(n):
            activate(model.activation, out + row * size, count)
            if model.gated:
                multiplied(out + row * size, up + row * up_size, count)


@compiled
@no_type_check
def activate(number, x, count):  # noqa: ANN001, ANN201
    """The activation of some tiles."""
    if number == SILU:
        silu(x, count)
    elif number == GELU_TANH:
        gelu_tanh(x, count)
    else:
        relu(x, count)


@compiled
@no_type_check
def score(model, alone, thread):  # noqa: ANN001, ANN201
    """The scores after the last points; a thread's part of the tokens."""
    matrix = numba.carray(pointer(model.matrices), model.n_layers * _OF_A_BLOCK + 1, _MATRIX)[
        model.n_layers * _OF_A_BLOCK]
    slot = thread if model.wanted == 1 else model.n_tokens - model.wanted
    inputs = inputs_at(model, model.normed, slot, model.d_model, slot)
    start, end = share(matrix.rows, thread, model.threads)
    for tile in range(start, end):
        out = model.scores + tile * TILE
        multiply(matrix, tile, inputs, model.wanted, out, model.scores_bytes)
        if model.cap > 0:
            for row in range(model.wanted):
                capped(out + row * model.scores_bytes, model.cap, 1)


@compiled
@no_type_check
def attention(model, layer, slots, thread, turn):  # noqa: ANN001, ANN201
    """What a block's heads make of the points."""
    block = numba.carray(pointer(model.blocks), layer + 1, _BLOCK)[layer]
    first, alone = layer * _OF_A_BLOCK, model.n_tokens == 1
    for slot in range(slots[0], slots[1]):
        prepare(model, slot, slot, block.before_attention_gain, block.before_attention_bias)
    own = thread if alone else 0
    if not alone:
        turn = meet(model, turn)
    project(model, first, 3, inputs_at(model, model.normed, own, model.d_model, own), thread)
    turn = meet(model, turn)
    if alone:
        listen_alone(model, block, layer, thread)
    else:
        place_heads(model, block, layer, thread)
        turn = meet(model, turn)
        listen(model, block, layer, thread)
    turn = meet(model, turn)
    width = model.heads_width
    levelled(model, model.heads, width, slots)
    if not alone:
        turn = meet(model, turn)
    change(model, first + records.O, model.heads, width, own, thread)
    turn = meet(model, turn)
    for slot in range(slots[0], slots[1]):
        add(model, 0 if alone else slot, slot, block.after_attention_gain, block.after_attention_bias)
    return turn


@compiled
@no_type_check
def thought(model, layer, slots, thread, turn):  # noqa: ANN001, ANN201
    """What a block's MLP makes of the points."""
    block = numba.carray(pointer(model.blocks), layer + 1, _BLOCK)[layer]
    first, alone = layer * _OF_A_BLOCK, model.n_tokens == 1
    for slot in range(slots[0], slots[1]):
        prepare(model, slot, slot, block.before_mlp_gain, block.before_mlp_bias)
    own = thread if alone else 0
    if not alone:
        turn = meet(model, turn)
    mlp(model, first, inputs_at(model, model.normed, own, model.d_model, own), thread)
    turn = meet(model, turn)
    levelled(model, model.gate, model.d_mlp, slots)
    if not alone:
        turn = meet(model, turn)
    change(model, first + records.OUT, model.gate, model.d_mlp, own, thread)
    turn = meet(model, turn)
    for slot in range(slots[0], slots[1]):
        add(model, 0 if alone else slot, slot, block.after_mlp_gain, block.after_mlp_bias)
    return turn


@compiled
@no_type_check
def forward(address, thread):  # noqa: ANN001, ANN201
    """Read the tokens whose points are in their places: keys and values are kept, the scores that are wanted made.

    Gives how many had arrived at the last meeting.
    """
    model = numba.carray(pointer(address), 1, _MODEL)[0]
    alone, turn = model.n_tokens == 1, 0
    slots = (thread, thread + 1) if alone else share(model.n_tokens, thread, model.threads)
    for layer in range(model.n_layers):
        turn = attention(model, layer, slots, thread, turn)
        turn = thought(model, layer, slots, thread, turn)
    turn = meet(model, turn)
    if model.wanted == 1:
        prepare(model, thread if alone else model.n_tokens - 1, thread, model.final_gain, model.final_bias)
    else:
        for slot in range(slots[0], slots[1]):
            prepare(model, slot, slot, model.final_gain, model.final_bias)
        turn = meet(model, turn)
    if model.wanted:
        score(model, alone, thread)
    return turn
