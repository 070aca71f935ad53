"""Work is waited for so long and no longer, and ends when nobody waits for it; what several wait for goes on."""

import asyncio
import json
import socket
import threading
import time
from typing import Any

import pytest

from armillary.web import looked, patience
from armillary.web.app import ROUTES
from armillary.web.library import Library
from armillary.web.patience import LONG, QUERY, Patience, still_wanted
from armillary.web.work import Busy, TooLong, Workers
from tests.web.serving import Client


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "GRACE", 0.0)


def test_a_question_of_a_space_has_two_seconds_and_one_of_a_model_or_of_all_labels_a_minute() -> None:
    assert (QUERY, LONG) == (2.0, 60.0)
    long = {route.path for route in ROUTES if route.seconds == LONG}
    assert {route.path for route in ROUTES if route.seconds == QUERY} == {route.path for route in ROUTES} - long
    assert {path.partition("/")[0] for path in long} == {"inside", "next", "write", "losses", "compare", "offered"}
    assert {path for path in long if path.startswith("compare")} == {"compare/layers", "compare/fits"}


def test_what_is_made_once_is_not_counted_and_what_is_begun_too_late_is_too_much(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library([])

    def slow() -> int:
        time.sleep(0.3)
        return 3

    async def main() -> None:
        workers, hold = Workers(threads=1), threading.Event()
        assert await workers.do(lambda: library.once("a", slow), seconds=0.2) == 3
        with pytest.raises(TooLong, match=r"longer than 0\.2 seconds"):
            await workers.do(slow, seconds=0.2)
        await workers.do(lambda: 1)  # the thread was still at it
        monkeypatch.setattr(patience, "QUEUE", 0.05)
        first = asyncio.ensure_future(workers.do(hold.wait))
        await asyncio.sleep(0.01)
        with pytest.raises(Busy):
            await workers.do(lambda: 1)
        hold.set()
        assert await first
        workers.close()

    asyncio.run(main())


def test_work_ends_at_its_next_step_once_its_client_left() -> None:
    steps, ended = [], threading.Event()

    def work() -> None:
        try:
            while True:
                still_wanted()
                steps.append(1)
                time.sleep(0.005)
        finally:
            ended.set()

    async def main() -> None:
        workers = Workers(threads=1)
        task = asyncio.ensure_future(workers.do(work))
        await asyncio.sleep(0.05)
        task.cancel()
        assert await asyncio.to_thread(ended.wait, 5)
        assert await workers.do(lambda: 1) == 1  # the thread is free again
        with pytest.raises(TooLong):
            await workers.do(work, seconds=0.02)
        workers.close()

    asyncio.run(main())
    assert steps
    still_wanted()  # where nobody is asked for, nobody leaves


def test_what_is_made_for_several_goes_on_for_those_who_stay() -> None:
    first, second = Patience(1.0), Patience(1.0)
    askers: list[Patience] = []
    with first.making(askers), second.making(askers):
        first.leave()
        assert first.wanted
        second.leave()
        assert not first.wanted
    assert not askers


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The places at which a text is that is read slowly."""
    places: list[str] = []
    plain = looked.Watched.__call__

    def seen(self: looked.Watched, place: str, x: Any) -> Any:
        places.append(place)
        time.sleep(0.005)
        return plain(self, place, x)

    monkeypatch.setattr(looked.Watched, "__call__", seen)
    return places


def leaving(client: Client, text: str) -> socket.socket:
    """A connection that asks for a reading."""
    body = json.dumps({"id": "tiny", "text": text}).encode()
    one = socket.create_connection(("127.0.0.1", client.port))
    one.sendall(b"POST /api/inside/read HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (client.port, len(body), body))
    return one


def until(places: list[str], count: int) -> None:
    end = time.monotonic() + 10
    while len(places) < count and time.monotonic() < end:
        time.sleep(0.005)


def test_a_reading_ends_when_its_client_goes_and_is_made_anew_when_one_comes(
    client: Client, slowly: list[str]
) -> None:
    client.ask("inside/read", {"id": "tiny", "text": "a whole reading"})
    whole, places = len(slowly), slowly
    places.clear()
    one = leaving(client, "a text that is left")
    until(places, 3)
    one.close()
    time.sleep(0.3)
    assert 3 <= len(places) < whole
    places.clear()
    assert client.ask("inside/read", {"id": "tiny", "text": "a text that is left"})[0] == 200
    assert len(places) == whole


def test_a_reading_that_another_waits_for_is_made_once(client: Client, slowly: list[str]) -> None:
    one = leaving(client, "a text of two")
    until(slowly, 2)
    found: list[int] = []
    other = threading.Thread(target=lambda: found.append(
        client.ask("inside/read", {"id": "tiny", "text": "a text of two"})[0]))
    other.start()
    until(slowly, 6)
    one.close()
    other.join(30)
    assert found == [200]
    assert slowly.count("embed") == 1
