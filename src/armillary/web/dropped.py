"""A file that is dropped on the page Home: it comes aside into the workshop, is recognised, and open from then on."""

import asyncio
import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from starlette.requests import ClientDisconnect, Request

from armillary.errors import FileError, InputError, NotFound
from armillary.formats.aside import file_aside, sync_folder, unwritable
from armillary.web.learn import shop_of
from armillary.web.library import Library
from armillary.web.work import Workers
from armillary.web.workshop import DROPPED

PATH = "/api/drop"
SECONDS_TO_READ = 600.0
"""How long a file is read at most until it is known whether it can be opened."""
_FOREIGN = re.compile(r"[^\w.-]+")
_placing = Lock()


@dataclass(frozen=True)
class Dropped:
    """What the file can be looked at as."""

    id: str


async def drop(library: Library, workers: Workers, request: Request) -> Dropped:
    """Take the body of a request as a file called as its query's `name` says, and open it.

    Raises:
        InputError: there is no folder for it, its name says nothing or is taken, or it did not come whole.
        UnknownFormat, DamagedFile, MissingExtra: as whoever reads it. Then, as in every case, nothing of it stays.
    """
    folder, name = shop_of(library).folder / DROPPED, cleaned(request.query_params.get("name", ""))
    try:
        folder.mkdir(exist_ok=True)
        with TemporaryDirectory(prefix=".", dir=folder, ignore_cleanup_errors=True) as aside:
            came = Path(aside) / name
            await _written(request, came)
            return Dropped(await workers.do(partial(_opened, library, came, folder / name), SECONDS_TO_READ))
    except ClientDisconnect:
        raise InputError("the file did not come whole, or not in time; nothing of it is kept") from None
    except OSError as error:
        raise unwritable(Path(name), error) from error


def cleaned(name: str) -> str:
    """The last part of a path, of letters, digits, dots, - and _ only.

    Raises:
        InputError: nothing is left of it.
    """
    found = _FOREIGN.sub("-", re.split(r"[/\\]", name)[-1])[-60:].lstrip("._-")
    if not found:
        raise InputError("the file has no name")
    return found


async def _written(request: Request, came: Path) -> None:
    with file_aside(came) as file:
        async for part in request.stream():
            await asyncio.to_thread(file.write, part)
        await asyncio.to_thread(file.flush)
        await asyncio.to_thread(os.fsync, file.fileno())  # what waits for the disk must not hold others up


def _opened(library: Library, came: Path, place: Path) -> str:
    try:
        library.check(came)
    except FileError as error:
        error.path = place.name  # where it lay aside is nobody's business
        raise
    except NotFound:
        raise InputError("{name} is one of several files that belong together; name their folder when the explorer "
                         "starts", name=place.name) from None
    with _placing:
        if place.exists():
            raise InputError("{name} is there already; choose another name", name=place.name)
        came.rename(place)
    sync_folder(place.parent)
    return library.add(place)
