"""512 clients at once that are slow, broken, or well: what each gets, how the server is meanwhile, what it costs."""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

CLIENTS = 512
PATIENCE = 25.0
"""Seconds after which a client that got nothing is counted as left without an answer."""


def request(port: int, body: bytes, more: bytes = b"", length: int | None = None, path: str = "near") -> bytes:
    """A question as bytes; `more` are further header lines."""
    size = len(body) if length is None else length
    return (b"POST /api/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s"
            b"\r\n%s" % (path.encode(), port, size, more, body))


def malformed(port: int, target: str) -> list[bytes]:
    """Requests of which none is right."""
    good = json.dumps({"id": target, "query": "king"}).encode()
    return [
        b"NONSENSE\r\n\r\n",
        b"GET /api/home HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        request(port, b'{"id": "' + target.encode() + b'", "query": "king"'),
        request(port, json.dumps({"id": target, "query": "king", "n": 10**9}).encode()),
        request(port, good, b"Origin: http://evil.example\r\n"),
        request(port, good, b"Content-Length: 3\r\n"),
        request(port, good, b"X-Long: " + b"a" * 40_000 + b"\r\n"),
        request(port, good, path="../../etc/passwd"),
        request(port, b"", length=50_000_000),
    ]


async def client(port: int, kind: str, content: bytes) -> tuple[str, int]:
    """What one client gets: the status, 0 if the server closed without one, -1 if nothing came in time."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return kind, 0
    try:
        writer.write(content)
        await writer.drain()
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
        while kind == "well" and await asyncio.wait_for(reader.read(65_536), PATIENCE):
            pass
        return kind, int(line.split()[1]) if line else 0
    except TimeoutError:
        return kind, -1
    except (OSError, IndexError):
        return kind, 0
    finally:
        writer.close()


async def healthy(port: int, end: asyncio.Event) -> list[float]:
    """How long the server takes to say that it is well, asked ten times a second."""
    waits = []
    content = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port
    while not end.is_set():
        start = time.perf_counter()
        _, status = await client(port, "health", content)
        waits.append(time.perf_counter() - start if status == 200 else PATIENCE)
        await asyncio.sleep(0.1)
    return waits


def resident(process: int) -> float:
    """Megabytes of memory that a process holds; 0 where the system does not say."""
    said = Path(f"/proc/{process}/status")
    if not said.is_file():
        return 0.0
    return int(next(line for line in said.read_text().splitlines() if line.startswith("VmRSS")).split()[1]) / 1000


async def siege(port: int, process: int, target: str) -> dict[str, Any]:
    """A quarter stops in its header, a quarter in its body, a quarter asks nonsense, a quarter asks well."""
    good = json.dumps({"id": target, "query": "king - man + woman"}).encode()
    wrong = malformed(port, target)
    kinds = {
        "half a header": lambda place: request(port, good)[:60],
        "half a body": lambda place: request(port, good[:10], length=len(good)),
        "malformed": lambda place: wrong[place % len(wrong)],
        "well": lambda place: request(port, good, b"Connection: close\r\n"),
    }
    await client(port, "well", kinds["well"](0))
    before, most, end = resident(process), 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal most
        while not end.is_set():
            most = max(most, resident(process))
            await asyncio.sleep(0.05)

    asked = asyncio.create_task(healthy(port, end))
    watched = asyncio.create_task(watch())
    clients = [client(port, kind, made(place)) for place in range(CLIENTS // 4) for kind, made in kinds.items()]
    found = await asyncio.gather(*clients)
    end.set()
    waits = await asked
    await watched
    counted = {kind: Counter(status for one, status in found if one == kind) for kind in kinds}
    return {"statuses": {kind: dict(some) for kind, some in counted.items()}, "health": max(waits),
            "memory": most - before}


def holds(found: dict[str, Any]) -> dict[str, bool]:
    """Whether each kind got what it should."""
    statuses = found["statuses"]
    return {
        "well": set(statuses["well"]) <= {200, 503},
        "malformed": all(400 <= status < 500 for status in statuses["malformed"]),
        "slow": set(statuses["half a header"]) | set(statuses["half a body"]) <= {0, 408, 503},
        "health": found["health"] <= 1.0, "memory": found["memory"] <= 100,
    }
