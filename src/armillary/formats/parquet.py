"""Tables: Parquet, and Arrow's own files (also called Feather) and streams. Needs the extra `table` (pyarrow).

Points are a column of words and a column of lists of numbers, or a column of words and d columns of numbers; a column
`count` may stand beside. Written are `word: string`, `vector: fixed_size_list<float32>[d]` and `count: int64`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import ArmillaryError, DamagedFile, UnknownFormat
from armillary.extras import need
from armillary.formats import limits
from armillary.formats.aside import file_aside
from armillary.formats.bounded import BoundedReader
from armillary.formats.checks import as_float32, checked, decode
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.unpack import open_bounded
from armillary.language import Note
from armillary.shapes import Float, Int64

ARROW_ENDINGS = (".arrow", ".feather", ".ipc")
_MAGICS = {b"PAR1": "Parquet", b"ARROW1": "Arrow", b"\xff\xff\xff\xff": "Arrow stream"}
_BATCH = 8192
_WORD_NAMES = ("word", "label", "token", "text", "key", "name", "index")
_VECTOR_NAMES = ("vector", "vectors", "embedding", "embeddings")
_COUNT_NAMES = ("count", "counts", "frequency")


def read_parquet(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The points of a Parquet, Arrow or Feather file.

    Of several columns that could be the words (or the vectors) the one by the usual name is taken.

    Args:
        path: the file.
        accept: what may pass that is refused by default.
        limit: take so many rows at most.

    Raises:
        MissingExtra: pyarrow is not installed.
        UnknownFormat: no such file, or no such columns in it.
        DamagedFile: it cannot be read to its end, has empty cells or lists of different lengths; see `formats.checks`.
    """
    file = open_bounded(path, accept)
    with _damage_named(path):
        table = _read_table(file, accept, limit)
        labels, note = _labels(path, table)
        vectors = as_float32(_vectors(path, table))
        points = Points(labels, vectors, _counts(path, table), format=_kind(file), notes=(note,) if note else ())
    return checked(path, points, accept)


def read_labels(path: Path, accept: Accept = STRICT) -> list[str]:
    """The labels in the one column of words of a Parquet, Arrow or Feather file; errors as `read_parquet`."""
    file = open_bounded(path, accept)
    with _damage_named(path):
        return _labels(path, _read_table(file, accept))[0]


def is_table_file(begins: bytes) -> bool:
    """Whether a file that begins so is Parquet, Arrow or Feather."""
    return any(begins.startswith(magic) for magic in _MAGICS)


def read_columns(path: Path, accept: Accept = STRICT) -> dict[str, list[Any]]:
    """The columns of a Parquet, Arrow or Feather file in values of Python, None if empty; errors as `read_parquet`."""
    file = open_bounded(path, accept)
    with _damage_named(path):
        table = _read_table(file, accept)
        return {name: _trusted(path, table.column(name), gaps=True).to_pylist() for name in table.schema.names}


def write_parquet(points: Points, path: Path, force: bool = False) -> None:
    """Write `points` as Parquet, or as Arrow's own file where `path` ends so (see ARROW_ENDINGS).

    Raises:
        MissingExtra: pyarrow is not installed.
        OutputExists: `path` is there and `force` is false.
    """
    arrow, parquet, table = need("pyarrow"), need("pyarrow.parquet"), table_of(points)
    with file_aside(path, force) as file:
        if path.suffix in ARROW_ENDINGS:
            with arrow.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        else:
            parquet.write_table(table, file, use_dictionary=False)  # words and numbers hardly repeat


def table_of(points: Points) -> Any:
    """A pyarrow table with the columns word, vector and, where known, count.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    arrow = need("pyarrow")
    numbers = arrow.array(np.ascontiguousarray(points.vectors).reshape(-1))
    columns = {
        "word": arrow.array(list(points.labels), arrow.string()),
        "vector": arrow.FixedSizeListArray.from_arrays(numbers, points.vectors.shape[1]),
    }
    if points.counts is not None:
        columns["count"] = arrow.array(points.counts, arrow.int64())
    return arrow.table(columns)


def _kind(file: BoundedReader) -> str:
    """Which of the three formats it is, by the file's first bytes."""
    for magic, kind in _MAGICS.items():
        if file.content[: len(magic)] == magic:
            return kind
    raise UnknownFormat(file.path, "is not a Parquet or Arrow file, nor a Feather file of version 2")


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """What pyarrow raises over a bad file becomes DamagedFile."""
    try:
        yield
    except ArmillaryError:
        raise
    except (need("pyarrow").ArrowException, OSError, ValueError) as error:
        raise DamagedFile(path, "cannot be read: {reason}", reason=str(error)) from error


def _read_table(file: BoundedReader, accept: Accept, limit: int | None = None) -> Any:
    """The first `limit` rows, as pyarrow's table, taken in batches so that its size shows before it is all there."""
    schema, batches = _open_batches(file)
    if len(set(schema.names)) < len(schema.names):
        raise DamagedFile(file.path, "has two columns of one name")
    room = max(limits.RATIO_FROM, limits.RATIO * file.size)
    taken, rows = [], 0
    for batch in batches:
        room -= batch.nbytes
        if room < 0 and not accept.huge:
            raise DamagedFile(
                file.path,
                "holds far more than a file of its size should; convert --huge (in Python Accept(huge=True)) opens it",
            )
        taken.append(batch)
        rows += batch.num_rows
        if limit is not None and rows >= limit:
            break
    return need("pyarrow").Table.from_batches(taken, schema).slice(0, limit)


def _open_batches(file: BoundedReader) -> tuple[Any, Iterator[Any]]:
    """The schema of a file, and its rows in batches."""
    arrow, parquet = need("pyarrow"), need("pyarrow.parquet")
    content = arrow.BufferReader(file.content)
    if _kind(file) == "Parquet":
        table = parquet.ParquetFile(content)
        # Single-threaded: a C++ exception in a thread of pyarrow's would end the process.
        return table.schema_arrow, table.iter_batches(_BATCH, use_threads=False)
    if _kind(file) == "Arrow":
        table = arrow.ipc.open_file(content)
        return table.schema, (table.get_batch(i) for i in range(table.num_record_batches))
    table = arrow.ipc.open_stream(content)
    return table.schema, iter(table)


def _column(path: Path, table: Any, usual: tuple[str, ...], fits: Callable[[Any], bool]) -> Any:
    """The one column whose type fits, or that of them with a usual name; None where none fits."""
    fitting = [field.name for field in table.schema if fits(field.type)]
    named = [name for name in usual if name in fitting] or fitting
    if len(named) > 1 and named[0] not in usual:
        raise UnknownFormat(
            path,
            "could mean any of its columns {columns}; call one {name!r}",
            columns=", ".join(fitting),
            name=usual[0],
        )
    return table.column(named[0]) if named else None


def _trusted(path: Path, column: Any, gaps: bool = False) -> Any:
    """`column` in one piece, checked throughout, as pyarrow believes a file's offsets otherwise."""
    column.validate(full=True)
    if column.null_count and not gaps:
        raise DamagedFile(
            path, "has {count} empty cells where a word, vector or count is needed", count=column.null_count
        )
    return column.combine_chunks()


def _labels(path: Path, table: Any) -> tuple[list[str], Note | None]:
    """The column of words, and a note on those that are not UTF-8."""
    arrow = need("pyarrow")
    types = arrow.types

    def is_text(kind: Any) -> bool:
        kind = kind.value_type if types.is_dictionary(kind) else kind
        return bool(types.is_string(kind) or types.is_large_string(kind))

    column = _column(path, table, _WORD_NAMES, is_text)
    if column is None:
        raise UnknownFormat(path, "has no column of words; its columns are {columns}", columns=_listed(table))
    if types.is_dictionary(column.type):
        return decode([word.encode() for word in _trusted(path, column).dictionary_decode().to_pylist()])
    # As bytes, or the check would refuse words that are not UTF-8.
    as_bytes = column.cast(arrow.large_binary() if types.is_large_string(column.type) else arrow.binary())
    return decode(_trusted(path, as_bytes).to_pylist())


def _vectors(path: Path, table: Any) -> Float[np.ndarray, "n d"]:
    """The column of lists, or the columns of numbers side by side; an empty number is NaN."""
    types = need("pyarrow").types

    def is_vector(kind: Any) -> bool:
        lists = types.is_fixed_size_list(kind) or types.is_list(kind) or types.is_large_list(kind)
        return bool(lists and types.is_floating(kind.value_type))

    column = _column(path, table, _VECTOR_NAMES, is_vector)
    if column is None:
        numbers = [_trusted(path, table.column(f.name), gaps=True) for f in table.schema if types.is_floating(f.type)]
        if not numbers:
            raise UnknownFormat(
                path, "has no column of vectors, nor of numbers; its columns are {columns}", columns=_listed(table)
            )
        return np.stack([column.to_numpy(zero_copy_only=False) for column in numbers], axis=1)
    column = _trusted(path, column)
    widths = set(np.unique(column.value_lengths().to_numpy()).tolist())
    if len(widths) > 1:
        raise DamagedFile(path, "has vectors of {fewest} and of {most} numbers", fewest=min(widths), most=max(widths))
    flat: np.ndarray = column.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(len(column), -1) if len(column) else flat.reshape(0, 1)


def _counts(path: Path, table: Any) -> Int64[np.ndarray, "n"] | None:
    """The column of counts, if there is one."""
    arrow = need("pyarrow")
    names = [f.name for f in table.schema if f.name in _COUNT_NAMES and arrow.types.is_integer(f.type)]
    if not names:
        return None
    counts: np.ndarray = _trusted(path, table.column(names[0])).cast(arrow.int64()).to_numpy()
    return counts


def _listed(table: Any) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in table.schema)
