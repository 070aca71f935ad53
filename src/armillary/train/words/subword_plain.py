"""The plain twin of `subword_kernels`: the same bits, step by step, for reading and for tests.

Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information": a word's vector is the mean of its own row
and its n-grams' rows, and each of them takes the whole change of the mean.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from armillary.shapes import Float32, Int64
from armillary.train.words.plain import Pair, ToldApart, block, groups, mean, negatives, sentences, turns
from armillary.train.words.sampling import Numbers
from armillary.train.words.shard import BLOCK, How, Net, Tally, Targets, Text
from armillary.train.words.subwords import Pieces


class Sentence(NamedTuple):
    """A sentence while it is learned from.

    Attributes:
        rows: which rows each word is composed of.
        now: (t, d) the composed vectors as they change.
        before: (t, d) as they were composed.
    """

    rows: Sequence[Sequence[int]]
    now: Float32[np.ndarray, "t d"]
    before: Float32[np.ndarray, "t d"]


def learn(text: Text, net: Net, pieces: Pieces, targets: Targets, how: How) -> Tally:
    """Learn from a stretch of text, changing the matrices of `net`."""
    inputs, outputs = net.inputs.reshape(-1, net.size), net.outputs.reshape(-1, net.size)
    numbers, pairs, counted, loss = Numbers(how.state), 0, 0, 0.0
    method = cbow if how.cbow else skipgram
    for words in sentences(text, numbers):
        if len(words) < 2:
            continue
        rows = [(pieces.offsets[pieces.starts[word] : pieces.starts[word + 1]] // net.size).tolist() for word in words]
        sentence = Sentence(rows, *np.zeros((2, len(words), net.size), np.float32))
        for place, (near, told_apart) in enumerate(list(centres(words, targets, how, numbers))):
            see(sentence, inputs, place, how.window)
            loss += method(sentence, near, outputs, told_apart, how.rate)
            pairs += 1 if how.cbow else len(near)
            counted += 1 if how.cbow else min(BLOCK, len(near))
        for place in range(max(0, len(words) - 1 - how.window), len(words)):
            leave(sentence, inputs, place)
    return Tally(pairs, loss * pairs / max(1, counted))


def centres(
    words: Sequence[int], targets: Targets, how: How, numbers: Numbers
) -> Iterator[tuple[Int64[np.ndarray, "c"], list[Pair | None]]]:
    """The places near each centre, and the outputs that it is told apart by."""
    for place, centre in enumerate(words):
        reach = 1 + numbers.below(how.window)
        near = np.arange(max(0, place - reach), min(len(words), place + reach + 1))
        told_apart: list[Pair | None] = [(centre, 1.0), *negatives([centre], targets, numbers)]
        yield near[near != place], told_apart if targets.negative else [*turns(centre, targets)]


def see(sentence: Sentence, inputs: Float32[np.ndarray, "n d"], place: int, window: int) -> None:
    """Let the window stand around a place: a word is left behind, others are composed."""
    if place > window:
        leave(sentence, inputs, place - window - 1)
    for seen in range(place + window if place else 0, min(place + window + 1, len(sentence.rows))):
        sentence.now[seen] = sentence.before[seen] = mean(inputs, sentence.rows[seen])


def leave(sentence: Sentence, inputs: Float32[np.ndarray, "n d"], place: int) -> None:
    """Add what a word learned to each of its rows, twice to one that is there twice."""
    for row in sentence.rows[place]:
        inputs[row] += sentence.now[place] - sentence.before[place]


def skipgram(
    sentence: Sentence, near: Int64[np.ndarray, "c"], outputs: Float32[np.ndarray, "m d"],
    told_apart: Sequence[Pair | None], rate: float,
) -> float:
    """Each word near the centre predicts it; gives the loss of the first ones (see `plain.skipgram`)."""
    loss = 0.0
    for group in groups(told_apart):
        for first in range(0, len(near), BLOCK):
            rows = near[first : first + BLOCK]
            nats = block(sentence.now, (rows, rows), outputs, ToldApart([], group), rate)
            loss += 0.0 if first else nats
    return loss


def cbow(
    sentence: Sentence, near: Int64[np.ndarray, "c"], outputs: Float32[np.ndarray, "m d"],
    told_apart: Sequence[Pair | None], rate: float,
) -> float:
    """The mean of all rows of all words near the centre predicts it; gives the loss."""
    total, weights = np.zeros(outputs.shape[1], np.float32), np.float32(0)
    for place in near:
        weight = np.float32(len(sentence.rows[place]))
        total += weight * sentence.now[place]
        weights += weight
    before = total / weights
    after, loss, only = before[None].copy(), 0.0, np.zeros(1, np.int64)
    for group in groups(told_apart):
        loss += block(after, (only, only), outputs, ToldApart([], group), rate)
    for place in near:
        sentence.now[place] += after[0] - before
    return loss
