"""Compressed files, read through: .gz .bz2 .xz .zst and .zip with one member.

What a file is packed with is seen from its first bytes, never from its name. It is unpacked piece by piece into memory,
nothing goes to the disk, and a file that unpacks to far more than its size (a "bomb") is refused before memory fills.
"""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from io import FileIO
from pathlib import Path
from typing import IO, Protocol, cast

from armillary import extras
from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats import limits
from armillary.formats.bounded import BoundedReader, map_file, open_regular
from armillary.formats.points import STRICT, Accept

SENTENCES = {
    "torch": "is a PyTorch checkpoint, which is a pickle and never opened. Where it came from, save it as safetensors: "
    "safetensors.torch.save_file(torch.load(FILE, weights_only=True), 'model.safetensors')",
}
PIECE = 1 << 20
"""Bytes read at once: small enough to stay in the processor's cache until they are parsed."""

Pieces = Iterator[bytes]
_ZST_PIECE = 1 << 9
"""Compressed bytes given to zstd at once: it has no limit on what comes out, at most some 32,000 times as much."""


class _Unpacker(Protocol):
    def __call__(self, file: FileIO, path: Path) -> Pieces: ...


def packing(head: bytes) -> str | None:
    """How a file that begins with `head` is packed ("gz", "bz2", "xz", "zst", "zip"), or None."""
    return next((name for name, (begins, _) in _PACKINGS.items() if begins(head)), None)


def pieces(path: Path, accept: Accept = STRICT) -> Pieces:
    """The content of `path` piece by piece, unpacked where it is compressed.

    Raises:
        DamagedFile: cut, a checksum does not agree, or more comes out than `limits` allow and `accept.huge` is false.
        UnknownFormat: no regular file, or a .zip with more or less than one file in it.
        NotFound: nothing is there.
        MissingExtra: a .zst, without the package `zstandard`.
    """
    with open_regular(path) as file:
        packed = packing(file.read(16))
        file.seek(0)
        if packed is None:
            yield from iter(partial(file.read, PIECE), b"")
        else:
            unpacker = _PACKINGS[packed][1]
            yield from _limited(_named_damage(unpacker(file, path), path, packed), path, accept)


def head(path: Path, accept: Accept = STRICT) -> bytes:
    """The first bytes of the content of `path`, up to limits.HEAD of them (errors as `pieces`)."""
    found = b""
    for piece in pieces(path, accept):
        found += piece
        if len(found) >= limits.HEAD:
            break
    return found[: limits.HEAD]


def is_plain(path: Path) -> bool:
    """Whether `path` is not compressed, so that its size is that of its content (errors as `open_regular`)."""
    with open_regular(path) as file:
        return packing(file.read(16)) is None


def open_bounded(path: Path, accept: Accept = STRICT) -> BoundedReader:
    """A reader over the bytes of `path`: mapped, or unpacked into memory if it is compressed (errors as `pieces`)."""
    content = map_file(path)
    return BoundedReader(path, content if packing(content[:16]) is None else b"".join(pieces(path, accept)))


def _limited(content: Pieces, path: Path, accept: Accept) -> Pieces:
    """`content`, stopped when it grows beyond what the limits allow for the size of `path`."""
    size = path.stat().st_size
    allowed = min(limits.UNPACKED, max(limits.RATIO_FROM, limits.RATIO * size))
    unpacked = 0
    for piece in content:
        unpacked += len(piece)
        if unpacked > allowed and not accept.huge:
            raise DamagedFile(
                path,
                "its {size} bytes unpack to more than {allowed}, which looks like an attack on the memory; "
                "convert --huge (in Python Accept(huge=True)) reads it all the same",
                size=size,
                allowed=allowed,
            )
        yield piece


def _named_damage(content: Pieces, path: Path, packed: str) -> Pieces:
    """`content`, with the many errors of the unpackers turned into ours."""
    try:
        yield from content
    except EOFError as error:
        raise DamagedFile(path, "truncated: its .{packing} data has no end. Copy or fetch it again.",
                          packing=packed) from error
    except _DAMAGES as error:
        raise DamagedFile(path, "its .{packing} data is damaged: {reason}. Copy or fetch it again.",
                          packing=packed, reason=str(error)) from error


_DAMAGES = (OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


def _read_gz(file: FileIO, path: Path) -> Pieces:
    with gzip.GzipFile(fileobj=file) as unpacked:
        yield from iter(partial(unpacked.read, PIECE), b"")


def _read_bz2(file: FileIO, path: Path) -> Pieces:
    with bz2.BZ2File(file) as unpacked:
        yield from iter(partial(unpacked.read, PIECE), b"")


def _read_xz(file: FileIO, path: Path) -> Pieces:
    with lzma.LZMAFile(file) as unpacked:
        yield from iter(partial(unpacked.read, PIECE), b"")


def _read_zst(file: FileIO, path: Path) -> Pieces:
    """The frames of a .zst one after the other; its own file object would take a cut frame for the end."""
    zstandard = extras.need("zstandard")
    frame, rest = None, b""
    while rest := rest or file.read(_ZST_PIECE):
        frame = frame or zstandard.ZstdDecompressor().decompressobj()
        try:
            unpacked = frame.decompress(rest)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error
        yield from (unpacked[start : start + PIECE] for start in range(0, len(unpacked), PIECE))
        rest = frame.unused_data
        if frame.eof:
            frame = None
    if frame is not None:
        raise EOFError


def _read_zip(file: FileIO, path: Path) -> Pieces:
    members = _zip_members(file)
    if any(member.filename.endswith("data.pkl") for member in members):
        raise UnknownFormat(path, SENTENCES["torch"])
    if len(members) != 1:
        raise UnknownFormat(
            path,
            "holds {count} files ({names}); unpack it and name the one you mean",
            count=len(members),
            names=", ".join(member.filename for member in members[:5]) + (", …" if len(members) > 5 else ""),
        )
    if members[0].flag_bits & 1:
        raise UnknownFormat(path, "is locked with a password; unpack it first")
    with zipfile.ZipFile(cast(IO[bytes], file)) as archive, archive.open(members[0]) as unpacked:
        yield from iter(partial(unpacked.read, PIECE), b"")


def _zip_members(file: FileIO) -> list[zipfile.ZipInfo]:
    """The files in a .zip, without folders and without what macOS adds."""
    members = zipfile.ZipFile(cast(IO[bytes], file)).infolist()
    return [m for m in members if not m.is_dir() and not m.filename.startswith("__MACOSX/")]


def _is_bz2(begin: bytes) -> bool:
    """A word of a text may begin with BZh1 too; the six bytes after it are pi or, in an empty file, its root."""
    return begin[:3] == b"BZh" and begin[4:10] in (b"1AY&SY", b"\x17rE8P\x90")


_PACKINGS: dict[str, tuple[Callable[[bytes], bool], _Unpacker]] = {
    "gz": (lambda begin: begin.startswith(b"\x1f\x8b\x08"), _read_gz),
    "bz2": (_is_bz2, _read_bz2),
    "xz": (lambda begin: begin.startswith(b"\xfd7zXZ\x00"), _read_xz),
    "zst": (lambda begin: begin.startswith(b"\x28\xb5\x2f\xfd"), _read_zst),
    "zip": (lambda begin: begin.startswith((b"PK\x03\x04", b"PK\x05\x06")), _read_zip),
}
