"""fastText's `.bin` and `.ftz`: words, and the n-grams that give unseen words a vector.

A file is the arguments of the training, a dictionary, and two matrices. The input matrix has a row for each word and
then one for each bucket of n-grams; a word's vector is the mean of its own row and those of its n-grams. The output
matrix is not used, but its size is checked: a file ends where its header says.

No description of the format is published; this follows the layout that fastText 0.9.2 writes (versions 11 and 12) and
is held to it by parity tests. Sums are taken in fastText's order, in float32, so the vectors are the same bit for bit.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.errors import UnknownFormat
from armillary.formats import limits
from armillary.formats.bounded import BoundedReader
from armillary.formats.checks import as_float32, checked, decode
from armillary.formats.fasttext_quantised import read_quantised
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.unpack import open_bounded
from armillary.shapes import Float32, Int64
from armillary.text.ngrams import LONGEST_NGRAM, Subwords

MAGIC = (793712314).to_bytes(4, "little")
VERSIONS = (11, 12)
SUPERVISED = 3
WORD, LABEL = 0, 1
_SMALLEST_ENTRY = 10  # a word's NUL, its count and its kind


def read_fasttext(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The words of a fastText model, their counts, and its n-grams; labels of a classifier are left out.

    Args:
        path: a `.bin` or `.ftz` file.
        accept: what may pass that is refused by default.
        limit: read so many words at most (the most frequent come first).

    Raises:
        UnknownFormat: not a fastText model, or of a version that cannot be read.
        DamagedFile: cut, too long, or its sizes do not fit each other; see also `formats.checks`.
    """
    file = open_bounded(path, accept)
    arguments = _read_arguments(file)
    words, counts, pruned = _read_dictionary(file)
    matrix, quantised = _read_matrices(file, arguments, len(words), pruned)
    subwords = _subwords(file, arguments, matrix[len(words) :], pruned)
    words = words[:limit]
    vectors = as_float32(matrix[: len(words)])
    if subwords is not None:
        vectors = subwords.means(vectors, words)
    labels, note = decode(words)
    kind = "fastText, quantised" if quantised else "fastText"
    points = Points(labels, vectors, counts[: len(words)], subwords, kind, (note,) if note else ())
    return checked(path, points, accept)


@dataclass(frozen=True)
class _Arguments:
    """What the training was told, as far as reading needs it."""

    dim: int
    buckets: int
    minn: int
    maxn: int


def _read_arguments(file: BoundedReader) -> _Arguments:
    """The head of the file: magic number, version, arguments."""
    if file.take(4) != MAGIC:
        raise UnknownFormat(file.path, "is not a fastText model")
    version = file.i32()
    if version not in VERSIONS:
        raise UnknownFormat(
            file.path, "is a fastText model of version {version}; 11 and 12 can be read", version=version
        )
    dim, _ws, _epoch, _min_count, _neg, _word_ngrams, _loss, model = (file.i32() for _ in range(8))
    buckets, minn, maxn, _update_rate = (file.i32() for _ in range(4))
    file.f64()  # the threshold of sampling
    if not 0 < dim <= limits.DIMENSION:
        raise file.damaged("states vectors of {dim} numbers", dim=dim)
    if version == 11 and model == SUPERVISED:
        maxn = 0  # classifiers had no n-grams then, whatever the file says
    if buckets < 0 or maxn > LONGEST_NGRAM or (maxn > 0 and buckets == 0):
        raise file.damaged("states n-grams of {maxn} characters in {buckets} buckets", maxn=maxn, buckets=buckets)
    return _Arguments(dim, buckets, minn, maxn)


def _read_dictionary(
    file: BoundedReader,
) -> tuple[list[bytes], Int64[np.ndarray, "n"], Int64[np.ndarray, "k 2"] | None]:
    """The words, their counts, and of a pruned model the pairs (bucket, row)."""
    size, words, labels = file.i32(), file.i32(), file.i32()
    file.i64()  # tokens of the text
    kept = file.i64()
    if words < 1 or labels < 0 or size != words + labels or kept < -1:
        raise file.damaged(
            "states {size} entries: {words} words and {labels} labels", size=size, words=words, labels=labels
        )
    if size * _SMALLEST_ENTRY > file.left:
        raise file.damaged("truncated: has not the bytes for a dictionary of {size} entries", size=size)
    entries = [_read_entry(file, WORD if i < words else LABEL) for i in range(size)]
    pruned = file.array("<i4", kept, 2).astype(np.int64) if kept >= 0 else None
    names = [name for name, _ in entries[:words]]
    return names, np.array([count for _, count in entries[:words]], np.int64), pruned


def _read_entry(file: BoundedReader, wanted: int) -> tuple[bytes, int]:
    """One entry of the dictionary: its name and count. Words stand before labels."""
    name = file.until(0, limits.WORD)
    count, kind = file.i64(), file.i8()
    if kind != wanted or count < 0:
        raise file.damaged("has an entry of kind {kind} with count {count}", kind=kind, count=count)
    return name, count


def _read_matrices(
    file: BoundedReader, arguments: _Arguments, words: int, pruned: Int64[np.ndarray, "k 2"] | None
) -> tuple[Float32[np.ndarray, "r d"], bool]:
    """The input matrix, and whether it was quantised; the output matrix is checked and left."""
    quantised = _read_flag(file)
    rows = words + (arguments.buckets if pruned is None else len(pruned))
    matrix = read_quantised(file).dense() if quantised else _read_dense(file)
    if matrix.shape != (rows, arguments.dim):
        raise file.damaged(
            "has an input matrix of {found}; its head says {rows} x {dim}",
            found=" x ".join(map(str, matrix.shape)),
            rows=rows,
            dim=arguments.dim,
        )
    if pruned is not None and not quantised:
        raise file.damaged("is pruned but not quantised: an old model that its authors have replaced")
    output = read_quantised(file) if _read_flag(file) and quantised else _read_dense(file)
    if output.shape[1] != arguments.dim:
        raise file.damaged(
            "has an output matrix of {found} columns, not {dim}", found=output.shape[1], dim=arguments.dim
        )
    file.end()
    return matrix, quantised


def _read_dense(file: BoundedReader) -> Float32[np.ndarray, "r d"]:
    """A matrix of plain numbers, as a view."""
    rows, columns = file.i64(), file.i64()
    matrix: np.ndarray = file.array("<f4", rows, columns)
    return matrix


def _read_flag(file: BoundedReader) -> bool:
    """A byte that is 0 or 1."""
    value = file.u8()
    if value > 1:
        raise file.damaged("has {value} where yes (1) or no (0) should stand", value=value)
    return value == 1


def _subwords(
    file: BoundedReader,
    arguments: _Arguments,
    vectors: Float32[np.ndarray, "b d"],
    pruned: Int64[np.ndarray, "k 2"] | None,
) -> Subwords | None:
    """The n-grams of the model, where it has any."""
    if arguments.maxn < 1 or not len(vectors):
        return None
    if pruned is None:
        return Subwords(vectors, arguments.minn, arguments.maxn, arguments.buckets)
    buckets, rows = pruned[np.argsort(pruned[:, 0])].T
    if (np.diff(buckets) <= 0).any() or buckets[0] < 0 or (np.sort(rows) != np.arange(len(rows))).any():
        raise file.damaged("has a list of kept n-grams with one of them twice or out of range")
    return Subwords(vectors[rows], arguments.minn, arguments.maxn, arguments.buckets, buckets)
