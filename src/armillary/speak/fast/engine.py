"""The engine that computes with quantised numbers as they are (see `speak.engine`): no torch, nothing dequantised.

Weights stay as their file has them, laid out anew once and then mapped from the disk (`kept`). Points are float32; what
is multiplied with quantised weights is brought to levels of 8 bits, 32 numbers at a time. Keys and values are float16,
or 8 bits and a size. The same text gives the same bits for any number of threads, read at once or token by token, alone
or beside others.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float32
from armillary.speak.engine import Rows, Scores
from armillary.speak.fast.compiled import kernels
from armillary.speak.fast.kept import Told, tiles_of
from armillary.speak.fast.layouts import AT_ONCE, COLUMNS, ROWS
from armillary.speak.fast.plan import Plan
from armillary.speak.fast.room import NUMBER_OF, Angles, Kept, address_of, aligned, workspace
from armillary.speak.fast.source import Source
from armillary.speak.fast.team import Team
from armillary.speak.fast.widths import widths

NUMBERS = 1 << 24
"""Scores that are held at once where those after every token are wanted: 64 MB."""
MOST_THREADS = 8


class FastEngine:
    """A decoder's scores (see `speak.engine.Engine`).

    Attributes:
        threads: how many work on a token.
        tiles: the matrices as they lie in memory, by our names.
    """

    def __init__(
        self, source: Source, folder: Path, threads: int = 0, told: Told | None = None, cache: str = "float16"
    ) -> None:
        """Take the model of `source`, for which `fits.obstacle` finds none.

        Args:
            source: the model.
            folder: where its tiles are kept.
            threads: how many; as many as there are processors, up to 8, if 0.
            told: hears how many matrices are laid out, of how many, the first time.
            cache: what keys and values are kept as: "float16", or "int8", which takes half the memory.

        Raises:
            InputError: they cannot be kept so.
            DamagedFile: a matrix holds NaN or infinity.
            MissingExtra: numba is not installed.
        """
        if cache not in NUMBER_OF:
            raise InputError("keys and values are not kept as {cache!r}; known are {known}",
                             cache=cache, known=", ".join(NUMBER_OF))
        self.config = source.config
        self.n_ctx, self.d_vocab = self.config.n_ctx, self.config.d_vocab
        self.threads = threads or min(MOST_THREADS, _processors())
        self._cache, self._kernels = cache, kernels()
        self._table = source.matrix("embedding.W_E")
        self._places = source.matrix("embedding.W_pos") if self.config.embedding.positions else None
        self.tiles = tiles_of(source, folder, told)
        self._plan = Plan(source, self.tiles)
        self._angles, self._lock = Angles(self.config), Lock()
        self._team = Team(self._plan.model, self.threads, self._kernels)
        self._make_room()

    def start(self) -> "FastReading":
        """A text of which nothing was read yet."""
        return FastReading(self, Kept(self.config, self._cache))

    def together(self, readings: Sequence["FastReading"], ids: Sequence[int]) -> Rows:
        """Read a token on in each of several texts: weights are gone through once for all of them.

        Args:
            readings: texts that this engine has started, each another one.
            ids: the next token of each.

        Returns:
            The scores after each of them, the same bits as if it were read alone.

        Raises:
            InputError: as `Reading.read`.
        """
        for reading, one in zip(readings, ids, strict=True):
            reading.check([one])
        rows = [self.read([reading.kept for reading in readings[first : first + AT_ONCE]],
                          ids[first : first + AT_ONCE], len(ids[first : first + AT_ONCE]))
                for first in range(0, len(ids), AT_ONCE)]
        return np.concatenate(rows)

    def read(self, texts: Sequence[Kept], ids: Sequence[int], wanted: int) -> Float32[np.ndarray, "w d_vocab"]:
        """Read on in one text, or a token in each of several, AT_ONCE tokens at most.

        Returns:
            The scores after the last `wanted` tokens.
        """
        scores = np.empty((wanted, -(-self.d_vocab // ROWS) * ROWS), np.float32)
        several = len(ids) // len(texts)
        for kept in texts:
            kept.make_room(kept.n_tokens + several)
        with self._lock:
            capacity = max(kept.capacity for kept in texts)
            if self._angles.reach(capacity):
                self._plan.turn_by(self._angles)
            self._plan.point_at(texts)
            self._reach(capacity)
            self._put(self._points(ids, [kept.n_tokens + place for kept in texts for place in range(several)]))
            model = self._plan.model
            model["n_tokens"], model["wanted"] = len(ids), wanted
            model["scores"], model["scores_bytes"] = address_of(scores), 4 * scores.shape[1]
            self._team.forward()
        for kept in texts:
            kept.n_tokens += several
        return scores[:, : self.d_vocab]

    def _make_room(self) -> None:
        rows, model = max(AT_ONCE, self.threads), self._plan.model
        self._room = workspace(self.config, rows)
        self._room["up"] = aligned(self.threads, AT_ONCE, ROWS)
        self._room["answers"] = aligned(self.threads, COLUMNS, widths(self.config).d_head)
        for name, array in self._room.items():
            model[name] = array.ctypes.data
        model["levels_bytes"], model["steps_bytes"] = (self._room[name].strides[0] for name in ("levels", "steps"))
        model["number"] = np.dtype(NUMBER_OF[self._cache]).itemsize
        model["one"], model["several"] = self._kernels.one, self._kernels.several

    def _reach(self, capacity: int) -> None:
        """Room for the patterns of so many positions."""
        if "patterns" not in self._room or self._room["patterns"].shape[2] < capacity:
            self._room["patterns"] = aligned(self.threads, COLUMNS, capacity)
            self._plan.model["patterns"] = self._room["patterns"].ctypes.data
            self._plan.model["capacity"] = self._room["patterns"].shape[2]

    def _points(self, ids: Sequence[int], places: list[int]) -> Float32[np.ndarray, "t d_model"]:
        """Where tokens start: their rows of W_E, with their positions."""
        points = self._table.numbers(list(ids) if len(ids) > 1 else slice(ids[0], ids[0] + 1))
        if self.config.embedding.scale != 1:
            points *= np.float32(self.config.embedding.scale)
        if self._places is not None:
            points += self._places.numbers(places)
        return points

    def _put(self, points: Float32[np.ndarray, "t d_model"]) -> None:
        """A single point is put there once for each thread."""
        count = self.threads if len(points) == 1 else len(points)
        self._room["points"][:count, : self.config.d_model] = points


class FastReading:
    """A text that the engine reads (see `speak.engine.Reading`)."""

    def __init__(self, engine: FastEngine, kept: Kept) -> None:
        self._engine, self.kept = engine, kept

    @property
    def n_tokens(self) -> int:
        """How many tokens were read so far."""
        return self.kept.n_tokens

    def read(self, ids: Sequence[int]) -> Scores:
        """The scores after the last of `ids`; those after the others are not made."""
        self.check(ids)
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            rows = self._engine.read([self.kept], some, int(first + AT_ONCE >= len(ids)))
        scores: Scores = rows[0]
        return scores

    def rows(self, ids: Sequence[int]) -> Iterator[Rows]:
        """The scores after each of `ids`."""
        self.check(ids)
        several = max(1, min(AT_ONCE, NUMBERS // self._engine.d_vocab))
        for first in range(0, len(ids), several):
            some = ids[first : first + several]
            yield self._engine.read([self.kept], some, len(some))

    def check(self, ids: Sequence[int]) -> None:
        """Refuse what cannot be read on (see `read`)."""
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
