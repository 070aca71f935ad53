"""How the learning of a language model is told: a bar with a sample on a terminal, JSON lines elsewhere, on stderr."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from math import inf
from time import monotonic

from armillary.cli.learn_progress import as_line, bar_with_figures, clock, listener
from armillary.language import Note, printable, say
from armillary.learning.self_supervised.reports import Going, Progress, nobody

SENTENCES_OF_SAMPLES = {
    "gpt": "step {step:,}: held-out loss {loss:.3f}; it writes: {text}",
    "bert": "step {step:,}: held-out loss {loss:.3f}; it fills: {text}",
}
_EVERY = 10.0
"""Seconds between two lines of JSON that have nothing special to tell."""


def told(quiet: bool, kind: str) -> AbstractContextManager[Progress]:
    """Whom to tell how far it is; the `kind` says what a sample is."""
    return listener(quiet, nobody, lambda: _bar(kind), _Lines)


class _Lines:
    """A line of JSON for each note, for the first step, for each look at the model, and now and then between."""

    def __init__(self) -> None:
        self._last = -inf

    def __call__(self, told: Going | Note) -> None:
        if isinstance(told, Note):
            return as_line({"note": str(told)})
        if told.sample is not None or monotonic() - self._last >= _EVERY:
            self._last = monotonic()
            as_line({name: value for name, value in asdict(told).items() if value is not None})
        return None


@contextmanager
def _bar(kind: str) -> Iterator[Progress]:
    with bar_with_figures() as (screen, move):
        def show(told: Going | Note) -> None:
            if isinstance(told, Note):
                return screen.print(f"armillary: {printable(str(told))}", markup=False)
            if told.sample is not None:
                line = say(SENTENCES_OF_SAMPLES[kind], step=told.step, loss=told.held_out, text=told.sample)
                screen.print(line, markup=False)
            move(description=say("step {step:,} of {steps:,}", step=told.step, steps=told.steps),
                 total=told.steps, completed=told.step, figures=told.figures(), left=clock(told.seconds_left))
            return None

        yield show
