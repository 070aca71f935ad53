"""A real server on loopback, over small models, and a client that says exactly what it is told to."""

import http.client
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from armillary.shelf import Shelf
from armillary.web import serve
from armillary.web.library import Library
from armillary.web.pages import STATIC, Page, read_pages

PLAIN = {"/": Page("text/html; charset=utf-8", b"<!doctype html>", b"", False)}


class Client:
    """Asks one server."""

    def __init__(self, port: int, token: str, library: Library) -> None:
        self.port, self.token, self.library = port, token, library

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """A request; the status, the headers and the body of what comes back, be it before all is sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def ask(self, path: str, question: object, **headers: str) -> tuple[int, Any]:
        """A question; the status and the answer."""
        given = {"content-type": "application/json", **{name.replace("_", "-"): one for name, one in headers.items()}}
        status, _, content = self.send("POST", f"/api/{path}", json.dumps(question).encode(), given)
        return status, json.loads(content)

    def tell(self, path: str, question: object) -> tuple[int, Any]:
        """A question that writes, with the token."""
        return self.ask(path, question, x_armillary_token=self.token)

    def raw(self, content: bytes, wait: float = 3.0) -> bytes:
        """What comes back to some bytes, until the server closes or `wait` is over."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as connection:
            connection.sendall(content)
            found, end = b"", time.monotonic() + wait
            while time.monotonic() < end:
                try:
                    part = connection.recv(65536)
                except (TimeoutError, ConnectionResetError):
                    break
                if not part:
                    break
                found += part
            return found


@contextmanager
def staying_here() -> Iterator[None]:
    """Whatever this process connects to beyond loopback is refused, and an error at the end, whoever caught it."""
    beyond, connect = [], socket.socket.connect

    def here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            beyond.append(address)
            raise ConnectionRefusedError(address)
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", here)
        yield
    assert not beyond, f"connected to {beyond}"


@contextmanager
def serving(
    targets: Sequence[str | Path], shelf: Path | None, built: bool = False, port: int = 0,
    learn_into: Path | None = None, names: Sequence[str] = (),
) -> Iterator[Client]:
    """A server over `targets`, with nothing on its shelf, or with this machine's; with the real pages if `built`.

    With `names` it is open to others.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serve, "read_pages", lambda: read_pages(STATIC) if built else PLAIN)
        patch.setattr(serve, "PORT", 0)
        library = Library([str(one) for one in targets], Shelf(folder=shelf) if shelf else Shelf(), learn_into)
        where = serve.Address("0.0.0.0" if names else "127.0.0.1", port, tuple(names))
        made = serve.Serving(library, where)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    client = Client(int(made.url.split("/")[2].rpartition(":")[2]), made.door.token, library)
    for _ in range(200):
        try:
            if client.send("GET", "/api/health")[0] in (200, 421):  # answered, if only that it is not called so
                break
        except OSError:
            time.sleep(0.02)
    try:
        with staying_here():
            yield client
    finally:
        made.stop()
        thread.join(10)
