"""One vector for a text, from the vectors of its words; their order is lost: "dog bites man" = "man bites dog".

Sum and mean point the same way, so their cosines are equal. SIF (smooth inverse frequency) lets frequent words count
less: Arora, Liang and Ma, A Simple but Tough-to-Beat Baseline for Sentence Embeddings, 2017.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float, Float64, Int64


def sum_of_words(words: Float[np.ndarray, "w d"]) -> Float64[np.ndarray, "d"]:
    """The sum of a text's word vectors, a row for each occurrence.

    Raises:
        InputError: no words.
    """
    if not len(words):
        raise InputError("the text has no word that the space holds")
    total: np.ndarray = words.sum(axis=0, dtype=np.float64)
    return total


def mean_of_words(words: Float[np.ndarray, "w d"]) -> Float64[np.ndarray, "d"]:
    """The mean of a text's word vectors, a row for each occurrence.

    Raises:
        InputError: no words.
    """
    return sum_of_words(words) / len(words)


@dataclass(frozen=True, eq=False)
class WordProbabilities:
    """How likely each word of a space is in running text.

    Attributes:
        values: (n,) they sum to 1.
        source: "counts" where they were counted, "ranks" where they were guessed from the order of the rows.
    """

    values: Float64[np.ndarray, "n"]
    source: Literal["counts", "ranks"]


def probabilities_from_counts(counts: Int64[np.ndarray, "n"]) -> WordProbabilities:
    """Each word's share of all occurrences.

    Raises:
        InputError: a negative count, or no occurrences at all.
    """
    if not counts.sum() > 0 or counts.min() < 0:
        raise InputError("word counts must not be negative, nor all zero")
    return WordProbabilities(counts / counts.sum(), "counts")


def probabilities_from_ranks(n: int) -> WordProbabilities:
    """Zipf's law for a space whose rows are sorted by frequency: the word of rank r is as likely as 1 / r, normed.

    Raises:
        InputError: no words.
    """
    if n < 1:
        raise InputError("a space without words has no word probabilities")
    shares = 1 / np.arange(1, n + 1)
    return WordProbabilities(shares / shares.sum(), "ranks")


def sif(
    words: Float[np.ndarray, "w d"], probabilities: Float64[np.ndarray, "w"], a: float = 1e-3
) -> Float64[np.ndarray, "d"]:
    """The mean of a text's word vectors, each weighted by a / (a + p) where p is how likely the word is.

    `probabilities` are those of the words of this text, in its order. As in the paper the sum is divided by the
    number of words, not of weights.

    Raises:
        InputError: no words, or `a` is not above 0.
    """
    if not a > 0:
        raise InputError("the weight a of SIF must be above 0, it is {a}", a=a)
    return mean_of_words(words * (a / (a + probabilities))[:, None])


def common_component(texts: Float[np.ndarray, "m d"]) -> Float64[np.ndarray, "d"]:
    """The direction, of length 1, that the vectors of many texts share most: the second half of SIF takes it off.

    It is the first right singular vector, not centred (as in the authors' code), turned so that the texts lie on its
    positive side on the whole. `direction.remove(texts, common)` takes it off.

    Raises:
        InputError: fewer than two texts, or vectors that are all zero.
    """
    if len(texts) < 2 or not texts.any():
        raise InputError("a common component needs the vectors of at least 2 texts, not all zero")
    shared: np.ndarray = np.linalg.svd(texts.astype(np.float64), full_matrices=False)[2][0]
    return shared if (texts @ shared).sum() >= 0 else -shared
