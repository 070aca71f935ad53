"""Corpora that were numbered before: what tells that a text is the same, and where its numbers are kept."""

import hashlib
import json
import os
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from filelock import FileLock

from armillary.errors import DamagedFile, FileError, UnknownFormat
from armillary.formats.bounded import open_regular
from armillary.formats.store import MANIFEST, Store, open_store, write_store
from armillary.language import Note
from armillary.text.encoded import Encoded
from armillary.text.settings import CorpusSettings

RULES = "corpus 2"
"""Raised whenever the same text and settings give other numbers than before."""
KEPT = 8
"""Corpora that the cache holds; of more, those that were not used for the longest time go."""
_ENDING = ".corpus"


@dataclass(frozen=True)
class Fingerprint:
    """A file at one moment: its size in bytes, its time of change, the SHA-256 of what was in it."""

    path: Path
    size: int
    changed: int
    sha256: str

    def check(self) -> None:
        """Refuse a file that is not what it was (FileError)."""
        try:
            now = self.path.stat()
        except OSError:
            now = None
        if now is None or (now.st_size, now.st_mtime_ns) != (self.size, self.changed):
            raise FileError(self.path, "changed while it was read. Run this again when nothing writes to it any more")


def fingerprint(path: Path) -> Fingerprint:
    """Read `path` through once (errors as `formats.bounded.open_regular`)."""
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Fingerprint(path, status.st_size, status.st_mtime_ns, digest)


def key_of(files: Sequence[Fingerprint], settings: CorpusSettings, column: str | None) -> str:
    """A name for what comes out of these files with these settings: equal names, equal numbers."""
    facts = {
        "rules": [RULES, unicodedata.unidata_version, version("rjieba")],
        "files": [file.sha256 for file in files],
        "settings": asdict(settings) | {"stop": sorted(settings.stop)},
        "column": column,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def kept(folder: Path, key: str, make: Callable[[], Encoded]) -> Encoded:
    """The corpus by this name if `folder` keeps it, else what `make` gives, which is then kept.

    Raises:
        FileError: the disk refuses.
    """
    place = folder / f"{key}{_ENDING}"
    try:
        found = _encoded(open_store(place))
        os.utime(place / MANIFEST)
    except (UnknownFormat, DamagedFile):
        made = _stored(make())
        with FileLock(folder / ".lock"):  # another process may have made the same
            write_store(made, place, force=True)
            found = _encoded(open_store(place))
            _sweep(folder)
    return found


def _stored(corpus: Encoded) -> Store:
    labels = np.frombuffer("".join(f"{label}\n" for label in corpus.labels).encode(), np.uint8)  # no word has a newline
    arrays = {"ids": corpus.ids, "counts": corpus.counts, "labels": labels}
    return Store(arrays, {"notes": [[note.sentence, dict(note.facts)] for note in corpus.notes]})


def _encoded(store: Store) -> Encoded:
    labels = store.arrays["labels"].tobytes().decode().split("\n")[:-1]
    notes = tuple(Note(sentence, facts) for sentence, facts in store.facts["notes"])
    return Encoded(store.arrays["ids"], labels, np.asarray(store.arrays["counts"]), notes)


def _sweep(folder: Path) -> None:
    """Remove all but the KEPT corpora used last, and what killed processes left half-written.

    One that is mapped just now lives on where the system lets it.
    """
    manifests = sorted(folder.glob(f"*{_ENDING}/{MANIFEST}"), key=lambda manifest: -manifest.stat().st_mtime_ns)
    stay = {manifest.parent for manifest in manifests[:KEPT]}
    for place in set(folder.glob(f"*{_ENDING}")) - stay:
        shutil.rmtree(place, ignore_errors=True)
