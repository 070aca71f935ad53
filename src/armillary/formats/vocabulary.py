"""The labels of a bare matrix: a vocabulary in a file beside it, or inside a JSON value.

Beside `NAME.npy` are looked for, in this order: `NAME.vocab.txt`, `NAME.txt`, `NAME.vocab.json`, `NAME.json`,
`vocab.txt`, `labels.txt`, `vocab.json`, `labels.json`, `tokenizer.json`. Text has one label a line; JSON is a list of
labels, an object `{label: row}`, or a Hugging Face tokenizer.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile, FileError, InputError
from armillary.formats.checks import decode
from armillary.formats.points import Accept
from armillary.formats.strict_json import parse_json
from armillary.formats.unpack import open_bounded
from armillary.language import Note

_ENDINGS = (".vocab.txt", ".txt", ".vocab.json", ".json")
_NAMES = ("vocab.txt", "labels.txt", "vocab.json", "labels.json", "tokenizer.json")
_COMPRESSED = {".gz", ".bz2", ".xz", ".zst", ".zip"}


def labels_beside(path: Path, rows: int, accept: Accept) -> tuple[list[str], tuple[Note, ...]]:
    """The labels of the matrix of so many rows in `path`, from the vocabulary that lies beside it.

    Returns:
        The labels, and notes on what was odd about them.

    Raises:
        FileError: there is no vocabulary beside `path`.
        DamagedFile: there is, but it cannot be read, or has not `rows` labels.
    """
    stem = Path(path.stem).stem if path.suffix in _COMPRESSED else path.stem
    names = [stem + ending for ending in _ENDINGS] + list(_NAMES)
    for name in names:
        if (found := path.with_name(name)).exists():
            labels, notes = read_vocabulary(found, accept)
            return matching(found, labels, rows), notes
    raise FileError(
        path,
        "holds a matrix without labels; put one label a line, in the order of its rows, into {name}",
        name=names[0],
    )


def matching(path: Path, labels: list[str], rows: int) -> list[str]:
    """`labels`, which came from `path`, if they are as many as the matrix has rows."""
    if len(labels) != rows:
        raise DamagedFile(path, "has {labels} labels for a matrix of {rows} rows", labels=len(labels), rows=rows)
    return labels


def read_vocabulary(path: Path, accept: Accept) -> tuple[list[str], tuple[Note, ...]]:
    """The labels in a file of one label a line, or in a `.json` file, and notes on what was odd about them."""
    if path.suffix == ".json":
        return labels_of_json(path, parse_json(path, bytes(open_bounded(path, accept).content)))
    lines, unfinished = read_lines(path, accept)
    labels, note = decode(lines)
    return labels, tuple(note for note in (note, unfinished) if note)


def read_lines(path: Path, accept: Accept) -> tuple[list[bytes], Note | None]:
    """The lines of a text file, without line breaks and byte order mark; and a note where the last has no end."""
    lines = bytes(open_bounded(path, accept).content).removeprefix(b"\xef\xbb\xbf").split(b"\n")
    note = None
    if lines[-1]:
        note = Note(
            "the last line of {name} has no newline; if the file was cut there, that line is wrong", {"name": path.name}
        )
    else:
        del lines[-1]
    return [line.removesuffix(b"\r") for line in lines], note


def labels_of_json(path: Path, value: Any) -> tuple[list[str], tuple[Note, ...]]:
    """The labels in a JSON value: a list, an object {label: row}, or a tokenizer's `model.vocab` and `added_tokens`.

    Raises:
        DamagedFile: it is none of these, or its rows are not 0, 1, 2, ... each once.
    """
    if isinstance(value, dict) and isinstance(value.get("model"), dict):
        value = _tokenizer_vocabulary(value)
    if isinstance(value, dict):
        rows = [row for row in value.values() if type(row) is int]
        if sorted(rows) != list(range(len(value))):
            raise DamagedFile(path, "is no vocabulary: its row numbers are not 0, 1, 2 and so on, each once")
        value = sorted(value, key=value.__getitem__)
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise DamagedFile(path, "is no vocabulary: a list of labels or an object with their row numbers is needed")
    labels, note = decode([label.encode("utf-8", "surrogatepass") for label in value])
    return labels, (note,) if note else ()


def write_lines(labels: Sequence[str]) -> bytes:
    """`labels` one a line.

    Raises:
        InputError: a label with a line break (or a byte order mark in the first), which would not come back.
    """
    for label in labels:
        if "\n" in label or "\r" in label or (label.startswith("\ufeff") and label == labels[0]):
            raise InputError(
                "the label {label!r} cannot stand on a line of its own; .parquet, .safetensors and .space can hold it",
                label=label,
            )
    return "".join(f"{label}\n" for label in labels).encode()


def write_json(labels: Sequence[str]) -> str:
    """`labels` as a JSON list."""
    return json.dumps(list(labels), ensure_ascii=False, separators=(",", ":"))


def _tokenizer_vocabulary(tokenizer: dict[str, Any]) -> Any:
    """The {token: id} of a `tokenizer.json`, or whatever stands in its place, to be refused."""
    vocabulary = tokenizer["model"].get("vocab")
    if isinstance(vocabulary, list):  # Unigram: [token, score] pairs in the order of their ids
        vocabulary = {str(pair[0]): i for i, pair in enumerate(vocabulary) if isinstance(pair, list) and pair}
    added = tokenizer.get("added_tokens") or []
    if not isinstance(vocabulary, dict) or not isinstance(added, list):
        return None
    extra = {token.get("content"): token.get("id") for token in added if isinstance(token, dict)}
    return vocabulary | extra
