"""The compiled kernels (numba, extra `fast`): a shard's stretch of text, and the merging of shards.

`plain` says the same in plain Python, and a test holds the two equal, bit for bit. `no_type_check` keeps the shape
checks of the test run out of compiled code. Arrays are taken out of their tuples once: in a loop that would be counted.
"""

import math
from typing import NamedTuple, no_type_check

import numba
import numpy as np

from armillary.shapes import Float32, Int64
from armillary.train.words.block import LANES, make_block, prefetch
from armillary.train.words.shard import BLOCK, GROUP, LONGEST, How, Net, Targets, Text

_one, _two, _three, _four = (make_block(rows) for rows in (1, 2, 3, 4))

_compiled = numba.njit(nogil=True, cache=True, boundscheck=False)
_inlined = numba.njit(nogil=True, cache=True, boundscheck=False, inline="always")


class Context(NamedTuple):
    """Where the inputs around a centre begin, and where changes go; their mean, as it is changed and as it was."""

    where: Int64[np.ndarray, "c"]
    goes: Int64[np.ndarray, "c"]
    mean: Float32[np.ndarray, "2 d"]
    zero: Int64[np.ndarray, "1"]


class Chosen(NamedTuple):
    """The outputs of a centre and of the next one: where they begin, their labels, whether they count (1 or 0).

    `counts` says how many there are, `reaches` how far the context of each centre goes.
    """

    offsets: Int64[np.ndarray, "2 o"]
    labels: Float32[np.ndarray, "2 o"]
    live: Float32[np.ndarray, "2 o"]
    counts: Int64[np.ndarray, "2"]
    reaches: Int64[np.ndarray, "2"]


_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


@_inlined
@no_type_check
def _bits(state):  # noqa: ANN001, ANN202
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@_inlined
@no_type_check
def _below(state, limit):  # noqa: ANN001, ANN202
    return np.int64(((_bits(state) >> _HALF) * np.uint64(limit)) >> _HALF)


@_inlined
@no_type_check
def _draw(state, alias):  # noqa: ANN001, ANN202
    bits = _bits(state)
    row = np.int64(((bits >> _HALF) * np.uint64(len(alias))) >> _HALF)
    return row if (bits & _LOW) < np.uint64(alias[row, 0]) else np.int64(alias[row, 1])


@_compiled
@no_type_check
def _sentence(ids, at, keep, state, words):  # noqa: ANN001, ANN202
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


@_inlined
@no_type_check
def _around(words, place, reach, net, context):  # noqa: ANN001, ANN202
    """Where the inputs around a place begin, and where their changes go; gives how many they are."""
    count = 0
    for other in range(max(0, place - reach), min(len(words), place + reach + 1)):
        if other != place:
            context.where[count] = words[other] * net.size
            context.goes[count] = net.into[words[other]] * net.size
            count += 1
    return count


@_inlined
@no_type_check
def _choose(centre, targets, state, chosen, side, size):  # noqa: ANN001, ANN202
    """What a centre is told apart by, in whole groups; gives how many they are.

    What must not count goes to the last row: a random word that is there already, and what fills the last group.
    """
    offsets, labels, live = chosen.offsets[side], chosen.labels[side], chosen.live[side]
    nowhere, count = np.int64(len(targets.alias)) * size, 0
    if targets.negative:
        offsets[0] = centre * size
        count = 1
        while count <= targets.negative:
            offset = _draw(state, targets.alias) * size
            live[count] = 1
            for earlier in range(count):
                if offsets[earlier] == offset:
                    live[count] = 0
            offsets[count] = offset if live[count] > 0 else nowhere
            count += 1
    else:
        for step in range(targets.starts[centre], targets.starts[centre + 1]):
            offsets[count] = np.int64(targets.nodes[step]) * size
            labels[count] = targets.turns[step]
            live[count] = 1
            count += 1
    while count % GROUP:
        offsets[count] = nowhere
        live[count] = 0
        count += 1
    return count


@_compiled
@no_type_check
def learn(text: Text, net: Net, targets: Targets, how: How):  # noqa: ANN201
    """Learn from a stretch of text: the pairs, and the sum of their losses in nats."""
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(how.state)
    room = np.empty(LONGEST, np.int64)
    reach, most = 2 * how.window, _most(targets)
    mean, zero = np.zeros((2, net.size), np.float32), np.zeros(1, np.int64)
    context = Context(np.empty(reach, np.int64), np.empty(reach, np.int64), mean, zero)
    labels, live = np.zeros((2, most), np.float32), np.ones((2, most), np.float32)
    chosen = Chosen(np.zeros((2, most), np.int64), labels, live, np.zeros(2, np.int64), np.zeros(2, np.int64))
    chosen.labels[:, 0] = 1
    tally = np.zeros(3 * LANES, np.float32)
    tally[:LANES] = 1
    at, pairs = 0, 0
    while at < len(text.ids):
        at, length = _sentence(text.ids, at, text.keep, state, room)
        pairs += _centres(room[:length], net, targets, how, state, context, chosen, tally)
    return pairs, _nats(tally)


@_compiled
@no_type_check
def _centres(words, net, targets, how, state, context, chosen, tally):  # noqa: ANN001, ANN202
    """Learn from one sentence; gives the pairs.

    The outputs of each centre are chosen one centre ahead, so that the memory has time to bring their rows.
    """
    size, rate, pairs = net.size, np.float32(how.rate), 0
    mean, zero, counts, reaches = context.mean, context.zero, chosen.counts, chosen.reaches
    for ahead in range(len(words) + 1):
        side = ahead & 1
        if ahead < len(words):
            reaches[side] = 1 + _below(state, how.window)
            counts[side] = _choose(words[ahead], targets, state, chosen, side, size)
            for line in range(0, size, LANES):
                for output in range(counts[side]):
                    prefetch(net.outputs, chosen.offsets[side, output] + line)
                if ahead + how.window < len(words):
                    prefetch(net.inputs, words[ahead + how.window] * size + line)
        side = 1 - side
        count = _around(words, ahead - 1, reaches[side], net, context) if ahead > 0 else 0
        if count and how.cbow:
            _mean(net.inputs, context.where, count, mean)
            for group in range(0, counts[side], GROUP):
                _one(mean[0], net.outputs, zero, zero, 0, chosen.offsets[side], chosen.labels[side],
                     chosen.live[side], group, rate, tally, size)
            _hand_back(net.inputs, context, count, mean)
            pairs += 1
        elif count:
            for group in range(0, counts[side], GROUP):
                _all(net, context, count, chosen.offsets[side], chosen.labels[side], chosen.live[side], group, rate,
                     tally)
            pairs += count
    return pairs


@_compiled
@no_type_check
def _most(targets):  # noqa: ANN001, ANN202
    """Outputs of one centre at most, with room for a whole vector to be loaded."""
    most = 1 + targets.negative
    for word in range(len(targets.starts) - 1):
        most = max(most, targets.starts[word + 1] - targets.starts[word])
    return most + GROUP + LANES


@_inlined
@no_type_check
def _all(net, context, count, offsets, labels, live, group, rate, tally):  # noqa: ANN001, ANN202
    """One group of outputs against all inputs, four at a time."""
    inputs, outputs, _, size = net
    where, goes, _, _ = context
    first = 0
    while count - first >= BLOCK:
        _four(inputs, outputs, where, goes, first, offsets, labels, live, group, rate, tally, size)
        first += BLOCK
    if count - first == 3:
        _three(inputs, outputs, where, goes, first, offsets, labels, live, group, rate, tally, size)
    elif count - first == 2:
        _two(inputs, outputs, where, goes, first, offsets, labels, live, group, rate, tally, size)
    elif count - first == 1:
        _one(inputs, outputs, where, goes, first, offsets, labels, live, group, rate, tally, size)


@_compiled
@no_type_check
def _mean(inputs, where, count, mean):  # noqa: ANN001, ANN202
    """The mean of some inputs, twice: as it will be changed, and as it was."""
    size = mean.shape[1]
    mean[0] = 0
    for one in range(count):
        _add(mean[0], inputs[where[one] : where[one] + size])
    for k in range(size):
        mean[0, k] /= np.float32(count)
        mean[1, k] = mean[0, k]


@_compiled
@no_type_check
def _hand_back(inputs, context, count, mean):  # noqa: ANN001, ANN202
    """Each input takes the whole change of the mean, as word2vec's code and gensim do."""
    size = mean.shape[1]
    for k in range(size):
        mean[0, k] -= mean[1, k]
    for one in range(count):
        to, of = context.goes[one], context.where[one]
        _sum(inputs[to : to + size], inputs[of : of + size], mean[0])


@_compiled
@no_type_check
def _add(total, row):  # noqa: ANN001, ANN202
    for k in range(len(total)):
        total[k] += row[k]


@_compiled
@no_type_check
def _sum(total, row, change):  # noqa: ANN001, ANN202
    for k in range(len(total)):
        total[k] = row[k] + change[k]


@_compiled
@no_type_check
def _nats(tally):  # noqa: ANN001, ANN202
    total = 0.0
    for lane in range(LANES):
        total += tally[LANES + lane] + math.log2(tally[lane]) - tally[2 * LANES + lane]
    return total * math.log(2.0)


@_compiled
@no_type_check
def merge(base, replicas, rows, parts, size):  # noqa: ANN001, ANN201
    """Bring together what the replicas learned of rows[0] to rows[1] (see `plain.merge`), in the order of the replicas.

    `base` is flat, `replicas` (s, ...) are too; all end with the same rows.
    """
    change = np.empty(size, np.float32)
    for row in range(rows[0], rows[1]):
        here = slice(row * size, (row + 1) * size)
        merged, part = base[here], parts[row]
        change[:] = 0
        for shard in range(len(replicas)):
            _gather(change, replicas[shard, here], merged)
        for k in range(size):
            merged[k] += part * change[k]
        for shard in range(len(replicas)):
            replicas[shard, here] = merged


@_compiled
@no_type_check
def _gather(change, row, merged):  # noqa: ANN001, ANN202
    for k in range(len(change)):
        change[k] += row[k] - merged[k]
