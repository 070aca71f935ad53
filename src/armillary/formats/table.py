"""Tables of cells: CSV, TSV, JSON, JSON lines, Parquet and Arrow, compressed or not; each cell as text, "" if empty.

The first line of CSV and TSV names the columns. Between commas and semicolons "quotes" hold a cell together (RFC 4180);
between tabs they are plain characters. What numbers are, whoever asks for numbers finds out.
"""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import DamagedFile, InputError, NotFound, UnknownFormat
from armillary.formats.parquet import is_table_file, read_columns
from armillary.formats.strict_json import parse_json
from armillary.formats.unpack import head, pieces
from armillary.language import Note
from armillary.shapes import Float64

SEPARATORS = ("\t", ",", ";")
_LONGEST_CELL = 1 << 24


@dataclass(frozen=True, eq=False)
class Cells:
    """A table.

    Attributes:
        path: the file that it came from.
        columns: the cells of each column, by its name, in the order of the file.
        notes: what was odd and accepted.
    """

    path: Path
    columns: Mapping[str, Sequence[str]]
    notes: tuple[Note, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def column(self, name: str) -> Sequence[str]:
        """The cells of one column.

        Raises:
            InputError: there is none of this name.
        """
        if name not in self.columns:
            raise InputError("{path} has no column {name!r}; its first line names: {names}",
                             path=str(self.path), name=name, names=", ".join(self.columns))
        return self.columns[name]


def read_table(path: str | Path) -> Cells:
    """Read a table.

    Raises:
        NotFound: nothing is there.
        UnknownFormat: no table.
        DamagedFile: it cannot be read to its end, or two columns have one name.
        InputError: it has no row.
    """
    path = Path(path)
    if not path.is_file():
        raise NotFound("there is no file {path}", path=str(path))
    begins = head(path)
    if is_table_file(begins):
        cells = Cells(path, {name: [_text(path, one) for one in column] for name, column in read_columns(path).items()})
    else:
        text, notes = _decoded(path)
        begins = text.lstrip()[:1].encode()
        cells = _records(path, _objects(path, text), notes) if begins in (b"[", b"{") else _split(path, text, notes)
    if not len(cells):
        raise InputError("{path} has no rows below its first line ({names}); a table needs a first line with the names "
                         "of its columns and rows below it", path=str(path), names=", ".join(cells.columns) or "-")
    return cells


def numbers(cells: Sequence[str]) -> Float64[np.ndarray, "n"] | None:
    """The cells as numbers, NaN where empty; None if one of them is no finite number, or all are empty."""
    try:
        found = np.array([float(cell) if cell else math.nan for cell in cells])
    except ValueError:
        return None
    filled = np.array([bool(cell) for cell in cells])
    return found if filled.any() and np.isfinite(found[filled]).all() else None


def _decoded(path: Path) -> tuple[str, list[Note]]:
    content = b"".join(pieces(path))
    if b"\0" in content:
        raise UnknownFormat(path, "is no text: its byte {offset} is zero", offset=content.index(b"\0"))
    text = content.decode("utf-8-sig", "replace")
    odd = sum("\N{REPLACEMENT CHARACTER}" in line for line in text.split("\n"))
    told = Note("{count} lines hold bytes that are not UTF-8; replacement characters stand for them", {"count": odd})
    return text, [told] if odd else []


def _split(path: Path, text: str, notes: list[Note]) -> Cells:
    """Lines with separators; those that do not have as many cells as the first are left out and counted."""
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    before = csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True,
                        quoting=csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL)
    try:
        lines = [line for line in reader if line]
    except csv.Error as error:
        raise DamagedFile(path, "its line {line} cannot be split: {reason}",
                          line=reader.line_num, reason=str(error)) from error
    finally:
        csv.field_size_limit(before)
    names = [name.strip() for name in lines[0]] if lines else []
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise DamagedFile(path, "has two columns of the name {name!r}", name=twice[0])
    rows = [line for line in lines[1:] if len(line) == len(names)]
    if odd := max(0, len(lines) - 1) - len(rows):
        notes = [*notes, Note("{count} lines do not have {wanted} cells, as the first line does, and were left out",
                              {"count": odd, "wanted": len(names)})]
    found = {name: [row[place].strip() for row in rows] for place, name in enumerate(names)}
    return Cells(path, found, tuple(notes))


def _objects(path: Path, text: str) -> list[Any]:
    """A JSON array, or an object a line."""
    if text.lstrip().startswith("["):
        found = parse_json(path, text.encode())
        return found if isinstance(found, list) else []
    return [parse_json(path, line.encode()) for line in text.splitlines() if line.strip()]


def _records(path: Path, objects: Iterable[Any], notes: list[Note]) -> Cells:
    """Objects as rows; a key that one of them lacks is an empty cell."""
    rows = list(objects)
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise DamagedFile(path, "its entry {place} is no object with names and values", place=place)
    names = dict.fromkeys(name for row in rows for name in row)
    return Cells(path, {name: [_text(path, row.get(name)) for row in rows] for name in names}, tuple(notes))


def _text(path: Path, value: Any) -> str:
    """A value as a cell."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict | bytes):
        raise DamagedFile(path, "has cells that hold lists, objects or bytes; a table's cells are text or numbers")
    return str(value).strip()
