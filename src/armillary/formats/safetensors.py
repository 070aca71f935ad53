"""safetensors: named arrays behind a JSON header, as strict as the format's own text.

A file is the header's length (8 bytes), the header, and the arrays end to end. Here the header must begin with `{`,
name nothing twice, and account for each byte of the rest exactly once. Format:
https://github.com/huggingface/safetensors

    tensors(path)["h.0.attn.weight"].array()      any model's arrays, mapped one by one
    read_safetensors(path)                        labelled points: one matrix and its vocabulary
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import InputError, UnknownFormat
from armillary.formats.aside import file_aside
from armillary.formats.bounded import BoundedReader
from armillary.formats.checks import as_float32, checked
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.strict_json import parse_json
from armillary.formats.unpack import open_bounded
from armillary.formats.vocabulary import labels_beside, labels_of_json, matching, write_json
from armillary.language import Note

HEADER_LIMIT = 100_000_000
VECTOR_NAMES = ("vectors", "embeddings", "embedding.weight")
"""The matrix of points is called one of these, or is the only matrix in the file."""
_LABELS, _COUNTS = "labels", "counts"
_NUMPY = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip
_FLOATS = ("F64", "F32", "F16", "BF16")
_BYTES = {name: np.dtype(kind).itemsize for name, kind in _NUMPY.items()} | {
    "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "C64": 8,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tensor:
    """One array of a file, not yet read.

    Attributes:
        file: the file it is in.
        start: the byte at which it begins there.
        dtype: the format's name for the type of its numbers, such as "BF16".
        shape: its lengths.
    """

    file: BoundedReader
    start: int
    dtype: str
    shape: tuple[int, ...]

    def array(self) -> np.ndarray:
        """The numbers: a read-only view of the mapped file; of BF16, which NumPy lacks, a copy as float32.

        Raises:
            UnknownFormat: numbers of a type that cannot be read (8-bit floats, complex ones).
        """
        if self.dtype not in _NUMPY:
            raise UnknownFormat(self.file.path, "holds numbers of type {dtype}, which cannot be read", dtype=self.dtype)
        cursor = BoundedReader(self.file.path, self.file.content)
        cursor.offset = self.start
        numbers = cursor.array(_NUMPY[self.dtype], *self.shape)
        return (numbers.astype(np.uint32) << 16).view(np.float32) if self.dtype == "BF16" else numbers


def tensors(path: Path, accept: Accept = STRICT) -> dict[str, Tensor]:
    """The arrays of the safetensors file `path` by name, in the order in which they lie in it; only its header is read.

    Raises:
        UnknownFormat: not a safetensors file.
        DamagedFile: cut, too long, arrays that overlap or leave holes, a type or shape that does not fit its bytes.
    """
    return read_header(path, accept)[0]


def read_header(path: Path, accept: Accept = STRICT) -> tuple[dict[str, Tensor], dict[str, str]]:
    """What `tensors` gives, and the free-form metadata of the file."""
    file = open_bounded(path, accept)
    length = file.u64()
    if length > HEADER_LIMIT:
        raise UnknownFormat(path, "is not a safetensors file, or has a header above {limit} bytes", limit=HEADER_LIMIT)
    text = file.take(length)
    if text[:1] != b"{":
        raise UnknownFormat(path, "is not a safetensors file: its header does not begin with a brace")
    header = parse_json(path, text)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise file.damaged("has metadata that are not text")
    spans = sorted((*_span(file, name, entry), name) for name, entry in header.items())
    found = {}
    end = 0
    for start, stop, name in spans:
        if start != end:
            raise file.damaged(
                "the array {name!r} begins at {start}, and the one before it ends at {end}",
                name=name,
                start=start,
                end=end,
            )
        found[name] = Tensor(file, length + 8 + start, header[name]["dtype"], tuple(header[name]["shape"]))
        end = stop
    file.advance(end)
    file.end()
    return found, metadata


def _span(file: BoundedReader, name: str, entry: Any) -> tuple[int, int]:
    """Where an array begins and ends in the data, if its entry in the header makes sense."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise file.damaged("describes the array {name!r} by other things than type, shape and place", name=name)
    dtype, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _BYTES:
        raise file.damaged("has the array {name!r} of unknown type {dtype}", name=name, dtype=str(dtype))
    if not all(isinstance(part, list) and all(type(i) is int and i >= 0 for i in part) for part in (shape, place)):
        raise file.damaged("gives the array {name!r} lengths that are no whole numbers", name=name)
    if len(place) != 2 or place[1] - place[0] != math.prod(shape) * _BYTES[dtype]:
        raise file.damaged(
            "has the array {name!r} of shape {shape} at bytes {place}: they do not fit",
            name=name, shape=str(shape), place=str(place),
        )  # fmt: skip
    return place[0], place[1]


def read_safetensors(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The points of a file with one matrix (or one called as VECTOR_NAMES say) and a vocabulary.

    The vocabulary is the metadata's "labels" (or "vocab"), a JSON list or object, or lies beside the file (see
    `vocabulary`).

    Args:
        path: the file.
        accept: what may pass that is refused by default.
        limit: read so many rows at most.

    Raises:
        UnknownFormat: no matrix of floats, or several and none by a known name.
        DamagedFile: see `tensors` and `formats.checks`; or the labels are not as many as the rows.
        FileError: there is no vocabulary.
    """
    found, metadata = read_header(path, accept)
    matrix = _matrix(path, found)
    rows = matrix.shape[0]
    labels, notes = _labels(path, metadata, rows, accept)
    counts = found.get(_COUNTS)
    points = Points(
        labels[:limit],
        as_float32(matrix.array()[:limit]),
        None if counts is None or (counts.dtype, counts.shape) != ("I64", (rows,)) else counts.array()[:limit],
        format="safetensors",
        notes=notes,
    )
    return checked(path, points, accept)


def write_safetensors(points: Points, path: Path, force: bool = False) -> None:
    """Write `points` as one file: "vectors", "counts" where known, and the labels as JSON in the metadata.

    The same points give the same bytes.

    Raises:
        InputError: the labels are longer than a header may be.
        OutputExists: `path` is there and `force` is false.
    """
    arrays = {"vectors": ("F32", np.ascontiguousarray(points.vectors, "<f4"))}
    if points.counts is not None:
        arrays = {_COUNTS: ("I64", np.ascontiguousarray(points.counts, "<i8"))} | arrays
    try:
        write_tensors(arrays, path, {_LABELS: write_json(points.labels)}, force)
    except OverflowError as error:
        raise InputError("the labels fill more than the {limit} bytes that a header may have",
                         limit=HEADER_LIMIT) from error


def write_tensors(
    arrays: Mapping[str, tuple[str, np.ndarray]], path: Path, metadata: Mapping[str, str], force: bool = False
) -> None:
    """Write arrays by name as one file, in the order in which they are given; the same ones give the same bytes.

    Args:
        arrays: each with the format's name for the type of its numbers; of BF16, which NumPy lacks, its bits.
        path: the file.
        metadata: free-form.
        force: replace what is there.

    Raises:
        OverflowError: names and metadata are longer than a header may be.
        OutputExists: `path` is there and `force` is false.
        FileError: the disk refuses.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, (dtype, array) in arrays.items():
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": (end, end + array.nbytes)}
        end += array.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the arrays begin at a multiple of 8
    if len(text) > HEADER_LIMIT:
        raise OverflowError(len(text))
    with file_aside(path, force) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, array in arrays.values():
            file.write(np.ascontiguousarray(array).data)


def _matrix(path: Path, found: dict[str, Tensor]) -> Tensor:
    """The array that holds the points."""
    matrices = {name: t for name, t in found.items() if len(t.shape) == 2 and t.dtype in _FLOATS}
    named = [name for name in VECTOR_NAMES if name in matrices] or list(matrices)
    if not named or (len(named) > 1 and named[0] not in VECTOR_NAMES):
        raise UnknownFormat(
            path,
            "holds {count} matrices of floats, not one set of points; the points must be called {name!r}",
            count=len(matrices),
            name=VECTOR_NAMES[0],
        )
    return matrices[named[0]]


def _labels(path: Path, metadata: dict[str, str], rows: int, accept: Accept) -> tuple[list[str], tuple[Note, ...]]:
    """The labels from the metadata, or from beside the file."""
    text = metadata.get(_LABELS, metadata.get("vocab"))
    if text is None:
        return labels_beside(path, rows, accept)
    labels, notes = labels_of_json(path, parse_json(path, text.encode("utf-8", "surrogatepass")))
    return matching(path, labels, rows), notes
