"""How far a download is, seen while pip downloads from a slow index on loopback."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from armillary.shelf import wheels


class SlowIndex(BaseHTTPRequestHandler):
    """An index of one package, whose wheel comes in pieces."""

    wheel = None

    def do_GET(self):
        if self.path.endswith(".whl"):
            content = self.wheel.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for start in range(0, len(content), len(content) // 5 + 1):
                self.wfile.write(content[start : start + len(content) // 5 + 1])
                self.wfile.flush()
                time.sleep(0.12)
        else:
            page = f'<a href="/{self.wheel.name}">{self.wheel.name}</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    def log_message(self, *given):
        pass


def test_progress_while_pip_downloads(bench, monkeypatch):
    shelf = bench.thing(content=os.urandom(3 << 20))
    SlowIndex.wheel = next(bench.wheels.iterdir())
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowIndex)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    told = []
    try:
        shelf.get("thing", progress=lambda done, total: told.append(done))
    finally:
        server.shutdown()
        server.server_close()
    size = shelf.entry("thing").size
    assert [done for done in told if 0 < done < size], told
    assert told == sorted(told)


def test_the_bytes_that_pip_has_are_never_more_than_the_wheel(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "half").write_bytes(b"x" * 60)
    assert wheels._bytes_in(tmp_path, 100) == 60
    (tmp_path / "out" / "copy").write_bytes(b"x" * 60)
    assert wheels._bytes_in(tmp_path, 100) == 100
