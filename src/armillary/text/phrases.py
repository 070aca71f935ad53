"""Pairs of words that come together more often than their frequencies explain, joined into one: `new_york`.

With n(a) the count of a word, n(ab) how often b follows a, V the number of distinct words and pairs, N of all words:

    original   (n(ab) - min_count) V / (n(a) n(b))           Mikolov et al. 2013, arXiv:1310.4546
    npmi       ln(p(ab) / (p(a) p(b))) / -ln p(ab), p = n/N   Bouma 2009, "Normalized (Pointwise) Mutual Information in
                                                             Collocation Extraction"; pairs under min_count have none

V counts pairs too, as word2phrase and gensim's Phrases do, so thresholds mean the same here. A pair joins when its
score exceeds the threshold; in a sentence the leftmost pair goes first, and no word takes part in two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.shapes import Bool, Float64, Int32, Int64
from armillary.text.counting import check_room, most_words
from armillary.text.numbering import Vocabulary
from armillary.text.settings import THRESHOLDS, CorpusSettings
from armillary.text.spool import Spool, sentences

JOINT = "_"
_SHIFT = 32  # a pair is one number: the first word in the upper half, the second in the lower


@dataclass(frozen=True, eq=False)
class Pairs:
    """Distinct pairs, ascending, each as `first << 32 | second`, and how often each came."""

    keys: Int64[np.ndarray, "p"]
    counts: Int64[np.ndarray, "p"]


def join_phrases(
    ids: Int32[np.ndarray, "t"], vocabulary: Vocabulary, settings: CorpusSettings, folder: Path
) -> tuple[Int32[np.ndarray, "s"], Vocabulary]:
    """`ids` with the pairs joined that score above the threshold, and the vocabulary with them in it.

    Args:
        ids: words by their number in `vocabulary`, END after each sentence.
        vocabulary: all words, rare ones too.
        settings: min_count, scoring and threshold.
        folder: where new ids lie.

    Raises:
        InputError: the distinct pairs do not fit into the memory.
        FileError: the disk is full.
    """
    pairs = count_pairs(sentences(ids, settings.max_sentence_length))
    scores = score(pairs, vocabulary.counts, settings)
    threshold = THRESHOLDS[settings.scoring] if settings.threshold is None else settings.threshold
    phrases = pairs.keys[scores > threshold]
    known = {word: number for number, word in enumerate(vocabulary.words)}
    words = vocabulary.words
    names = [words[key >> _SHIFT] + JOINT + words[key & 0xFFFFFFFF] for key in phrases.tolist()]
    numbers = np.array([known.setdefault(name, len(known)) for name in names], np.int32)
    counts = np.zeros(len(known), np.int64)
    with Spool(folder) as spool:
        for block in sentences(ids, settings.max_sentence_length):
            joined = _join(block, phrases, numbers)
            counts += np.bincount(joined[joined >= 0], minlength=len(known))
            spool.append(joined)
        return spool.ids(), Vocabulary(list(known), counts)


def count_pairs(blocks: Iterator[Int32[np.ndarray, "t"]]) -> Pairs:
    """The pairs of neighbours in blocks of whole sentences."""
    total = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    most = most_words(1)
    for block in blocks:
        keys, counts = np.unique(_keys(block)[_within(block)], return_counts=True)
        keys, places = np.unique(np.concatenate([total.keys, keys]), return_inverse=True)
        sums = np.zeros(len(keys), np.int64)
        np.add.at(sums, places, np.concatenate([total.counts, counts]))
        total = Pairs(keys, sums)
        check_room(len(keys), most)
    return total


def score(pairs: Pairs, counts: Int64[np.ndarray, "v"], settings: CorpusSettings) -> Float64[np.ndarray, "p"]:
    """What each pair scores (see the module); -inf where it cannot be a phrase."""
    first, second = counts[pairs.keys >> _SHIFT], counts[pairs.keys & 0xFFFFFFFF]
    if settings.scoring == "original":
        distinct = np.count_nonzero(counts) + len(pairs.keys)
        plain: np.ndarray = (pairs.counts - settings.min_count) / (first * second.astype(np.float64)) * distinct
        return plain
    together = pairs.counts / counts.sum()
    with np.errstate(divide="ignore"):  # one pair that is the whole text
        scores = np.log(together / (first / counts.sum() * (second / counts.sum()))) / -np.log(together)
    return np.where(pairs.counts >= settings.min_count, scores, -np.inf)


def _keys(block: Int32[np.ndarray, "t"]) -> Int64[np.ndarray, "t-1"]:
    """Each word with the next as one number; of no meaning where one of them is END."""
    keys: np.ndarray = block[:-1].astype(np.int64) << _SHIFT | block[1:]
    return keys


def _within(block: Int32[np.ndarray, "t"]) -> Bool[np.ndarray, "t-1"]:
    """Whether each word and the next lie in one sentence."""
    words = block >= 0
    within: np.ndarray = words[:-1] & words[1:]
    return within


def _join(
    block: Int32[np.ndarray, "t"], phrases: Int64[np.ndarray, "p"], numbers: Int32[np.ndarray, "p"]
) -> Int32[np.ndarray, "s"]:
    """`block` with each pair of `phrases` (ascending) as the word that `numbers` gives it."""
    keys = _keys(block)
    places = np.searchsorted(phrases, keys)
    fits = _within(block) & (np.append(phrases, -1)[places] == keys)
    # Of pairs that overlap the first, third, fifth... join: the leftmost takes a word from the one after it.
    at = np.flatnonzero(fits)
    begins = at[np.diff(at, prepend=-2) > 1]
    at = at[(at - begins[np.searchsorted(begins, at, side="right") - 1]) % 2 == 0] if len(at) else at
    joined = block.copy()
    joined[at] = numbers[places[at]]
    return np.delete(joined, at + 1)
