"""Writing so that a crash loses nothing: aside, fsynced, renamed.

Every file that Armillary writes goes through here. The new bytes are written to a part file in the same folder, flushed
to the disk, and renamed over the old ones in one step: whoever looks sees the old file or the new one, never a mixture,
also after kill -9 or a power cut. What a killed writer leaves is one part file, which the next writer of the same name
takes over.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from armillary.errors import FileError, NotFound, OutputExists

try:
    import fcntl
except ImportError:  # Windows: no advisory locks; renaming over an open file fails there by itself
    fcntl = None  # type: ignore[assignment]


@contextmanager
def file_aside(path: Path, force: bool = False) -> Iterator[BinaryIO]:
    """A binary file to write; it takes `path`'s place when the `with` block ends well, and vanishes when it does not.

    Raises:
        OutputExists: `path` is there and `force` is false.
        NotFound: the folder to write in does not exist.
        FileError: another process is writing the same file, or the disk refuses (full, read-only).
    """
    if path.exists() and not force:
        raise OutputExists(path)
    if not path.parent.is_dir():
        raise NotFound("there is no folder {folder} to write {name} in", folder=str(path.parent), name=path.name)
    part = path.with_name(f".{path.name}.part")
    try:
        file = open_locked(part, path)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


@contextmanager
def files_aside(paths: Sequence[Path], force: bool = False) -> Iterator[list[BinaryIO]]:
    """Files to write that mean nothing without each other, for formats that have no room for a manifest.

    The last of them commits all: before any other takes its place the old one of it is taken away, and the new one
    comes last. So whoever reads, after whatever crash, finds the old files, or the new, or the last one missing; never
    the labels of one save beside the vectors of another.

    Raises:
        As `file_aside`; what was there before is then unchanged.
    """
    with ExitStack() as stack:  # closed from the last to the first
        last = stack.enter_context(file_aside(paths[-1], force))
        others = [stack.enter_context(file_aside(path, force)) for path in reversed(paths[:-1])]
        files = [*reversed(others), last]
        yield files
        for file in files:
            file.flush()
            os.fsync(file.fileno())  # a full disk must show before anything is taken away
        paths[-1].unlink(missing_ok=True)
        sync_folder(paths[-1].parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename in it survives a power cut (POSIX; elsewhere it does nothing)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_locked(part: Path, path: Path) -> BinaryIO:
    """Open the part file for this process alone, emptied of what a killed writer left in it."""
    while True:
        file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.close()
                raise FileError(path, "another process is writing it; wait for that one to end") from error
            # Between open and lock the other writer may have renamed this very file into place: then it is not ours.
            if not part.exists() or not os.path.samestat(os.fstat(file.fileno()), part.stat()):
                file.close()
                continue
        file.truncate(0)
        return file


def unwritable(path: Path, error: OSError) -> FileError:
    """The error for a disk that refuses; what was there before is untouched."""
    reason = error.strerror or str(error)
    return FileError(path, "could not be written: {reason}. What was there before is unchanged.", reason=reason)
