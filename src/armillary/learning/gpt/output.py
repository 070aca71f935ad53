"""Where a model will lie, and beside it, until it does, what an unfinished learning can be gone on with from."""

import os
from pathlib import Path
from typing import Protocol, runtime_checkable

from armillary.errors import FileError, NotFound, OutputExists
from armillary.language import Note
from armillary.learning.output import snapshot_of


@runtime_checkable
class Replacing(Protocol):
    """What of a question tells whether something may be replaced or gone on with."""

    @property
    def force(self) -> bool:
        """Replace what is there."""

    @property
    def resume(self) -> bool:
        """Go on from what is saved there."""


def checked(out: Path, asked: Replacing, mark: str = "config.json") -> list[Note]:
    """Refuse, before any work, what could not be written in the end; a note where there is nothing to resume.

    Args:
        out: where the model shall lie, a folder.
        asked: whether it may be replaced.
        mark: the file in it by which a model is known.

    Raises:
        OutputExists: it is there, and `force` is not said.
        FileError: an unfinished learning lies beside it, and neither `resume` nor `force` is said; or what is there is
            no model; or nothing can be written there.
        NotFound: there is no folder to write it in.
    """
    filled = out.exists() and not (out.is_dir() and not any(out.iterdir()))
    if filled and not asked.force:
        raise OutputExists(out)
    if filled and not (out / mark).is_file():
        raise FileError(out, "is there and is no folder of a model, so it is not replaced; name another output")
    parent = out.absolute().parent
    if not parent.is_dir():
        raise NotFound("there is no folder {folder} to write {name} in", folder=str(out.parent), name=out.name)
    if not os.access(parent, os.W_OK):
        raise FileError(out, "cannot be made: {reason}", reason=os.strerror(13))
    snapshot = snapshot_of(out)
    if snapshot.exists() and not (asked.resume or asked.force):
        raise FileError(snapshot, "is what an unfinished learning left: --resume goes on with it, --force begins anew "
                                  "(in Python resume=True, force=True)")
    if asked.resume:
        return [] if snapshot.exists() else [Note("there is nothing to resume; learning begins anew")]
    snapshot.unlink(missing_ok=True)
    return []
