"""Compressed files, read through."""

from pathlib import Path

from armillary.formats.bounded import BoundedReader, map_file
from armillary.formats.points import STRICT, Accept


def open_bounded(path: Path, accept: Accept = STRICT) -> BoundedReader:
    """A reader over the bytes of `path`: mapped, or unpacked into memory where it is compressed."""
    return BoundedReader(path, map_file(path))
