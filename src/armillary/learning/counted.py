"""GloVe and PPMI: what stands near each word is counted first, then learned from."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from armillary.errors import FileError
from armillary.formats.store import Store
from armillary.language import Note
from armillary.learning.conduct import Job
from armillary.learning.outcome import Made, Outcome
from armillary.learning.output import Output
from armillary.learning.reports import Report, ended
from armillary.learning.watched import Frames
from armillary.space import Space
from armillary.text.encoded import Encoded
from armillary.text.memory import available
from armillary.train.cooccurrence import Cooccurrences, Counting, cooccurrences
from armillary.train.glove import GlovePlan, GloveStep, first_vectors, fit_glove
from armillary.train.ppmi import PpmiPlan, fit_ppmi
from armillary.train.words.corpus import fingerprint

KIND = "training of GloVe"


def learned_by_counting(encoded: Encoded, job: Job, output: Output, saved: Store | None) -> Made:
    """Count, then learn. GloVe saves itself after an epoch and goes on there; PPMI has nothing to go on from."""
    assert job.window is not None
    corpus = fingerprint(encoded)
    facts = {"corpus_sha256": corpus, "words": encoded.words}
    if saved is not None and saved.facts["corpus_sha256"] != corpus:
        raise FileError(output.snapshot, "was learning from another corpus, or from one that was read with other "
                                         "settings")
    job.conduct.progress(Report("counting"))
    counts = cooccurrences(encoded, job.window, Counting(workers=job.plan.workers or None))
    if isinstance(job.plan, PpmiPlan):
        job.conduct.progress(Report("learning"))
        space = _told(fit_ppmi(counts, replace(job.plan, workers=job.plan.workers or None)), facts)
        return Outcome(space, encoded.words), None
    job.conduct.progress(memory_note(counts, job.plan.vector_size))
    course = GloveCourse(counts, job, corpus, saved)
    try:
        course.go(output)
    except KeyboardInterrupt:
        if course.losses:
            output.keep(course.state, at_once=True)
        raise
    space = _told(course.step.space(), {**facts, "loss": course.losses})
    outcome = Outcome(space, encoded.words, course.losses, words_per_second=course.words_per_second, notes=course.notes)
    return outcome, course.frames.store()


def _told(space: Space, facts: dict[str, Any]) -> Space:
    """The space, its origin in the form of the other methods: the settings apart from what came of them."""
    learned = {name: value for name, value in space.origin.items() if name != "loss"}
    learned["window"] = dict(learned["window"])
    return Space(space.labels, space.vectors, counts=space.counts, origin={"learned": learned, **facts})


def memory_note(counts: Cooccurrences, size: int) -> Note:
    """What GloVe takes, to be said before it is taken: 16 bytes a cell, and of each word 16 a number."""
    rows = len(counts.offsets) - 1
    facts = {"cells": len(counts) * 16 / 1e6, "count": len(counts), "rows": rows,
             "matrices": 16 * rows * (size + 2) / 1e6, "free": available() / 1e6}
    return Note("memory: {cells:,.0f} MB for {count:,} counts, {matrices:,.0f} MB for both matrices ({rows:,} rows); "
                "{free:,.0f} MB are free", facts)


class GloveCourse:
    """A training of GloVe that can be left after any epoch.

    Attributes:
        step: what the last epoch came to.
        losses: of all epochs that are done.
        frames: what is recorded of watched words.
        notes: that it ended before its time, if so.
    """

    def __init__(self, counts: Cooccurrences, job: Job, corpus: str, saved: Store | None) -> None:
        assert isinstance(job.plan, GlovePlan)
        self._conduct, self._words, self._corpus = job.conduct, int(counts.corpus.counts.sum()), corpus
        self.frames = Frames(counts.corpus.labels, job.conduct.watch, saved, job.conduct.seen)
        self.losses: list[float] = []
        self.notes: list[Note] = []
        plan, after = replace(job.plan, workers=job.plan.workers or None), None
        if saved is not None:
            self.losses = list(saved.facts["losses"])
            plan = replace(plan, parts=saved.facts["parts"])
            after = GloveStep(len(self.losses), self.losses[-1], np.array(saved.arrays["table"]), counts, plan)
            self.step = after
        self._epochs, self._before, self._began = plan.epochs, len(self.losses), perf_counter()
        self._steps = fit_glove(counts, plan, after)
        if saved is None and self.frames.due(0.0):
            self.frames.record(0.0, first_vectors(counts, plan))

    @property
    def words_per_second(self) -> float | None:
        """Words of the text a second, each counted once an epoch, in this session."""
        done = len(self.losses) - self._before
        return done * self._words / (perf_counter() - self._began) if done else None

    def go(self, output: Output) -> None:
        """Learn to the end; an interrupt lets the running epoch end first."""
        with ThreadPoolExecutor(1) as leader:
            while len(self.losses) < self._epochs and not (self.losses and self._conduct.enough()):
                running = leader.submit(self._advance, self._steps)
                try:
                    running.result()
                finally:
                    wait([running])
                self._conduct.progress(self._report())
                output.keep(self.state)
        if len(self.losses) < self._epochs:
            self.notes.append(ended(len(self.losses) / self._epochs))

    def _advance(self, steps: Iterator[GloveStep]) -> None:
        self.step = next(steps)
        self.losses.append(self.step.loss)
        fraction = len(self.losses) / self._epochs
        if self.frames.due(fraction):
            self.frames.record(fraction, self.step.space().vectors)

    def state(self) -> Store:
        """What a snapshot keeps, once an epoch is done."""
        facts = {"kind": KIND, "losses": self.losses, "corpus_sha256": self._corpus, "parts": self.step.plan.parts}
        return Store({"table": self.step.table, **self.frames.arrays()}, facts)

    def _report(self) -> Report:
        done, epoch = len(self.losses) - self._before, len(self.losses)
        left = (perf_counter() - self._began) / done * (self._epochs - epoch)
        pace, loss = self.words_per_second, self.step.loss
        return Report("learning", epoch / self._epochs, epoch, self._epochs, pace, loss, left, epoch_loss=loss)
