"""The questions of the page Learn in a copy: what was learned, and its words at every moment that was kept."""

from collections.abc import Iterator
from typing import Any

from armillary.web.learn import learns
from armillary.web.library import Library
from armillary.web.replay import watched
from armillary.web.route import Nothing

Asked = tuple[str, dict[str, Any]]
MOMENTS = 6000
"""Words times moments that are kept of one learning; of words beyond, the last moment."""


def replays(library: Library) -> Iterator[tuple[str, str, list[Asked]]]:
    """(file, item, questions): a file with what was kept of each learning, and one for each word of it."""
    yield "learn.js", "", [("learn", {})]
    for place, one in enumerate((one for one in learns(library, Nothing()).learned if one.replay), 1):
        found = watched(library, one.id)
        yield f"replay-{place}.js", one.id, [("replay", {"id": one.id}), ("replay/points", {"id": one.id})]
        last = len(found.fractions) - 1
        whole = max(1, MOMENTS // (last + 1))
        for number, word in enumerate(found.words[:whole], 1):
            yield f"replay-{place}-{number}.js", one.id, [_near(one.id, word, frame) for frame in range(last + 1)]
        yield f"replay-{place}-end.js", one.id, [_near(one.id, word, last) for word in found.words[whole:]]


def _near(name: str, word: str, frame: int) -> Asked:
    return "replay/near", {"id": name, "word": word, "frame": frame, "n": 8}
