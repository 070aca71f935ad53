"""The explorer: from the shell to the first picture, from a key to the arrows, many clients, and 512 bad ones."""

import asyncio
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compare import SIDES, settings
from material import OURS
from siege import CLIENTS as BAD_CLIENTS
from siege import holds, siege

EXPLORER = Path(__file__).parents[1] / "explorer"
CLIENTS, SECONDS = 32, 8.0
ASKED = ("king - man + woman", "tower", "paris - france + china", "cat", "germany - japan + sushi", "queen")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], port: int) -> Iterator[tuple[float, int]]:
    """A server, from its start until it answers; gives when it was started, and the number of its process."""
    start = time.time()
    server = subprocess.Popen([str(one) for one in command])
    try:
        while time.time() < start + 60:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield start, server.pid
    finally:
        server.terminate()
        server.wait(20)


def explorer(port: int, *targets: str) -> list[str | Path]:
    """The command line of the explorer."""
    run = "from armillary.cli.main import main; main()"
    return [OURS, "-c", run, "explore", *targets, "--no-browser", "--port", str(port)]


def load(port: int, question: dict[str, Any], seconds: float = SECONDS) -> dict[str, float]:
    """What many clients get who each ask again as soon as they have an answer."""
    waits: list[float] = []
    errors = 0
    end = time.perf_counter() + seconds

    def client(first: int) -> None:
        nonlocal errors
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        place = first
        while time.perf_counter() < end:
            body = json.dumps({**question, "query": ASKED[place % len(ASKED)]})
            start = time.perf_counter()
            connection.request("POST", "/api/near", body, {"content-type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            waits.append(time.perf_counter() - start)
            errors += response.status != 200 or not answer["neighbours"]
            place += 1

    threads = [threading.Thread(target=client, args=(first,)) for first in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits.sort()
    return {"a second": len(waits) / seconds, "p50": waits[len(waits) // 2], "p99": waits[int(len(waits) * 0.99)],
            "errors": errors}


def under_load(target: str) -> dict[str, dict[str, float]]:
    """Both servers under the same load, in turn; the better of two rounds of each."""
    found: dict[str, list[dict[str, float]]] = {"ours": [], "naive": []}
    for turn in range(2):
        for name in found:
            print(f"round {turn}, {name}", file=sys.stderr)
            port = free_port()
            ours = name == "ours"
            command = explorer(port, target) if ours else [OURS, SIDES / "naive_server.py", target, str(port)]
            question = {"n": 12, **({"id": target} if ours else {})}
            with running(command, port):
                load(port, question, 1.0)
                found[name].append(load(port, question))
    return {name: max(some, key=lambda one: one["a second"]) for name, some in found.items()}


def visited(target: str, model: str) -> dict[str, Any]:
    """What a person waits for, in a real browser; nothing where there is none.

    The first picture is the median of three servers' and three browsers'.
    """
    found = visit(target, model)
    if found:
        again = [visit(target, model, "until-the-picture")["first_picture"] for _ in range(2)]
        found["first_picture"] = sorted([found["first_picture"], *again])[1]
    return found


def visit(target: str, model: str, *until: str) -> dict[str, Any]:
    """One server and one browser, both started for it."""
    browser = shutil.which("chromium")
    if not (shutil.which("node") and browser and (EXPLORER / "node_modules").is_dir()):
        print("no Node.js, Chromium or explorer/node_modules: the pages are not visited", file=sys.stderr)
        return {}
    port = free_port()
    command = ["node", str(SIDES / "explorer_visit.mjs"), browser, f"http://127.0.0.1:{port}", target, model,
               *until]
    visitor = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=EXPLORER)
    assert visitor.stdout is not None
    visitor.stdout.readline()
    with running(explorer(port, target, *filter(None, [model])), port) as (start, _):
        said, _ = visitor.communicate("go\n", timeout=240)
    if visitor.returncode:
        raise SystemExit("the visit failed; its error stands above")
    found: dict[str, Any] = json.loads(said)
    return {**found, "first_picture": found["drawn_at"] / 1000 - start}


def besieged(target: str) -> dict[str, Any]:
    """What 512 clients get who are slow, broken or well."""
    port = free_port()
    with running(explorer(port, target), port) as (_, process):
        load(port, {"n": 12, "id": target}, 4.0)
        return asyncio.run(siege(port, process, target))


def under_siege(found: dict[str, Any]) -> list[tuple[str, str, bool | None]]:
    """What the slow and the broken got, and what they cost the others."""
    well = holds(found)
    told = {kind: ", ".join(f"{count} x {status or 'closed'}" for status, count in sorted(some.items()))
            for kind, some in found["statuses"].items()}
    return [
        (f"{BAD_CLIENTS} clients: asked well", f"{told['well']} (asked: 200 or 503)", well["well"]),
        (f"{BAD_CLIENTS} clients: asked nonsense", f"{told['malformed']} (asked: 4xx)", well["malformed"]),
        (f"{BAD_CLIENTS} clients: stopped half-way", f"{told['half a header']}; {told['half a body']}", well["slow"]),
        (f"{BAD_CLIENTS} clients: slowest sign of health", f"{found['health']:.2f} s (asked: 1)", well["health"]),
        (f"{BAD_CLIENTS} clients: memory", f"up by {found['memory']:.0f} MB (asked: 100)", well["memory"]),
    ]


def frames(doing: str, times: Sequence[float], renderer: str) -> tuple[str, str, bool | None]:
    """How long frames took; a verdict only where a graphics card draws them."""
    by_software = not renderer or any(name in renderer.lower() for name in ("swiftshader", "llvmpipe", "software"))
    some = sorted(times)
    return (f"a frame while {doing}, median and worst", f"{some[len(some) // 2]:.0f} ms, {some[-1]:.0f} ms (asked: 50) "
            f"with {renderer or 'an unknown renderer'}", None if by_software else some[-1] <= 50)


def rows(seen: dict[str, Any], both: dict[str, dict[str, float]]) -> list[tuple[str, str, bool | None]]:
    """What was measured, in words, and whether it is what was asked for."""
    ours, naive = both["ours"], both["naive"]
    rate, slow = ours["a second"] / naive["a second"], ours["p99"] / naive["p99"]
    found: list[tuple[str, str, bool | None]] = [
        (f"{CLIENTS} clients, requests a second", f"{ours['a second']:.0f} : {naive['a second']:.0f} = {rate:.1f} "
         "(asked: 1.5)", rate >= 1.5),
        (f"{CLIENTS} clients, p99", f"{ours['p99'] * 1000:.0f} ms : {naive['p99'] * 1000:.0f} ms = {slow:.2f} "
         "(asked: at most 0.6)", slow <= 0.6),
        (f"{CLIENTS} clients, errors", f"{ours['errors']:.0f}", ours["errors"] == 0),
    ]
    if seen:
        found += [
            ("from the shell to the first picture", f"{seen['first_picture']:.2f} s (asked: 3 s)",
             seen["first_picture"] <= 3),
            ("bytes of the page", f"{seen['page_bytes'] / 1000:.0f} kB packed (asked: 400)",
             seen["page_bytes"] <= 400_000),
            ("from the key to the arrows", f"{seen['key_to_arrows']:.0f} ms (asked: 100)",
             seen["key_to_arrows"] <= 100),
            ("from the key to the nearest words", f"{seen['key_to_answer']:.0f} ms (asked: 100)",
             seen["key_to_answer"] <= 100),
            frames("turning", seen["frames"], seen["renderer"]), frames("panning", seen["pan"], seen["renderer"]),
        ]
    if "attention" in seen:
        found += [
            ("64 tokens to the first attention picture", f"{seen['cold']} ms, weights not read yet", None),
            ("64 tokens to the first attention picture", f"{seen['attention']} ms, weights read (asked: 2000)",
             seen["attention"] <= 2000),
            ("another head or block", f"{seen['change']:.0f} ms (asked: 50)", seen["change"] <= 50),
        ]
    return found


def main() -> int:
    """Visit, then besiege, then load."""
    asked = settings(__doc__, rounds=1)
    seen = visited(asked.target, "" if asked.alone else "smollm2-135m-instruct")
    bad = besieged(asked.target)
    both = under_load(asked.target)
    found = [*rows(seen, both), *under_siege(bad)]
    if asked.json:
        print(json.dumps({"seen": seen, "load": both, "siege": bad}, indent=1))
    else:
        for what, figure, holds in found:
            print(f"{'  ' if holds is None else 'ok' if holds else 'NO'}  {what:<42} {figure}")
    return 0 if all(holds is not False for _, _, holds in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
