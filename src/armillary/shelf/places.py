"""Where things lie, and the record that says that one is whole.

    HOME/shelf/
      glove-6b-50d/              a whole entry: its files and record.json
      .glove-6b-50d.part/        one that is on its way: taken up or swept away by the next `get`
      .glove-6b-50d.lock         held by the process that fetches or removes it
      .glove-6b-50d.known.json   what outlives a removal: the licence accepted, the hashes seen first

The renaming of a part folder, with its record in it, is what puts an entry on the shelf.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from armillary.errors import DamagedFile
from armillary.formats.aside import file_aside

RECORD = "record.json"


def home() -> Path:
    """The folder that holds the shelf: ARMILLARY_HOME, or the platform's place for a user's data."""
    if named := os.environ.get("ARMILLARY_HOME"):
        return Path(named).expanduser().absolute()
    return platformdirs.user_data_path("armillary")


@dataclass(frozen=True)
class Places:
    """The paths of one entry: `whole`, its folder; `part`, the one while it is on its way; `lock`; what is `known`."""

    whole: Path
    part: Path
    lock: Path
    known: Path

    @classmethod
    def of(cls, shelf: Path, name: str) -> "Places":
        """The places of `name` (as the catalogue spells it) on the shelf at this folder."""
        return cls(shelf / name, shelf / f".{name}.part", shelf / f".{name}.lock", shelf / f".{name}.known.json")


@dataclass(frozen=True)
class Kept:
    """A file on the shelf: its size in bytes, its SHA-256, and whether the catalogue pinned what it was made from.

    Where `pinned` is false, the hash is the one seen when the file was first fetched.
    """

    size: int
    sha256: str
    pinned: bool


@dataclass(frozen=True)
class Record:
    """What was put on the shelf.

    Attributes:
        name: the entry.
        source: package and version of each wheel, or the hub repository and the commit it was at.
        licence: the licence's name.
        files: by path relative to the entry's folder.
    """

    name: str
    source: str
    licence: str
    files: Mapping[str, Kept]

    @property
    def pinned(self) -> bool:
        """Whether the catalogue pins every byte; if not, some hashes were recorded at first sight."""
        return all(kept.pinned for kept in self.files.values())

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(kept.size for kept in self.files.values())


def read_record(folder: Path) -> Record:
    """The record in an entry's folder.

    Raises:
        DamagedFile: it cannot be read as one.
    """
    path = folder / RECORD
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        files = {file: Kept(**kept) for file, kept in table["files"].items()}
        return Record(table["name"], table["source"], table["licence"], files)
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFile(path, "is not the record of something on the shelf; remove that with: "
                          "armillary shelf --remove {name}", name=folder.name) from error


def write_record(record: Record, folder: Path) -> None:
    """Write `record` into a folder that is about to be put on the shelf."""
    write_json(folder / RECORD, asdict(record))


def read_known(places: Places) -> dict[str, Any]:
    """What is known of an entry for good: {"accepted": {url: true}, "seen": {source: {file: SHA-256}}}.

    Raises:
        DamagedFile: it cannot be read; a hash seen first is not forgotten by accident.
    """
    try:
        known: dict[str, Any] = json.loads(places.known.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise DamagedFile(places.known, "is damaged; remove it, then licences are asked for again, and hashes "
                          "recorded anew") from error
    return known


def write_json(path: Path, table: object) -> None:
    """Write a small JSON file aside, replacing an old one."""
    with file_aside(path, force=True) as file:
        file.write((json.dumps(table, indent=2, sort_keys=True) + "\n").encode())


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_in(folder: Path) -> Iterator[Path]:
    """Every file in `folder` and below, sorted."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
