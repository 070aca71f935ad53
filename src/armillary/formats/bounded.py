"""Reading binary files that may lie: every length is checked against the bytes that are left.

    file = open_bounded(path)           # in `unpack`: regular files only, compressed ones unpacked
    rows, dim = file.i64(), file.i64()
    matrix = file.array("<f4", rows, dim)
    file.end()

Numbers are little-endian. Arithmetic on lengths is Python's, which does not wrap. Whatever is not there raises
DamagedFile with the byte that was needed.
"""

import errno
import io
import math
import mmap
import os
import stat
import struct
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, FileError, NotFound, UnknownFormat

Content = mmap.mmap | bytes
"""The bytes of a file: mapped, or in memory where they had to be unpacked."""


def open_regular(path: Path) -> io.FileIO:
    """Open `path` for reading if it is a regular file; a pipe or a device is refused before it can hang.

    Raises:
        NotFound: nothing is there.
        UnknownFormat: a folder, a pipe, a socket or a device.
        FileError: the system does not let it be read.
    """
    try:
        # Without O_NONBLOCK, opening a pipe waits for a writer; on regular files the flag does nothing.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise NotFound("there is no file {path}", path=str(path)) from error
    except OSError as error:
        if error.errno in (errno.EISDIR, errno.ENXIO):
            raise _not_regular(path) from error
        raise FileError(path, "cannot be read: {reason}", reason=error.strerror or str(error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_regular(path)
    return io.FileIO(descriptor)


def map_file(path: Path) -> Content:
    """The bytes of the regular file `path`, memory-mapped (errors as `open_regular`)."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size == 0:  # an empty file cannot be mapped
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class BoundedReader:
    """A cursor over the bytes of one file that never reads past their end.

    Attributes:
        path: the file, for messages.
        content: all its bytes.
        size: how many there are.
        offset: the next byte to read; may be set.
    """

    def __init__(self, path: Path, content: Content) -> None:
        self.path = path
        self.content = content
        self.size = len(content)
        self.offset = 0

    @property
    def left(self) -> int:
        """Bytes from the cursor to the end."""
        return self.size - self.offset

    def advance(self, count: int) -> int:
        """Move over `count` bytes that must be there; gives the offset of the first of them."""
        start = self.offset
        if count < 0:
            raise self.damaged("states a negative length: {count}", count=count)
        if count > self.left:
            raise self.damaged(
                "truncated: needs byte {need}, the file has {size}. Copy or fetch it again.",
                need=start + count,
                size=self.size,
            )
        self.offset = start + count
        return start

    def release(self) -> None:
        """Let the system take back the memory of what was read; a mapped file is read again where it is needed."""
        if isinstance(self.content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            self.content.madvise(mmap.MADV_DONTNEED)

    def take(self, count: int) -> bytes:
        """The next `count` bytes, copied."""
        start = self.advance(count)
        return self.content[start : start + count]

    def i8(self) -> int:
        """A signed byte."""
        return self._number("<b")

    def u8(self) -> int:
        """An unsigned byte."""
        return self._number("<B")

    def i32(self) -> int:
        """A signed 32-bit integer."""
        return self._number("<i")

    def u32(self) -> int:
        """An unsigned 32-bit integer."""
        return self._number("<I")

    def i64(self) -> int:
        """A signed 64-bit integer."""
        return self._number("<q")

    def u64(self) -> int:
        """An unsigned 64-bit integer."""
        return self._number("<Q")

    def f64(self) -> float:
        """A 64-bit float."""
        start = self.advance(8)
        value: float = struct.unpack_from("<d", self.content, start)[0]
        return value

    def until(self, stop: int, limit: int) -> bytes:
        """The bytes before the next byte `stop`, of which there may be `limit`; the cursor goes past the stop."""
        start = self.offset
        found = self.content.find(bytes([stop]), start, min(self.size, start + limit + 1))
        if found < 0 and self.left <= limit:
            self.advance(self.left + 1)
        if found < 0:
            raise self.damaged(
                "a text at byte {offset} has no end within {limit} bytes; not a file of this format, or damaged",
                limit=limit,
            )
        self.offset = found + 1
        return self.content[start:found]

    def array(self, dtype: str, *shape: int) -> np.ndarray:
        """A read-only view of the next numbers as an array of `shape`, without copying; it keeps the file mapped."""
        kind = np.dtype(dtype)
        count = math.prod(shape)
        if min(shape, default=0) < 0 or (count == 0 and max(shape) >= 1 << 31):  # none of them, yet too long to shape
            raise self.damaged("states an impossible shape: {shape}", shape=shape)
        start = self.advance(count * kind.itemsize)
        flat: np.ndarray = np.frombuffer(self.content, kind, count, start) if count else np.empty(0, kind)
        return flat.reshape(shape)

    def end(self) -> None:
        """Check that nothing is left."""
        if self.left:
            raise self.damaged(
                "has {count} bytes more than its header accounts for, from byte {offset} on", count=self.left
            )

    def damaged(self, message: str, **facts: object) -> DamagedFile:
        """The error for what is wrong at the cursor; `message` may use {offset}."""
        return DamagedFile(self.path, message, offset=self.offset, **facts)

    def _number(self, code: str) -> int:
        start = self.advance(struct.calcsize(code))
        value: int = struct.unpack_from(code, self.content, start)[0]
        return value


def _not_regular(path: Path) -> UnknownFormat:
    """The error for a folder, a pipe, a socket or a device."""
    if path.is_dir():
        return UnknownFormat(path, "is a folder, not a file")
    return UnknownFormat(path, "is a pipe or a device; save what comes out of it as a file first")
