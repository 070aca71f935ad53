"""One folder with the pages and their answers, for any static host, or to be opened from a disk."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from armillary.errors import NotFound
from armillary.web.app import ROUTES
from armillary.web.freeze.answers import by_path, kept, line, script
from armillary.web.freeze.folder import check, folder_aside
from armillary.web.freeze.plan import Sheet, called, plan
from armillary.web.freeze.texts import Texts
from armillary.web.home import home
from armillary.web.library import Library
from armillary.web.pages import FROZEN
from armillary.web.route import Nothing

HTML = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'self' file:; connect-src 'none'; \
img-src 'self' file: data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'" />
    <title>Armillary</title>
    <link rel="icon" type="image/svg+xml" href="icon.svg" />
    <link rel="stylesheet" href="armillary.css" />
  </head>
  <body>
    <div id="app"></div>
    <script src="data/index.js"></script>
    <script src="armillary.js"></script>
  </body>
</html>
"""


@dataclass(frozen=True)
class Export:
    """A folder that was written.

    Attributes:
        folder: where it lies.
        files: how many files.
        bytes: how large they are.
        shares: bytes by what they are about: an item, a page, or "pages" for the front end.
        command: what shows everything, live.
    """

    folder: Path
    files: int
    bytes: int
    shares: dict[str, int]
    command: str


def export(
    library: Library, folder: Path, text: str = "", force: bool = False, told: Callable[[int, int], None] | None = None
) -> Export:
    """Freeze the pages over what `library` holds.

    Args:
        library: what is shown; its files are read, nothing of them is copied but what the pages show.
        folder: where to write.
        text: what the pages begin with in place of their examples.
        force: replace an export that is there.
        told: told how many files of answers are written, of how many.

    Raises:
        NotFound: the pages are not built, or `folder` has no place.
        OutputExists, FileError: as `folder.check`.
    """
    front = _front_end()
    check(folder, force)
    answered = _Answers(library)
    command = " ".join(["armillary explore", *(item.id for item in library.items.values())])
    shares = Counter({"pages": sum(map(len, front.values()))})
    with folder_aside(folder, {"version": version("armillary"), "command": command}, force) as write:
        sheets = [Sheet("home.js", "", "home", (("home", {}),)),
                  *plan(library, home(library, Nothing()), Texts(text))]
        for place, sheet in enumerate(sheets, 1):
            content = answered.file(sheet)
            write(f"data/{sheet.name}", content)
            shares[called(sheet)] += len(content)
            if told:
                told(place, len(sheets))
        size = shares.total() - shares["pages"]
        front["data/index.js"] = script("globalThis.armillaryFrozen = ", {
            "command": command, "text": text, "files": answered.files, "where": answered.where, "bytes": size,
        })
        shares["pages"] += len(front["data/index.js"])
        for name, content in front.items():
            write(name, content)
    return Export(folder, len(sheets) + len(front), shares.total(), dict(shares), command)


class _Answers:
    """What was answered so far, and which file holds it."""

    def __init__(self, library: Library) -> None:
        self._library, self._routes = library, by_path(ROUTES)
        self.files: list[str] = []
        self.where: dict[str, int] = {}

    def file(self, sheet: Sheet) -> bytes:
        """The answers of a sheet that no earlier one has, as a script."""
        mine: dict[str, Any] = {}
        for path, question in sheet.asked:
            key = line(path, question)
            if key not in self.where:
                self.where[key] = len(self.files)
                mine[key] = kept(self._library, self._routes[path], question)
        self.files.append(sheet.name)
        return script("armillaryKeep", sheet.name, mine)


def _front_end() -> dict[str, bytes]:
    """The files of the front end, by name."""
    names = ("armillary.js", "armillary.css", "icon.svg")
    if not all((FROZEN / name).is_file() for name in names):
        raise NotFound("the pages of the explorer are not built; in a checkout: make explore (needs Node.js 20)")
    return {"index.html": HTML.encode(), **{name: (FROZEN / name).read_bytes() for name in names}}
