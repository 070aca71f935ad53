"""`open(anything)`: a file, a folder, or a name on the shelf; recognised by what it holds."""

import warnings
from pathlib import Path

from armillary.errors import ArmillaryWarning, NotFound, UnknownFormat
from armillary.formats.points import STRICT, Accept
from armillary.formats.store import is_store
from armillary.language import say
from armillary.shelf import Shelf
from armillary.space import Space


def open(target: str | Path, accept: Accept = STRICT, limit: int | None = None) -> Space:
    """Open `target` as a space.

    Args:
        target: a native store, a file or folder of any format that `formats` reads, or a name on the shelf.
        accept: what may pass that is refused by default.
        limit: only the first so many rows.

    Raises:
        NotFound: no such file, and no such name on the shelf (or it is listed there but not here yet).
        UnknownFormat, DamagedFile: what is there cannot be opened; the message says why.
    """
    path = located(target)
    if is_store(path):
        space = Space.load(path)
        return space if limit is None else space.first(limit)
    from armillary.formats.sniff import read  # a store must not wait for the readers of other formats

    points = read(path, accept, limit)
    for note in points.notes:
        warnings.warn(f"{path}: {note}", ArmillaryWarning, stacklevel=2)
    return Space.of(points, origin={"file": path.name, "format": points.format})


def located(target: str | Path) -> Path:
    """The path that `target` means; what lies on the disk goes before what is on the shelf."""
    path = Path(target).expanduser()
    if path.exists():
        return path
    shelf = Shelf()
    try:
        entry = shelf.entry(str(target))
    except NotFound as error:
        raise NotFound("there is no file or folder {target!r}, and on the shelf: {problem}",
                       target=str(target), problem=str(error)) from error
    if entry.kind != "points":
        raise UnknownFormat(entry.name, "is a {kind}; this version opens points only", kind=say(entry.kind))
    return shelf.path(entry.name)
