"""CBOW, compiled (extra `fast`): the mean of the words around a centre predicts it. `plain.cbow` says the same.

The centres of a batch learn at once: the mean of each against its centre and the random words that they share. They lie
far apart in the sentence, so that what they have in common is the random words alone: successive centres, whose
contexts overlap, cost half a point of Google's analogies on eight million words of Wikipedia.
"""

from typing import NamedTuple, no_type_check

import numpy as np

from armillary.shapes import Float32, Int64
from armillary.train.words.block import make_block
from armillary.train.words.draws import (
    bring,
    bring_first_outputs,
    compiled,
    draw,
    inlined,
    nats,
    next_sentence,
    room_for,
    set_apart,
    tally_of_nothing,
)
from armillary.train.words.merging import learned, next_shard, task, together
from armillary.train.words.rows import hand_around, mean_around
from armillary.train.words.shard import BLOCK, GROUP, LONGEST, How, Net, Targets, Text

_own_one, _own_two, _own_three, _own_four = (make_block(rows, own=True) for rows in (1, 2, 3, 4))
_one = make_block(1)


class Batch(NamedTuple):
    """Room for the means of successive centres.

    Attributes:
        order: the places of the sentence, in the order that they are centres.
        where: where the input of each word of the sentence begins.
        goes: where its changes go.
        means: of each as it was, then of each as it changed.
        before: where each begins as it was.
        after: where each begins as it changed.
    """

    order: Int64[np.ndarray, "w"]
    where: Int64[np.ndarray, "w"]
    goes: Int64[np.ndarray, "w"]
    means: Float32[np.ndarray, "n"]
    before: Int64[np.ndarray, "b"]
    after: Int64[np.ndarray, "b"]


@compiled
@no_type_check
def learn(text: Text, net: Net, targets: Targets, how: How):  # noqa: ANN201
    """Learn from a stretch of text: the centres, and the sum of their losses in nats."""
    state, tally, size = np.array([how.state], np.uint64), tally_of_nothing(), net.size
    centres = BLOCK if targets.negative else 1
    kept, order, where, goes = np.empty((4, LONGEST), np.int64)
    starts = np.arange(2 * BLOCK) * size
    means = np.zeros(2 * BLOCK * size, np.float32)
    batch = Batch(order, where, goes, means, starts[:BLOCK], starts[BLOCK:])
    drawn, at, total = room_for(targets, centres, size), 0, 0
    while at < len(text.ids):
        at, length = next_sentence(text.ids, at, text.keep, state, kept)
        if length > 1:
            for place in range(length):
                where[place], goes[place] = kept[place] * size, net.into[kept[place]] * size
                bring(net.inputs, where[place], size)  # all at once: the first batches alone meet half of them
            set_apart(kept, length, centres, order, drawn.words)
            draw(drawn, length, centres, targets, how.window, state, size)
            bring_first_outputs(net.outputs, drawn, min(centres, length), size)
            _sentence(drawn, length, centres, net, how, batch, tally)
            total += length
    return total, nats(tally)


@compiled
@no_type_check
def take_part(turn, work, copies, targets, how):  # noqa: ANN001, ANN201
    """Take part in the rounds of a step from its round `turn` on (see `merging`); gives the round that is not done."""
    while turn < len(work.rates):
        shard = next_shard(work, turn)
        while shard < work.states.shape[1]:
            text, net, here = task(work, copies, how, turn, shard)
            pairs, loss = learn(text, net, targets, here)
            learned(work, turn, shard, pairs, loss)
            shard = next_shard(work, turn)
        if not together(work, copies, turn):
            break
        turn += 1
    return turn


@compiled
@no_type_check
def _sentence(drawn, length, centres, net, how, batch, tally):  # noqa: ANN001, ANN202
    """Learn from one sentence, bringing what the next batch is told apart from meanwhile."""
    reaches, heads, counts, lines, labels, live = drawn[1:]
    inputs, outputs, _, size = net
    order, where, goes, means, before, after = batch
    rate = np.float32(how.rate)
    for first in range(0, length, centres):
        line, last = first // centres, min(first + centres, length)
        rows = last - first
        if last < length:
            for output in range(1, counts[line + 1]):
                bring(outputs, lines[line + 1, output], size)
            for turn in range(last, min(last + centres, length)):
                bring(outputs, heads[turn], size)
        for row in range(rows):
            place, reach = order[first + row], reaches[first + row]
            begin, count = _around(place, reach, length)
            mean_around(inputs, where, begin, count, place, means, before[row], size)
        _told_apart(outputs, batch, rows, heads, first, lines[line], labels[line], live[line], rate, tally, size)
        for group in range(GROUP, counts[line], GROUP):
            for row in range(rows):
                _one(means, outputs, after, after, row, lines[line], group, lines[line], labels[line], live[line],
                     group, rate, tally, size)
        for row in range(rows):
            place, reach = order[first + row], reaches[first + row]
            begin, count = _around(place, reach, length)
            hand_around(inputs, where, goes, begin, count, place, means, after[row], before[row], size)


@inlined
@no_type_check
def _around(place, reach, length):  # noqa: ANN001, ANN202
    """The first word around a place, and how many there are."""
    begin = max(0, place - reach)
    return begin, min(length, place + reach + 1) - begin - 1


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
