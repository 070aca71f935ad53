"""Writing word vectors as text, each number in the fewest digits that give the same float32 again."""

from collections.abc import Sequence
from pathlib import Path

from armillary.errors import InputError
from armillary.formats.pack import packed_aside
from armillary.formats.points import Points
from armillary.formats.text_rows import is_number

_ROWS = 1000  # rows turned into text at once


def write_word2vec_text(points: Points, path: Path, force: bool = False) -> None:
    """Write `points` with a header line `rows dim`, compressed if `path` ends in .gz .bz2 .xz .zst or .zip.

    Raises:
        InputError: a label that would not come back: one with a newline, or with a number after a space.
        OutputExists: `path` is there and `force` is false.
        MissingExtra: a .zst, without the package `zstandard`.
    """
    n, dim = points.vectors.shape
    _write(points, path, force, f"{n} {dim}\n".encode())


def write_glove(points: Points, path: Path, force: bool = False) -> None:
    """Write `points` without a header; everything else is as in `write_word2vec_text`.

    Raises:
        InputError: as there; also a byte order mark at the start of the first label.
        OutputExists: `path` is there and `force` is false.
        MissingExtra: a .zst, without the package `zstandard`.
    """
    if points.labels[0].startswith("\ufeff"):
        raise _unwritable(points.labels[0])
    _write(points, path, force, b"")


def _write(points: Points, path: Path, force: bool, header: bytes) -> None:
    words = _words(points.labels)
    with packed_aside(path, force) as file:
        file.write(header)
        for start in range(0, len(words), _ROWS):
            # As bytes, NumPy writes a float32 in its shortest digits, some five times as fast as str() does.
            rows = points.vectors[start : start + _ROWS].astype("S32").tolist()
            lines = (b" ".join([word, *row]) for word, row in zip(words[start : start + _ROWS], rows, strict=True))
            file.write(b"\n".join([*lines, b""]))


def _words(labels: Sequence[str]) -> list[bytes]:
    """The labels as they stand in the file."""
    words = []
    for label in labels:
        word = label.encode("utf-8", "replace")
        if b"\n" in word or any(is_number(field) for field in word.split(b" ")[1:]):
            raise _unwritable(label)
        words.append(word)
    return words


def _unwritable(label: str) -> InputError:
    return InputError(
        "the label {label!r} cannot stand in a text file of vectors, where it would not be read back; "
        ".parquet, .safetensors and .space can hold it",
        label=label,
    )
