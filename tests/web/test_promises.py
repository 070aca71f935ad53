"""What the server promises to everybody's browser, over every route at once: who may ask, what a path can name."""

import asyncio
import itertools
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote

import pytest
from starlette.types import ASGIApp, Message

from armillary.shelf import Shelf
from armillary.web import app, protocol
from armillary.web.guard import Door
from armillary.web.library import Library
from armillary.web.route import Nothing
from armillary.web.schema import Range, Size
from tests.web.serving import PLAIN, Client

TOKEN = "a-token-of-the-tests"
OURS = ("localhost:8420", "127.0.0.1:8420", "[::1]:8420")
HOSTS = (
    "", " ", "localhost", "127.0.0.1", "[::1]", "::1", "localhost:80", "localhost:8421", "127.0.0.1:1", "[::1]:84200",
    "evil.example", "evil.example:8420", "localhost.evil.example:8420", "127.0.0.1.evil.example:8420",
    "evil.example#localhost:8420", "evil.example/localhost:8420", "evil@localhost:8420", "localhost:8420@evil.example",
    "localhost:8420.evil.example", "localhost:8420:8420", "localhost:08420", "localhost:+8420", "localhost:8420 ",
    " localhost:8420", "localhost :8420", "localhost.:8420", "0.0.0.0:8420", "127.1:8420", "127.0.0.2:8420",
    "2130706433:8420", "0x7f000001:8420", "0177.0.0.1:8420", "[::]:8420", "[0:0:0:0:0:0:0:1]:8420",
    "[::ffff:127.0.0.1]:8420", "localhost\t:8420", "localhost:8420,evil.example", "http://localhost:8420",
    "LOCALHOST.LOCALDOMAIN:8420", "ⓛocalhost:8420",
)
ORIGINS = (None, "null", "http://evil.example", "https://localhost:8420", "http://localhost", "http://localhost:8421",
           "file://", "http://localhost:8420.evil.example", "")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> ASGIApp:
    folder = tmp_path_factory.mktemp("promises")
    library = Library([], Shelf(folder=folder / "shelf"), folder / "learned")
    return app.application(library, PLAIN, Door(frozenset(OURS), TOKEN))


async def told(web: ASGIApp, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """The status and the body of an answer, no server between."""
    sent: list[Message] = []
    came = iter([{"type": "http.request", "body": b"{}"}])

    async def receive() -> Message:
        found = next(came, None)
        if found is None:
            await asyncio.sleep(60)
        return found or {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw, _, query = path.partition("?")
    pairs = [(name.encode(), value.encode("utf-8")) for name, value in headers.items()]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
             "path": raw, "raw_path": raw.encode(), "query_string": query.encode(), "root_path": "", "headers": pairs,
             "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8420)}
    await web(scope, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


ROUTES = [("GET" if one.question is Nothing else "POST", f"/api/{one.path}") for one in app.ROUTES]
PLACES = [*ROUTES, ("POST", "/api/drop"), ("GET", "/api/health"), ("GET", "/api/openapi.json"), ("GET", "/")]
GOOD = {"content-type": "application/json", "x-armillary-token": TOKEN}


def test_nobody_else_is_let_in_by_any_host_origin_method_or_route(web: ASGIApp) -> None:
    async def main() -> int:
        count = 0
        for (_, path), host in itertools.product(PLACES, HOSTS):
            assert (await told(web, METHODS[count % 8], path, {**GOOD, "host": host}))[0] == 421, (path, host)
            count += 1
        for (method, path), origin, host in itertools.product(PLACES, ORIGINS[1:], OURS):
            assert (await told(web, method, path, {**GOOD, "host": host, "origin": origin or ""}))[0] == 403, origin
            count += 1
        for (_, path), method in itertools.product(PLACES, METHODS[3:]):
            assert (await told(web, method, path, {**GOOD, "host": OURS[0]}))[0] == 405
            count += 1
        for (method, path), site in itertools.product(PLACES[:-1], ("cross-site", "same-site", "nonsense")):
            assert (await told(web, method, path, {**GOOD, "host": OURS[0], "sec-fetch-site": site}))[0] == 403
            count += 1
        return count

    assert asyncio.run(main()) > 2000


def test_what_writes_needs_post_and_json_and_the_whole_token(web: ASGIApp) -> None:
    writing = [f"/api/{one.path}" for one in app.ROUTES if one.most is not None]
    assert set(writing) == {"/api/learn/begin", "/api/learn/stop"}

    async def main() -> None:
        for path in [*writing, "/api/drop"]:
            for token in ("", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "*"):
                found = await told(web, "POST", path, {**GOOD, "host": OURS[0], "x-armillary-token": token})
                assert found[0] == 401, (path, token)
            for kind in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
                assert (await told(web, "POST", path, {**GOOD, "host": OURS[0], "content-type": kind}))[0] == 415
            assert (await told(web, "GET", path, {**GOOD, "host": OURS[0]}))[0] in (404, 405)

    asyncio.run(main())


def paths() -> Iterator[str]:
    """More than 200 ways to ask for a file that is none of the pages."""
    targets = ("etc/passwd", "serve.py", "pyproject.toml", "windows/win.ini", "proc/self/environ")
    ups = ("../", "..\\", "%2e%2e/", "..%2f", "%2e%2e%2f", "%252e%252e%252f", "..%5c", "..%c0%af", "....//", ".%00./",
           "%u002e%u002e/", "..;/")
    for up, target, depth in itertools.product(ups, targets, (1, 3)):
        yield f"/{up * depth}{target}"
    starts = ("/assets/../../", "//", "///", "/file:///", "/C:/", "/c|/", "/\\\\host\\c$\\", "/%2f", "/~/", "/.//",
              "/assets//", "/static/", "/web/static/")
    for start, target in itertools.product(starts, targets):
        yield f"{start}{target}"
    for name in ("index.html%00", "index.html\0.js", "index.html::$DATA", "INDEX.HTML", "index.html.", "index.html/",
                 "CON", "NUL", "id_rsa", "%", "%zz", "%00", "*", ".", "..", "assets", "assets/", "frozen/index.html",
                 ".git/config", "__init__.py"):
        yield f"/{name}"


def test_no_path_names_anything_but_a_page(web: ASGIApp, client: Client) -> None:
    some = list(paths())
    assert len(set(some)) > 200

    async def main() -> None:
        for path in some:
            assert await told(web, "GET", path, {"host": OURS[0]}) == (404, b"there is no such page"), path
            said, _ = await told(web, "POST", f"/api/near{path}", {**GOOD, "host": OURS[0]})
            assert said in (404, 405)

    asyncio.run(main())
    for path in some[::20]:
        status, _, body = client.send("GET", quote(path, safe="/%\\:;|.~$"))
        assert (status, body) == (404, b"there is no such page")


def unbounded(kind: Any, where: str, limits: tuple[Any, ...] = ()) -> Iterator[str]:
    """What of a question has no limit."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from unbounded(inner[0], where, (*limits, *inner[1:]))
    elif origin in (Union, UnionType):
        for one in inner:
            yield from unbounded(one, where, limits)
    elif is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        for one in fields(kind):
            yield from unbounded(hints[one.name], f"{where}.{one.name}")
    elif origin is tuple:
        if inner[-1] is Ellipsis and not any(isinstance(one, Size) for one in limits):
            yield where
        for one in inner:
            yield from unbounded(one, where)
    elif (kind is str and not any(isinstance(one, Size) for one in limits)) or (
        kind in (int, float) and not any(isinstance(one, Range) for one in limits)
    ):
        yield where


def test_every_number_of_a_question_has_a_range_and_every_text_a_length() -> None:
    assert [one for route in app.ROUTES for one in unbounded(route.question, route.path)] == []


def test_one_client_elsewhere_has_so_many_connections(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert protocol.MOST_OF_ONE == 64
    monkeypatch.setattr(protocol, "MOST_OF_ONE", 3)
    some = [socket.create_connection(("127.0.0.1", client.port), timeout=10) for _ in range(5)]  # from here: no limit
    assert client.send("GET", "/api/health")[0] == 200
    monkeypatch.setattr(protocol, "_elsewhere", lambda one: one.client[0])
    for one in some[2:]:
        one.close()
    time.sleep(0.1)
    host = f"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode()
    third, fourth = (socket.create_connection(("127.0.0.1", client.port), timeout=10) for _ in range(2))
    third.sendall(host)
    assert third.recv(12) == b"HTTP/1.1 200"
    assert fourth.recv(12) == b"HTTP/1.1 503"
    third.close()
    time.sleep(0.1)
    assert client.send("GET", "/api/health")[0] == 200
    for one in (*some[:2], fourth):
        one.close()


def test_the_token_is_in_no_log_and_no_answer(
    client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    caplog.set_level(0)
    for path in ("/", "/api/home", "/api/openapi.json"):
        assert client.token.encode() not in client.send("GET", path)[2]
    wrong = {"content-type": "application/json", "x-armillary-token": client.token}
    assert client.send("POST", "/api/learn/begin", b"[", wrong)[0] == 422
    assert client.token not in json.dumps(client.tell("learn/begin", {"name": client.token[:1]})[1])
    said = capfd.readouterr()
    assert client.token not in caplog.text + said.out + said.err
