"""A folder that is written aside and put in its place whole; whatever was there is replaced only if it is ours.

`armillary.json` in it lists every file with its size and SHA-256: that is how a later export knows its own.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from armillary.errors import FileError, NotFound, OutputExists
from armillary.formats.aside import file_aside, sync_folder, unwritable

MANIFEST = "armillary.json"
FORMAT = "armillary export 1"

Write = Callable[[str, bytes], None]
"""Told the name of a file in the folder, and its bytes."""


def check(folder: Path, force: bool) -> None:
    """Whether `folder` may be written.

    Raises:
        NotFound: the folder that it would lie in does not exist.
        OutputExists: it is there, an export of ours, and `force` is false.
        FileError: it is there and is not ours, or holds a file that is not.
    """
    if not folder.absolute().parent.is_dir():
        raise NotFound("there is no folder {folder} to write {name} in", folder=str(folder.parent), name=folder.name)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    files = _files(folder)
    if files is None:
        raise FileError(folder, "is there and is no export of Armillary's, so it is not replaced; name another folder")
    strange = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")
                     if (path.is_symlink() or not path.is_dir()) and path.relative_to(folder).as_posix() not in files)
    if strange:
        raise FileError(folder, "holds {name}, which no export wrote, so it is not replaced; name another folder",
                        name=strange[0])
    if not force:
        raise OutputExists(folder)


def _files(folder: Path) -> set[str] | None:
    """What the manifest lists; None if there is none of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        return {MANIFEST, *found["files"]} if found["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def folder_aside(folder: Path, facts: dict[str, Any], force: bool = False) -> Iterator[Write]:
    """Something to write files with; they take the place of `folder` when the block ends well, and vanish otherwise.

    Args:
        folder: where they are to lie.
        facts: what the manifest says beside the files.
        force: replace an export that is there.

    Raises:
        As `check`; FileError: another process writes the same folder, or the disk refuses.
    """
    check(folder, force)
    folder = folder.absolute()
    part = folder.with_name(f".{folder.name}.part")
    files: dict[str, dict[str, Any]] = {}

    def write(name: str, content: bytes) -> None:
        path = part / name
        path.parent.mkdir(exist_ok=True)
        with file_aside(path, force=True) as file:
            file.write(content)
        files[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    try:
        part.mkdir(exist_ok=True)
        with file_aside(part / MANIFEST, force=True) as manifest:  # held while we write: two exports do not mix
            _empty(part)
            try:
                yield write
                said = {"format": FORMAT, **facts, "files": dict(sorted(files.items()))}
                manifest.write((json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode())
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
        check(folder, force)
        _put(part, folder)
    except OSError as error:
        raise unwritable(folder, error) from error


def _empty(part: Path) -> None:
    """Take away what a killed export left, all but the manifest that is being written."""
    for child in part.iterdir():
        if child.is_dir():
            shutil.rmtree(child)
        elif MANIFEST not in child.name:
            child.unlink()


def _put(part: Path, folder: Path) -> None:
    """The new folder in the place of the old."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    part.replace(folder)
    sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
