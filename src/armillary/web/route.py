"""A route: a typed question, the one call of the library that answers it, and how the answer is sent."""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from armillary.errors import ArmillaryError, InputError, MissingExtra, NotFound, UnknownLabel
from armillary.language import current, from_header, speaking
from armillary.web.batches import Batches
from armillary.web.library import Library
from armillary.web.patience import QUERY
from armillary.web.schema import read
from armillary.web.work import Busy, TooLong, Workers
from armillary.web.workshop import Occupied

Sent = Literal["json", "bytes", "text", "events"]
_END = object()


@dataclass(frozen=True)
class Nothing:
    """A question that says nothing."""


@dataclass(frozen=True)
class Route:
    """One kind of question.

    Attributes:
        path: under /api/.
        about: what it answers, in one sentence.
        question: a dataclass; `Nothing` makes it a GET.
        answer: the type of the answer, of each event of a stream.
        call: the answer to a question.
        sent: how it is sent; "bytes" are little-endian float32.
        most: of what writes, the bytes that a question may have, and it needs the token; None of what only reads.
        together: the answers to several questions at once, where that costs less; each may be an exception.
        seconds: of work that a question, or one step of what streams, may take (see `patience`).
    """

    path: str
    about: str
    question: Any
    answer: Any
    call: Callable[[Library, Any], Any]
    sent: Sent = "json"
    together: Callable[[Library, Sequence[Any]], Sequence[Any]] | None = None
    most: int | None = None
    seconds: float = QUERY


class Desk:
    """Where questions are taken and answers given."""

    def __init__(self, library: Library, workers: Workers) -> None:
        self.library, self.workers = library, workers
        self._batches: Batches[Any] = Batches(workers, lambda about, some: about[0].together(library, some))

    async def answer(self, route: Route, request: Request) -> Response:
        """The response to one request; what is wrong with it is said in the language that it asks for."""
        with speaking(_language(request)):
            try:
                question = read(route.question, await _json(request))
                found = await self._found(route, question, request)
                if route.sent != "events":
                    return _response(route.sent, found)
                steps = found if isinstance(found, AsyncIterator) else self._made(route, iter(found))
                return StreamingResponse(self._events(steps, current()), media_type="text/event-stream",
                                         headers={"cache-control": "no-store"})
            except asyncio.CancelledError:
                raise
            except Exception as error:
                return _failed(error)

    async def take(self, taking: Callable[[Library, Workers, Request], Awaitable[Any]], request: Request) -> Response:
        """The response to a request whose body is no question but a file, which `taking` reads."""
        with speaking(_language(request)):
            try:
                return _response("json", await taking(self.library, self.workers, request))
            except asyncio.CancelledError:
                raise
            except Exception as error:
                return _failed(error)

    async def _found(self, route: Route, question: Any, request: Request) -> Any:
        """The answer, unless the client goes: then the work is not begun, or ends at its next step."""
        if route.together is not None:
            asked = self._batches.ask((route, getattr(question, "id", "")), question)
        else:
            asked = self.workers.do(partial(route.call, self.library, question), route.seconds)
        work, gone = asyncio.ensure_future(asked), asyncio.ensure_future(_left(request))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Busy  # the client left: nobody reads this
            return work.result()
        finally:
            work.add_done_callback(_read_by_nobody)
            work.cancel()
            gone.cancel()

    async def _made(self, route: Route, steps: Iterator[Any]) -> AsyncIterator[Any]:
        """Steps that are work, each made by a worker."""
        while (step := await self.workers.do(partial(next, steps, _END), route.seconds)) is not _END:
            yield step

    async def _events(self, steps: AsyncIterator[Any], language: str) -> AsyncIterator[bytes]:
        """Each step as an event; an error is the last. A client that leaves ends it at the next step."""
        with speaking(language):
            try:
                async for step in steps:
                    yield _event("step", plain(step))
                yield _event("end", {})
            except (ArmillaryError, ValueError) as error:
                yield _event("failed", facts_of(error))


def _read_by_nobody(work: "asyncio.Future[Any]") -> None:
    """What went wrong in work that nobody waits for is no bug that asyncio has to tell of."""
    if not work.cancelled():
        work.exception()


async def _left(request: Request) -> None:
    """Wait until the client leaves."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _json(request: Request) -> object:
    if request.method != "POST":
        return {}
    try:
        return json.loads(await request.body(), parse_constant=_refused)
    except (ValueError, RecursionError):
        raise InputError("the question is no JSON") from None


def _refused(name: str) -> float:
    raise ValueError(name)


def _language(request: Request) -> str:
    return from_header(request.headers.get("accept-language", ""))


def _response(sent: Sent, found: Any) -> Response:
    headers = {"cache-control": "no-store"}
    if sent == "bytes":
        content = np.ascontiguousarray(found, "<f4").tobytes()
        return Response(content, media_type="application/octet-stream", headers=headers)
    if sent == "text":
        return Response(found, media_type="text/plain; charset=utf-8", headers=headers)
    return JSONResponse(plain(found), headers=headers)


def plain(value: Any) -> Any:
    """An answer as JSON can say it: dataclasses as objects, numbers that are none as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def facts_of(error: Exception) -> dict[str, Any]:
    """What went wrong, for the page to say."""
    near = list(error.near) if isinstance(error, UnknownLabel) else []
    return {"kind": type(error).__name__, "message": str(error), "near": near}


def _failed(error: Exception) -> Response:
    headers = {"cache-control": "no-store"}
    if isinstance(error, Busy | TooLong):
        return JSONResponse(facts_of(error), 503, headers={**headers, "retry-after": "1"})
    if isinstance(error, ArmillaryError):
        kinds = ((NotFound | UnknownLabel, 404), (MissingExtra, 501), (Occupied, 409))
        status = next((status for kind, status in kinds if isinstance(error, kind)), 422)
        return JSONResponse(facts_of(error), status, headers=headers)
    logging.getLogger("armillary.web").exception("a bug", exc_info=error)
    said = InputError("something went wrong inside the server; its terminal says what")
    return JSONResponse({"kind": "Bug", "message": str(said), "near": []}, 500, headers=headers)


def _event(name: str, value: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
