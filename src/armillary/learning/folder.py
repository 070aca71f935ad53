"""Where a model will lie, and beside it, until it does, what an unfinished learning can be gone on with from."""

from pathlib import Path

from armillary.errors import FileError, OutputExists
from armillary.language import Note
from armillary.learning.output import NOTHING, Replacing, check_parent, check_snapshot, snapshot_of
from armillary.train.checkpoint import dropped


def checked(out: Path, asked: Replacing, mark: str = "config.json") -> list[Note]:
    """Refuse, before any work, what could not be written in the end; a note where there is nothing to resume.

    Args:
        out: where the model shall lie, a folder.
        asked: whether it may be replaced.
        mark: the file in it by which a model is known.

    Raises:
        OutputExists: it is there, and `force` is not said, nor is it gone on from a snapshot beside it.
        FileError: an unfinished learning lies beside it, and neither `resume` nor `force` is said; or what is there is
            no model; or nothing can be written there.
        NotFound: there is no folder to write it in.
    """
    snapshot = snapshot_of(out)
    going_on = asked.resume and snapshot.exists() and (out.is_dir() or not out.exists())
    filled = out.exists() and not (out.is_dir() and not any(out.iterdir()))
    if filled and not (asked.force or going_on):  # beside a snapshot lies what the same learning wrote before it died
        raise OutputExists(out)
    if filled and not going_on and not (out / mark).is_file():
        raise FileError(out, "is there and is no folder of a model, so it is not replaced; name another output")
    check_parent(out)
    check_snapshot(snapshot, asked)
    if asked.resume:
        return [] if snapshot.exists() else [NOTHING]
    dropped(snapshot)
    return []
