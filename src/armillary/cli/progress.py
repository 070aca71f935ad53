"""How far it is: a bar on stderr, where that is a terminal, of whatever takes longer than a second."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Any, TypeVar

from armillary.cli.show import console

if TYPE_CHECKING:
    from rich.progress import Progress
else:
    Progress = Any  # rich takes longer to import than most commands to answer

T = TypeVar("T")
Told = Callable[[int, int], None]
"""Told how much is done, of how much."""
AFTER = 1.0
"""Seconds until a bar is shown: who waits less needs none."""


@contextmanager
def progress(name: str, quiet: bool, downloads: bool = False) -> Iterator[Told]:
    """Whom to tell how far `name` is; until it is told, the bar says only that work goes on.

    Args:
        name: what goes on.
        quiet: show nothing.
        downloads: what is counted are bytes.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    bar = _Bar(name, downloads)
    timer = Timer(AFTER, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar
    finally:
        timer.cancel()
        timer.join()
        bar.hide()


@contextmanager
def progress_over(things: Iterable[T], name: str, quiet: bool) -> Iterator[Iterator[T]]:
    """The same `things`, counted as they are taken."""
    listed = list(things)
    with progress(name, quiet) as told:
        def counted() -> Iterator[T]:
            for place, thing in enumerate(listed):
                yield thing
                told(place + 1, len(listed))

        yield counted()


class _Bar:
    """A bar that is shown late, and told how far it is from the start."""

    def __init__(self, name: str, downloads: bool) -> None:
        self._name, self._downloads = name, downloads
        self._done, self._total = 0, 0
        self._bar: Progress | None = None

    def __call__(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total)

    def show(self) -> None:
        from rich import progress as rich

        sizes = (rich.DownloadColumn(), rich.TransferSpeedColumn()) if self._downloads else (rich.TaskProgressColumn(),)
        columns = (rich.TextColumn("{task.description}"), rich.BarColumn(), *sizes, rich.TimeRemainingColumn())
        bar = rich.Progress(*columns, console=console(stderr=True), transient=True, redirect_stdout=False)
        task = bar.add_task(self._name, total=None)
        self._bar = bar  # from here on it is told; what was told before is caught up with
        bar.update(task, total=self._total or None, completed=self._done)
        bar.start()

    def hide(self) -> None:
        if self._bar is not None:
            self._bar.stop()
