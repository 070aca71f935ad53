"""HTTP/1.1 that waits for nobody forever: uvicorn's, with a time limit for headers and a limit for connections.

uvicorn holds a connection that sends half a header for as long as the client likes, and takes any number of those.
"""

import asyncio
import ipaddress
import re
import sys
from contextlib import suppress
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from armillary.language import from_header, say, speaking

SECONDS_FOR_HEADERS = 5.0
MOST_HEADER_BYTES = 16_384
MOST_CONNECTIONS = 256
"""Beyond these, whoever has kept the server waiting longest goes, if it had time to speak."""
MOST_OF_ONE = 64
"""Of one client elsewhere; all that this machine's programs open come from one address, and have the limit of all."""
SECONDS_TO_SPEAK = 2.0
UTMOST_CONNECTIONS = 768
"""Beyond these it goes in any case, and unheard."""
BUSY = 503
ACCEPTED = re.compile(rb"^accept-language:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class PatientEnough(H11Protocol):
    """A connection whose client has a few seconds to say what it wants."""

    _clock: asyncio.TimerHandle | None = None
    _leaving = False
    """The client is to go if it has said nothing by the next turn of the loop."""
    _over = False
    """The client was sent away; what it still says is not heard."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; beyond the limits, whoever has kept us waiting longest goes."""
        super().connection_made(transport)
        self._wait()
        if self._crowds():
            self._part(BUSY)
            return
        if len(self.connections) > MOST_CONNECTIONS:
            waiting = [one for one in self.connections if isinstance(one, PatientEnough) and one._hesitates()]
            slowest = min(waiting, key=PatientEnough._until, default=None)
            if slowest is None:
                return
            if len(self.connections) > UTMOST_CONNECTIONS:
                slowest._close()
            elif self.loop.time() > slowest._until() - SECONDS_FOR_HEADERS + SECONDS_TO_SPEAK:
                slowest._make_room()

    def data_received(self, data: bytes) -> None:
        """Take what came; the clock runs until a header is whole."""
        if self._over:
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            if self._clock is None and self.conn.trailing_data[0]:
                self._wait()
        else:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say that a request is none, with the status that fits (431 for endless headers)."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._say(getattr(sys.exc_info()[1], "error_status_hint", 400))
        self.transport.close()

    def _say(self, status: int) -> None:
        """Answer without having been asked properly, in the language of what came, as far as it came."""
        said = ACCEPTED.search(self.conn.trailing_data[0])
        with speaking(from_header(said[1].decode("latin-1") if said else "")):
            text = _reason(status)
        headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
        if status == BUSY:
            headers.append(("retry-after", "1"))
        events: list[Any] = [
            h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status]),
            h11.Data(data=text.encode()), h11.EndOfMessage(),
        ]
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))

    def _crowds(self) -> bool:
        """Whether this client has more connections than one may."""
        host = _elsewhere(self)
        others = (one for one in self.connections if isinstance(one, PatientEnough) and not one._over)
        return bool(host) and sum(_elsewhere(one) == host for one in others) > MOST_OF_ONE

    def _hesitates(self) -> bool:
        return self._clock is not None and not self._leaving and not self._over

    def _until(self) -> float:
        return self._clock.when() if self._clock else float("inf")

    def _wait(self) -> None:
        self._clock = self.loop.call_later(SECONDS_FOR_HEADERS, self._out_of_time)

    def _stop(self) -> None:
        self._leaving = False
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _make_room(self) -> None:
        """Go, unless what was said lies unread, which is read first: on a busy machine we may not have come to it."""
        self._stop()
        self._leaving = True
        self._clock = self.loop.call_later(0, self._part, BUSY)

    def _out_of_time(self) -> None:
        """Half a header is told so. A browser that connects before it knows what it wants is only let go."""
        if self.conn.trailing_data[0]:
            self._part(408)
        else:
            self._close()

    def _part(self, status: int) -> None:
        """Say why and hang up; who is speaking just now shall hear it, so what comes is taken in for a while."""
        self._stop()
        if not self.transport.is_closing():
            self._say(status)
            with suppress(OSError):  # it may have hung up first
                self.transport.write_eof()
            self._over = True
            self._clock = self.loop.call_later(SECONDS_TO_SPEAK, self._close)

    def _close(self) -> None:
        self._stop()
        self.transport.close()


def _elsewhere(one: H11Protocol) -> str:
    """The address of a client on another machine, or ""."""
    host = one.client[0] if one.client else ""
    return "" if not host or ipaddress.ip_address(host).is_loopback else host


def _reason(status: int) -> str:
    if status == BUSY:
        return say("the server has too much to do; ask again in a moment")
    if status == 408:
        return say("the headers did not come in time; ask again")
    return say("this is no request that can be read; open the address that the server printed")
