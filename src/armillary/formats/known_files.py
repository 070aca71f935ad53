"""Files known by what they hold: a name for all that is made of them and kept.

A note, FOLDER/5c90….json, tells which SHA-256 a file had, so that it is not read again while its size and times stay
the same.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from armillary.errors import ArmillaryError
from armillary.formats.aside import file_aside


def name_of(paths: Iterable[Path], folder: Path, version: int) -> str:
    """A name for what is made of files: 32 digits of a SHA-256 of theirs, and of the version of what is made.

    Args:
        paths: the files.
        folder: where notes on them are kept; made if it is not there and can be.
        version: of what is made.
    """
    digest = hashlib.sha256(f"{version}".encode())
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        digest.update(_hash_of(path, folder).encode())
    return digest.hexdigest()[:32]


def _hash_of(path: Path, folder: Path) -> str:
    """The SHA-256 of a file, read only if it has changed since the last time."""
    state = path.stat()
    facts = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    note = folder / f"{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]}.json"
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
        if known["state"] == facts:
            return str(known["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not known yet
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    with suppress(ArmillaryError), file_aside(note, force=True) as out:
        out.write(json.dumps({"state": facts, "sha256": found}).encode())
    return found
