"""The n-grams of a word, and the vectors that they give to words never seen.

A word is put between `<` and `>` and cut into UTF-8 characters; each run of `minn` to `maxn` characters is an n-gram,
but not the lone `<` and `>`. An n-gram has no name in a model, only a bucket: its FNV-1a hash modulo the number of
buckets. All rules, the sign-extended bytes of the hash among them, are fastText's own, so that its models mean the same
here (Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information", arXiv:1607.04606).

Words are bytes here, because the rules are about bytes and a model may hold some that are not UTF-8.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Bool, Float32, Int64, UInt8, UInt32

END_OF_LINE = b"</s>"  # stands for a line break; fastText gives it no n-grams
LONGEST_NGRAM = 32
"""Characters of an n-gram: far above any published model, and low enough that no word makes endless work."""
_FNV_OFFSET, _FNV_PRIME = 2166136261, 16777619
_BLOCK = 1 << 17  # bytes of words taken together


def ngrams(word: bytes, minn: int, maxn: int) -> list[bytes]:
    """The n-grams of one word, from left to right, short before long.

    >>> ngrams(b"cat", 3, 4)
    [b'<ca', b'<cat', b'cat', b'cat>', b'at>']
    """
    if word == END_OF_LINE:
        return []
    text = b"<" + word + b">"
    edges = [i for i, byte in enumerate(text) if byte & 0xC0 != 0x80] + [len(text)]
    last = len(edges) - 1
    return [
        text[edges[i] : edges[i + n]]
        for i in range(last)
        for n in range(minn, min(maxn, last - i) + 1)
        if n > 1 or (n == 1 and 0 < i < last - 1)
    ]


def bucket_of(ngram: bytes, buckets: int) -> int:
    """The bucket of one n-gram: 32-bit FNV-1a, each byte sign-extended, modulo `buckets`."""
    value = _FNV_OFFSET
    for byte in ngram:
        extended = byte | 0xFFFFFF00 if byte > 127 else byte
        value = (value ^ extended) * _FNV_PRIME & 0xFFFFFFFF
    return value % buckets


def ngram_buckets(
    words: Sequence[bytes], minn: int, maxn: int, buckets: int
) -> tuple[Int64[np.ndarray, "g"], Int64[np.ndarray, "e"]]:
    """The buckets of the n-grams of many words: `bucket_of` over `ngrams`, at the speed of NumPy.

    Args:
        words: n words.
        minn: characters in the shortest n-gram.
        maxn: characters in the longest.
        buckets: how many buckets there are.

    Returns:
        The buckets of all words one after the other, and n + 1 offsets: word i has those between
        `offsets[i]` and `offsets[i + 1]`.
    """
    if not words or maxn < 1:
        return np.zeros(0, np.int64), np.zeros(len(words) + 1, np.int64)
    text = np.frombuffer(b"".join(b"<%b>" % word for word in words), np.uint8)
    edges = np.append(np.flatnonzero(text & 0xC0 != 0x80), len(text))  # where characters begin
    ends = np.searchsorted(edges, np.cumsum([len(word) + 2 for word in words]))  # of words, in characters
    lengths = np.diff(ends, prepend=0)
    hashes, kept = _hash_runs(text, edges, np.repeat(ends, lengths), minn, maxn)
    kept[ends - lengths, 0] = kept[ends - 1, 0] = False  # the lone < and >
    silent = np.fromiter((word == END_OF_LINE for word in words), bool, len(words))
    kept[np.repeat(silent, lengths)] = False
    offsets = np.append(0, np.cumsum(kept.sum(1)))[np.append(0, ends)]
    return hashes[kept].astype(np.int64) % buckets, offsets


def _hash_runs(
    text: UInt8[np.ndarray, "b"], edges: Int64[np.ndarray, "e"], ends: Int64[np.ndarray, "c"], minn: int, maxn: int
) -> tuple[UInt32[np.ndarray, "c s"], Bool[np.ndarray, "c s"]]:
    """The hash of the run of each length (column) from each character (row), and whether it is long enough.

    `ends` gives for each character where its word ends, counted in characters.
    """
    signed = text.view(np.int8).astype(np.int32).view(np.uint32)
    width = np.diff(edges)
    live = np.arange(len(ends))  # the characters with a run of this length
    span = min(maxn, int((ends - live).max()))
    hashes = np.zeros((len(ends), span), np.uint32)
    kept = np.zeros((len(ends), span), bool)
    value = np.full(len(ends), _FNV_OFFSET, np.uint32)
    for n in range(1, span + 1):
        live = live[live + n <= ends[live]]
        added = live + n - 1  # the character that makes each run longer by one
        for byte in range(int(width[added].max())):
            has = width[added] > byte
            runs = live[has]
            value[runs] = (value[runs] ^ signed[edges[added[has]] + byte]) * np.uint32(_FNV_PRIME)
        hashes[live, n - 1] = value[live]
        kept[live, n - 1] = n >= minn
    return hashes, kept


@dataclass(frozen=True, eq=False)
class Subwords:
    """The n-gram vectors of a fastText model: what gives a word that it never saw a vector.

    Attributes:
        vectors: one row for each bucket that the model holds.
        minn: characters in the shortest n-gram.
        maxn: characters in the longest.
        buckets: what hashes are taken modulo; the number of rows, unless some have none.
        kept: the bucket of each row, ascending, where not all buckets have one.
        zeros: what an n-gram without a row is: a row of zeros (in a model that learned from no such n-gram), or none
            at all (in a pruned one, `.ftz`).
    """

    vectors: Float32[np.ndarray, "b d"]
    minn: int
    maxn: int
    buckets: int
    kept: Int64[np.ndarray, "b"] | None = None
    zeros: bool = False

    @property
    def whole(self) -> bool:
        """Whether every bucket has a row, or is known to be zeros."""
        return self.kept is None or self.zeros

    def rows(self, words: Sequence[bytes]) -> tuple[Int64[np.ndarray, "g"], Int64[np.ndarray, "e"]]:
        """The rows of `vectors` that the n-grams of `words` have, and offsets as `ngram_buckets` gives them."""
        return self._held(*ngram_buckets(words, self.minn, self.maxn, self.buckets))

    def _held(
        self, buckets: Int64[np.ndarray, "g"], offsets: Int64[np.ndarray, "e"]
    ) -> tuple[Int64[np.ndarray, "h"], Int64[np.ndarray, "e"]]:
        if self.kept is None:
            return buckets, offsets
        rows = np.searchsorted(self.kept, buckets)
        held = np.append(self.kept, -1)[rows] == buckets
        return rows[held], np.concatenate([np.zeros(1, np.int64), np.cumsum(held)])[offsets]

    def add(self, sums: Float32[np.ndarray, "n d"], words: Sequence[bytes]) -> Int64[np.ndarray, "n"]:
        """Add to row i of `sums` the n-gram vectors of `words[i]`, and say how many they were.

        They are added one by one from the left, in float32, as fastText does it: another order rounds differently.
        """
        buckets, ends = ngram_buckets(words, self.minn, self.maxn, self.buckets)
        rows, offsets = self._held(buckets, ends)
        counts = np.diff(offsets)
        with np.errstate(over="ignore", invalid="ignore"):  # a damaged row; readers look at the result
            for k in range(int(counts.max(initial=0))):
                longer = np.flatnonzero(counts > k)
                sums[longer] += self.vectors[rows[offsets[longer] + k]]
        return np.diff(ends) if self.zeros else counts

    def means(self, own: Float32[np.ndarray, "n d"], words: Sequence[bytes]) -> Float32[np.ndarray, "n d"]:
        """(n, d) the vectors of words that have a row of their own: its mean with the n-grams'."""
        vectors = np.zeros_like(own)
        for start, stop in _blocks(words):
            block = vectors[start:stop]
            block += own[start:stop]
            counts = 1 + self.add(block, words[start:stop])
            block *= (1.0 / counts).astype(np.float32)[:, None]
        return vectors

    def own_rows(self, vectors: Float32[np.ndarray, "n d"], words: Sequence[bytes]) -> Float32[np.ndarray, "n d"]:
        """(n, d) the rows of their own that words must have for `means` to give `vectors`, to a bit or two of float32.

        Raises:
            InputError: the numbers are so large that a sum is not finite.
        """
        rows = np.zeros_like(vectors)
        sizes = np.ones((len(words), 1), np.float32)
        for start, stop in _blocks(words):
            sizes[start:stop, 0] += self.add(np.zeros_like(rows[start:stop]), words[start:stop])
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(2):  # the second time corrects what float32 rounded the first time
                rows += (vectors - self.means(rows, words)) * sizes
        if not np.isfinite(rows).all():
            raise InputError("the numbers are too large for vectors made of n-grams: a sum over them is not finite")
        return rows

    def vector(self, word: str) -> Float32[np.ndarray, "d"]:
        """The vector of a word never seen: the mean of its n-grams' vectors, as fastText's `get_word_vector`.

        Raises:
            InputError: the word has no n-gram in the model, or their mean is not finite.
        """
        total = np.zeros((1, self.vectors.shape[1]), np.float32)
        count = int(self.add(total, [word.encode("utf-8", "surrogatepass")])[0])
        if count == 0 or (self.zeros and not total.any()):
            raise InputError("{word!r} has no n-gram that the model holds, so it has no vector", word=word)
        mean: np.ndarray = total[0] * np.float32(1.0 / count)
        if not np.isfinite(mean).all():
            raise InputError("{word!r} has no vector: the n-grams in the file are NaN or infinite", word=word)
        return mean


def _blocks(words: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Ranges of words with _BLOCK bytes of text each, so that lists of n-grams stay small."""
    ends = np.cumsum([len(word) + 2 for word in words])
    start = 0
    while start < len(words):
        reach = (ends[start - 1] if start else 0) + _BLOCK
        stop = max(start + 1, int(np.searchsorted(ends, reach, side="right")))
        yield start, stop
        start = stop
