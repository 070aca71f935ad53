"""Words composed of their n-grams, compiled (extra `fast`): skip-gram and CBOW. `subword_plain` says the same.

A word's vector is composed once, when the window reaches its place in the sentence, and learns there as if it were a
row of the inputs. When the window has left it behind, what it learned is handed back to the word's own row and to all
its n-grams'. fastText composes it anew for each pair, about six times as often.

What is done for every place is inlined and given arrays, not tuples of them: a call counts every array that it is given
up and down again, which took a tenth of the time.
"""

from typing import NamedTuple, no_type_check

import numpy as np

from armillary.shapes import Float32, Int64
from armillary.train.words.block import make_block
from armillary.train.words.draws import bring, compiled, draw, inlined, nats, next_sentence, room_for, tally_of_nothing
from armillary.train.words.instructions import COUNTED
from armillary.train.words.merging import learned, next_shard, task, together
from armillary.train.words.rows import hand_back, mean_of
from armillary.train.words.shard import BLOCK, GROUP, LONGEST, How, Net, Targets, Text
from armillary.train.words.skipgram_kernels import all_around
from armillary.train.words.subwords import Pieces

_one = make_block(1)


class Ring(NamedTuple):
    """The composed vectors of the places that the window sees: place p has the slot p modulo how many there are.

    Attributes:
        vectors: of each slot as it changes, then of each as it was composed; flat.
        slots: how many.
        weights: of how many rows each is the mean.
        near: (2, c) where those around the centre begin, twice.
        mean: of those around the centre as it changes, then as it was (CBOW); flat.
        zero: where the mean begins.
    """

    vectors: Float32[np.ndarray, "n"]
    slots: int
    weights: Float32[np.ndarray, "s"]
    near: Int64[np.ndarray, "2 c"]
    mean: Float32[np.ndarray, "m"]
    zero: Int64[np.ndarray, "1"]


@compiled
@no_type_check
def learn(text: Text, net: Net, pieces: Pieces, targets: Targets, how: How):  # noqa: ANN201
    """Learn from a stretch of text: the pairs, and the sum of their losses in nats."""
    state, tally, size = np.array([how.state], np.uint64), tally_of_nothing(), net.size
    slots, near = min(2 * how.window + 1, LONGEST), np.empty((2, 2 * how.window), np.int64)
    vectors, mean = np.zeros(2 * slots * size, np.float32), np.zeros(2 * size, np.float32)
    ring = Ring(vectors, slots, np.zeros(slots, np.float32), near, mean, np.zeros(1, np.int64))
    drawn, at, pairs, counted = room_for(targets, 1, size), 0, 0, 0
    while at < len(text.ids):
        at, length = next_sentence(text.ids, at, text.keep, state, drawn.words)
        if length > 1:
            for place in range(min(how.window + 2, length)):
                _bring_pieces(net.inputs, pieces.starts, pieces.offsets, drawn.words[place], size)
            draw(drawn, length, 1, targets, how.window, state, size)
            _bring_outputs(net.outputs, drawn.heads, drawn.offsets, drawn.counts, 0, size)
            more, met = _sentence(drawn, length, net, pieces, how, ring, tally)
            pairs, counted = pairs + more, counted + met
    return pairs, nats(tally) * pairs / max(1, counted)


@compiled
@no_type_check
def take_part(turn, work, copies, targets, how, pieces):  # noqa: ANN001, ANN201
    """Take part in the rounds of a step from its round `turn` on (see `merging`); gives the round that is not done."""
    while turn < len(work.rates):
        shard = next_shard(work, turn)
        while shard < work.states.shape[1]:
            text, net, here = task(work, copies, how, turn, shard)
            pairs, loss = learn(text, net, pieces, targets, here)
            learned(work, turn, shard, pairs, loss)
            shard = next_shard(work, turn)
        if not together(work, copies, turn):
            break
        turn += 1
    return turn


@compiled
@no_type_check
def vectors(inputs, pieces, size):  # noqa: ANN001, ANN201
    """(v, size) the vectors of all words, each the mean of its rows."""
    count = len(pieces.starts) - 1
    means = np.empty(count * size, np.float32)
    for word in range(count):
        first = pieces.starts[word]
        mean_of(inputs, pieces.offsets, first, pieces.starts[word + 1] - first, means, word * size, size)
    return means.reshape(count, size)


@compiled
@no_type_check
def _sentence(drawn, length, net, pieces, how, ring, tally):  # noqa: ANN001, ANN202
    """Learn from one sentence; gives the pairs, and how many of them the loss is of (see `skipgram_kernels`)."""
    words, reaches, heads, counts, lines, labels, live = drawn
    inputs, outputs, into, size = net
    (starts, offsets), (vectors, slots, weights, near, _, _) = pieces, ring
    rate, window, pairs, counted = np.float32(how.rate), how.window, 0, 0
    inside = Net(vectors, outputs, into, size)
    for place in range(min(window, length)):
        _compose(inputs, starts, offsets, words[place], vectors, place % slots, slots, weights, size)
    for place in range(length):
        if place > window:
            left = place - window - 1
            _leave(inputs, starts, offsets, words[left], vectors, left % slots, slots, size)
        if place + window < length:
            met = place + window
            _compose(inputs, starts, offsets, words[met], vectors, met % slots, slots, weights, size)
        if place + 1 < length:
            _bring_outputs(outputs, heads, lines, counts, place + 1, size)
        if place + 1 + window < length:
            _bring_pieces(inputs, starts, offsets, words[place + 1 + window], size)
        lines[place, 0] = heads[place]
        count = _around(place, reaches[place], length, near, slots, size)
        if how.cbow:
            _predict(count, outputs, counts[place], lines[place], labels[place], live[place], rate, tally, ring, size)
        else:
            for group in range(0, counts[place], GROUP):
                tally[COUNTED] = 1
                all_around(inside, near, count, lines[place], labels[place], live[place], group, rate, tally)
        pairs += 1 if how.cbow else count
        counted += 1 if how.cbow else min(count, BLOCK)
    for place in range(max(0, length - 1 - window), length):
        _leave(inputs, starts, offsets, words[place], vectors, place % slots, slots, size)
    return pairs, counted


@inlined
@no_type_check
def _around(place, reach, length, near, slots, size):  # noqa: ANN001, ANN202
    """Where the vectors around a place begin; gives how many they are."""
    begin, count = max(0, place - reach), 0
    slot = begin % slots
    for other in range(begin, min(length, place + reach + 1)):
        if other != place:
            near[0, count] = near[1, count] = slot * size
            count += 1
        slot = slot + 1 if slot + 1 < slots else 0
    return count


@inlined
@no_type_check
def _bring_outputs(outputs, heads, lines, counts, place, size):  # noqa: ANN001, ANN202
    """Ask for the outputs of a centre."""
    for output in range(1, counts[place]):
        bring(outputs, lines[place, output], size)
    bring(outputs, heads[place], size)


@inlined
@no_type_check
def _bring_pieces(inputs, starts, offsets, word, size):  # noqa: ANN001, ANN202
    """Ask for the rows of a word."""
    for piece in range(starts[word], starts[word + 1]):
        bring(inputs, offsets[piece], size)


@inlined
@no_type_check
def _compose(inputs, starts, offsets, word, vectors, slot, slots, weights, size):  # noqa: ANN001, ANN202
    """The mean of a word's rows, into a slot."""
    first, now, before = starts[word], slot * size, (slots + slot) * size
    count = starts[word + 1] - first
    weights[slot] = count
    mean_of(inputs, offsets, first, count, vectors, now, size)
    for number in range(size):
        vectors[before + number] = vectors[now + number]


@inlined
@no_type_check
def _leave(inputs, starts, offsets, word, vectors, slot, slots, size):  # noqa: ANN001, ANN202
    """Each row of a word takes the whole change of their mean, as in fastText."""
    first, now, before = starts[word], slot * size, (slots + slot) * size
    hand_back(inputs, offsets, offsets, first, starts[word + 1] - first, vectors, now, before, size)


@compiled
@no_type_check
def _predict(count, outputs, counts, offsets, labels, live, rate, tally, ring, size):  # noqa: ANN001, ANN202
    """CBOW: the mean of all rows of all words around predicts the centre, and all rows take its whole change."""
    vectors, near, mean, zero, total = ring.vectors, ring.near[0], ring.mean, ring.zero, np.float32(0)
    mean[:size] = 0
    for one in range(count):
        first, weight = near[one], ring.weights[near[one] // size]
        total += weight
        for number in range(size):
            mean[number] += weight * vectors[first + number]
    for number in range(size):
        mean[number] /= total
        mean[size + number] = mean[number]
    for group in range(0, counts, GROUP):
        _one(mean, outputs, zero, zero, 0, offsets, group, offsets, labels, live, group, rate, tally, size)
    hand_back(vectors, near, near, 0, count, mean, 0, size, size)
