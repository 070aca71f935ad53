"""Skip-gram, compiled (extra `fast`): each word around a centre predicts it. `plain.skipgram` says the same.

The centres of a batch learn one after the other; what they share are the random words. They lie far apart in the
sentence (see `draws.set_apart`), so that no input meets the same random words twice. The loss is that of the first
inputs that meet them: those after see outputs that have just learned what is asked.
"""

from typing import NamedTuple, no_type_check

import numpy as np

from armillary.shapes import Int64
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
from armillary.train.words.instructions import COUNTED
from armillary.train.words.merging import learned, next_shard, task, together
from armillary.train.words.shard import BLOCK, GROUP, LONGEST, How, Net, Targets, Text

_one, _two, _three, _four = (make_block(rows) for rows in (1, 2, 3, 4))


class Sentence(NamedTuple):
    """Where the inputs of a sentence lie.

    Attributes:
        order: the places of the sentence, in the order that they are centres.
        where: where the input of each word begins.
        goes: where its changes go.
        near: (2, c) the same for the words around one centre.
    """

    order: Int64[np.ndarray, "w"]
    where: Int64[np.ndarray, "w"]
    goes: Int64[np.ndarray, "w"]
    near: Int64[np.ndarray, "2 c"]


@compiled
@no_type_check
def learn(text: Text, net: Net, targets: Targets, how: How):  # noqa: ANN201
    """Learn from a stretch of text: the pairs, and the sum of their losses in nats."""
    state, tally, size = np.array([how.state], np.uint64), tally_of_nothing(), net.size
    batch = BLOCK if targets.negative else 1
    kept, order, where, goes = np.empty((4, LONGEST), np.int64)
    sentence = Sentence(order, where, goes, np.empty((2, 2 * how.window), np.int64))
    drawn, at, pairs, counted = room_for(targets, batch, size), 0, 0, 0
    while at < len(text.ids):
        at, length = next_sentence(text.ids, at, text.keep, state, kept)
        if length > 1:
            for place in range(length):
                where[place], goes[place] = kept[place] * size, net.into[kept[place]] * size
                bring(net.inputs, where[place], size)  # all at once: the first batches alone meet half of them
            set_apart(kept, length, batch, order, drawn.words)
            draw(drawn, length, batch, targets, how.window, state, size)
            bring_first_outputs(net.outputs, drawn, 1, size)
            more, met = _sentence(drawn, length, batch, net, how, sentence, tally)
            pairs, counted = pairs + more, counted + met
    return pairs, nats(tally) * pairs / max(1, counted)


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
def _sentence(drawn, length, batch, net, how, sentence, tally):  # noqa: ANN001, ANN202
    """Learn from one sentence; gives the pairs, and how many of them the loss is of."""
    reaches, heads, counts, lines, labels, live = drawn[1:]
    size, outputs, rate, pairs, counted = net.size, net.outputs, np.float32(how.rate), 0, 0
    for turn in range(length):
        line, place = turn // batch, sentence.order[turn]
        offsets = lines[line]
        if turn % batch == 0 and turn + batch < length:
            for output in range(1, counts[line + 1]):
                bring(outputs, lines[line + 1, output], size)
        if turn + 1 < length:
            bring(outputs, heads[turn + 1], size)
        offsets[0] = heads[turn]
        count = _around(place, reaches[turn], length, sentence)
        for group in range(0, counts[line], GROUP):
            tally[COUNTED] = turn % batch == 0
            all_around(net, sentence.near, count, offsets, labels[line], live[line], group, rate, tally)
        pairs += count
        if turn % batch == 0:
            counted += min(count, BLOCK)
    return pairs, counted


@inlined
@no_type_check
def _around(place, reach, length, sentence):  # noqa: ANN001, ANN202
    """Where the inputs around a place begin, and where their changes go; gives how many they are."""
    count, near = 0, sentence.near
    for other in range(max(0, place - reach), min(length, place + reach + 1)):
        if other != place:
            near[0, count], near[1, count] = sentence.where[other], sentence.goes[other]
            count += 1
    return count


@inlined
@no_type_check
def all_around(net, near, count, offsets, labels, live, group, rate, tally):  # noqa: ANN001, ANN201
    """One group of outputs against all inputs, four at a time; the loss of the first four at most is counted."""
    inputs, outputs, _, size = net
    where, goes = near[0], near[1]
    first = 0
    while count - first >= BLOCK:
        _four(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
        first += BLOCK
        tally[COUNTED] = 0
    if count - first == 3:
        _three(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
    elif count - first == 2:
        _two(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
    elif count - first == 1:
        _one(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
