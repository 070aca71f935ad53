"""The plain twin of `kernels`: skip-gram and CBOW step by step, as the papers tell them, for reading and for tests.

Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector Space" (skip-gram, CBOW, hierarchical
softmax) and "Distributed Representations of Words and Phrases and their Compositionality" (negative sampling,
subsampling). The random words are shared by the whole context of a centre, as in pWord2Vec (Ji et al. 2016).

It takes the same random numbers and adds in the same order, and every fused multiply-add rounds once: the same bits as
the kernels', thousands of times slower.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from armillary.shapes import Float32, Float64
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
"""An output row, and the label that it shall have; None where a random word is there already."""


def learn(text: Text, net: Net, targets: Targets, how: How) -> Tally:
    """Learn from a stretch of text, changing the matrices of `net`."""
    inputs, outputs = net.inputs.reshape(-1, net.size), net.outputs.reshape(-1, net.size)
    numbers = Numbers(how.state)
    pairs, loss = 0, 0.0
    for context, told_apart in windows(text, targets, how, numbers):
        if how.cbow:
            mean = inputs[context[0]].copy()
            for word in context[1:]:
                mean += inputs[word]
            mean /= np.float32(len(context))
            after = mean[None].copy()
            for group in groups(told_apart):
                loss += block(after, np.zeros(1, np.int64), outputs, group, how.rate)
            for word in context:
                inputs[net.into[word]] = inputs[word] + (after[0] - mean)
            pairs += 1
        else:
            for group in groups(told_apart):
                for first in range(0, len(context), BLOCK):
                    rows = np.array(context[first : first + BLOCK])
                    loss += block(inputs, rows, outputs, group, how.rate, net.into[rows])
            pairs += len(context)
    return Tally(pairs, loss)


def windows(text: Text, targets: Targets, how: How, numbers: Numbers) -> Iterator[tuple[list[int], list[Pair | None]]]:
    """The words around each centre, and the outputs that it is told apart by."""
    for words in sentences(text, numbers):
        for place, centre in enumerate(words):
            reach = 1 + numbers.below(how.window)
            told_apart = outputs_of(centre, targets, numbers)
            context = words[max(0, place - reach) : place] + words[place + 1 : place + reach + 1]
            if context:
                yield context, told_apart


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


def outputs_of(centre: int, targets: Targets, numbers: Numbers) -> list[Pair | None]:
    """The centre, labelled 1, and random words, each once, labelled 0; or the way down the tree."""
    if not targets.negative:
        way = slice(targets.starts[centre], targets.starts[centre + 1])
        return list(zip(targets.nodes[way].tolist(), targets.turns[way].tolist(), strict=True))
    chosen: list[Pair | None] = [(centre, 1.0)]
    seen = {centre}
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
    inputs: Float32[np.ndarray, "n d"], rows: np.ndarray, outputs: Float32[np.ndarray, "m d"],
    group: Sequence[Pair], rate: float, into: np.ndarray | None = None,
) -> float:
    """Bring inputs nearer to the outputs labelled 1 and away from those labelled 0; gives the loss before, in nats.

    Scores are all taken first, with the inputs and outputs as they were; the inputs then change one after the other,
    and the outputs when all inputs have.
    """
    columns = [output for output, _ in group]
    labels = np.array([label for _, label in group], np.float32)
    before = outputs[columns]
    scores = np.array([[dot(inputs[row], output) for output in before] for row in rows], np.float32)
    gradients = (labels - sigmoid(scores)) * np.float32(rate)
    after = before.copy()
    for row, goes, gradient in zip(rows, rows if into is None else into, gradients, strict=True):
        x = inputs[row].copy()
        new = x
        for column, g in enumerate(gradient):
            new = fma(g, before[column], new)
            after[column] = fma(g, x, after[column])
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
    base: Float32[np.ndarray, "n d"], replicas: Sequence[Float32[np.ndarray, "n d"]], parts: Float32[np.ndarray, "n"]
) -> Float32[np.ndarray, "n d"]:
    """What the replicas learned, brought together: base + part * sum of (replica - base)."""
    change = np.zeros_like(base)
    for replica in replicas:
        change += replica - base
    merged: np.ndarray = base + parts[:, None] * change
    return merged
