"""One learning from rows, from its first step to its last: told, measured and saved on the way."""

from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from torch import nn

from armillary.learning.supervised.asked import Supervised
from armillary.learning.supervised.reports import Stage
from armillary.learning.unbroken import unbroken
from armillary.train.checkpoint import Standing, resume, save
from armillary.train.fit import Step, fit
from armillary.train.objective import Objective
from armillary.train.optimiser import Optimiser
from armillary.train.plan import Plan

LOOKS = 10
"""How often the held-out rows are measured on the way."""
_TOLD = 0.2  # seconds between two reports


class Course:
    """A learning under way.

    Attributes:
        model: what learns.
        step: steps that are done.
        trail: at each look: the step, the loss on the rows since the last look, the figure on held-out rows.
    """

    def __init__(
        self, model: nn.Module, objective: Objective, plan: Plan, measure: Callable[[], float], asked: Supervised
    ) -> None:
        self.model = model
        self.step = 0
        self.trail: list[tuple[int, float, float]] = []
        self._objective, self._plan, self._measure, self._asked = objective, plan, measure, asked
        self._optimiser = Optimiser(model, plan)
        self._losses: list[float] = []
        self._recent: deque[float] = deque(maxlen=20)
        self._last, self._told = monotonic(), 0.0
        self._began, self._rows = perf_counter(), 0

    def go(self, snapshot: Path, question: Mapping[str, Any]) -> None:
        """Learn to the end, from where `snapshot` stands if that is asked; an interrupt saves, and goes on its way."""
        if self._asked.resume and snapshot.exists():
            self._take_up(snapshot, question)
        steps = fit(self.model, self._objective, self._plan, self._optimiser, self.step)
        self._began, first = perf_counter(), self.step
        try:
            while self.step < self._plan.steps:
                with unbroken():
                    self._advance(next(steps), first)
                if monotonic() - self._last >= self._asked.snapshot_seconds:
                    self._keep(snapshot, question)
        except KeyboardInterrupt:
            self._keep(snapshot, question)
            raise

    def _take_up(self, snapshot: Path, question: Mapping[str, Any]) -> None:
        standing = resume(snapshot, self._optimiser, question)
        self.step = standing.step
        self.trail = [(step, loss, held) for step, loss, held in standing.facts["trail"]]
        self._losses = list(standing.facts["losses"])

    def _keep(self, snapshot: Path, question: Mapping[str, Any]) -> None:
        self._last = monotonic()
        save(snapshot, self._optimiser, Standing(self.step, {"trail": self.trail, "losses": self._losses}), question)

    def _advance(self, step: Step, first: int) -> None:
        """Note a step, look where it is time, and tell."""
        self.step = step.number
        self._rows += step.count
        self._losses.append(step.loss)
        self._recent.append(step.loss)
        done, steps = step.number * LOOKS, self._plan.steps
        held = None
        if done // steps > (done - LOOKS) // steps:
            held = self._measure()
            self.trail.append((step.number, sum(self._losses) / len(self._losses), held))
            self._losses.clear()
        if held is not None or monotonic() - self._told > _TOLD:
            self._told = monotonic()
            pace = (perf_counter() - self._began) / (step.number - first)
            self._asked.progress(Stage(
                step.number, steps, sum(self._recent) / len(self._recent), step.count / pace,
                pace * (steps - step.number), held,
            ))
