"""Tiles on the disk, so that the second start maps them: one file for each model, beside the shelf.

    FOLDER/7b1e….tiles   named by the SHA-256 of the model's files and by how tiles are laid out; written aside, renamed

A .tiles file holds a line that says so, the length of a table, the table (JSON), and the tiles, each matrix at a
multiple of 64 bytes.
"""

import json
import mmap
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from armillary.errors import ArmillaryError, DamagedFile
from armillary.formats.aside import file_aside
from armillary.formats.bounded import Content, map_file
from armillary.formats.known_files import name_of
from armillary.shapes import UInt8
from armillary.speak.fast.fits import names
from armillary.speak.fast.layouts import GROUP, LAYOUTS, OF_KIND, ROWS, packed, packed_plain
from armillary.speak.fast.levels import levels
from armillary.speak.fast.source import Source, Stored
from armillary.speak.fast.widths import filled, order, put_in_order

VERSION = 1
"""Of the layouts and of the file."""
MAGIC = b"armillary tiles\n"
_ALIGNED, _AT_ONCE = 64, 1 << 20
"""Bytes that a matrix begins at a multiple of; numbers that are laid out at once."""
_POPULATE_READ = 22
"""Linux's MADV_POPULATE_READ (since 5.14), which Python has no name for."""
Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Tiles:
    """A matrix as tiles.

    Attributes:
        layout: its number.
        rows: of the matrix; those that fill the last tile are zeros.
        inputs: numbers in a row.
        content: all tiles, one after the other.
    """

    layout: int
    rows: int
    inputs: int
    content: UInt8[np.ndarray, "b"]

    @property
    def bytes(self) -> int:
        """Of one tile."""
        return self.inputs // GROUP * LAYOUTS[self.layout].group_bytes

    @property
    def count(self) -> int:
        """How many tiles."""
        return -(-self.rows // ROWS)


def tiles_of(source: Source, folder: Path, told: Told | None = None) -> dict[str, Tiles]:
    """The matrices of a model by our names, mapped from the disk; laid out and kept there first, if they are not yet.

    Where nothing can be written they are laid out in memory.

    Args:
        source: the model.
        folder: where to keep them.
        told: hears how many matrices are done, of how many.

    Raises:
        DamagedFile: a matrix holds NaN or infinity.
    """
    kept = folder / f"{name_of(source.paths, folder, VERSION)}.tiles"
    try:
        return _mapped(kept)
    except (ArmillaryError, ValueError, KeyError, TypeError, struct.error):
        pass  # not there, or not whole: it is written anew
    listed = names(source.config)
    try:
        with file_aside(kept, force=True) as file:
            _write(file, source, listed, told)
        _forget_pages(kept)
        return _mapped(kept)
    except DamagedFile:
        raise
    except ArmillaryError:
        return {name: _in_memory(source, name) for name in listed}


def table_of(source: Source, listed: list[str]) -> dict[str, list[int]]:
    """Layout, rows, inputs and the place of each matrix, counted from the first."""
    table, place = {}, 0
    for name in listed:
        stored = source.matrix(name)
        rows = len(order(source.config, name, len(stored.rows)))
        one = Tiles(OF_KIND[stored.kind.name], rows, filled(stored.inputs), np.empty(0, np.uint8))
        table[name] = [one.layout, one.rows, one.inputs, place]
        place += -(-one.count * one.bytes // _ALIGNED) * _ALIGNED
    return table


def _write(file: BinaryIO, source: Source, listed: list[str], told: Told | None) -> None:
    table = table_of(source, listed)
    head = json.dumps(table).encode()
    file.write(MAGIC + struct.pack("<Q", len(head)) + head)
    start = -(-file.tell() // _ALIGNED) * _ALIGNED
    for done, name in enumerate(listed):
        file.write(bytes(start + table[name][3] - file.tell()))
        for part in _parts(source, name):
            file.write(part.data)
        if told:
            told(done + 1, len(listed))


def _parts(source: Source, name: str) -> Iterator[np.ndarray]:
    """The tiles of a matrix, some at a time, so that little is in memory."""
    stored = source.matrix(name)
    step = max(ROWS, _AT_ONCE // stored.inputs // ROWS * ROWS)
    places = order(source.config, name, len(stored.rows))
    for first in range(0, len(places), step):
        some = put_in_order(stored.rows, places[first : first + step])
        yield _laid_out(source, name, Stored(stored.kind, stored.inputs, some))


def _laid_out(source: Source, name: str, stored: Stored) -> np.ndarray:
    layout = LAYOUTS[OF_KIND[stored.kind.name]]
    if layout.plain:
        found = packed_plain(layout, np.ascontiguousarray(stored.rows).view(layout.plain))
        finite = stored.kind.read(np.ascontiguousarray(stored.rows).reshape(-1))
    else:
        taken = levels(stored.kind, stored.rows)
        found = packed(layout, taken)
        finite = taken.scales if taken.least is None else np.concatenate([taken.scales, taken.least])
    if not np.isfinite(finite).all():
        raise DamagedFile(source.path, "has NaN or infinity in {name!r}", name=source.theirs(name))
    return found


def _in_memory(source: Source, name: str) -> Tiles:
    stored = source.matrix(name)
    content = np.concatenate([part.reshape(-1) for part in _parts(source, name)])
    rows = len(order(source.config, name, len(stored.rows)))
    return Tiles(OF_KIND[stored.kind.name], rows, filled(stored.inputs), content)


def _mapped(path: Path) -> dict[str, Tiles]:
    """The matrices in a .tiles file; whatever it says must be there."""
    content = _in_large_pages(map_file(path))
    if content[: len(MAGIC)] != MAGIC:
        raise ValueError
    (length,) = struct.unpack_from("<Q", content, len(MAGIC))
    at = len(MAGIC) + 8
    table: dict[str, Any] = json.loads(content[at : at + length])
    start = -(-(at + length) // _ALIGNED) * _ALIGNED
    found = {}
    everything = np.frombuffer(content, np.uint8)
    for name, (layout, rows, inputs, place) in table.items():
        empty = Tiles(layout, rows, inputs, everything[:0])
        here = everything[start + place :][: empty.count * empty.bytes]
        if len(here) != empty.count * empty.bytes or not 0 <= layout < len(LAYOUTS):
            raise ValueError
        found[name] = Tiles(layout, rows, inputs, here)
    return found


def _in_large_pages(content: Content) -> Content:
    """Have a mapped file read into pages of 2 MB, where the system can: a thread goes through it in a fifth less time.

    It is read at once and from its beginning, which takes half as long as when threads come to it from several sides.
    """
    if isinstance(content, mmap.mmap) and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a kernel without them
            content.madvise(mmap.MADV_HUGEPAGE)
            content.madvise(_POPULATE_READ)
    return content


def _forget_pages(path: Path) -> None:
    """Let the system forget what was written: what it still holds stays in the small pages that it was written in."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file, suppress(OSError):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
