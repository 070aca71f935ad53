"""The random choices for one sentence, compiled (extra `fast`).

Which words are kept, how far each looks, what it is told apart from: `plain.sentences` and `plain.batches` say it too.

`no_type_check` keeps the shape checks of the test run out of compiled code. Arrays are taken out of their tuples once:
in a loop that would be counted.
"""

import math
from typing import NamedTuple, no_type_check

import numba
import numpy as np

from armillary.shapes import Float32, Int64
from armillary.train.words.instructions import COUNTED, LANES, prefetch
from armillary.train.words.shard import GROUP, LONGEST

compiled = numba.njit(nogil=True, cache=True, boundscheck=False)
inlined = numba.njit(nogil=True, cache=True, boundscheck=False, inline="always")

_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


class Drawn(NamedTuple):
    """What was drawn for a sentence.

    Successive centres in a batch are told apart from the same random words. Line b holds the outputs of batch b in
    whole groups; its first place is left to the centres, whose own outputs are in `heads`.

    Attributes:
        words: kept ones, in the order that they are centres.
        reaches: how far the context of each goes.
        heads: where the first output of each begins.
        counts: (b,) how many outputs a line holds.
        offsets: (b, o) where they begin.
        labels: (b, o) 1 or 0.
        live: (b, o) 1 where an output counts, else 0.
    """

    words: Int64[np.ndarray, "w"]
    reaches: Int64[np.ndarray, "w"]
    heads: Int64[np.ndarray, "w"]
    counts: Int64[np.ndarray, "b"]
    offsets: Int64[np.ndarray, "b o"]
    labels: Float32[np.ndarray, "b o"]
    live: Float32[np.ndarray, "b o"]


@inlined
@no_type_check
def _bits(state):  # noqa: ANN001, ANN202
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@inlined
@no_type_check
def _below(state, limit):  # noqa: ANN001, ANN202
    return np.int64(((_bits(state) >> _HALF) * np.uint64(limit)) >> _HALF)


@inlined
@no_type_check
def _draw(state, alias):  # noqa: ANN001, ANN202
    bits = _bits(state)
    row = np.int64(((bits >> _HALF) * np.uint64(len(alias))) >> _HALF)
    return row if (bits & _LOW) < np.uint64(alias[row, 0]) else np.int64(alias[row, 1])


@compiled
@no_type_check
def room_for(targets, batch, size):  # noqa: ANN001, ANN201
    """Room for what is drawn for a sentence; what fills the last group goes to the last row and does not count.

    A line has more room than it needs, so that a whole vector can be loaded at its last group.
    """
    most = 1 + targets.negative
    for word in range(len(targets.starts) - 1):
        most = max(most, targets.starts[word + 1] - targets.starts[word])
    lines, most = -(-LONGEST // batch), -(-most // GROUP) * GROUP
    offsets = np.full((lines, most), len(targets.alias) * size, np.int64)
    labels, live = np.zeros((lines, most + LANES), np.float32), np.zeros((lines, most + LANES), np.float32)
    live[:, 0] = 1
    labels[:, 0] = 1
    words, reaches, heads = np.empty((3, LONGEST), np.int64)
    return Drawn(words, reaches, heads, np.full(lines, most), offsets, labels, live)


@compiled
@no_type_check
def next_sentence(ids, at, keep, state, words):  # noqa: ANN001, ANN201
    """The words of the next sentence that are kept: where the one after it begins, and how many words there are."""
    length = 0
    while at < len(ids) and length < LONGEST:
        word = ids[at]
        at += 1
        if word < 0:
            if length > 0:
                break
        elif (_bits(state) >> _HALF) <= np.uint64(keep[word]):
            words[length] = word
            length += 1
    return at, length


@inlined
@no_type_check
def set_apart(kept, length, centres, order, words):  # noqa: ANN001, ANN201
    """Put the words in the order that they are centres: those of a batch a quarter of the sentence apart."""
    step, turn = -(-length // centres), 0
    for first in range(step):
        for place in range(first, length, step):
            order[turn], words[turn] = place, kept[place]
            turn += 1


@compiled
@no_type_check
def draw(drawn, length, batch, targets, window, state, size):  # noqa: ANN001, ANN201
    """Draw for each batch how far its centres look and which random words they are told apart from."""
    words, reaches, heads = drawn.words, drawn.reaches, drawn.heads
    for line in range(-(-length // batch)):
        here = slice(line * batch, min((line + 1) * batch, length))
        for place in range(here.start, here.stop):
            reaches[place] = 1 + _below(state, window)
            heads[place] = words[place] * size
        if targets.negative:
            _negatives(words[here], targets, state, drawn.offsets[line], drawn.live[line], size)
        else:
            drawn.counts[line] = _way(words[line], targets, drawn, line, size)
            heads[line] = drawn.offsets[line, 0]


@inlined
@no_type_check
def _way(word, targets, drawn, line, size):  # noqa: ANN001, ANN202
    """The turns on the way to a word, in whole groups; gives how many outputs they are."""
    offsets, labels, live = drawn.offsets[line], drawn.labels[line], drawn.live[line]
    start, end = targets.starts[word], targets.starts[word + 1]
    for place in range(len(offsets)):
        if start + place < end:
            offsets[place] = np.int64(targets.nodes[start + place]) * size
            labels[place], live[place] = targets.turns[start + place], 1
        else:
            offsets[place], live[place] = len(targets.alias) * size, 0
    return -(-(end - start) // GROUP) * GROUP


@inlined
@no_type_check
def _negatives(centres, targets, state, offsets, live, size):  # noqa: ANN001, ANN202
    """Random words; one that is there already, or is a centre, goes to the last row and does not count."""
    alias = targets.alias
    nowhere = np.int64(len(alias)) * size
    for place in range(1, 1 + targets.negative):
        word = _draw(state, alias)
        offset, counts = word * size, np.float32(1)
        for centre in centres:
            if centre == word:
                counts = np.float32(0)
        for earlier in range(1, place):
            if offsets[earlier] == offset:
                counts = np.float32(0)
        live[place] = counts
        offsets[place] = offset if counts > 0 else nowhere


@inlined
@no_type_check
def bring(matrix, offset, size):  # noqa: ANN001, ANN201
    """Ask for a row that will be needed soon."""
    for number in range(0, size, LANES):
        prefetch(matrix, offset + number)


@inlined
@no_type_check
def bring_first_outputs(outputs, drawn, centres, size):  # noqa: ANN001, ANN201
    """Ask for what the first centres of a sentence are told apart from; the others' are asked for a batch ahead."""
    for output in range(1, drawn.counts[0]):
        bring(outputs, drawn.offsets[0, output], size)
    for turn in range(centres):
        bring(outputs, drawn.heads[turn], size)


@inlined
@no_type_check
def tally_of_nothing():  # noqa: ANN201
    """A loss of 0, as `block` counts it: 16 mantissas, 16 exponents, 16 numbers to be taken off; and to be counted."""
    tally = np.zeros(COUNTED + 1, np.float32)
    tally[:LANES] = tally[COUNTED] = 1
    return tally


@compiled
@no_type_check
def nats(tally):  # noqa: ANN001, ANN201
    """The loss that was tallied."""
    total = 0.0
    for lane in range(LANES):
        total += tally[LANES + lane] + math.log2(tally[lane]) - tally[2 * LANES + lane]
    return total * math.log(2.0)
