"""Where a model will lie, and beside it, until it does, what an unfinished learning can be gone on with from."""

import os
from pathlib import Path

from armillary.errors import FileError, NotFound, OutputExists
from armillary.language import Note
from armillary.learning.gpt.asked import Basics
from armillary.learning.output import snapshot_of


def checked(out: Path, asked: Basics) -> list[Note]:
    """Refuse, before any work, what could not be written in the end; a note where there is nothing to resume.

    Raises:
        OutputExists: it is there, and `force` is not said.
        FileError: an unfinished learning lies beside it, and neither `resume` nor `force` is said; or what is there is
            no model; or nothing can be written there.
        NotFound: there is no folder to write it in.
    """
    filled = out.exists() and not (out.is_dir() and not any(out.iterdir()))
    if filled and not asked.force:
        raise OutputExists(out)
    if filled and not (out / "config.json").is_file():
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
