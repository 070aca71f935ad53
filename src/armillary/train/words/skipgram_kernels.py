"""Skip-gram, compiled (extra `fast`): each word around a centre predicts it. `plain.skipgram` says the same."""

from typing import no_type_check

import numpy as np

from armillary.train.words.block import make_block
from armillary.train.words.draws import bring, compiled, draw, inlined, nats, next_sentence, room_for, tally_of_nothing
from armillary.train.words.shard import BLOCK, GROUP, SKIPGRAM_BATCH, How, Net, Targets, Text

_one, _two, _three, _four = (make_block(rows) for rows in (1, 2, 3, 4))


@compiled
@no_type_check
def learn(text: Text, net: Net, targets: Targets, how: How):  # noqa: ANN201
    """Learn from a stretch of text: the pairs, and the sum of their losses in nats."""
    state, tally = np.array([how.state], np.uint64), tally_of_nothing()
    batch = SKIPGRAM_BATCH if targets.negative else 1
    drawn, context = room_for(targets, batch, net.size), np.empty((2, 2 * how.window), np.int64)
    at, pairs = 0, 0
    while at < len(text.ids):
        at, length = next_sentence(text.ids, at, text.keep, state, drawn.words)
        if length > 1:
            draw(drawn, length, batch, targets, how.window, state, net.size)
            pairs += _sentence(drawn, length, batch, net, how, context, tally)
    return pairs, nats(tally)


@compiled
@no_type_check
def _sentence(drawn, length, batch, net, how, context, tally):  # noqa: ANN001, ANN202
    """Learn from one sentence; gives the pairs."""
    words, (_, reaches, heads, counts, lines, labels, live) = drawn.words[:length], drawn
    size, outputs, rate, pairs = net.size, net.outputs, np.float32(how.rate), 0
    for place in range(length):
        line = place // batch
        offsets, ahead = lines[line], place + how.window + 1
        if place % batch == 0 and place + batch < length:
            for output in range(1, counts[line + 1]):
                bring(outputs, lines[line + 1, output], size)
        if place + 1 < length:
            bring(outputs, heads[place + 1], size)
        if ahead < length:
            bring(net.inputs, words[ahead] * size, size)
        offsets[0] = heads[place]
        count = _around(words, place, reaches[place], net, context)
        for group in range(0, counts[line], GROUP):
            _all(net, context, count, offsets, labels[line], live[line], group, rate, tally)
        pairs += count
    return pairs


@inlined
@no_type_check
def _around(words, place, reach, net, context):  # noqa: ANN001, ANN202
    """Where the inputs around a place begin, and where their changes go; gives how many they are."""
    count, size, into = 0, net.size, net.into
    for other in range(max(0, place - reach), min(len(words), place + reach + 1)):
        if other != place:
            context[0, count] = words[other] * size
            context[1, count] = into[words[other]] * size
            count += 1
    return count


@inlined
@no_type_check
def _all(net, context, count, offsets, labels, live, group, rate, tally):  # noqa: ANN001, ANN202
    """One group of outputs against all inputs, four at a time."""
    inputs, outputs, _, size = net
    where, goes = context[0], context[1]
    first = 0
    while count - first >= BLOCK:
        _four(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
        first += BLOCK
    if count - first == 3:
        _three(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
    elif count - first == 2:
        _two(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
    elif count - first == 1:
        _one(inputs, outputs, where, goes, first, offsets, group, offsets, labels, live, group, rate, tally, size)
