"""What both ways of fetching share: the errors that say whether to go on later, and whether fetching is allowed."""

import os
from collections.abc import Callable
from pathlib import Path

from armillary.errors import FetchFailed
from armillary.shelf.places import digest

Progress = Callable[[int, int], None]


class Unreachable(FetchFailed):
    """Nobody answered, or not to the end. What has come so far is kept: the next `get` goes on from there."""


def refuse_offline() -> None:
    """Raise FetchFailed where ARMILLARY_OFFLINE says that nothing may be fetched."""
    if os.environ.get("ARMILLARY_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise FetchFailed("ARMILLARY_OFFLINE is set, so nothing is fetched; unset it to go on")


def check_digest(path: Path, what: str, expected: str) -> None:
    """Raise FetchFailed, with both hashes, where a file's SHA-256 is not the one expected."""
    actual = digest(path)
    if actual != expected:
        raise FetchFailed(
            "{what} is refused and thrown away: its SHA-256 is {actual}, and should be {expected}. The server or "
            "mirror that it came from holds something else; try another one",
            what=what, actual=actual, expected=expected,
        )
