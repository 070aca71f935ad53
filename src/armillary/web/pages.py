"""The built front end: files of the package, read once into a table; a request can name nothing else."""

import gzip
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from armillary.errors import NotFound

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".json": "application/json",
}
STATIC = Path(str(resources.files("armillary"))) / "web" / "static"
FROZEN = STATIC / "frozen"
"""The front end once more, as one classic script: for exports, so it is not served."""


@dataclass(frozen=True)
class Page:
    """A file as it is sent: plain and packed."""

    type: str
    plain: bytes
    packed: bytes
    lasting: bool


def read_pages(folder: Path = STATIC) -> dict[str, Page]:
    """Every file of the front end by its path in the address.

    Raises:
        NotFound: it was not built.
    """
    if not (folder / "index.html").is_file():
        raise NotFound("the pages of the explorer are not built; in a checkout: make explore (needs Node.js 20)")
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in TYPES and FROZEN not in path.parents:
            name, content = path.relative_to(folder).as_posix(), path.read_bytes()
            lasting = name.startswith("assets/")  # their names hold a hash of what is in them
            found[f"/{name}"] = Page(TYPES[path.suffix], content, gzip.compress(content, 9, mtime=0), lasting)
    found["/"] = found["/index.html"]
    return found


def page_response(pages: dict[str, Page], request: Request) -> Response:
    """A page, packed for those who can unpack it."""
    page = pages.get(request.url.path)
    if page is None:
        return Response("there is no such page", 404, media_type="text/plain")
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "content-type": page.type, "vary": "accept-encoding",
        "cache-control": "public, max-age=31536000, immutable" if page.lasting else "no-cache",
        **({"content-encoding": "gzip"} if packed else {}),
    }
    return Response(page.packed if packed else page.plain, headers=headers)
