"""The server: an address that only this machine can reach unless somebody says otherwise, and names it."""

import ipaddress
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import uvicorn

from armillary.errors import ArmillaryError, InputError
from armillary.web.app import application
from armillary.web.ask import prepared
from armillary.web.guard import Door
from armillary.web.home import home
from armillary.web.library import Library
from armillary.web.maps import MapQuestion, placed
from armillary.web.pages import read_pages
from armillary.web.protocol import MOST_HEADER_BYTES, PatientEnough
from armillary.web.route import Nothing

LOOPBACK = "127.0.0.1"
PORT = 8420
SECONDS_TO_DRAW = 2.0
"""How long a browser has the processor to itself once the first points lie ready."""


@dataclass(frozen=True)
class Address:
    """Where to listen.

    Attributes:
        host: an address of this machine.
        port: 0 takes the usual one, or any other that is free.
        names: what browsers elsewhere call this machine; needed beyond loopback.
    """

    host: str = LOOPBACK
    port: int = 0
    names: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback


class Serving:
    """A server that has its port and waits to run.

    Attributes:
        url: what to open in a browser, with the token.
        door: whom it lets in.
    """

    def __init__(self, library: Library, where: Address = Address()) -> None:
        """Take the port.

        Raises:
            NotFound: the pages are not built.
            InputError: an address that others can reach, and no names that they call it by; or the port is taken.
        """
        pages = read_pages()
        self._check(where)
        self._library, self._ended = library, threading.Event()
        self._socket = _listening(where)
        port = self._socket.getsockname()[1]
        names = where.names or (LOOPBACK, "localhost", "[::1]")
        token = secrets.token_urlsafe(16)
        self.door = Door(frozenset(f"{name.lower()}:{port}" for name in names), token, where.local)
        host = LOOPBACK if where.local else names[0]
        self.url = f"http://{host}:{port}/#/?token={token}"
        config = uvicorn.Config(
            application(library, pages, self.door), http=PatientEnough, loop="asyncio", ws="none", lifespan="off",
            log_config=None, access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=5,
            timeout_graceful_shutdown=5, h11_max_incomplete_event_size=MOST_HEADER_BYTES, backlog=1024,
        )
        self._server = uvicorn.Server(config)

    @staticmethod
    def _check(where: Address) -> None:
        try:
            local = where.local
        except ValueError:
            raise InputError("--host takes an address of this machine, such as 127.0.0.1 or 0.0.0.0, not {host!r}",
                             host=where.host) from None
        if not local and not where.names:
            raise InputError("at {host} others can reach this server: say what they call this machine, with --name "
                             "HOST; only requests to that name are answered, and only with the token", host=where.host)

    def run(self, ready: Callable[[], None] | None = None) -> None:
        """Serve until interrupted, or until `stop`."""
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        if ready is not None:
            ready()
        for begin in (self._list, self._place):
            threading.Thread(target=begin, name="armillary-begin", daemon=True).start()
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._ended.set()
            if self._library.workshop is not None:
                self._library.workshop.close()

    def _list(self) -> None:
        """What the first page will ask, while the browser is still starting."""
        with suppress(ArmillaryError):
            home(self._library, Nothing())

    def _place(self) -> None:
        """The points of the first space; and once they are on the screen, what makes questions of it fast."""
        for item in self._library.of_kind("space"):
            with suppress(ArmillaryError):
                placed(self._library, MapQuestion(item.id))
                if not self._ended.wait(SECONDS_TO_DRAW):
                    prepared(self._library, item.id, "W_E")
            return

    def stop(self) -> None:
        """Answer what was asked, then end."""
        self._server.should_exit = True

    def close(self) -> None:
        """Give the port back without having served."""
        self._socket.close()


def _listening(where: Address) -> socket.socket:
    """A socket at the address: at the usual port, or if it is taken and no other was named, at any."""
    host = LOOPBACK if where.host == "localhost" else where.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports: Sequence[int] = (where.port,) if where.port else (PORT, 0)
    for port in ports:
        # Only of a socket that is said to be TCP's asyncio knows that what is small is sent at once (TCP_NODELAY): a
        # body that follows its header would wait 40 ms for the client's word that the header came.
        taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((host, port))
        except OSError:
            taken.close()
            continue
        taken.set_inheritable(True)
        return taken
    raise InputError("port {port} at {host} cannot be had; --port names another", port=ports[0], host=host)
