"""Who may ask, and how much: everything that is refused before any work.

A page of somebody else's, open in the same browser, can send requests to loopback, and can have its own name point
there (DNS rebinding). So every request must name this server in Host, and an Origin, where there is one, must be this
server's. There are no CORS headers. Questions are POSTs of JSON, which no foreign page can send without asking first.
"""

import asyncio
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from armillary.language import from_header, say, speaking

MOST_BODY = 1_000_000
MOST_URL = 8_192
MOST_HEADERS = 16_384
SECONDS_FOR_BODY = 10.0
BYTES_A_SECOND = 1_000_000
"""Of a body that is a file: it has so much longer as it is larger."""
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


@dataclass(frozen=True)
class Door:
    """Whom the server lets in.

    Attributes:
        hosts: what Host may say, in lower case, with the port.
        token: what X-Armillary-Token must say on every question that writes; on others too unless they are `free`.
        free: only this machine can ask: what only reads needs no token.
    """

    hosts: frozenset[str]
    token: str
    free: bool = True


class Guard:
    """Refuses what is not meant for this server or too large, before anybody works on it."""

    def __init__(
        self, app: ASGIApp, door: Door, writing: Mapping[str, int], files: frozenset[str] = frozenset()
    ) -> None:
        """`writing` are the paths of what writes, with the bytes that a body may have; `files` those that take one."""
        self._app, self._door, self._writing, self._files = app, door, writing, files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its body read, or answer what is wrong in the language that it asks for."""
        accepted: bytes = dict(scope.get("headers", ())).get(b"accept-language", b"")
        with speaking(from_header(accepted.decode("latin-1"))):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        problem = self._problem(scope)
        body = b""
        if problem is None and scope["path"] in self._files and scope["method"] == "POST":
            await self._app(scope, _in_time(scope, receive), _with_headers(send))
            return
        if problem is None and scope["method"] == "POST":
            try:
                most = self._writing.get(scope["path"], MOST_BODY)
                body = await asyncio.wait_for(_body(receive, most), SECONDS_FOR_BODY)
            except TimeoutError:
                problem = (408, say("the body did not come in time; ask again"))
            except _TooLarge:
                problem = (413, _too_large(most))
            except _Gone:
                return
        if problem is not None:
            await _refuse(send, *problem)
            return
        await self._app(scope, _again(body, receive), _with_headers(send))

    def _problem(self, scope: Scope) -> tuple[int, str] | None:
        """What is wrong with a request, by its line and headers."""
        headers = _single(scope["headers"])
        if headers is None:
            return 400, say("a header that may come once came twice; send it once")
        if "content-length" in headers and "transfer-encoding" in headers:
            return 400, say("two headers say how long the body is; send one of them")
        if headers.get("host", "").lower() not in self._door.hosts:
            return 421, say("this server is not called so; open the address that it printed")
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_URL:
            return 414, say("the address is longer than {most} bytes; leave something out", most=MOST_URL)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            return 431, say("the headers are longer than {most} bytes; leave some out", most=MOST_HEADERS)
        return self._foreign(headers) or self._unasked(scope, headers)

    def _foreign(self, headers: Mapping[str, str]) -> tuple[int, str] | None:
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self._door.hosts}:
            return 403, say("a page from elsewhere may not ask; open the address that the server printed")
        return None

    def _unasked(self, scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
        method, path = scope["method"], scope["path"]
        asked = path.startswith("/api/")
        if method not in ("GET", "HEAD", "POST"):
            return 405, say("there is no method {method}; use GET, HEAD or POST", method=method)
        if asked and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "another site may not ask"
        given = headers.get("x-armillary-token", "").encode()
        needed = path in self._writing or (asked and not self._door.free)
        if needed and not (self._door.token and hmac.compare_digest(given, self._door.token.encode())):
            return 401, say("the token is missing or wrong; open the address that the server printed")
        kind = "application/octet-stream" if path in self._files else "application/json"
        if method == "POST" and headers.get("content-type", "").split(";")[0].strip().lower() != kind:
            return 415, say("this takes {kind}; send that", kind=kind)
        if method == "POST" and path in self._files and "content-length" not in headers:
            return 411, say("the length of the body is not said; content-length counts its bytes")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return 400, say("the length of the body is no number; content-length counts its bytes")
        most = self._writing.get(path, MOST_BODY)
        return (413, _too_large(most)) if int(length) > most else None


def _too_large(most: int) -> str:
    return say("the question is longer than {most} bytes; send less", most=most)


class _TooLarge(Exception):
    """More came than may."""


class _Gone(Exception):
    """The client left."""


def _single(headers: list[tuple[bytes, bytes]]) -> dict[str, str] | None:
    """Headers by name; None where one that decides something came twice."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.decode("latin-1")
        if key in found and key in ("host", "origin", "content-length", "content-type", "x-armillary-token"):
            return None
        found[key] = value.decode("latin-1")
    return found


async def _body(receive: Receive, most: int) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _TooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _in_time(scope: Scope, receive: Receive) -> Receive:
    """A `receive` that gives a body as it comes; of a client that is too slow it says that it left."""
    length = next(int(value) for name, value in scope["headers"] if name == b"content-length")
    end = asyncio.get_running_loop().time() + SECONDS_FOR_BODY + length / BYTES_A_SECOND

    async def next_message() -> Message:
        try:
            async with asyncio.timeout_at(end):
                return await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}

    return next_message


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, then tells when the client leaves."""
    waiting = [body]

    async def next_message() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return next_message


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *HEADERS]}
        await send(message)

    return sent


async def _refuse(send: Send, status: int, reason: str) -> None:
    content: Any = json.dumps({"kind": "Refused", "message": reason}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode()),
               (b"cache-control", b"no-store"), (b"connection", b"close"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
