"""Writing what may be compressed: the last ending of the name says how."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from armillary import extras
from armillary.formats.aside import file_aside

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a .zip can state


@contextmanager
def packed_aside(path: Path, force: bool) -> Iterator[BinaryIO]:
    """A file to write, as `file_aside` gives it, compressed if `path` ends in .gz .bz2 .xz .zst or .zip.

    Raises:
        OutputExists: `path` is there and `force` is false.
        MissingExtra: a .zst, without the package `zstandard`.
        FileError: the disk refuses.
    """
    pack = _PACKERS.get(path.suffix.lower())
    with file_aside(path, force) as file:
        if pack is None:
            yield file
        else:
            with pack(file, path) as packed:
                yield cast(BinaryIO, packed)


def _zst(file: BinaryIO, path: Path) -> Any:
    return extras.need("zstandard").ZstdCompressor().stream_writer(file, closefd=False)


@contextmanager
def _zip(file: BinaryIO, path: Path) -> Iterator[IO[bytes]]:
    member = zipfile.ZipInfo(path.stem, _EARLIEST)
    member.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w") as archive, archive.open(member, "w", force_zip64=True) as opened:
        yield opened


def _gz(file: BinaryIO, path: Path) -> Any:
    return gzip.GzipFile("", "wb", 6, file, mtime=0)  # no name, no time: the same content gives the same bytes


def _bz2(file: BinaryIO, path: Path) -> Any:
    return bz2.BZ2File(file, "wb")


def _xz(file: BinaryIO, path: Path) -> Any:
    return lzma.LZMAFile(file, "wb")


_PACKERS: dict[str, Callable[[BinaryIO, Path], Any]] = {
    ".gz": _gz,
    ".bz2": _bz2,
    ".xz": _xz,
    ".zst": _zst,
    ".zip": _zip,
}
ENDINGS = tuple(_PACKERS)
