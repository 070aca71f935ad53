"""Questions about neighbours that wait at the same time are answered together, in one piece of work.

A thread for each question would have them fight for the processor's memory. Here one worker takes all that wait about a
space (up to `MOST`), and the library answers them in one go (`Questions.near_many`).
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from armillary.web.work import WAITING, Busy, Workers

Q = TypeVar("Q")
MOST = 32


class Batches(Generic[Q]):
    """Questions that wait, by what they are about.

    Args:
        workers: who does the work.
        answer: all answers to some questions about one thing, in their order; an answer may be an exception.
    """

    def __init__(self, workers: Workers, answer: Callable[[Any, Sequence[Q]], Sequence[Any]]) -> None:
        self._workers, self._answer = workers, answer
        self._waiting: dict[Any, list[tuple[Q, asyncio.Future[Any]]]] = {}
        self._running: dict[Any, asyncio.Task[None]] = {}

    async def ask(self, about: Any, question: Q) -> Any:
        """The answer to `question`.

        Raises:
            Busy: too many wait already.
        """
        waiting = self._waiting.setdefault(about, [])
        if len(waiting) >= WAITING:
            raise Busy
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        waiting.append((question, future))
        if about not in self._running:
            self._running[about] = asyncio.create_task(self._run(about))
        return await future

    async def _run(self, about: Any) -> None:
        """Answer what waits until nothing does."""
        try:
            while some := self._taken(about):
                try:
                    questions = [one for one, _ in some]
                    answers = await self._workers.do(partial(self._answer, about, questions))
                except Exception as error:
                    answers = [error] * len(some)
                for (_, future), answer in zip(some, answers, strict=True):
                    if future.done():
                        continue
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            del self._running[about]

    def _taken(self, about: Any) -> list[tuple[Q, "asyncio.Future[Any]"]]:
        """Some that wait and whose clients are still there."""
        waiting = self._waiting[about]
        taken, waiting[:] = waiting[:MOST], waiting[MOST:]
        return [one for one in taken if not one[1].done()] or (self._taken(about) if waiting else [])
