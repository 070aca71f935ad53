"""CBOW, compiled (extra `fast`): the mean of the words around a centre predicts it. `plain.cbow` says the same.

The centres of a batch learn at once: the mean of each against its centre and the random words that they share.
"""

from typing import NamedTuple, no_type_check

import numpy as np

from armillary.shapes import Float32, Int64
from armillary.train.words.block import make_block
from armillary.train.words.draws import bring, compiled, draw, inlined, nats, next_sentence, room_for, tally_of_nothing
from armillary.train.words.rows import hand_back, mean_of
from armillary.train.words.shard import BLOCK, GROUP, How, Net, Targets, Text

_own_one, _own_two, _own_three, _own_four = (make_block(rows, own=True) for rows in (1, 2, 3, 4))
_one = make_block(1)


class Batch(NamedTuple):
    """Room for the means of successive centres.

    Attributes:
        where: where the inputs around the centres begin, those of one centre after those of another.
        goes: where their changes go.
        ends: how far the inputs of each centre reach; the first begin at 0.
        means: of each as it was, then of each as it changed.
        before: where each begins as it was.
        after: where each begins as it changed.
    """

    where: Int64[np.ndarray, "c"]
    goes: Int64[np.ndarray, "c"]
    ends: Int64[np.ndarray, "b1"]
    means: Float32[np.ndarray, "n"]
    before: Int64[np.ndarray, "b"]
    after: Int64[np.ndarray, "b"]


@compiled
@no_type_check
def learn(text: Text, net: Net, targets: Targets, how: How):  # noqa: ANN201
    """Learn from a stretch of text: the centres, and the sum of their losses in nats."""
    state, tally, size = np.array([how.state], np.uint64), tally_of_nothing(), net.size
    centres = BLOCK if targets.negative else 1
    where, goes = np.empty((2, 2 * BLOCK * how.window), np.int64)
    starts = np.arange(2 * BLOCK) * size
    means = np.zeros(2 * BLOCK * size, np.float32)
    batch = Batch(where, goes, np.zeros(BLOCK + 1, np.int64), means, starts[:BLOCK], starts[BLOCK:])
    drawn, at, total = room_for(targets, centres, size), 0, 0
    while at < len(text.ids):
        at, length = next_sentence(text.ids, at, text.keep, state, drawn.words)
        if length > 1:
            draw(drawn, length, centres, targets, how.window, state, size)
            _sentence(drawn, length, centres, net, how, batch, tally)
            total += length
    return total, nats(tally)


@compiled
@no_type_check
def _sentence(drawn, length, centres, net, how, batch, tally):  # noqa: ANN001, ANN202
    """Learn from one sentence, bringing the rows of the next batch meanwhile."""
    words, (_, reaches, heads, counts, lines, labels, live) = drawn.words[:length], drawn
    inputs, outputs, _, size = net
    where, goes, ends, means, before, after = batch
    rate = np.float32(how.rate)
    for first in range(0, length, centres):
        line, last = first // centres, min(first + centres, length)
        rows = last - first
        if last < length:
            for output in range(1, counts[line + 1]):
                bring(outputs, lines[line + 1, output], size)
            for place in range(last, min(last + centres, length)):
                bring(outputs, heads[place], size)
                if place + how.window < length:
                    bring(inputs, words[place + how.window] * size, size)
        for row in range(rows):
            end = _around(words, first + row, reaches[first + row], net, batch, ends[row])
            mean_of(inputs, where, ends[row], end - ends[row], means, before[row], size)
            ends[row + 1] = end
        _told_apart(outputs, batch, rows, heads, first, lines[line], labels[line], live[line], rate, tally, size)
        for group in range(GROUP, counts[line], GROUP):
            for row in range(rows):
                _one(means, outputs, after, after, row, lines[line], group, lines[line], labels[line], live[line],
                     group, rate, tally, size)
        for row in range(rows):
            hand_back(inputs, where, goes, ends[row], ends[row + 1] - ends[row], means, after[row], before[row], size)


@inlined
@no_type_check
def _around(words, place, reach, net, batch, end):  # noqa: ANN001, ANN202
    """Where the inputs around a place begin, and where their changes go; gives where they end."""
    where, goes, size, into = batch.where, batch.goes, net.size, net.into
    for other in range(max(0, place - reach), min(len(words), place + reach + 1)):
        if other != place:
            where[end] = words[other] * size
            goes[end] = into[words[other]] * size
            end += 1
    return end


@inlined
@no_type_check
def _told_apart(outputs, batch, rows, heads, head, offsets, labels, live, rate, tally, size):  # noqa: ANN001, ANN202
    """The first group of outputs: the mean of each centre against its own and those that they share."""
    means, before, after = batch.means, batch.before, batch.after
    if rows == 4:
        _own_four(means, outputs, before, after, 0, heads, head, offsets, labels, live, 0, rate, tally, size)
    elif rows == 3:
        _own_three(means, outputs, before, after, 0, heads, head, offsets, labels, live, 0, rate, tally, size)
    elif rows == 2:
        _own_two(means, outputs, before, after, 0, heads, head, offsets, labels, live, 0, rate, tally, size)
    else:
        _own_one(means, outputs, before, after, 0, heads, head, offsets, labels, live, 0, rate, tally, size)
