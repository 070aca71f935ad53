"""HTTP/1.1 that waits for nobody forever: uvicorn's, with a time limit for headers and a limit for connections.

uvicorn holds a connection that sends half a header for as long as the client likes, and takes any number of those.
"""

import asyncio
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

SECONDS_FOR_HEADERS = 5.0
MOST_HEADER_BYTES = 16_384
MOST_CONNECTIONS = 256
"""Beyond these, whoever has kept the server waiting longest goes, if it had time to speak."""
SECONDS_TO_SPEAK = 2.0
UTMOST_CONNECTIONS = 768
"""Beyond these it goes in any case."""


class PatientEnough(H11Protocol):
    """A connection whose client has a few seconds to say what it wants."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; beyond the limits, whoever has kept us waiting longest goes."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > MOST_CONNECTIONS:
            waiting = [one for one in self.connections if isinstance(one, PatientEnough) and one._clock is not None]
            slowest = min(waiting, key=PatientEnough._until, default=None)
            if slowest is not None and (
                len(self.connections) > UTMOST_CONNECTIONS
                or self.loop.time() > slowest._until() - SECONDS_FOR_HEADERS + SECONDS_TO_SPEAK
            ):
                slowest._give_up()

    def data_received(self, data: bytes) -> None:
        """Take what came; the clock runs until a header is whole."""
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
        """Say what was wrong with a request that is none, with the status that fits (431 for endless headers)."""
        error = sys.exc_info()[1]
        status = getattr(error, "error_status_hint", 400)
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
        events: list[Any] = [
            h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status]),
            h11.Data(data=msg.encode("ascii")), h11.EndOfMessage(),
        ]
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()

    def _until(self) -> float:
        return self._clock.when() if self._clock else float("inf")

    def _wait(self) -> None:
        self._clock = self.loop.call_later(SECONDS_FOR_HEADERS, self._give_up)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._stop()
        self.transport.close()
