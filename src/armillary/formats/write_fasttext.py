"""Writing fastText's `.bin` (see `formats.fasttext` for its layout), which fastText and gensim open too."""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from armillary.errors import InputError
from armillary.formats.aside import file_aside
from armillary.formats.fasttext import MAGIC, VERSIONS, WORD
from armillary.formats.points import Points
from armillary.text.ngrams import Subwords

_BUCKETS = 1 << 14
"""Rows of zeros that are taken at once where most buckets have no row."""


def write_fasttext(points: Points, path: Path, force: bool = False) -> None:
    """Write `points` with their n-grams as a `.bin` of version 12.

    The rows of words are solved for, so that their means with the n-grams are the vectors of `points` (to the last bit
    or two of float32). The output matrix, which only further training needs, is zeros.

    Raises:
        InputError: the points have no n-grams, or pruned ones; or a label with a NUL in it.
        OutputExists: `path` is there and `force` is false.
    """
    subwords = points.subwords
    if subwords is None or not subwords.whole:
        raise InputError("a fastText file needs the vectors of all n-grams, and these points do not have them")
    words = [label.encode() for label in points.labels]
    counts = np.ones(len(words), np.int64) if points.counts is None else points.counts
    rows, dim = points.vectors.shape
    for word in words:
        if 0 in word:
            raise InputError("the label {label!r} holds a NUL, which ends words in this format", label=word.decode())
    own = subwords.own_rows(points.vectors, words)
    with file_aside(path, force) as file:
        file.write(MAGIC + struct.pack("<13id", VERSIONS[-1], *_told(dim, subwords), 1e-4))
        file.write(struct.pack("<3i2q", rows, rows, 0, int(counts.sum()), -1))
        for word, count in zip(words, counts.tolist(), strict=True):
            file.write(word + struct.pack("<xqb", count, WORD))
        file.write(struct.pack("<?2q", False, rows + subwords.buckets, dim))
        file.write(own.data)
        _write_buckets(file, subwords)
        file.write(struct.pack("<?2q", False, rows, dim))
        file.write(np.zeros((rows, dim), np.float32).data)


def _told(dim: int, subwords: Subwords) -> tuple[int, ...]:
    """The twelve whole numbers among fastText's arguments: its defaults for skip-gram with negative sampling."""
    window, epochs, min_count, negative, word_ngrams, loss, model, update_rate = 5, 5, 1, 5, 1, 2, 2, 100
    return (
        dim, window, epochs, min_count, negative, word_ngrams, loss, model,
        subwords.buckets, subwords.minn, subwords.maxn, update_rate,
    )  # fmt: skip


def _write_buckets(file: BinaryIO, subwords: Subwords) -> None:
    """A row for each bucket, zeros where there is none."""
    if subwords.kept is None:
        file.write(np.ascontiguousarray(subwords.vectors).data)
        return
    for first in range(0, subwords.buckets, _BUCKETS):
        last = min(first + _BUCKETS, subwords.buckets)
        held = slice(*np.searchsorted(subwords.kept, (first, last)))
        rows = np.zeros((last - first, subwords.vectors.shape[1]), np.float32)
        rows[subwords.kept[held] - first] = subwords.vectors[held]
        file.write(rows.data)
