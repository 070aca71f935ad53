"""Words as the mean of their n-grams (Bojanowski et al. 2017): which rows a word's vector is composed of.

The inputs have a row for each word and, after them, one for each bucket that n-grams of words of the text fall into.
fastText makes rows for all of its two million buckets; those that no word uses are never changed by learning, so none
are made here, and they are zeros in a file that must have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from armillary.shapes import Float32, Int64
from armillary.text.ngrams import Subwords, ngram_buckets
from armillary.train.words.plan import Plan


class Pieces(NamedTuple):
    """The input rows that each word's vector is the mean of: its own, then those of its n-grams from the left.

    Attributes:
        starts: (v + 1,) where each word's rows begin in `offsets`.
        offsets: where the rows of all words, one word's after the other's, begin in the flat matrix.
    """

    starts: Int64[np.ndarray, "w"]
    offsets: Int64[np.ndarray, "e"]


@dataclass(frozen=True, eq=False)
class Grams:
    """The n-grams of the words of a text.

    Attributes:
        pieces: the rows of each word.
        size: numbers in a row.
        buckets: (b,) the bucket of each row after the words' own, the most used first.
        words: the labels as bytes.
        plan: which n-grams there are.
    """

    pieces: Pieces
    size: int
    buckets: Int64[np.ndarray, "b"]
    words: Sequence[bytes]
    plan: Plan

    def begin_with(
        self, inputs: Float32[np.ndarray, "n d"], rows: Sequence[int], vectors: Float32[np.ndarray, "k c"],
        given: Subwords | None,
    ) -> None:
        """Change `inputs` so that the words of some rows have the given vectors, and n-grams theirs.

        The n-grams' are taken where they are cut and hashed alike; the words' own rows are what is then missing.
        """
        plan, dim = self.plan, vectors.shape[1]
        if given is not None and (given.minn, given.maxn, given.buckets) == (plan.minn, plan.maxn, plan.bucket):
            buckets = np.arange(plan.bucket) if given.kept is None else given.kept
            _, ours, theirs = np.intersect1d(self.buckets, buckets, assume_unique=True, return_indices=True)
            inputs[len(self.words) + ours, :dim] = given.vectors[theirs]
        inputs[rows, :dim] = self.subwords(inputs).own_rows(vectors, [self.words[row] for row in rows])

    def subwords(self, inputs: Float32[np.ndarray, "n d"]) -> Subwords:
        """What gives unseen words a vector: the rows of the buckets, those of other buckets being zeros."""
        order = np.argsort(self.buckets)
        rows: np.ndarray = inputs[len(self.words) : len(self.words) + len(self.buckets), : self.plan.vector_size]
        return Subwords(
            rows[order], self.plan.minn, self.plan.maxn, self.plan.bucket, self.buckets[order], zeros=True
        )


def grams_of(labels: Sequence[str], counts: Int64[np.ndarray, "v"], plan: Plan, size: int) -> Grams:
    """The n-grams of all words, their buckets numbered from the most used on."""
    words = [label.encode("utf-8", "surrogatepass") for label in labels]
    found, ends = ngram_buckets(words, plan.minn, plan.maxn, plan.bucket)
    uses = np.bincount(found, np.repeat(counts, np.diff(ends)).astype(np.float64), plan.bucket)
    used = np.flatnonzero(np.bincount(found, minlength=plan.bucket))
    buckets = used[np.argsort(-uses[used], kind="stable")]
    row = np.empty(plan.bucket, np.int64)
    row[buckets] = len(words) + np.arange(len(buckets))
    rows = np.insert(row[found], ends[:-1], np.arange(len(words)))
    return Grams(Pieces(ends + np.arange(len(ends)), rows * size), size, buckets, words, plan)
