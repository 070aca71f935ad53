"""The native store: a folder of named arrays and one manifest that commits them together.

    glove.space/
      manifest.json              what is here, with the size and SHA-256 of every part; written last
      vectors-5e1f….npy          parts named after their own content

A part never changes in place. Writing over a store adds the new parts beside the old ones, then replaces the manifest
by renaming, then removes what no manifest names: whoever opens it sees the old content or the new, whole. The same
arrays and facts give the same bytes: no clock, no path, no order of a dictionary goes in.

Opening maps the parts and checks their sizes; `verify_store` reads every byte.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from armillary.errors import DamagedFile, FileError, OutputExists, UnknownFormat
from armillary.formats.aside import file_aside, sync_folder, unwritable

MANIFEST = "manifest.json"
VERSION = "armillary store 1"
_LARGEST_MANIFEST = 64 << 20
_PART = re.compile(r"[a-z0-9_]+-[0-9a-f]{16}\.npy(\.part)?")


@dataclass(frozen=True, eq=False)
class Store:
    """The content of a store: arrays by name (memory-mapped when opened), and facts that JSON can hold."""

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]


def is_store(path: Path) -> bool:
    """Whether `path` is a store: a folder with a manifest."""
    return (path / MANIFEST).is_file()


def is_unfinished(path: Path) -> bool:
    """Whether `path` is a folder that holds nothing but parts: a store whose first writing was cut off."""
    if not path.is_dir() or is_store(path):
        return False
    return all(_PART.fullmatch(child.name.removeprefix(".").removesuffix(".part")) or MANIFEST in child.name
               for child in path.iterdir())


def write_store(content: Store, path: Path, force: bool = False) -> None:
    """Write `content` into the folder `path`, replacing a store that is there if `force`.

    Raises:
        OutputExists: something is there and `force` is false.
        FileError: what is there is no store, another process writes it, or the disk refuses.
    """
    there = path.exists()
    if there and not force and not is_unfinished(path):
        raise OutputExists(path)
    if there and not is_store(path) and not is_unfinished(path):
        raise FileError(path, "is there and is no store of Armillary's, so it is not replaced; name another output")
    try:
        path.mkdir(exist_ok=True)
        with file_aside(path / MANIFEST, force=True) as manifest:
            parts = {name: _write_part(path, name, array) for name, array in sorted(content.arrays.items())}
            sync_folder(path)
            manifest.write(_render({"format": VERSION, "facts": dict(content.facts), "parts": parts}))
        sync_folder(path.absolute().parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        _sweep(path)


def open_store(path: Path) -> Store:
    """Map the store at `path`; every part's size, type and shape is checked, its bytes are not.

    Raises:
        UnknownFormat: not a store, or one of a newer version.
        DamagedFile: the manifest or a part is missing, changed or cut.
    """
    manifest = _manifest(path)
    return Store({name: _map_part(path, part) for name, part in manifest["parts"].items()}, manifest["facts"])


def verify_store(path: Path) -> int:
    """Read every byte of the store at `path` against its checksums; gives the number of bytes read.

    Raises:
        DamagedFile: a part's bytes are not those that were written; the message names the part.
    """
    read = (path / MANIFEST).stat().st_size
    for part in _manifest(path)["parts"].values():
        file = _part_file(path, part)
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if digest != part["sha256"]:
            raise DamagedFile(file, "its bytes have changed: SHA-256 is {found}, {wanted} was written",
                              found=digest, wanted=part["sha256"])
        read += part["size"]
    return read


class _Hashed:
    """A file to write that keeps the SHA-256 and the size of what went through."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.size += len(data)
        return self._file.write(data)


def _write_part(folder: Path, name: str, array: np.ndarray) -> dict[str, Any]:
    """Write one array as .npy, named after its content; gives its line in the manifest."""
    aside = folder / f"{name}-{'0' * 16}.npy.part"
    with file_aside(aside, force=True) as file:
        hashed = _Hashed(file)
        np.lib.format.write_array(cast(BinaryIO, hashed), np.ascontiguousarray(array), allow_pickle=False)
    digest = hashed.sha256.hexdigest()
    file_name = f"{name}-{digest[:16]}.npy"
    aside.replace(folder / file_name)
    return {
        "file": file_name,
        "size": hashed.size,
        "sha256": digest,
        "dtype": array.dtype.str,
        "shape": list(array.shape),
    }


def _render(manifest: Mapping[str, Any]) -> bytes:
    """The manifest's bytes: its content, then the SHA-256 of that content, so that no bit of it can flip unseen."""
    body = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{{"manifest": {body},\n"sha256": "{digest}"}}\n'.encode()


def _manifest(path: Path) -> dict[str, Any]:
    """The checked manifest of the store at `path`."""
    file = path / MANIFEST
    if not file.is_file():
        what = "its writing was interrupted; write it again" if is_unfinished(path) else "is no store of Armillary's"
        raise UnknownFormat(path, what)
    return parse_manifest(file, file.read_bytes() if file.stat().st_size <= _LARGEST_MANIFEST else b"")


def parse_manifest(file: Path, data: bytes) -> dict[str, Any]:
    """The content of a manifest's bytes: format, facts and parts.

    Raises:
        UnknownFormat: of a newer version.
        DamagedFile: not the bytes that were written.
    """
    try:
        manifest = json.loads(data)["manifest"]
        whole = _render(manifest) == data
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise DamagedFile(file, "has changed since it was written; bring the store back from where it came")
    if manifest["format"] != VERSION:
        raise UnknownFormat(file.parent, "was written as {found}, this version reads {wanted}; update armillary",
                            found=manifest["format"], wanted=VERSION)
    return cast(dict[str, Any], manifest)


def _map_part(path: Path, part: Mapping[str, Any]) -> np.ndarray:
    """One part as a read-only array over its file."""
    file = _part_file(path, part)
    try:
        array: np.ndarray = np.load(file, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except (OSError, ValueError) as error:
        raise DamagedFile(file, "cannot be mapped: {reason}", reason=str(error)) from error
    if array.dtype.str != part["dtype"] or list(array.shape) != part["shape"]:
        raise DamagedFile(file, "its header does not agree with the manifest", offset=0)
    return array


def _part_file(path: Path, part: Mapping[str, Any]) -> Path:
    """The file of a part, which must lie in the folder itself and have the size that was written."""
    if not _PART.fullmatch(part["file"]):
        raise DamagedFile(path / MANIFEST, "names a part {name} that no store has", name=part["file"])
    file = path / str(part["file"])
    size = file.stat().st_size if file.is_file() else -1
    if size != part["size"]:
        found = "is missing" if size < 0 else "is cut or grown: it has {size} bytes, {wanted} were written"
        raise DamagedFile(file, found, size=size, wanted=part["size"])
    return file


def _sweep(path: Path) -> None:
    """Remove the parts that the manifest does not name, and the folder if nothing was ever finished in it."""
    if not path.is_dir():
        return
    named = _named_parts(path)
    for child in path.iterdir():
        if _PART.fullmatch(child.name.removeprefix(".").removesuffix(".part")) and child.name not in named:
            child.unlink(missing_ok=True)
    if not named and not any(path.iterdir()):
        path.rmdir()


def _named_parts(path: Path) -> Iterable[str]:
    """The file names that the store's manifest holds; none where there is no manifest."""
    return {part["file"] for part in _manifest(path)["parts"].values()} if is_store(path) else set()
