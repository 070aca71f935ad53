"""NumPy's `.npy`: a matrix, with a vocabulary beside it.

The header is taken apart here, not by NumPy, and nothing in it is evaluated; an array of Python objects, which would be
a pickle, is refused. Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import re
from pathlib import Path

import numpy as np

from armillary.errors import UnknownFormat
from armillary.formats import limits
from armillary.formats.aside import files_aside
from armillary.formats.bounded import BoundedReader
from armillary.formats.checks import as_float32, checked
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.unpack import open_bounded
from armillary.formats.vocabulary import labels_beside, write_lines
from armillary.shapes import Float

MAGIC = b"\x93NUMPY"
_FLOATS = ("f2", "f4", "f8")
_ITEM = re.compile(r"""\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(['"]?)([^'"(){},]+|\([\d,\s]*\))\3\s*(,|$)\s*""")
_SHAPE = re.compile(r"\(\s*(\d{1,18})\s*,\s*(\d{1,18})\s*,?\s*\)")


def read_npy(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The points of a `.npy` file (float16, 32 or 64; C or Fortran order) and the vocabulary beside it.

    Args:
        path: the matrix; `vocabulary` has the names under which its labels are looked for.
        accept: what may pass that is refused by default.
        limit: read so many rows at most.

    Raises:
        UnknownFormat: an array that is no matrix of floats.
        DamagedFile: see `formats.bounded` and `formats.checks`; or the labels are not as many as the rows.
        FileError: there is no vocabulary.
    """
    matrix = read_matrix(open_bounded(path, accept))
    labels, notes = labels_beside(path, len(matrix), accept)
    points = Points(labels[:limit], as_float32(matrix[:limit]), format=".npy", notes=notes)
    return checked(path, points, accept)


def write_npy(points: Points, path: Path, force: bool = False) -> None:
    """Write `points` as `NAME.npy`, float32 in C order, and `NAME.vocab.txt` beside it; counts are not kept.

    Raises:
        InputError: a label with a line break.
        OutputExists: one of the two files is there and `force` is false.
    """
    lines = write_lines(points.labels)
    with files_aside([path.with_suffix(".vocab.txt"), path], force) as (vocabulary, file):
        vocabulary.write(lines)
        np.lib.format.write_array(file, np.ascontiguousarray(points.vectors), version=(1, 0), allow_pickle=False)


def read_matrix(file: BoundedReader) -> Float[np.ndarray, "n d"]:
    """The matrix in a `.npy` file: a view, in the file's own order and type.

    Raises:
        UnknownFormat: not a `.npy` file, or one of another kind of array.
        DamagedFile: cut, or longer than its header says.
    """
    if file.take(len(MAGIC)) != MAGIC:
        raise UnknownFormat(file.path, "is not a .npy file")
    version = file.u8(), file.u8()
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise UnknownFormat(
            file.path, "is a .npy file of version {major}; 1 to 3 can be read", major=f"{version[0]}.{version[1]}"
        )
    length = int.from_bytes(file.take(2 if version == (1, 0) else 4), "little")
    if length > limits.HEAD:
        raise file.damaged("has a header of {length} bytes; {limit} are allowed", length=length, limit=limits.HEAD)
    kind, fortran, shape = _header(file, file.take(length).decode("latin-1"))
    matrix = file.array(kind, *reversed(shape)).T if fortran else file.array(kind, *shape)
    file.end()
    return matrix


def _header(file: BoundedReader, text: str) -> tuple[str, bool, tuple[int, int]]:
    """The type, whether columns come first, and the shape, out of a header."""
    body = text.strip()
    items = {}
    place = 1
    while (item := _ITEM.match(body, place, len(body) - 1)) is not None:
        items[item[2]] = item[4]
        place = item.end()
    if body[:1] != "{" or body[place:] != "}" or len(items) != 3:
        raise file.damaged("has a header that cannot be read: {header!r}", header=text[:100])
    kind, order, shape = items["descr"], items["fortran_order"], _SHAPE.fullmatch(items["shape"])
    if "O" in kind:
        raise UnknownFormat(file.path, "holds pickled Python objects, which are never opened; save a float32 matrix")
    if shape is None or kind[:1] not in "<>=|" or kind[1:] not in _FLOATS or order not in ("True", "False"):
        raise UnknownFormat(
            file.path,
            "holds an array {kind} of shape {shape}; a matrix (rows, columns) of float16, 32 or 64 is needed",
            kind=kind,
            shape=items["shape"],
        )
    return kind, order == "True", (int(shape[1]), int(shape[2]))
