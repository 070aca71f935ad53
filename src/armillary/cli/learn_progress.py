"""How a learning is told while it goes on: a bar on a terminal, JSON lines elsewhere, always on stderr."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import click

from armillary.cli.show import console
from armillary.language import Note, printable, say
from armillary.learning.reports import SENTENCES, Progress, Report, nobody

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
_EVERY = 10.0
"""Seconds between two lines of JSON inside an epoch."""


def told(quiet: bool) -> AbstractContextManager[Progress]:
    """Whom to tell how far it is."""
    return listener(quiet, nobody, _bar, _Lines)


def listener(
    quiet: bool, nobody: T, bar: Callable[[], AbstractContextManager[T]], lines: Callable[[], T]
) -> AbstractContextManager[T]:
    """Who is told how far a learning is: nobody, a bar on a terminal, or lines elsewhere."""
    if quiet:
        return nullcontext(nobody)
    return bar() if sys.stderr.isatty() else nullcontext(lines())


class _Lines:
    """A line of JSON for each note, for each epoch that ends, and now and then between."""

    def __init__(self) -> None:
        self._stage, self._last = "", monotonic()

    def __call__(self, told: Report | Note) -> None:
        if isinstance(told, Note):
            return as_line({"note": str(told)})
        new = told.stage != self._stage
        if new or told.epoch_loss is not None or monotonic() - self._last >= _EVERY:
            self._stage, self._last = told.stage, monotonic()
            as_line({name: value for name, value in asdict(told).items() if value not in (None, 0)})
        return None


def as_line(facts: dict[str, object]) -> None:
    """A line of JSON on stderr."""
    text = json.dumps(facts, ensure_ascii=False)
    click.echo(text if text.isprintable() else json.dumps(facts), err=True)


@contextmanager
def bar_with_figures() -> "Iterator[tuple[Console, Callable[..., None]]]":
    """A bar with figures and the time left: the screen that it stands on, and what moves it."""
    from rich import progress as rich

    columns = (
        rich.TextColumn("{task.description}"), rich.BarColumn(bar_width=None), rich.TaskProgressColumn(),
        rich.TextColumn("{task.fields[figures]}"), rich.TextColumn("{task.fields[left]}"),
    )
    screen = console(stderr=True)
    with rich.Progress(*columns, console=screen, transient=True, expand=True) as bar:
        task = bar.add_task(say("reading"), total=None, figures="", left="")
        yield screen, partial(bar.update, task)


@contextmanager
def _bar() -> Iterator[Progress]:
    with bar_with_figures() as (screen, move):
        def show(told: Report | Note) -> None:
            if isinstance(told, Note):
                return screen.print(f"armillary: {printable(str(told))}")
            name = say(SENTENCES[told.stage])
            if told.epoch:
                name = say("epoch {epoch} of {epochs}", epoch=told.epoch, epochs=told.epochs)
            move(description=name, total=None if told.fraction is None else 1.0, figures=told.figures(),
                 completed=told.fraction or 0.0, left=clock(told.seconds_left))
            return None

        yield show


def clock(seconds: float | None) -> str:
    """The time left, as 1:02:03 or 2:03."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
