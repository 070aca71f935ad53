"""Work in threads: so many at a time, so many that wait, so long each; what nobody waits for any more is not begun."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from armillary.errors import ArmillaryError

T = TypeVar("T")
THREADS = 4
WAITING = 64
"""Pieces of work that may wait; the next is refused at once."""
SECONDS = 60.0
"""How long a client waits for one piece of work at most. Reading a model's weights is one."""


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

    async def do(self, call: Callable[[], T], seconds: float = SECONDS) -> T:
        """What `call` gives, in the language of whoever asks. A cancelled caller takes back what was not begun.

        Raises:
            Busy: too much waits already.
            TooLong: it was not done within `seconds`; a thread may still be at it.
        """
        if self._now >= self._most:
            raise Busy
        context: contextvars.Context = contextvars.copy_context()
        self._now += 1
        future = self._pool.submit(context.run, call)
        future.add_done_callback(self._done(asyncio.get_running_loop()))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except TimeoutError:
            raise TooLong(seconds) from None

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
