"""What a killed server leaves: a text that was to be learned from, with a mark beside it that nobody holds any more.

The mark lies there, locked, for as long as somebody learns. Whoever opens the folder later and finds it unlocked takes
away both, so that the name is free again; a text without a mark is somebody's own.
"""

from contextlib import suppress
from pathlib import Path

from armillary.errors import ArmillaryError
from armillary.formats.aside import open_locked

_ENDING = ".learning"


class Unfinished:
    """The mark of one text, held until the learning is over."""

    def __init__(self, text: Path) -> None:
        """Begin to learn from what will be written to `text`.

        Raises:
            FileError: another server learns under this name.
        """
        self._text = text
        self._mark = text.with_name(f".{text.stem}{_ENDING}")
        self._file = open_locked(self._mark, text)

    def end(self, learned: bool) -> None:
        """Take the mark away; and the text, unless something was learned from it."""
        if not learned:
            self._text.unlink(missing_ok=True)
        self._file.close()  # first: Windows takes nothing away that is open
        self._mark.unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Take away what killed servers left in a folder; what is being learned now, and what was learned, stays."""
    for mark in sorted(folder.glob(f".*{_ENDING}")):
        name = mark.name[1 : -len(_ENDING)]
        with suppress(ArmillaryError, OSError):
            Unfinished(folder / f"{name}.txt").end(learned=any((folder / one).exists() for one in results(name)))


def results(name: str) -> tuple[str, str]:
    """What a learning called `name` may leave in the folder, beside its text."""
    return name, f"{name}.space"
