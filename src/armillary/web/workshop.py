"""The one place where the explorer writes: a folder chosen at the start, and one learning at a time, in a thread."""

import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from time import monotonic, time
from typing import Literal

import numpy as np

from armillary.errors import ArmillaryError, InputError
from armillary.language import Note, current, speaking
from armillary.shapes import Float32, Float64
from armillary.web.picture import onto, picture
from armillary.web.unfinished import clear

Kind = Literal["vectors", "gpt"]
DROPPED = "dropped.files"
"""The folder of files that were dropped on a page; no learning is called so, as their names have no dot."""
MOST = 4_000_000_000
"""Bytes of such a file."""
_OLD = 7200.0  # seconds after which what lies aside there was left by a killed server
_STEPS, _SECONDS = 400, 2.0  # a figure is kept when so small a part more is done, or so many seconds later
_LOOK = 0.1  # seconds between two looks at what happened, for whoever follows


class Occupied(ArmillaryError):
    """Something is being learned already."""

    def __init__(self, name: str) -> None:
        super().__init__("{name} is being learned; stop it first, or wait until it is done", name=name)


@dataclass(frozen=True)
class Happened:
    """What happened in a learning, in the order in which it did.

    Attributes:
        kind: a note; figures; a look at what is learned, with a sample where there is one; where watched words stand;
            the end, with the name of what can be looked at now; or what went wrong.
        text: the note, the sample, the name or the problem.
        stage: what is being done: reading, counting, learning.
        fraction: how much of it is done.
        step, steps: epochs of vectors, steps of a language model.
        loss, held_out: on what is learned from, and on what is not, in nats.
        rate: words or tokens a second.
        seconds_left: until the end.
        words: the watched words, with their first frame.
        at: where they stand on the principal axes of this moment.
    """

    kind: Literal["note", "going", "look", "frame", "done", "failed"]
    text: str = ""
    stage: str = ""
    fraction: float | None = None
    step: int = 0
    steps: int = 0
    loss: float | None = None
    held_out: float | None = None
    rate: float | None = None
    seconds_left: float | None = None
    words: tuple[str, ...] | None = None
    at: tuple[tuple[float, ...], ...] | None = None


@dataclass(eq=False)
class Learning:
    """One learning.

    Attributes:
        name: of what comes of it.
        kind: vectors or a language model.
        happened: so far; of frames only the last keeps its places.
        state: how it stands.
        stopped: whether somebody asked for an end.
    """

    name: str
    kind: Kind
    happened: list[tuple[Happened, Note | Exception | None]] = field(default_factory=list)
    state: Literal["running", "done", "failed"] = "running"
    stopped: bool = False
    _last: tuple[float, float] = (-1.0, 0.0)
    _frame: int | None = None
    _flat: Float64[np.ndarray, "w c"] | None = None

    def tell(self, one: Happened, said: Note | Exception | None = None) -> None:
        """Keep what happened; of figures so many as a curve needs. `said` is put into words when somebody reads it."""
        if one.kind == "going" and one.fraction is not None:
            fraction, when = self._last
            if 0 <= one.fraction - fraction < 1 / _STEPS and monotonic() - when < _SECONDS:
                return
            self._last = (one.fraction, monotonic())
        self.happened.append((one, said))

    def seen(self, words: Sequence[str], fraction: float, vectors: Float32[np.ndarray, "w d"]) -> None:
        """Show where the watched words stand: along their principal axes, turned to go on from the last picture."""
        flat = onto(picture(vectors, vectors), self._flat)
        if self._frame is not None:
            before, _ = self.happened[self._frame]
            self.happened[self._frame] = (replace(before, at=None), None)
        self._flat, self._frame = flat, len(self.happened)
        scale = float(np.abs(flat).max()) or 1.0
        at = tuple(tuple(round(one, 4) for one in row) for row in (flat / scale).tolist())
        self.happened.append((Happened("frame", fraction=fraction, words=tuple(words), at=at), None))

    def enough(self) -> bool:
        """Whether somebody asked for an end."""
        return self.stopped


class Workshop:
    """Where things are learned.

    Attributes:
        folder: all that is learned goes into it.
        now: the last learning, under way or over.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder, where it is not there; take away what a killed server left in it.

        Raises:
            InputError: it cannot be made, or is none.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError("{folder} is no folder to learn into: {reason}",
                             folder=str(folder), reason=error.strerror or str(error)) from None
        clear(folder)
        for aside in (folder / DROPPED).glob(".*"):
            if time() - aside.stat().st_mtime > _OLD:
                rmtree(aside, ignore_errors=True)
        self.folder = folder
        self.now: Learning | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def begin(self, learning: Learning, prepare: Callable[[], None], learn: Callable[[], str]) -> None:
        """Learn in a thread of its own. `prepare` may refuse; `learn` gives the name under which the result is open.

        Raises:
            Occupied: something is being learned already.
        """
        with self._lock:
            if self.now is not None and self.now.state == "running":
                raise Occupied(self.now.name)
            prepare()
            self.now = learning
        language = current()

        def run() -> None:
            with speaking(language):
                try:
                    name = learn()
                except Exception as error:
                    if not isinstance(error, ArmillaryError):
                        logging.getLogger("armillary.web").exception("a bug", exc_info=error)
                        error = InputError("something went wrong inside the server; its terminal says what")
                    learning.state = "failed"
                    learning.tell(Happened("failed"), error)
                else:
                    learning.state = "done"
                    learning.tell(Happened("done", name))

        self._thread = threading.Thread(target=run, name="armillary-learning")
        self._thread.start()

    def stop(self) -> None:
        """Ask the learning under way to end soon; what is learned is kept."""
        if self.now is not None:
            self.now.stopped = True

    def close(self) -> None:
        """Stop, and wait until what is learned is kept."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    async def follow(self, since: int) -> AsyncIterator[Happened]:
        """What happened in the last learning from place `since` on, and what happens until it is over."""
        import asyncio

        learning, place = self.now, since
        while learning is not None:
            running = learning.state == "running"
            while place < len(learning.happened):
                one, said = learning.happened[place]
                place += 1
                if one.kind != "frame" or one.at is not None:
                    yield one if said is None else replace(one, text=str(said))
            if not running:
                return
            await asyncio.sleep(_LOOK)
