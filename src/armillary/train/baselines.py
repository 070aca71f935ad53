"""What counting alone gets on a text: a loss means something only beside these.

- unigram: each token by how often it came, plus one for each that there is (Laplace)
- bigram: by what came after the token before, mixed with the unigram the more, the more different tokens came there
  (Witten and Bell 1991, https://doi.org/10.1109/18.87000)
"""

import numpy as np

from armillary.shapes import Float64, Int64
from armillary.train.measure import Score
from armillary.train.next_token import Tokens


def unigram(learned: Tokens, held: Tokens, d_vocab: int, size: int) -> Score:
    """Counted on `learned`, measured on all of `held` but its first token, which stand for `size` bytes."""
    chances = _alone(learned, d_vocab)[np.asarray(held[1:], np.int64)]
    return Score(float(-np.log(chances).sum()), len(held) - 1, size)


def bigram(learned: Tokens, held: Tokens, d_vocab: int, size: int) -> Score:
    """As `unigram`, each token guessed from the one before."""
    pairs, counts = np.unique(_pairs(learned, d_vocab), return_counts=True)
    before = pairs // d_vocab
    total = np.bincount(before, counts, d_vocab)
    kinds = np.bincount(before, minlength=d_vocab)
    wanted = _pairs(held, d_vocab)
    first, then = wanted // d_vocab, wanted % d_vocab
    place = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    came = np.where(pairs[place] == wanted, counts[place], 0)
    alone = _alone(learned, d_vocab)[then]
    seen = total[first] > 0
    mixed = np.where(seen, (came + kinds[first] * alone) / np.maximum(total[first] + kinds[first], 1), alone)
    return Score(float(-np.log(mixed).sum()), len(held) - 1, size)


def _alone(ids: Tokens, d_vocab: int) -> Float64[np.ndarray, "v"]:
    counts = np.bincount(np.asarray(ids, np.int64), minlength=d_vocab) + 1
    return np.asarray(counts / counts.sum(), np.float64)


def _pairs(ids: Tokens, d_vocab: int) -> Int64[np.ndarray, "p"]:
    wide = np.asarray(ids, np.int64)
    return wide[:-1] * d_vocab + wide[1:]
