"""A training of word vectors: its state, its steps, and how it is saved, resumed and turned into a Space."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from threading import Event
from time import perf_counter, sleep
from typing import Any

import numpy as np

from armillary import extras
from armillary.errors import InputError
from armillary.formats.store import Store, write_store
from armillary.language import Note
from armillary.shapes import Float32, Int32
from armillary.space import Space
from armillary.text.encoded import Encoded
from armillary.train.in_order import default_workers
from armillary.train.words.corpus import bytes_of_copy, fingerprint, memory_note, shards_that_fit, tables
from armillary.train.words.plan import Plan
from armillary.train.words.sampling import stream
from armillary.train.words.schedule import Schedule, merged_rows, slowest
from armillary.train.words.shard import Copies, How, Net, Text, Work
from armillary.train.words.subwords import grams_of

KIND = "training of word vectors"
_NAP = 1e-4
"""Seconds that a thread sleeps where the others take long: they may have no core."""
_HELD_OUT = 2**62
"""The round whose random numbers held-out text is measured with: none that is learned in."""


@dataclass(frozen=True)
class Step:
    """One step of a training, after which everything is merged: it may be saved, asked and stopped here.

    Attributes:
        training: what can be saved and asked.
        epoch: the epoch it belongs to, from 1.
        fraction: how much of the whole is done, from 0 to 1.
        places: places of the text (words and ends of sentences) that this step went through.
        seconds: that it took.
        loss: mean nats of a pair in this step.
    """

    training: "Training"
    epoch: int
    fraction: float
    places: int
    seconds: float
    loss: float

    @property
    def words_per_second(self) -> float:
        """Words of the text a second."""
        return self.places * self.training.words_share / self.seconds


class Training:
    """Skip-gram or CBOW on an encoded corpus.

    Attributes:
        plan: the settings, none left open.
        notes: what had to be decided otherwise than usual, such as fewer shards for want of memory.
        turn: rounds that are done.
        losses: mean nats of a pair, one number an epoch that is done.
    """

    def __init__(
        self, encoded: Encoded, plan: Plan, *, start: Space | None = None, frozen: Sequence[str] = (),
        tell: Callable[[Note], None] | None = None,
    ) -> None:
        """Make the matrices: random vectors, or those of `start` where it has the word; `frozen` words keep theirs.

        `tell` is told how much memory they take, before they do.

        Raises:
            InputError: a text without words, one word only, vectors of another size, an unknown frozen word or one
                made of n-grams, or matrices that do not fit into memory.
            MissingExtra: numba (extra `fast`) is not installed.
        """
        self._prepare(encoded, plan, tell)
        rows, d = len(encoded.labels), self.plan.vector_size
        random = np.random.default_rng(self.plan.seed).random((self._inputs.shape[1] - 1, d), dtype=np.float32)
        # As gensim and fastText have it; half of it, as word2vec's code has it, where that was better by SimLex-999.
        reach = np.float32(1 if self.plan.method == "skipgram" and self._grams is None else 2)
        self._inputs[0, :-1, :d] = reach * (random - np.float32(0.5)) / np.float32(d)
        self._into = np.arange(rows)
        self._origin: dict[str, Any] = {}
        if start is not None:
            self._begin_with(start)
        if frozen and self._grams is not None:
            raise InputError("words made of n-grams cannot be frozen: what other words learn changes their n-grams")
        for label in frozen:
            row = self._rows.get(label)
            if row is None:
                raise InputError("{label!r} is not in this text, so it cannot be frozen", label=label)
            self._into[row] = rows
        if frozen:
            self._origin["frozen"] = sorted(frozen)
        self._spread()

    def _prepare(self, encoded: Encoded, plan: Plan, tell: Callable[[Note], None] | None) -> None:
        """All that does not change while learning, and room for the matrices."""
        self.encoded, rows = encoded, len(encoded.labels)
        if rows < 2:
            raise InputError("learning needs a text with at least two different words; this one has {n}", n=rows)
        self.size = -(-plan.vector_size // 16) * 16
        self._grams = grams_of(encoded.labels, encoded.counts, plan, self.size) if plan.maxn else None
        more = 0 if self._grams is None else len(self._grams.buckets)
        copy_bytes = bytes_of_copy(rows, plan, more)
        shards, self.notes = shards_that_fit(plan, len(encoded.ids), copy_bytes)
        if tell is not None:
            tell(memory_note(encoded, shards, copy_bytes))
        merged = merged_rows(rows, slowest(plan)) + merged_rows(more, slowest(plan)) / 2
        self.plan = plan.settled(len(encoded.ids), shards, merged)
        self.schedule = Schedule(len(encoded.ids), self.plan)
        self._tables = tables(encoded.counts, self.plan)
        self._rows = {label: row for row, label in enumerate(encoded.labels)}
        self._ids = encoded.ids.view(np.ndarray)[:]
        self._ids.flags.writeable = False
        copies = self.plan.shards + (self.plan.shards > 1)
        self._inputs = _zeros(copies, rows + more + 1, self.size)
        self._outputs = _zeros(copies, rows + 1, self.size)
        self._kernels = _kernels("kernels" if self._grams is None else "subword_kernels")
        self._workers = min(self.plan.workers or default_workers(), self.plan.shards)
        self.turn, self.losses = 0, list[float]()
        self._tally = [0, 0.0]

    def _begin_with(self, start: Space) -> None:
        """Take the vectors that `start` has for words of this text."""
        if start.dim != self.plan.vector_size:
            raise InputError("these vectors have {found} numbers, vector_size says {wanted}",
                             found=start.dim, wanted=self.plan.vector_size)
        shared = [(row, other) for label, row in self._rows.items() if (other := start.labels.find(label)) is not None]
        rows, others = (list(one) for one in zip(*shared, strict=True)) if shared else ([], [])
        if self._grams is None:
            self._inputs[0, rows, : start.dim] = start.vectors[others]
        else:
            self._grams.begin_with(self._inputs[0], rows, start.vectors[others], start.subwords)
        self._origin["start"] = {"origin": dict(start.origin), "words": len(shared)}

    def _spread(self) -> None:
        """Every shard begins with the same matrices."""
        self._inputs[1:], self._outputs[1:] = self._inputs[0], self._outputs[0]

    @property
    def words_share(self) -> float:
        """Words in a place of the text: places are words and ends of sentences."""
        return self.encoded.words / len(self._ids)

    @property
    def bytes(self) -> int:
        """Memory that the matrices take: a copy for each shard, and the one they are merged in."""
        return self._inputs.nbytes + self._outputs.nbytes

    def steps(self) -> Iterator[Step]:
        """Go on learning to the end of the last epoch. An interrupt lets the running step end first."""
        with ThreadPoolExecutor(self._workers) as pool, ThreadPoolExecutor(1) as leader:
            for rounds in self.schedule.steps(self.turn):
                began = perf_counter()
                running = leader.submit(self._step, rounds, pool)
                try:
                    loss, places = running.result()
                finally:
                    wait([running])
                epoch = (rounds.stop - 1) // self.schedule.rounds + 1
                fraction = self.schedule.fraction(rounds.stop)
                yield Step(self, epoch, fraction, places, perf_counter() - began, loss)

    def _step(self, rounds: range, pool: ThreadPoolExecutor) -> tuple[float, int]:
        """Learn and merge for some rounds; gives the mean loss and how many places were read."""
        words = len(self.encoded.labels)
        text, more = Text(self._ids, self._tables.keep), self._inputs.shape[1] - 1 - words
        work = self.schedule.work(rounds, text, words, more)
        broken = Event()
        list(pool.map(lambda _: self._take_part(work, broken), range(self._workers)))
        pairs, loss = (sum(found.tolist()) for found in work.found.reshape(-1, 2).T)
        self._tally = [self._tally[0] + int(pairs), self._tally[1] + loss]
        self.turn = rounds.stop
        if self.turn % self.schedule.rounds == 0:
            self.losses.append(self._tally[1] / max(1, self._tally[0]))
            self._tally = [0, 0.0]
        return loss / max(1, pairs), int(np.diff(work.stretches).sum())

    def _take_part(self, work: Work, broken: Event) -> None:
        """What one thread does in a step, until all is done or another thread broke."""
        inputs, outputs = (matrix.reshape(len(matrix), -1) for matrix in (self._inputs, self._outputs))
        copies = Copies(inputs, outputs, self._into, self.size, np.float32(1 / self.schedule.stride))
        how = How(self.plan.window, 0.0, 0, self.plan.method == "cbow")
        pieces, turn = () if self._grams is None else (self._grams.pieces,), 0
        try:
            while not broken.is_set():
                turn = self._kernels.take_part(turn, work, copies, self._tables.targets, how, *pieces)
                if turn == len(work.rates):
                    return
                sleep(_NAP)
        except BaseException:
            broken.set()
            raise

    def _run(self, ids: Int32[np.ndarray, "t"], copy: int, how: How) -> tuple[int, float]:
        """The kernel, on some text and one copy of the matrices."""
        net = Net(self._inputs[copy].reshape(-1), self._outputs[copy].reshape(-1), self._into, self.size)
        text, targets = Text(ids, self._tables.keep), self._tables.targets
        pieces = () if self._grams is None else (self._grams.pieces,)
        found: tuple[int, float] = self._kernels.learn(text, net, *pieces, targets, how)
        return found

    def loss_on(self, ids: Int32[np.ndarray, "t"]) -> float:
        """Mean nats of a pair on other text, encoded with the same labels. Nothing is learned from it."""
        how = How(self.plan.window, 0.0, stream(self.plan.seed, 0, _HELD_OUT), self.plan.method == "cbow")
        ids = ids.view(np.ndarray)[:]
        ids.flags.writeable = False
        pairs, loss = self._run(ids, -1, how)
        return float(loss / max(1, pairs))

    @property
    def vectors(self) -> Float32[np.ndarray, "n d"]:
        """(n, d) the vectors as they are now: a copy."""
        now: np.ndarray = self._inputs[0, : len(self.encoded.labels)]
        if self._grams is not None:
            now = self._kernels.vectors(self._inputs[0].reshape(-1), self._grams.pieces, self.size)
        return now[:, : self.plan.vector_size].copy()

    def space(self) -> Space:
        """The vectors as they are now, with their labels, counts, and how they came to be."""
        origin = {
            "learned": self.plan.facts(), "corpus_sha256": self.corpus_sha256, "words": self.encoded.words,
            "fraction": self.schedule.fraction(self.turn), "loss": list(self.losses), **self._origin,
        }
        subwords = None if self._grams is None else self._grams.subwords(self._inputs[0])
        return Space(
            self.encoded.labels, self.vectors, counts=self.encoded.counts, subwords=subwords, origin=origin
        )

    @cached_property
    def corpus_sha256(self) -> str:
        """The fingerprint of the corpus."""
        return fingerprint(self.encoded)

    def state(self) -> Store:
        """All that `resume` needs; the arrays go on changing while it learns, so write them before it does."""
        facts = {
            "kind": KIND, "plan": self.plan.facts(), "corpus_sha256": self.corpus_sha256, "turn": self.turn,
            "losses": self.losses, "tally": self._tally, "origin": self._origin,
        }
        return Store({"inputs": self._inputs[0], "outputs": self._outputs[0], "into": self._into}, facts)

    def save(self, path: str | Path) -> None:
        """Write all that `resume` needs into the folder `path`, in place of an earlier save there, whole or not at all.

        Raises:
            FileError: what is there is no store, or the disk refuses.
        """
        write_store(self.state(), Path(path), force=True)

    def restore(self, arrays: Any, facts: Any) -> None:
        """Take over the state of an earlier save (see `resume.resume`)."""
        self._inputs[0], self._outputs[0], self._into = arrays["inputs"], arrays["outputs"], np.array(arrays["into"])
        self.turn, self.losses, self._tally = facts["turn"], list(facts["losses"]), list(facts["tally"])
        self._origin = dict(facts["origin"])
        self._spread()


def _zeros(copies: int, rows: int, size: int) -> Float32[np.ndarray, "c n d"]:
    """Zeros that begin at a cache line, as every row of whole lines then does."""
    count = copies * rows * size
    room = np.zeros(count + 16, np.float32)
    first = -room.ctypes.data % 64 // 4
    return room[first : first + count].reshape(copies, rows, size)


def _kernels(name: str) -> Any:
    """A module of kernels; what is compiled is kept in a folder of the user's own."""
    extras.numba_cache()
    extras.need("numba")
    return import_module(f"armillary.train.words.{name}")
