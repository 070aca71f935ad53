"""How often words stand near each other: the table that GloVe and the counting methods learn from.

A row of the table is counted on its own: all places of one word are visited and what stands around them is added up
in one array as long as the vocabulary, which stays in the cache. So nothing is sorted, threads share nothing, and rows
come out in order. Weights are whole numbers (1/distance is scaled by the least common multiple of the distances), so
sums are exact: the same table for any number of threads and any memory.

A text too long for the memory is counted in runs, each a table of its own on the disk; runs are then added row by row.
"""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from armillary import extras
from armillary.errors import InputError
from armillary.formats.aside import unwritable
from armillary.shapes import Float64, Int32, Int64
from armillary.text.encoded import Encoded
from armillary.train.in_order import default_workers, in_order

_CELL = 12  # bytes: column int32, weight int64
_MOST = 2**63 - 1
# So many parts of the work, so that threads end together; but no part smaller than its handling is worth.
_BATCHES, _LEAST = 64, 1 << 14


@dataclass(frozen=True)
class Window:
    """Which words count as near, and how much.

    Attributes:
        size: the most places between a word and its context, counted as a distance from 1.
        weighting: "inverse" is 1 / distance (Pennington, Socher, Manning 2014); "linear" is (size - distance + 1) /
            size, what word2vec's random windows come to on average (Mikolov et al. 2013); "equal" is 1.
        symmetric: both sides; otherwise a row counts the words that follow.
    """

    size: int = 15
    weighting: Literal["inverse", "linear", "equal"] = "inverse"
    symmetric: bool = True

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InputError("a window holds at least one word on a side, not {size}", size=self.size)

    @property
    def scale(self) -> int:
        """What the whole-number weights are divided by."""
        return {"inverse": math.lcm(*range(1, self.size + 1)), "linear": self.size, "equal": 1}[self.weighting]

    @property
    def weights(self) -> list[int]:
        """The weight of each distance from 1 to `size`, times `scale`."""
        distances = range(1, self.size + 1)
        if self.weighting == "inverse":
            return [self.scale // distance for distance in distances]
        return [self.size - distance + 1 if self.weighting == "linear" else 1 for distance in distances]

    @classmethod
    def whole(cls, corpus: Encoded) -> "Window":
        """As wide as the longest basket, all weighted alike: the order inside a basket means nothing."""
        ends = np.flatnonzero(corpus.ids < 0)
        longest = np.diff(ends, prepend=-1, append=len(corpus.ids)).max() - 1
        return cls(max(1, int(longest) - 1), "equal")


@dataclass(frozen=True, eq=False)
class Cooccurrences:
    """A sparse (v, v) table in compressed rows, often memory-mapped.

    Attributes:
        offsets: (v + 1,) row i has the cells between `offsets[i]` and `offsets[i + 1]`.
        columns: (e,) the context word of each cell, ascending in a row.
        weights: (e,) what was counted, times `window.scale`; above zero.
        corpus: labels and counts of the words (its ids are not used any more).
        window: what was counted.
    """

    offsets: Int64[np.ndarray, "v1"]
    columns: Int32[np.ndarray, "e"]
    weights: Int64[np.ndarray, "e"]
    corpus: Encoded
    window: Window

    def __len__(self) -> int:
        return len(self.columns)

    def dense(self) -> Float64[np.ndarray, "v v"]:
        """The whole table; v * v * 8 bytes."""
        v = len(self.offsets) - 1
        table = np.zeros((v, v))
        table[np.repeat(np.arange(v), np.diff(self.offsets)), self.columns] = self.weights / self.window.scale
        return table


@dataclass(frozen=True)
class Counting:
    """Where and with what to count; it changes no byte of the result.

    Attributes:
        memory: bytes to work in, about; what is counted goes to nameless files, which the system may keep in memory.
        folder: where those files are made; None is the system's folder for temporary files. Nothing is left there,
            also after kill -9.
        workers: threads; None is one for each processor.
    """

    memory: int = 1 << 30
    folder: Path | None = None
    workers: int | None = None


def cooccurrences(corpus: Encoded, window: Window, counting: Counting | None = None) -> Cooccurrences:
    """Count what stands in the `window` of each word; sentence ends (END) are not looked across.

    Uses numba where it is installed (extra `fast`), else NumPy, with the same result.

    Raises:
        InputError: no words, or sums that would not fit 64 bits (a wide window with weights 1/distance).
        FileError: the disk refuses.
    """
    counting = counting or Counting()
    if not corpus.words:
        raise InputError("there are no words to count")
    if 2 * sum(window.weights) * corpus.words > _MOST:
        raise InputError(
            "a window of {size} weighted 1/distance cannot be summed exactly over {words:,} words; take a smaller one",
            size=window.size, words=corpus.words,
        )
    try:
        table = _Counter(corpus, window, counting).table()
    except OSError as error:
        raise unwritable(counting.folder or Path(tempfile.gettempdir()), error) from error
    return replace(table, corpus=replace(corpus, ids=np.empty(0, np.int32)))


class _Counter:
    """One count: runs of the text, then their sum."""

    def __init__(self, corpus: Encoded, window: Window, counting: Counting) -> None:
        self.corpus, self.window = corpus, window
        self.kernels = _kernels()
        self.weights = np.array(window.weights, np.int64)
        self.workers = counting.workers or default_workers()
        self.folder = counting.folder
        v = len(corpus.labels)
        # Half of the memory holds the places of the words of a run, the other half the rows that threads work on.
        self.run = max(1 << 10, min(counting.memory // 2 // 8, 2**31 - 1))
        self.cells = max(v, counting.memory // 2 // (2 * self.workers) // self.kernels.BYTES)

    def table(self) -> Cooccurrences:
        ids = self.corpus.ids
        runs = [self._count(ids, start, min(start + self.run, len(ids))) for start in range(0, len(ids), self.run)]
        while len(runs) > 1:  # ever fewer, so that files stay few
            runs = [self._add(runs[first : first + 64]) for first in range(0, len(runs), 64)]
        return runs[0]

    def _count(self, ids: Int32[np.ndarray, "t"], start: int, stop: int) -> Cooccurrences:
        """The table of the places from `start` to `stop`; their contexts may lie outside."""
        v = len(self.corpus.labels)
        starts, places = self.kernels.group(ids[start:stop], v)
        reach = len(self.weights) * (2 if self.window.symmetric else 1)
        batches = _cut(np.diff(starts) * reach, v, self.cells)

        def count(rows: slice) -> tuple[Any, ...]:
            return self.kernels.count_rows(  # type: ignore[no-any-return]
                ids, (start, starts, places), (rows.start, rows.stop), self.weights, self.window.symmetric
            )

        return self._written(in_order(count, batches, self.workers))

    def _add(self, runs: Sequence[Cooccurrences]) -> Cooccurrences:
        """The sum of tables."""
        v = len(self.corpus.labels)
        cost = np.add.reduce([np.diff(run.offsets) for run in runs])

        def add(rows: slice) -> tuple[Any, ...]:
            offsets = np.array([run.offsets[rows.start : rows.stop + 1] for run in runs])
            lengths = offsets[:, -1] - offsets[:, 0]
            spans = [(run, slice(*ends)) for run, ends in zip(runs, offsets[:, [0, -1]].tolist(), strict=True)]
            return self.kernels.add_rows(  # type: ignore[no-any-return]
                offsets + (lengths.cumsum() - lengths - offsets[:, 0])[:, None],
                np.concatenate([run.columns[span] for run, span in spans]),
                np.concatenate([run.weights[span] for run, span in spans]),
                v,
            )

        return self._written(in_order(add, _cut(cost, v, self.cells), self.workers))

    def _written(self, parts: Any) -> Cooccurrences:
        """Rows, batch after batch, as files that have no name."""
        lengths = []
        with _nameless(self.folder) as columns, _nameless(self.folder) as weights:
            for length, column, weight in parts:
                lengths.append(length)
                columns.write(column)
                weights.write(weight)
            offsets = np.concatenate([[0], *lengths]).cumsum()
            return Cooccurrences(
                offsets, _mapped(columns, np.int32), _mapped(weights, np.int64), self.corpus, self.window
            )


def _cut(cost: Int64[np.ndarray, "v"], width: int, cells: int) -> list[slice]:
    """Cut rows into batches of about equal cost that give at most `cells` cells each (one row at least)."""
    room = np.minimum(cost, width).cumsum()
    work = cost.cumsum()
    share = max(_LEAST, int(work[-1]) // _BATCHES)
    batches, first = [], 0
    while first < len(cost):
        by_room = np.searchsorted(room, (room[first - 1] if first else 0) + cells, "right")
        by_work = np.searchsorted(work, (work[first - 1] if first else 0) + share, "right")
        last = max(first + 1, int(min(by_room, by_work)))
        batches.append(slice(first, last))
        first = last
    return batches


def _nameless(folder: Path | None) -> BinaryIO:
    return tempfile.TemporaryFile(dir=folder)


def _mapped(file: BinaryIO, kind: type[np.generic]) -> Any:
    """The numbers in a nameless file; the map keeps them after it is closed."""
    file.flush()
    return np.memmap(file, kind, "r") if file.tell() else np.empty(0, kind)


def _kernels() -> Any:
    if not extras.have("numba"):
        from armillary.train import cooccurrence_plain

        return cooccurrence_plain
    extras.numba_cache()
    from armillary.train import cooccurrence_kernels

    return cooccurrence_kernels
