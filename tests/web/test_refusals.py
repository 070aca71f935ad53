"""What is refused before any work: strangers, what is too large or too slow, and what was not asked properly."""

import asyncio
import json
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.web import protocol
from armillary.web.app import ROUTES
from armillary.web.guard import MOST_BODY
from armillary.web.route import Nothing
from tests.web.serving import Client, serving

JSON = {"content-type": "application/json"}
QUESTION = b'{"id": "royal.space", "query": "king"}'


@pytest.mark.parametrize("host", [
    "evil.example", "localhost", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:{port}", "[::1]", "0.0.0.0:{port}",
    "localhost:{port}.evil.example", "user@localhost:{port}", "", "localhost:{port}:{port}", "127.1:{port}",
])
def test_another_host_is_refused_on_every_route(client: Client, host: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/api/home"), ("POST", "/api/near"), ("GET", "/api/health")):
        status, _, _ = client.send(method, path, QUESTION if method == "POST" else None,
                                   {**JSON, "host": host.format(port=client.port)})
        assert status == 421


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_its_own_names_are_answered(client: Client, host: str) -> None:
    assert client.send("POST", "/api/near", QUESTION, {**JSON, "host": host.format(port=client.port)})[0] == 200


@pytest.mark.parametrize(("headers", "status"), [
    ({"origin": "http://evil.example"}, 403), ({"origin": "null"}, 403), ({"origin": "http://127.0.0.1:1"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "same-origin"}, 200), ({"sec-fetch-site": "none"}, 200), ({}, 200),
])
def test_another_origin_is_refused(client: Client, headers: dict[str, str], status: int) -> None:
    found = client.send("POST", "/api/near", QUESTION, {**JSON, **headers})
    assert found[0] == status
    assert "access-control-allow-origin" not in found[1]


def test_its_own_origin_is_answered(client: Client) -> None:
    origin = {"origin": f"http://127.0.0.1:{client.port}"}
    assert client.send("POST", "/api/near", QUESTION, {**JSON, **origin})[0] == 200


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), [
    ("PUT", "/api/near", JSON, QUESTION, 405), ("OPTIONS", "/api/near", JSON, None, 405),
    ("DELETE", "/", {}, None, 405), ("GET", "/api/near", {}, None, 404), ("POST", "/api/home", JSON, b"{}", 405),
    ("POST", "/api/near", {"content-type": "text/plain"}, QUESTION, 415),
    ("POST", "/api/near", {"content-type": "application/x-www-form-urlencoded"}, QUESTION, 415),
    ("POST", "/api/near", {**JSON, "content-length": "-1"}, None, 400), ("GET", "/" + "a" * 9000, {}, None, 414),
    ("GET", "/api/nothing", {}, None, 404), ("POST", "/api/near", JSON, b"{", 422),
    ("POST", "/api/near", JSON, b"", 422),
    ("POST", "/api/near", JSON, b"[" * 100_000, 422), ("POST", "/api/near", JSON, b'{"id": NaN}', 422),
])
def test_what_is_not_asked_properly(
    client: Client, method: str, path: str, headers: dict[str, str], body: bytes | None, status: int
) -> None:
    assert client.send(method, path, body, headers)[0] == status


@pytest.mark.parametrize(("method", "path", "headers", "says"), [
    ("GET", "/api/home", {"host": "evil.example"}, "请打开它启动时显示的网址"),
    ("POST", "/api/near", {**JSON, "origin": "null"}, "别处的网页不能向这里提问"),
    ("POST", "/api/learn/stop", JSON, "令牌缺失或不对"),
    ("POST", "/api/near", {**JSON, "content-length": "2000000"}, "请少发一些"),
    ("PUT", "/api/near", JSON, "没有 PUT 这种请求方法"),
])
def test_a_refusal_is_said_in_the_language_of_the_question(
    client: Client, method: str, path: str, headers: dict[str, str], says: str
) -> None:
    found = client.send(method, path, None, {**headers, "accept-language": "zh-CN,zh;q=0.9"})[2]
    assert says in json.loads(found)["message"]
    plain = json.loads(client.send(method, path, None, headers)[2])["message"]
    assert plain.isascii()
    assert ";" in plain  # and a way out


@pytest.mark.parametrize("path", [
    "/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/assets/../../serve.py",
    "/%252e%252e/serve.py", "/..\\serve.py", "//etc/passwd", "/etc/passwd", "/index.html%00.js", "/C:/windows/win.ini",
])
def test_no_path_leads_out_of_the_table(client: Client, path: str) -> None:
    status, _, content = client.send("GET", path)
    assert (status, content) == (404, b"there is no such page")


def test_open_to_others_nothing_is_read_without_the_token(tmp_path: Path) -> None:
    with serving([], tmp_path / "shelf", names=("desk.example",)) as open_to_all:
        host = {"host": f"desk.example:{open_to_all.port}"}
        for method, path in (("GET", "/api/home"), ("POST", "/api/tokens"), ("GET", "/api/openapi.json")):
            for token in ({}, {"x-armillary-token": open_to_all.token[:-1]}):
                assert open_to_all.send(method, path, None, {**JSON, **host, **token})[0] == 401
        token = {"x-armillary-token": open_to_all.token}
        assert open_to_all.send("GET", "/api/home", None, {**host, **token})[0] == 200
        assert open_to_all.send("GET", "/", None, host)[0] == 200  # the page, which then asks with the token


def test_a_connection_of_the_server_to_elsewhere_is_an_error_here(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1"), serving([], tmp_path / "shelf"), suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=0.1)


def test_pages_come_with_a_strict_policy(client: Client) -> None:
    for path in ("/", "/api/home"):
        _, headers, _ = client.send("GET", path)
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_requests_that_are_none(client: Client) -> None:
    host = f"Host: 127.0.0.1:{client.port}\r\n".encode()
    assert client.raw(b"hello\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert client.raw(b"GET / HTTP/1.1\r\n" + host + host + b"\r\n").startswith(b"HTTP/1.1 400")
    assert client.raw(b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert client.raw(b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 70_000 + b"\r\n\r\n").startswith(b"HTTP/1.1 431")
    both = b"POST /api/near HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\nContent-Length: 4\r\n"
    assert client.raw(both + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").startswith(b"HTTP/1.1 400")
    large = b"POST /api/near HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    assert client.raw(large % (MOST_BODY + 1)).startswith(b"HTTP/1.1 413")
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    endless = b"POST /api/near HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\n"
    found = client.raw(endless + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17)
    assert found[:12] in (b"HTTP/1.1 413", b"")  # who goes on sending may be cut off before the answer is read


def test_what_is_small_is_sent_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Nagle's algorithm a body that follows its header waits 40 ms for the client's word that the header came."""
    at_once, begin = [], protocol.PatientEnough.connection_made

    def seen(self: protocol.PatientEnough, transport: asyncio.Transport) -> None:
        at_once.append(bool(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        begin(self, transport)

    monkeypatch.setattr(protocol.PatientEnough, "connection_made", seen)
    assert client.send("GET", "/api/health")[0] == 200
    assert at_once == [True]


def test_slow_clients_are_let_go_and_hold_nobody_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SECONDS_FOR_HEADERS", 0.3)
    slow = []
    for _ in range(300):
        one = socket.create_connection(("127.0.0.1", client.port))
        one.sendall(b"GET / HTTP/1.1\r\nHos")
        slow.append(one)
    assert client.send("GET", "/api/health")[0] == 200
    told = set()
    for one in slow:
        one.settimeout(10)
        told.add(one.recv(12))
        one.close()
    assert told <= {b"HTTP/1.1 408", b"HTTP/1.1 503"}


def test_who_speaks_is_heard_however_late_the_server_comes_to_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 4)
    monkeypatch.setattr(protocol, "SECONDS_TO_SPEAK", 0.0)
    loops, begin = [], protocol.PatientEnough.connection_made

    def seen(self: protocol.PatientEnough, transport: asyncio.Transport) -> None:
        loops.append(self.loop)
        begin(self, transport)

    monkeypatch.setattr(protocol.PatientEnough, "connection_made", seen)
    client.send("GET", "/api/health")
    loops[0].call_soon_threadsafe(time.sleep, 0.3)  # the machine is busy with something else
    content = f"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nConnection: close\r\n\r\n".encode()
    asking = [socket.create_connection(("127.0.0.1", client.port), timeout=10) for _ in range(40)]
    for one in asking:
        one.sendall(content)
    assert {one.recv(12) for one in asking} == {b"HTTP/1.1 200"}
    for one in asking:
        one.close()


def test_who_says_nothing_makes_room_and_is_told_so_even_when_it_speaks_too_late(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 4)
    silent = [socket.create_connection(("127.0.0.1", client.port), timeout=10) for _ in range(6)]
    time.sleep(0.1)
    monkeypatch.setattr(protocol, "SECONDS_TO_SPEAK", 0.05)
    assert client.send("GET", "/api/health")[0] == 200
    assert silent[0].recv(12, socket.MSG_PEEK) == b"HTTP/1.1 503"
    monkeypatch.setattr(protocol, "SECONDS_TO_SPEAK", 2.0)
    silent[0].sendall(f"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
    time.sleep(0.1)
    found = b""
    while part := silent[0].recv(65536):  # no reset: the answer is read to its end
        found += part
    assert b"retry-after: 1" in found.lower()
    for one in silent:
        one.close()


def test_a_client_that_stops_within_a_header_is_let_go_on_a_kept_connection(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SECONDS_FOR_HEADERS", 0.2)
    host = f"Host: 127.0.0.1:{client.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as one:
        one.sendall(b"GET /api/health HTTP/1.1\r\n" + host)
        found = b""
        while b'"ok"}' not in found:
            found += one.recv(65536)
        assert found.startswith(b"HTTP/1.1 200")
        one.sendall(b"GET /api/hea HTTP/1.1\r\nAccept-Language: zh-CN\r\nHos")
        found = b""
        while part := one.recv(65536):
            found += part
        assert found.startswith(b"HTTP/1.1 408")
        assert "请再发一次" in found.decode()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20)
    | st.sampled_from(["royal.space", "tiny", "king", "king - man", "W_E", "sum", "gpt2", "5.z.3"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=8,
)
ASKED = [route for route in ROUTES if route.question is not Nothing]


@settings(max_examples=60)
@given(st.data())
def test_no_question_is_answered_with_500(client: Client, data: st.DataObject) -> None:
    route = data.draw(st.sampled_from(ASKED))
    fields = list(route.question.__dataclass_fields__)
    question = data.draw(st.dictionaries(st.sampled_from(fields), VALUES))
    if "id" in fields and data.draw(st.booleans()):
        question["id"] = data.draw(st.sampled_from(["royal.space", "tiny"]))
    token = {"x-armillary-token": client.token} if route.path != "learn/begin" else {}  # nothing is learned here
    status, _, content = client.send("POST", f"/api/{route.path}", json.dumps(question).encode(), {**JSON, **token})
    assert status in (200, 401, 404, 422), content


def test_the_document_describes_every_route(client: Client) -> None:
    _, _, content = client.send("GET", "/api/openapi.json")
    document = json.loads(content)
    assert document["paths"].keys() == {*(f"/api/{route.path}" for route in ROUTES), "/api/drop"}
    near = document["paths"]["/api/near"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert near["required"] == ["id", "query"]
    assert near["properties"]["n"] == {"type": "integer", "minimum": 1, "maximum": 1000}
    assert near["additionalProperties"] is False


def test_a_client_that_leaves_frees_the_server(client: Client) -> None:
    question = json.dumps({"id": "tiny", "text": "once", "most": 500}).encode()
    head = (f"POST /api/write HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(question)}\r\n\r\n").encode()
    for _ in range(90):  # more than may wait
        with socket.create_connection(("127.0.0.1", client.port)) as one:
            one.sendall(head + question)
    time.sleep(0.2)
    assert client.ask("near", {"id": "royal.space", "query": "king"})[0] == 200
