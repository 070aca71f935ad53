"""Work in threads: so many at a time, so many that wait, so long each; what nobody waits for any more is let go."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from armillary.errors import ArmillaryError
from armillary.web.patience import QUERY, Patience

T = TypeVar("T")
THREADS = 4
WAITING = 64
"""Pieces of work that may wait; the next is refused at once."""


class Busy(ArmillaryError):
    """More waits already than the server promises to do soon."""

    def __init__(self) -> None:
        super().__init__("the server has too much to do; ask again in a moment")


class TooLong(ArmillaryError):
    """The work was not done in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__("this took longer than {seconds:g} seconds and was given up; ask for less", seconds=seconds)


class Workers:
    """Threads that do what routes ask for."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="armillary-web")
        self._most = threads + waiting
        self._now = 0

    async def do(self, call: Callable[[], T], seconds: float = QUERY) -> T:
        """What `call` gives, in the language of whoever asks.

        A cancelled caller takes back what was not begun; what was ends where it next asks `still_wanted`.

        Args:
            call: the work.
            seconds: how long it may take, what is made once and kept not counted (see `patience`).

        Raises:
            Busy: too much waits already, or it was not begun in time.
            TooLong: it was not done within `seconds`; a thread may still be at it.
        """
        if self._now >= self._most:
            raise Busy
        context, patience = contextvars.copy_context(), Patience(seconds)
        self._now += 1
        future = self._pool.submit(context.run, patience.work, call)
        future.add_done_callback(self._done(asyncio.get_running_loop()))
        waited = asyncio.wrap_future(future)
        try:
            while not waited.done():
                left = patience.left
                if left <= 0:
                    raise TooLong(seconds) if patience.begun else Busy
                await asyncio.wait((waited,), timeout=left)
            return waited.result()
        finally:
            patience.leave()
            waited.cancel()

    def _done(self, loop: asyncio.AbstractEventLoop) -> Callable[[Any], None]:
        def one_less(_: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._less)

        return one_less

    def _less(self) -> None:
        self._now -= 1

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
