"""The files of TensorBoard's Embedding Projector (https://projector.tensorflow.org).

`tensors.tsv` holds the numbers, without a header; `metadata.tsv` the labels, with a header only where it has more
columns than one; `projector_config.json` names both. The numbers may be raw float32 in a `.bytes` file instead, whose
shape the configuration has.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import DamagedFile, InputError, NotFound, OutputExists
from armillary.formats.aside import files_aside
from armillary.formats.checks import as_float32, checked, decode
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.strict_json import parse_json
from armillary.formats.text_rows import parse_line, parsed
from armillary.formats.unpack import head, open_bounded
from armillary.formats.vocabulary import matching, read_lines
from armillary.language import Note
from armillary.shapes import Float32, Int64

FORMAT = "TensorBoard projector"
TENSORS, METADATA, CONFIG = "tensors.tsv", "metadata.tsv", "projector_config.json"
_WORD_NAMES, _COUNT_NAMES = ("word", "label", "name", "token"), ("count", "counts", "frequency")
_ROWS = 1000  # rows turned into text, or text into rows, at once


def read_projector(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The points of a projector folder, of its configuration file, or of a file of numbers with its metadata beside it.

    Args:
        path: the folder, or one of the two files. Beside `NAME.tsv` lie `NAME.metadata.tsv` or `metadata.tsv`.
        accept: what may pass that is refused by default.
        limit: take so many rows at most.

    Raises:
        NotFound: a file that is named is not there.
        DamagedFile: the files cannot be read or do not fit each other; see also `formats.checks`.
    """
    source = _source(path, accept)
    vectors, unfinished = _numbers(source, accept)
    labels, counts, notes = _metadata(source.metadata, accept)
    matching(source.metadata, labels, len(vectors))
    counts = None if counts is None else counts[:limit]
    points = Points(labels[:limit], vectors[:limit], counts, None, FORMAT, (*source.notes, *unfinished, *notes))
    return checked(source.tensors, points, accept)


def write_projector(points: Points, path: Path, force: bool = False) -> None:
    """Write a folder `path` of TENSORS, METADATA and CONFIG; or, to a name in .tsv, that file and the others beside it.

    The metadata have a column `count` where counts are known. Beside `NAME.tsv` the others are `NAME.metadata.tsv` and
    `NAME.projector_config.json`; beside `tensors.tsv` they have no prefix.

    Raises:
        InputError: a label with a tab or a line break.
        NotFound: there is no folder to write in.
        OutputExists: one of the files is there and `force` is false.
    """
    metadata = _metadata_text(points)
    folder, prefix = _places(path)
    tensors = folder / (path.name if prefix else TENSORS)
    config = {
        "embeddings": [
            {
                "tensorName": path.stem,
                "tensorShape": list(points.vectors.shape),
                "tensorPath": tensors.name,
                "metadataPath": prefix + METADATA,
            }
        ]
    }
    with files_aside([folder / (prefix + CONFIG), folder / (prefix + METADATA), tensors], force) as files:
        files[0].write(json.dumps(config, indent=2).encode())
        files[1].write(metadata)
        file = files[2]
        for start in range(0, len(points.vectors), _ROWS):
            rows = points.vectors[start : start + _ROWS].astype("S32").tolist()  # the shortest digits that come back
            file.write(b"".join(b"\t".join(row) + b"\n" for row in rows))


def _places(path: Path) -> tuple[Path, str]:
    """The folder to write in, made if need be, and what the names of the files there begin with."""
    if path.suffix == ".tsv":
        return path.parent, "" if path.name == TENSORS else f"{path.stem}."
    if not path.parent.is_dir():
        raise NotFound("there is no folder {folder} to write {name} in", folder=str(path.parent), name=path.name)
    if path.exists() and not path.is_dir():
        raise OutputExists(path)
    path.mkdir(exist_ok=True)
    return path, ""


def _metadata_text(points: Points) -> bytes:
    """The labels, one a line, and with counts under a header."""
    for label in points.labels:
        if set(label) & set("\t\n\r") or (label.startswith("\ufeff") and label == points.labels[0]):
            raise InputError(
                "the label {label!r} cannot stand in a .tsv file; .parquet, .safetensors and .space can hold it",
                label=label,
            )
    if points.counts is None:
        return "".join(f"{label}\n" for label in points.labels).encode()
    rows = zip(points.labels, points.counts.tolist(), strict=True)
    return ("word\tcount\n" + "".join(f"{label}\t{count}\n" for label, count in rows)).encode()


@dataclass(frozen=True)
class _Source:
    """Where the numbers and the labels lie, and the shape of the numbers where it is stated."""

    tensors: Path
    metadata: Path
    shape: tuple[int, int] | None = None
    notes: tuple[Note, ...] = ()


def _source(path: Path, accept: Accept) -> _Source:
    """What `path`, a folder or a file, names."""
    if path.is_dir():
        path = path / (CONFIG if (path / CONFIG).exists() else TENSORS)
    if path.name == CONFIG or head(path, accept).lstrip()[:1] == b"{":
        return _configured(path, parse_json(path, bytes(open_bounded(path, accept).content)))
    own = path.with_name(f"{path.name.partition('.')[0]}.{METADATA}")
    return _Source(path, own if own.exists() else path.with_name(METADATA))


def _configured(path: Path, config: Any) -> _Source:
    """What the configuration file `path` names."""
    entries = config.get("embeddings") if isinstance(config, dict) else None
    if not isinstance(entries, list) or not entries or not isinstance(entries[0], dict):
        raise DamagedFile(path, "lists no embeddings")
    first = entries[0]
    names = [first.get("tensorPath"), first.get("metadataPath")]
    for name in names:
        # Nothing outside the folder, whatever the file says.
        if not isinstance(name, str) or name in ("", ".", "..") or set(name) & set("/\\\0"):
            raise DamagedFile(path, "names {name!r}; a file in the same folder is needed", name=str(name))
    shape = first.get("tensorShape")
    if shape is not None and not (
        isinstance(shape, list) and len(shape) == 2 and all(type(i) is int and i >= 0 for i in shape)
    ):
        raise DamagedFile(path, "states the shape {shape}, which is none of rows and columns", shape=str(shape))
    notes = (Note("{count} more sets of points in it were left", {"count": len(entries) - 1}),) if entries[1:] else ()
    tensors, metadata = (path.with_name(str(name)) for name in names)
    return _Source(tensors, metadata, None if shape is None else (shape[0], shape[1]), notes)


def _numbers(source: _Source, accept: Accept) -> tuple[Float32[np.ndarray, "n d"], tuple[Note, ...]]:
    """The vectors; and a note if the file ends within a line."""
    notes: tuple[Note, ...] = ()
    if source.tensors.suffix == ".bytes":
        if source.shape is None:
            raise DamagedFile(source.tensors, "holds bare numbers, and the configuration does not state their shape")
        file = open_bounded(source.tensors, accept)
        vectors = as_float32(file.array("<f4", *source.shape))
        file.end()
        return vectors, notes
    vectors, note = _tsv(source.tensors, accept)
    if source.shape is not None and source.shape != vectors.shape:
        raise DamagedFile(
            source.tensors,
            "holds {found} numbers; the configuration says {stated}",
            found=" x ".join(map(str, vectors.shape)),
            stated=" x ".join(map(str, source.shape)),
        )
    return vectors, (note,) if note else notes


def _tsv(path: Path, accept: Accept) -> tuple[Float32[np.ndarray, "n d"], Note | None]:
    """The numbers between tabs, held to the same rules as those of word vectors in text."""
    lines, note = read_lines(path, accept)
    dim = lines[0].count(b"\t") + 1 if lines else 1
    for number, line in enumerate(lines, 1):
        if line.count(b"\t") != dim - 1 or not line:
            raise DamagedFile(path, "line {line} has not the {wanted} numbers of the first", line=number, wanted=dim)
    # As lines of word vectors whose words are empty: the same rules on numbers, and the same speed.
    blocks = (
        b"".join(b" %b\n" % line.replace(b"\t", b" ") for line in lines[start : start + _ROWS])
        for start in range(0, len(lines), _ROWS)
    )
    vectors = np.empty((len(lines), dim), np.float32)
    done = 0
    for found in parsed(blocks, dim):
        for row, line in found.odd.items():
            found.vectors[row] = _odd_line(path, done + row + 1, line, dim)
        vectors[done : done + len(found.vectors)] = found.vectors
        done += len(found.vectors)
    return vectors, note


def _odd_line(path: Path, number: int, line: bytes, dim: int) -> Float32[np.ndarray, "d"]:
    """The numbers of one line, NaN and infinity too."""
    found = parse_line(path, number, line, dim)
    if found is None:
        raise DamagedFile(path, "line {line} has not the {wanted} numbers of the first", line=number, wanted=dim)
    return found[1]


def _metadata(
    path: Path, accept: Accept
) -> tuple[list[str], Int64[np.ndarray, "n"] | None, tuple[Note, ...]]:
    """The labels, the counts where there is such a column, and what was odd."""
    lines, unfinished = read_lines(path, accept)
    cells = [line.split(b"\t") for line in lines]
    head, cells = (cells[0], cells[1:]) if lines and len(cells[0]) > 1 else ([b""], cells)
    for row, line in enumerate(cells):
        if len(line) != len(head):
            raise DamagedFile(
                path, "row {row} has {found} columns, not {wanted}", row=row, found=len(line), wanted=len(head)
            )
    titles = [title.decode("utf-8", "replace").lower() for title in head]
    word = next((titles.index(name) for name in _WORD_NAMES if name in titles), 0)
    count = next((titles.index(name) for name in _COUNT_NAMES if name in titles), None)
    labels, note = decode([line[word] for line in cells])
    counts = None if count is None else _counts(path, [line[count] for line in cells])
    return labels, counts, tuple(note for note in (note, unfinished) if note)


def _counts(path: Path, cells: list[bytes]) -> Int64[np.ndarray, "n"]:
    """A column of whole numbers."""
    for row, cell in enumerate(cells):
        if not cell.isdigit() or int(cell[:20]) >= 1 << 63:
            raise DamagedFile(path, "row {row} has the count {count!r}", row=row, count=cell[:40].decode("latin-1"))
    return np.array([int(cell) for cell in cells], np.int64)
