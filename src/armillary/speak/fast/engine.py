"""The engine that computes with quantised numbers as they are (see `speak.engine`): no torch, nothing dequantised.

Weights stay as their file has them, laid out anew once and then mapped from the disk (`kept`). Points are float32; what
is multiplied with quantised weights is brought to levels of 8 bits, 32 numbers at a time. Keys and values are float16.
The same text gives the same bits for any number of threads, and read at once or token by token.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float32
from armillary.speak.engine import Rows, Scores
from armillary.speak.fast.compiled import FORWARD, kernels, step_back
from armillary.speak.fast.kept import Told, tiles_of
from armillary.speak.fast.layouts import COLUMNS, ROWS
from armillary.speak.fast.plan import Plan
from armillary.speak.fast.room import Angles, Kept, aligned, workspace
from armillary.speak.fast.source import Source

AT_ONCE = 256
"""Tokens that are read together: their levels fit into the second cache."""
NUMBERS = 1 << 24
"""Scores that are held at once where those after every token are wanted: 64 MB."""
MOST_THREADS = 8


class Team:
    """Threads that run the same work side by side, each knowing which one it is."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._others = ThreadPoolExecutor(max(1, threads - 1), thread_name_prefix="armillary-engine")

    def run(self, work: Callable[[int], object]) -> None:
        """Run `work(0)` here and the others elsewhere, until all are done."""
        others = [self._others.submit(work, thread) for thread in range(1, self.threads)]
        try:
            work(0)
        finally:
            for other in others:
                other.result()


class FastEngine:
    """A decoder's scores (see `speak.engine.Engine`).

    Attributes:
        threads: how many work on a token.
    """

    def __init__(self, source: Source, folder: Path, threads: int = 0, told: Told | None = None) -> None:
        """Take the model of `source`, for which `fits.obstacle` finds none.

        Args:
            source: the model.
            folder: where its tiles are kept.
            threads: how many; as many as there are processors, up to 8, if 0.
            told: hears how many matrices are laid out, of how many, the first time.

        Raises:
            DamagedFile: a matrix holds NaN or infinity.
            MissingExtra: numba is not installed.
        """
        self.config = source.config
        self.n_ctx, self.d_vocab = self.config.n_ctx, self.config.d_vocab
        self.threads = threads or min(MOST_THREADS, _processors())
        self._kernels = kernels()
        self._table = source.matrix("embedding.W_E")
        self._places = source.matrix("embedding.W_pos") if self.config.embedding.positions else None
        self._plan = Plan(source, tiles_of(source, folder, told))
        self._angles, self._lock, self._team = Angles(self.config), Lock(), Team(self.threads)
        self._counters = aligned(16, dtype=np.int64)
        self._make_room()

    def start(self) -> "FastReading":
        """A text of which nothing was read yet."""
        return FastReading(self)

    def read(self, kept: Kept, ids: Sequence[int], wanted: int) -> Float32[np.ndarray, "w d_vocab"]:
        """Read on, AT_ONCE tokens at most; the scores after the last `wanted` of them."""
        kept.make_room(kept.n_tokens + len(ids))
        scores = np.empty((wanted, -(-self.d_vocab // ROWS) * ROWS), np.float32)
        with self._lock:
            self._angles.reach(kept.capacity)
            self._plan.point_at(kept, self._angles, self.config)
            self._reach(kept.capacity)
            self._put(self._points(ids, kept.n_tokens))
            model, self._counters[:] = self._plan.model, 0
            model["n_tokens"], model["position"], model["wanted"] = len(ids), kept.n_tokens, wanted
            model["scores"], model["scores_bytes"] = scores.ctypes.data, scores.strides[0]
            address = model.ctypes.data
            self._team.run(lambda thread: self._kernels.entry(FORWARD, address, thread, 0, 0))
        kept.n_tokens += len(ids)
        return scores[:, : self.d_vocab]

    def _make_room(self) -> None:
        rows, model = max(AT_ONCE, self.threads), self._plan.model
        self._room = workspace(self.config, rows)
        self._room["up"] = aligned(self.threads, AT_ONCE, ROWS)
        self._room["answers"] = aligned(self.threads, COLUMNS, self.config.pattern[0].attention.d_head)
        for name, array in self._room.items():
            model[name] = array.ctypes.data
        model["levels_bytes"], model["steps_bytes"] = (self._room[name].strides[0] for name in ("levels", "steps"))
        model["threads"], model["step_back"] = self.threads, step_back()
        model["one"], model["several"] = self._kernels.one, self._kernels.several
        model["arrivals"], model["claims"] = self._counters[:1].ctypes.data, self._counters[8:].ctypes.data

    def _reach(self, capacity: int) -> None:
        """Room for the patterns of so many positions."""
        if "patterns" not in self._room or self._room["patterns"].shape[2] < capacity:
            self._room["patterns"] = aligned(self.threads, COLUMNS, capacity)
            self._plan.model["patterns"] = self._room["patterns"].ctypes.data

    def _points(self, ids: Sequence[int], first: int) -> Float32[np.ndarray, "t d_model"]:
        """Where tokens start: their rows of W_E, with their positions."""
        points = self._table.numbers(list(ids))
        if self.config.embedding.scale != 1:
            points *= np.float32(self.config.embedding.scale)
        if self._places is not None:
            points += self._places.numbers(slice(first, first + len(ids)))
        return points

    def _put(self, points: Float32[np.ndarray, "t d_model"]) -> None:
        """A single point is put there once for each thread."""
        count = self.threads if len(points) == 1 else len(points)
        self._room["points"][:count] = points


class FastReading:
    """A text that the engine reads (see `speak.engine.Reading`)."""

    def __init__(self, engine: FastEngine) -> None:
        self._engine = engine
        self._kept = Kept(engine.config)

    @property
    def n_tokens(self) -> int:
        """How many tokens were read so far."""
        return self._kept.n_tokens

    def read(self, ids: Sequence[int]) -> Scores:
        """The scores after the last of `ids`; those after the others are not made."""
        self._check(ids)
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            rows = self._engine.read(self._kept, some, int(first + AT_ONCE >= len(ids)))
        scores: Scores = rows[0]
        return scores

    def rows(self, ids: Sequence[int]) -> Iterator[Rows]:
        """The scores after each of `ids`."""
        self._check(ids)
        several = max(1, min(AT_ONCE, NUMBERS // self._engine.d_vocab))
        for first in range(0, len(ids), several):
            some = ids[first : first + several]
            yield self._engine.read(self._kept, some, len(some))

    def _check(self, ids: Sequence[int]) -> None:
        if not len(ids):
            raise InputError("there are no tokens to compute with")
        least, most, d_vocab = min(ids), max(ids), self._engine.d_vocab
        if least < 0 or most >= d_vocab:
            raise InputError("token {id} is beyond the {d_vocab} rows that this model has: the tokenizer is another "
                             "model's", id=least if least < 0 else most, d_vocab=d_vocab)
        count, n_ctx = self.n_tokens + len(ids), self._engine.n_ctx
        if self._engine.config.embedding.positions and count > n_ctx:
            raise InputError("{count} tokens are more than the context of {n_ctx} that this model has",
                             count=count, n_ctx=n_ctx)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
