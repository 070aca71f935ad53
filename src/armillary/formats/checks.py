"""The rules that the rows of every file are held to, whatever its format.

    labels, note = decode(words)                   bytes that are no UTF-8 are escaped, and counted
    points = checked(path, points, accept)         rows, no NaN, distinct labels; what was let pass is noted

Readers call both; what they hand over is then the same, and said in the same words.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile
from armillary.formats import limits
from armillary.formats.points import Accept, Points
from armillary.language import Note
from armillary.shapes import Bool, Float32

_BLOCK = 1 << 22  # numbers looked at together: enough to be quick, few enough to cost no memory


def decode(words: Sequence[bytes]) -> tuple[list[str], Note | None]:
    r"""Words as text, and a note with the count of those that are not UTF-8.

    Their odd bytes are written as `\xe9`. Where another word is spelled just so, backslashes are added until it is not:
    two words never become one.
    """
    try:
        return [word.decode() for word in words], None
    except UnicodeDecodeError:
        pass
    labels = {word: word.decode("utf-8", "backslashreplace") for word in words}
    odd = [word for word, label in labels.items() if label.encode() != word]
    taken = {label for word, label in labels.items() if label.encode() == word}
    for word in odd:
        while labels[word] in taken:
            labels[word] = labels[word].replace("\\x", "\\\\x")
        taken.add(labels[word])
    note = Note("{count} labels are not UTF-8; their odd bytes are written as \\x and two digits", {"count": len(odd)})
    return [labels[word] for word in words], note


def as_float32(numbers: np.ndarray) -> Float32[np.ndarray, "..."]:
    """`numbers` as float32 in C order, without a copy where they are that; what is too large becomes infinite."""
    with np.errstate(over="ignore"):
        return np.require(numbers, np.float32, ["C", "A"])


def checked(path: Path, points: Points, accept: Accept) -> Points:
    """`points` held to the rules: at least one row and one number, all numbers finite, labels distinct.

    Rows with NaN or infinity are an error, or left out and counted where `accept.drop_nonfinite` says so. Of rows
    with one label the first is kept, and the others counted.

    Raises:
        DamagedFile: what `accept` does not let pass; labels and vectors that differ in number.
    """
    rows, dim = points.vectors.shape
    if len(points.labels) != rows:
        raise DamagedFile(path, "has {rows} vectors and {labels} labels", rows=rows, labels=len(points.labels))
    if not 0 < dim <= limits.DIMENSION:
        raise DamagedFile(path, "vectors of {dim} numbers: 1 to {limit} can be read", dim=dim, limit=limits.DIMENSION)
    points = _distinct(_finite(path, points, accept))
    if not points.labels:
        raise DamagedFile(path, "holds no vectors")
    return points


def _finite(path: Path, points: Points, accept: Accept) -> Points:
    """`points` without the rows that hold NaN or infinity, where they may be left out."""
    keep = _finite_rows(points.vectors)
    if keep.all():
        return points
    if not accept.drop_nonfinite:
        row = int(np.argmin(keep))
        raise DamagedFile(
            path,
            "row {row} ({label!r}) holds NaN or infinity; "
            "convert --drop-nonfinite (in Python Accept(drop_nonfinite=True)) leaves such rows out",
            row=row,
            label=points.labels[row],
        )
    note = Note("{count} rows held NaN or infinity and were left out", {"count": int(np.count_nonzero(~keep))})
    return _select(points, keep, note)


def _distinct(points: Points) -> Points:
    """`points` with the first row of each label."""
    first = dict(zip(reversed(points.labels), range(len(points.labels) - 1, -1, -1), strict=True))
    if len(first) == len(points.labels):
        return points
    keep = np.zeros(len(points.labels), bool)
    keep[list(first.values())] = True
    note = Note(
        "{count} rows had the label of an earlier row and were left out", {"count": int(np.count_nonzero(~keep))}
    )
    return _select(points, keep, note)


def _select(points: Points, keep: Bool[np.ndarray, "n"], note: Note) -> Points:
    """The rows of `points` to keep, and why the others are missing."""
    return replace(
        points,
        labels=[points.labels[row] for row in np.flatnonzero(keep).tolist()],
        vectors=points.vectors[keep],
        counts=None if points.counts is None else points.counts[keep],
        notes=(*points.notes, note),
    )


def _finite_rows(vectors: Float32[np.ndarray, "n d"]) -> Bool[np.ndarray, "n"]:
    """Which rows are finite all through."""
    keep = np.empty(len(vectors), bool)
    step = max(1, _BLOCK // vectors.shape[1])
    for start in range(0, len(vectors), step):
        np.isfinite(vectors[start : start + step]).all(1, out=keep[start : start + step])
    return keep
