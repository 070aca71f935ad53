"""One learning from its first step to its last: told, measured, sampled and saved on the way."""

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, Protocol, runtime_checkable

import numpy as np

from armillary.formats.store import Store
from armillary.learning.self_supervised.asked import SelfSupervised
from armillary.learning.self_supervised.material import Material
from armillary.learning.self_supervised.reports import Going
from armillary.learning.unbroken import unbroken
from armillary.learning.watched import Frames
from armillary.speak.sample import Sampling
from armillary.speak.torch_engine import TorchEngine
from armillary.speak.write import Limits, Writing
from armillary.text.token_labels import token_labels
from armillary.train.checkpoint import Standing, resume, save
from armillary.train.fit import Step, fit
from armillary.train.measure import guessed
from armillary.train.objective import Objective
from armillary.train.optimiser import Optimiser
from armillary.train.plan import Plan
from armillary.train.shares import is_shared
from armillary.train.together import highest, wait
from armillary.transformer.model import Transformer

WATCHED = 300
"""Tokens, the commonest, whose rows of W_E are kept at each look."""
_PART = 8192  # tokens of the held-out text that a look measures
_WRITTEN, _GIVEN = 80, 40  # tokens of a sample, and of what it goes on from
_TOLD = 0.2  # seconds between two reports
_KEEP, _STOP = 1, 2  # what a process may want after a step


@runtime_checkable
class Lessons(Objective, Protocol):
    """What is learned from a text in windows.

    Attributes:
        context: tokens in a window.
        size: windows in a step.
    """

    context: int
    size: int


class Course:
    """A learning under way.

    Attributes:
        model: what learns.
        lessons: what it learns.
        plan: how.
        step: steps that are done.
        trail: at each look: the step, the loss on the lessons since the last look, the loss on held-out text.
        samples: what the model wrote at each look.
        frames: the rows of W_E of the commonest tokens at each look.
    """

    def __init__(
        self, model: Transformer, lessons: Lessons, plan: Plan, material: Material, asked: SelfSupervised, looks: int
    ) -> None:
        self.model, self.plan, self._looks = model, plan, looks
        self.lessons, self._material, self._asked = lessons, material, asked
        self._optimiser = Optimiser(model, plan)
        self._losses: list[float] = []
        self._recent: deque[float] = deque(maxlen=20)
        self.trail: list[tuple[int, float, float]] = []
        self.samples: list[tuple[int, str]] = []
        self.step = 0
        self._last, self._told = monotonic(), 0.0
        self._began, self._first = perf_counter(), 0
        self.frames = self._frames(None)

    def take_up(self, snapshot: Path, question: Mapping[str, Any]) -> None:
        """Go on from what was saved (errors as `checkpoint.resume`)."""
        standing = resume(snapshot, self._optimiser, question)
        self.step = standing.step
        self.trail = [(step, loss, held) for step, loss, held in standing.facts["trail"]]
        self.samples = [(step, text) for step, text in standing.facts["samples"]]
        self._losses = list(standing.facts["losses"])
        moments = np.array([step / self.plan.steps for step, _, _ in self.trail])
        self.frames = self._frames(Store({**standing.arrays, "fractions": moments}, {}))

    def go(self, snapshot: Path, question: Mapping[str, Any]) -> None:
        """Learn to the end. An interrupt lets the running step end, saves all, and goes on its way.

        Of several processes all save after the same step, and one that is interrupted interrupts the others.
        """
        steps = fit(self.model, self.lessons, self.plan, self._optimiser, self.step)
        self._began, self._first = perf_counter(), self.step
        with unbroken() as pressed:
            if not self.trail:
                self._look()
            while self.step < self.plan.steps and not (self.step and self._asked.enough()):
                self._advance(next(steps))
                if self._kept(snapshot, question, pressed) == _STOP:
                    return
            if self.trail[-1][0] < self.step:  # it ends between two looks
                self._look()
            self._kept(snapshot, question, pressed)

    def _kept(self, snapshot: Path, question: Mapping[str, Any], pressed: list[int]) -> int:
        """Save where it is time, or one of the processes was interrupted, as all are then; gives what was wanted."""
        due = monotonic() - self._last >= self._asked.snapshot_seconds
        wanted = highest(_STOP if pressed else _KEEP if due else 0)
        if wanted:
            self.keep(snapshot, question)
        if wanted == _STOP:
            pressed.append(_STOP)
        return wanted

    def _advance(self, step: Step) -> None:
        """Note a step, look where it is time, and tell."""
        self.step = step.number
        self._losses.append(step.loss)
        self._recent.append(step.loss)
        done, steps = step.number * self._looks, self.plan.steps
        looks = done // steps > (done - self._looks) // steps
        if looks:
            self._look()
        if looks or monotonic() - self._told > _TOLD:
            self._told = monotonic()
            self._asked.progress(self._going(step, looks))

    def keep(self, snapshot: Path, question: Mapping[str, Any]) -> None:
        """Save where it stands; of several processes all must."""
        self._last = monotonic()
        facts = {"steps": self.plan.steps, "batch": self.lessons.size, "trail": self.trail, "samples": self.samples,
                 "losses": self._losses}
        save(snapshot, self._optimiser, Standing(self.step, facts, self.frames.arrays()), question)
        wait()  # where one of several ends, torchrun ends the others

    def _look(self) -> None:
        """Measure, write, and keep what is to be replayed."""
        model = self.whole()
        held = self.held_loss(model)
        lessons = sum(self._losses) / len(self._losses) if self._losses else held
        self.trail.append((self.step, lessons, held))
        self._losses.clear()
        self.samples.append((self.step, self.sample(model)))
        self.frames.record(self.step / self.plan.steps, model.table.detach().numpy())

    def whole(self) -> Transformer:
        """The model; of one that processes share, each gets a copy in plain memory, and all must ask."""
        if not is_shared(self.model.table):
            return self.model
        from armillary.train.sharded import gathered  # a second to import, which others need not spend

        return gathered(self.model)

    def held_loss(self, model: Transformer) -> float:
        """Nats a token on a part of the text that is held out."""
        held = self._material.held
        return guessed(model, held[: min(_PART, len(held) // 4 + 2)], self.lessons.context, 1).nats_per_token

    def sample(self, model: Transformer) -> str:
        """What the model writes now, from the first words of the text on."""
        tokenizer = self._material.tokenizer
        given = [*tokenizer.vocabulary.before, *tokenizer.encode(self._material.first_line[:_GIVEN]).tolist()]
        given = given[: model.config.n_ctx // 2]
        limits = Limits(_WRITTEN, on_full="slide", frame=len(tokenizer.vocabulary.before))
        writing = Writing(TorchEngine(model), given, Sampling(temperature=0.8), limits, seed=self._asked.seed)
        for _ in writing:
            pass
        return tokenizer.decode(writing.ids, special=False)

    def _going(self, step: Step, looks: bool) -> Going:
        seconds = (perf_counter() - self._began) / (step.number - self._first)
        return Going(
            step.number, self.plan.steps, sum(self._recent) / len(self._recent),
            self.lessons.size * self.lessons.context / seconds,
            seconds * (self.plan.steps - step.number),
            held_out=self.trail[-1][2] if looks else None, sample=self.samples[-1][1] if looks else None,
        )

    def _frames(self, saved: Store | None) -> Frames:
        labels = token_labels(self._material.tokenizer, self.model.config.d_vocab)
        return Frames(labels, [labels[row] for row in commonest(self._material, WATCHED)], saved, self._asked.seen)


def commonest(material: Material, count: int) -> Sequence[int]:
    """The tokens that come most often, by their ids; of equals the lower. Special ones are none of them."""
    counts = np.bincount(material.learned)
    counts[[one for one in material.tokenizer.vocabulary.special.values() if one < len(counts)]] = 0
    best = np.lexsort((np.arange(len(counts)), -counts))[:count]
    return [row for row in best.tolist() if counts[row] > 0]
