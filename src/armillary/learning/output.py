"""Where what is learned will lie, and beside it, until it does, a snapshot from which learning can go on."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, runtime_checkable

from armillary.errors import FileError, NotFound, OutputExists
from armillary.formats.store import Store, is_store, open_store, write_store
from armillary.language import Note
from armillary.learning.conduct import Conduct
from armillary.space import Space

NOTHING = Note("there is nothing to resume; learning begins anew")


@runtime_checkable
class Replacing(Protocol):
    """What of a question tells whether something may be replaced or gone on with."""

    @property
    def force(self) -> bool:
        """Replace what is there."""

    @property
    def resume(self) -> bool:
        """Go on from what is saved there."""


def snapshot_of(out: str | Path) -> Path:
    """Where the snapshot of an unfinished learning lies: beside its output."""
    return _beside(Path(out), ".learning")


def watched_of(out: str | Path) -> Path:
    """Where the ways of watched words lie: beside the output."""
    return _beside(Path(out), ".watch")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


class Output:
    """The output of one learning, and its snapshot. Without a path nothing is written."""

    def __init__(self, path: str | Path | None, conduct: Conduct) -> None:
        """Refuse, before any work, what could not be written in the end.

        Raises:
            OutputExists: it is there, and `force` is not said.
            FileError: a snapshot lies beside it, and neither `resume` nor `force` is said; or what is there is no
                store; or nothing can be written there.
            NotFound: there is no folder to write it in.
        """
        self.path = None if path is None else Path(path)
        self._conduct = conduct
        self._asked: Mapping[str, Any] = {}
        self._last = monotonic()
        if self.path is not None:
            for place in (self.path, *([watched_of(self.path)] if conduct.watch else [])):
                _check(place, conduct.force)
            check_snapshot(self.snapshot, conduct)

    @property
    def snapshot(self) -> Path:
        """Where the snapshot lies, if there is an output."""
        assert self.path is not None
        return snapshot_of(self.path)

    def earlier(self, asked: Mapping[str, Any]) -> Store | None:
        """What an unfinished learning saved, if it is there and shall be gone on from.

        Args:
            asked: all that the result depends on.

        Raises:
            FileError: that learning had other settings.
            UnknownFormat, DamagedFile: it cannot be read.
        """
        self._asked = asked
        if self.path is None or not self._conduct.resume or not is_store(snapshot := self.snapshot):
            return None
        store = open_store(snapshot)
        before = store.facts.get("asked", {})
        for name in sorted({*before, *asked}):
            if before.get(name) != asked.get(name):
                raise FileError(snapshot, "was learning with another {name}: {before}, not {now}. Say the same as "
                                          "then, or begin anew with --force and without --resume",
                                name=name, before=str(before.get(name)), now=str(asked.get(name)))
        return store

    def begin(self) -> list[Note]:
        """Remove a snapshot that shall not be gone on from; a note where there is none that should."""
        if self._conduct.resume:
            there = self.path is not None and is_store(self.snapshot)
            return [] if there else [NOTHING]
        if self.path is not None:
            _remove(self.snapshot)
        return []

    def keep(self, state: Callable[[], Store], at_once: bool = False) -> None:
        """Save a snapshot, if it is time for one or it shall be `at_once`."""
        if self.path is None or not (at_once or monotonic() - self._last >= self._conduct.snapshot_seconds):
            return
        store = state()
        write_store(Store(store.arrays, {**store.facts, "asked": dict(self._asked)}), self.snapshot, force=True)
        self._last = monotonic()

    def finish(self, space: Space, watched: Store | None) -> None:
        """Write what was learned; the snapshot has done its work."""
        if self.path is None:
            return
        if watched is not None:
            write_store(watched, watched_of(self.path), self._conduct.force or self._conduct.resume)
        space.save(self.path, self._conduct.force)
        _remove(self.snapshot)


def _check(path: Path, force: bool) -> None:
    """Whether `path` may be written, as far as that can be known before."""
    if path.exists() and not force:
        raise OutputExists(path)
    if path.exists() and not is_store(path):
        raise FileError(path, "is there and is no store of Armillary's, so it is not replaced; name another output")
    check_parent(path)


def check_parent(path: Path) -> None:
    """Whether `path` can be made.

    Raises:
        NotFound: there is no folder to write it in.
        FileError: nothing can be written there.
    """
    parent = path.absolute().parent
    if not parent.is_dir():
        raise NotFound("there is no folder {folder} to write {name} in", folder=str(path.parent), name=path.name)
    if not os.access(parent, os.W_OK):
        raise FileError(path, "cannot be made: {reason}", reason=os.strerror(13))


def check_snapshot(snapshot: Path, asked: Replacing) -> None:
    """Whether a snapshot stands in the way.

    Raises:
        FileError: it is there, and neither to be gone on with nor to be given up.
    """
    if snapshot.exists() and not (asked.resume or asked.force):
        raise FileError(snapshot, "is what an unfinished learning left: --resume goes on with it, --force begins anew "
                                  "(in Python resume=True, force=True)")


def _remove(snapshot: Path) -> None:
    """Remove a snapshot; what is no store is left alone."""
    if is_store(snapshot):
        shutil.rmtree(snapshot)
