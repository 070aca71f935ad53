"""Skip-gram and CBOW under observation: loss after each epoch, watched words, snapshots, an end when it is time."""

from time import perf_counter

import numpy as np

from armillary.formats.store import Store
from armillary.language import Note
from armillary.learning.conduct import Job
from armillary.learning.held_out import parted
from armillary.learning.outcome import Made, Outcome
from armillary.learning.output import Output
from armillary.learning.reports import Report, ended
from armillary.learning.watched import Frames, rows_of
from armillary.shapes import Int32
from armillary.text.encoded import Encoded
from armillary.train.words import Plan, Step, Training, resume

_LEAST, _MOST, _PIECES = 10_000, 50_000, 25  # of a sample that takes a moment to measure, and tells enough


def learned_neurally(encoded: Encoded, job: Job, output: Output, saved: Store | None) -> Made:
    """Learn to the end; an interrupt lets the running step end, saves all, and goes on its way."""
    held = np.zeros(0, np.int32)
    if job.conduct.held_out:
        encoded, held = parted(encoded, job.conduct.held_out, job.plan.seed)
    rows_of(encoded.labels, (*job.conduct.freeze, *job.conduct.watch))  # an unknown word is said before memory is taken
    course = Course(_training(encoded, job, output, saved), job, held, saved)
    try:
        course.go(output)
    except KeyboardInterrupt:
        course.observe()
        output.keep(course.state, at_once=True)
        raise
    space, notes = course.training.space(), [*course.training.notes, *course.notes]
    space = space.with_origin(loss=course.loss, **({"held_out": course.held_out} if course.held_out else {}))
    outcome = Outcome(space, encoded.words, course.loss, course.held_out, course.words_per_second, notes=notes)
    return outcome, course.frames.store()


def _training(encoded: Encoded, job: Job, output: Output, saved: Store | None) -> Training:
    """A new training, or the saved one, after it was said how much memory it takes."""
    assert isinstance(job.plan, Plan)
    if saved is not None:
        return resume(output.snapshot, encoded, job.plan.workers, job.conduct.progress)
    conduct = job.conduct
    training = Training(encoded, job.plan, start=job.start, frozen=conduct.freeze, tell=conduct.progress)
    for note in training.notes:
        conduct.progress(note)
    return training


def sample_of(ids: Int32[np.ndarray, "t"]) -> Int32[np.ndarray, "s"]:
    """A fiftieth of the text, in pieces from all of it, to measure the loss on; all of a small one.

    The loss while learning is no measure: each shard knows best what it has just read, the better the higher the
    learning rate, so that this loss rises when the rate falls, and what is known of the text as a whole does not.
    """
    places = min(max(len(ids) // 50, _LEAST), _MOST)
    if len(ids) <= places:
        return ids
    starts = np.linspace(0, len(ids) - places // _PIECES, _PIECES).astype(np.int64)
    return np.concatenate([ids[start : start + places // _PIECES] for start in starts.tolist()])


class Course:
    """A training, and what is observed of it; all of it goes into a snapshot.

    Attributes:
        training: what learns.
        loss: on a part of the text that is learned from, after each epoch.
        held_out: the same on text that is held out.
        frames: what is recorded of watched words.
        notes: that it stopped before the end, if so.
    """

    def __init__(self, training: Training, job: Job, held: Int32[np.ndarray, "h"], saved: Store | None) -> None:
        self.training, self._conduct, self._held = training, job.conduct, held
        self._sample = sample_of(training.encoded.ids)
        self.loss: list[float] = list(saved.facts["loss"]) if saved else []
        self.held_out: list[float] = list(saved.facts["held_out"]) if saved else []
        self.frames = Frames(training.encoded.labels, job.conduct.watch, saved, job.conduct.seen)
        self._before = self.fraction
        self._places, self._seconds = 0, 0.0
        self.notes: list[Note] = []
        job.conduct.progress(Report("learning"))
        training.loss_on(np.zeros(0, np.int32))  # compiles the kernels, so that no step is timed while they are
        self.observe()
        self._began = perf_counter()

    @property
    def fraction(self) -> float:
        """How much of the whole is done, from 0 to 1."""
        return self.training.schedule.fraction(self.training.turn)

    @property
    def words_per_second(self) -> float | None:
        """Words of the text a second, while it learned in this session."""
        return self._places * self.training.words_share / self._seconds if self._seconds else None

    def go(self, output: Output) -> None:
        """Learn to the end, or until held-out text says that it is time."""
        steps = self.training.steps()
        while not self._enough():
            step = next(steps, None)
            if step is None:
                return
            self._places, self._seconds = self._places + step.places, self._seconds + step.seconds
            self.observe()
            self._conduct.progress(self._report(step))
            output.keep(self.state)

    def observe(self) -> None:
        """Measure and record what is due: once, however often it is called."""
        if len(self.loss) < len(self.training.losses):
            self.loss.append(self.training.loss_on(self._sample))
        if len(self._held) and len(self.held_out) < len(self.training.losses):
            self.held_out.append(self.training.loss_on(self._held))
        if self.frames.due(self.fraction):
            self.frames.record(self.fraction, self.training.vectors)

    def state(self) -> Store:
        """What a snapshot keeps."""
        state = self.training.state()
        facts = {**state.facts, "loss": self.loss, "held_out": self.held_out}
        return Store({**state.arrays, **self.frames.arrays()}, facts)

    def _enough(self) -> bool:
        """Whether somebody says so, or the held-out loss has not fallen for as many epochs as there is patience."""
        if self.fraction < 1 and self._conduct.enough():
            self.notes.append(ended(self.fraction))
            return True
        patience = self._conduct.patience
        if not patience or len(self.held_out) <= patience or self.fraction == 1:
            return False
        if min(self.held_out[-patience:]) < min(self.held_out[:-patience]):
            return False
        self.notes.append(Note("stopped after epoch {epoch}: the loss on held-out text has not fallen for {patience}",
                               {"epoch": len(self.held_out), "patience": patience}))
        self._conduct.progress(self.notes[-1])
        return True

    def _report(self, step: Step) -> Report:
        ends = self.training.turn % self.training.schedule.rounds == 0
        done = step.fraction - self._before
        return Report(
            "learning", step.fraction, step.epoch, self.training.plan.epochs, step.words_per_second, step.loss,
            seconds_left=(perf_counter() - self._began) * (1 - step.fraction) / done if done else None,
            epoch_loss=self.loss[-1] if ends else None,
            held_out=self.held_out[-1] if ends and self.held_out else None,
        )
