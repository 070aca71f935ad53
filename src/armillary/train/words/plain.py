"""The plain twin of `kernels`: skip-gram and CBOW step by step, as the papers tell them, for reading and for tests.

Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector Space" (skip-gram, CBOW, hierarchical
softmax) and "Distributed Representations of Words and Phrases and their Compositionality" (negative sampling,
subsampling). The random words are shared by the whole context of a centre, as in pWord2Vec (Ji et al. 2016), and by a
batch of centres that lie far apart.

It takes the same random numbers and adds in the same order, and every fused multiply-add rounds once: the same bits as
the kernels', thousands of times slower.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from armillary.shapes import Float32, Float64, Int64
from armillary.train.words.sampling import Numbers
from armillary.train.words.shard import (
    BLOCK,
    GROUP,
    LOG2_E,
    LONGEST,
    POWERS_OF_TWO,
    STEEPEST,
    How,
    Net,
    Tally,
    Targets,
    Text,
)

Pair = tuple[int, float]
"""An output row, and the label that it shall have."""


class Centre(NamedTuple):
    """The words around a centre, its own output, and the others, None where a random word is there already."""

    context: list[int]
    own: Pair
    others: list[Pair | None]


class ToldApart(NamedTuple):
    """Outputs of a block: one of its own for each input, or none; and those that all share."""

    own: Sequence[Pair]
    shared: Sequence[Pair]


def learn(text: Text, net: Net, targets: Targets, how: How) -> Tally:
    """Learn from a stretch of text, changing the matrices of `net`."""
    method = cbow if how.cbow else skipgram
    numbers, pairs, counted, loss = Numbers(how.state), 0, 0, 0.0
    for words in sentences(text, numbers):
        if len(words) > 1:
            for batch in batches(words, targets, how, numbers):
                more, met, nats = method(batch, net, how.rate)
                pairs, counted, loss = pairs + more, counted + met, loss + nats
    return Tally(pairs, loss * pairs / max(1, counted))


def skipgram(batch: Sequence[Centre], net: Net, rate: float) -> tuple[int, int, float]:
    """Each word around a centre predicts it; gives the pairs, and how many of them the loss is of, and the loss.

    It is of those that meet the random words first: those after see outputs that have just learned what is asked.
    """
    inputs, outputs = net.inputs.reshape(-1, net.size), net.outputs.reshape(-1, net.size)
    loss = 0.0
    for centre in batch:
        for group in groups([centre.own, *centre.others]):
            for first in range(0, len(centre.context), BLOCK):
                rows = np.array(centre.context[first : first + BLOCK])
                nats = block(inputs, (rows, net.into[rows]), outputs, ToldApart([], group), rate)
                loss += nats if centre is batch[0] and not first else 0.0
    return sum(len(centre.context) for centre in batch), min(BLOCK, len(batch[0].context)), loss


def cbow(batch: Sequence[Centre], net: Net, rate: float) -> tuple[int, int, float]:
    """The mean of the words around a centre predicts it; gives the centres, twice, and their loss.

    The means of a batch are all taken before any word changes. Each word then takes the whole change of the mean, as
    in word2vec's code.
    """
    inputs, outputs = net.inputs.reshape(-1, net.size), net.outputs.reshape(-1, net.size)
    before = np.array([mean(inputs, centre.context) for centre in batch])
    means, old, new = np.tile(before, (2, 1)), np.arange(len(batch)), len(batch) + np.arange(len(batch))
    first, *later = groups([None, *batch[0].others])
    loss = block(means, (old, new), outputs, ToldApart([centre.own for centre in batch], first), rate)
    for group in later:
        loss += sum(block(means, (one, one), outputs, ToldApart([], group), rate) for one in new[:, None])
    for centre, change in zip(batch, means[new] - before, strict=True):
        hand_back(inputs, centre.context, net.into, change)
    return len(batch), len(batch), loss


def mean(inputs: Float32[np.ndarray, "n d"], rows: Sequence[int]) -> Float32[np.ndarray, "d"]:
    """The mean of some rows, added one after the other."""
    total = inputs[rows[0]].copy()
    for row in rows[1:]:
        total += inputs[row]
    part: np.ndarray = total * (np.float32(1) / np.float32(len(rows)))
    return part


def hand_back(
    inputs: Float32[np.ndarray, "n d"], rows: Sequence[int], into: Int64[np.ndarray, "v"],
    change: Float32[np.ndarray, "d"],
) -> None:
    """Add a change to some rows, one after the other."""
    for row in rows:
        inputs[into[row]] = inputs[row] + change


def sentences(text: Text, numbers: Numbers) -> Iterator[list[int]]:
    """The words of each sentence that are kept, at most LONGEST at once."""
    words: list[int] = []
    for word in text.ids.tolist():
        if word >= 0 and numbers.high() <= text.keep[word]:
            words.append(word)
        if (word < 0 and words) or len(words) == LONGEST:
            yield words
            words = []
    if words:
        yield words


def batches(words: Sequence[int], targets: Targets, how: How, numbers: Numbers) -> Iterator[list[Centre]]:
    """The centres of a sentence; those of a batch are told apart from the same random words."""
    size = BLOCK if targets.negative else 1
    order = apart(len(words), size)
    for first in range(0, len(words), size):
        places = order[first : first + size]
        centres = [words[place] for place in places]
        reaches = [1 + numbers.below(how.window) for _ in centres]
        others = negatives(centres, targets, numbers)
        batch = []
        for place, centre, reach in zip(places, centres, reaches, strict=True):
            context = [*words[max(0, place - reach) : place], *words[place + 1 : place + reach + 1]]
            way = turns(centre, targets) or [(centre, 1.0)]
            batch.append(Centre(context, way[0], others or [*way[1:]]))
        yield batch


def apart(length: int, size: int) -> list[int]:
    """The places of a sentence in an order in which those of a batch lie far from each other."""
    step = -(-length // size)
    return [place for first in range(step) for place in range(first, length, step)]


def turns(centre: int, targets: Targets) -> list[Pair]:
    """The way down the tree, where there is one."""
    if targets.negative:
        return []
    way = slice(targets.starts[centre], targets.starts[centre + 1])
    return list(zip(targets.nodes[way].tolist(), targets.turns[way].tolist(), strict=True))


def negatives(centres: Sequence[int], targets: Targets, numbers: Numbers) -> list[Pair | None]:
    """Random words, each once and none of the centres."""
    chosen: list[Pair | None] = []
    seen = set(centres)
    for _ in range(targets.negative):
        word = numbers.draw(targets.alias)
        chosen.append(None if word in seen else (word, 0.0))
        seen.add(word)
    return chosen


def groups(told_apart: Sequence[Pair | None]) -> Iterator[Sequence[Pair]]:
    """Six outputs at a time."""
    for first in range(0, len(told_apart), GROUP):
        yield [pair for pair in told_apart[first : first + GROUP] if pair]


def block(
    inputs: Float32[np.ndarray, "n d"], rows: tuple[np.ndarray, np.ndarray], outputs: Float32[np.ndarray, "m d"],
    told_apart: ToldApart, rate: float,
) -> float:
    """Bring inputs nearer to the outputs labelled 1 and away from those labelled 0; gives the loss before, in nats.

    Scores are all taken first, with the inputs and outputs as they were; the inputs then change one after the other,
    with them the outputs of their own, and the shared outputs when all inputs have. `rows` says which inputs, and
    which rows take their new values.
    """
    own, columns = [output for output, _ in told_apart.own], [output for output, _ in told_apart.shared]
    before = outputs[columns]
    compared = [np.concatenate([outputs[own[k : k + 1]], before]) for k in range(len(rows[0]))]
    labels = np.array([label for _, label in [*told_apart.own[:1], *told_apart.shared]], np.float32)
    pairs = zip(rows[0], compared, strict=True)
    scores = np.array([[dot(inputs[row], output) for output in outputs_of] for row, outputs_of in pairs], np.float32)
    gradients = (labels - sigmoid(scores)) * np.float32(rate)
    after = before.copy()
    for k, (row, goes) in enumerate(zip(*rows, strict=True)):
        x, changes = inputs[row].copy(), list(gradients[k])
        new = x
        for output in own[k : k + 1]:
            change, y = changes.pop(0), outputs[output].copy()
            new, outputs[output] = fma(change, y, new), fma(change, x, y)
        for column, change in enumerate(changes):
            new = fma(change, before[column], new)
            after[column] = fma(change, x, after[column])
        inputs[goes] = new
    outputs[columns] = after
    exact = scores.astype(np.float64)
    return float(np.logaddexp(0, np.where(labels > 0, -exact, exact)).sum())


def dot(x: Float32[np.ndarray, "d"], y: Float32[np.ndarray, "d"]) -> np.float32:
    """The sum of products: in sixteen lanes, which are then added half to half."""
    total = np.zeros(16, np.float32)
    for first in range(0, len(x), 16):
        total = fma(x[first : first + 16], y[first : first + 16], total)
    for width in (8, 4, 2, 1):
        total = total[:width] + total[width:]
    return np.float32(total[0])


def sigmoid(scores: Float32[np.ndarray, "*s"]) -> Float32[np.ndarray, "*s"]:
    """1 / (1 + exp(-score)), right to about 1e-6: 2^z from its whole part and a polynomial in the rest."""
    z = np.clip(np.float32(-LOG2_E) * scores, np.float32(-STEEPEST), np.float32(STEEPEST))
    whole = np.rint(z)
    fraction, power = z - whole, np.full_like(z, POWERS_OF_TWO[0])
    for coefficient in POWERS_OF_TWO[1:]:
        power = fma(power, fraction, np.float32(coefficient))
    power = np.ldexp(power, whole.astype(np.int32))
    chance: np.ndarray = np.float32(1) / (np.float32(1) + power)
    return chance


def fma(
    a: np.ndarray | np.float32, b: Float32[np.ndarray, "*s"], c: np.ndarray | np.float32
) -> Float32[np.ndarray, "*s"]:
    """The product of a and b, plus c, rounded once.

    In float64 the product is exact and only the sum rounds. Where it did, its last bit is made odd, so that rounding
    again to float32 falls on the right side (Boldo and Melquiond 2008).
    """
    product: Float64[np.ndarray, "*s"] = np.multiply(a, b, dtype=np.float64)
    addend = np.float64(c)
    total = product + addend
    kept = total - product
    lost = (product - (total - kept)) + (addend - kept)
    even = (total.view(np.int64) & 1) == 0
    odd = np.nextafter(total, np.where(lost > 0, np.inf, -np.inf))
    rounded: np.ndarray = np.where((lost != 0) & even, odd, total).astype(np.float32)
    return rounded


def merge(
    base: Float32[np.ndarray, "n d"], replicas: Sequence[Float32[np.ndarray, "n d"]], part: np.float32
) -> Float32[np.ndarray, "n d"]:
    """What the replicas learned, brought together: base + part * sum of (replica - base)."""
    change = np.zeros_like(base)
    for replica in replicas:
        change += replica - base
    merged: np.ndarray = base + part * change
    return merged
