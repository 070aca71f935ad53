"""Fetching from the hub, with the real huggingface_hub, from a small hub of the tests' own on loopback."""

import hashlib
import json
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from huggingface_hub import constants

from armillary.errors import FetchFailed

COMMIT = "c0ffee" + "0" * 34


def sha256(content):
    return hashlib.sha256(content).hexdigest()


CONFIG, WEIGHTS = b'{"n_layers": 1}', bytes(range(256)) * 400


class TinyHub(BaseHTTPRequestHandler):
    """The three requests that huggingface_hub makes: facts of a revision, HEAD and GET of a file (GET in ranges)."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, bytes]]
    asked: ClassVar[list[tuple[str, str, str | None]]]
    gone = gated = stays_away = False
    cut_after = None

    def do_GET(self):
        self.asked.append(("GET", self.path, self.headers.get("Range")))
        if self.path.startswith("/api/models/"):
            self.facts()
        else:
            self.file(body=True)

    def do_HEAD(self):
        self.asked.append(("HEAD", self.path, None))
        self.file(body=False)

    def facts(self):
        if self.gone:
            return self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        siblings = [{"rfilename": name, "size": len(content), "blobId": "b" * 40,
                     **({"lfs": {"sha256": sha256(content), "size": len(content), "pointerSize": 1}}
                        if name.endswith(".safetensors") else {})}
                    for name, content in self.files.items()]
        siblings.append({"rfilename": "pytorch_model.bin", "size": 4, "blobId": "b" * 40})
        return self.answer(200, json.dumps({"id": "some/model", "sha": COMMIT, "siblings": siblings}).encode(), {})

    def file(self, body):
        if self.gated:
            return self.answer(403, b"", {"X-Error-Code": "GatedRepo"})
        content = self.files[self.path.rpartition("/")[2]]
        headers = {"ETag": f'"{sha256(content)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        start = 0
        if span := re.match(r"bytes=(\d+)-", self.headers.get("Range") or ""):
            start = int(span[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.answer(206 if span else 200, content[start:], headers, body)

    def answer(self, status, content, headers, body=True):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body and self.cut_after is not None and len(content) > self.cut_after:
            self.wfile.write(content[: self.cut_after])
            if self.stays_away:
                type(self).cut_after = 0
            self.close_connection = True
        elif body:
            self.wfile.write(content)

    def log_message(self, *given):
        pass


@pytest.fixture
def hub(monkeypatch, bench):
    class Hub(TinyHub):
        files: ClassVar = {"config.json": CONFIG, "model.safetensors": WEIGHTS}
        asked: ClassVar = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    Hub.url = f"http://127.0.0.1:{server.server_port}"
    # huggingface_hub reads HF_ENDPOINT once, when imported; a test below goes that way, in a process of its own.
    monkeypatch.setattr(constants, "ENDPOINT", Hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", Hub.url + "/{repo_id}/resolve/{revision}/{filename}")
    yield Hub
    server.shutdown()
    server.server_close()


def listed(bench, sha="", revision=COMMIT, files='["config.json", "model.safetensors"]'):
    bench.entry("model")
    bench.text += (f'[entry.hub]\nrepo = "some/model"\nrevision = "{revision}"\nsize = 100_000\nfiles = {files}\n'
                   f"sha256 = {{ {sha} }}\n")
    return bench.shelf()


def test_get_brings_the_files_listed_and_no_others(bench, hub):
    shelf = listed(bench)
    told = []
    path = shelf.get("Some/Model", progress=lambda done, total: told.append((done, total)))
    assert path == bench.home / "shelf" / "model"
    assert {file.name for file in path.iterdir()} == {"config.json", "model.safetensors", "record.json"}
    assert (path / "model.safetensors").read_bytes() == WEIGHTS
    assert told == sorted(told)
    assert told[-1] == (len(CONFIG) + len(WEIGHTS),) * 2
    assert not any("pytorch_model" in path for _, path, _ in hub.asked)
    assert bench.left() == {"model", ".model.known.json"}
    shelf.verify("model")


def test_the_commit_is_recorded_and_the_hash_seen_first(bench, hub):
    shelf = listed(bench, revision="main", sha=f'"model.safetensors" = "{sha256(WEIGHTS)}"')
    shelf.get("model")
    record = shelf.record("model")
    assert record.source == f"some/model@{COMMIT}"
    assert record.files["model.safetensors"].pinned
    assert not record.files["config.json"].pinned
    assert not record.pinned
    assert record.files["config.json"].sha256 == sha256(CONFIG)
    # Every file is asked for at the commit, so that none comes from a later one.
    assert all(f"/resolve/{COMMIT}/" in path for _, path, _ in hub.asked[1:])


def test_another_hash_than_the_pinned_one_is_refused(bench, hub):
    shelf = listed(bench, sha=f'"model.safetensors" = "{"0" * 64}"')
    with pytest.raises(FetchFailed, match="0{64}"):
        shelf.get("model")
    assert bench.left() == set()


def test_another_hash_than_the_one_seen_first_is_refused(bench, hub):
    shelf = listed(bench)
    shelf.get("model")
    shelf.remove("model")
    hub.files = hub.files | {"config.json": CONFIG.replace(b"1", b"2")}
    with pytest.raises(FetchFailed, match=sha256(CONFIG)):
        shelf.get("model")
    assert bench.left() == {".model.known.json"}


def test_another_hash_than_the_hub_states_is_refused(bench, hub, monkeypatch):
    shelf = listed(bench)
    facts = hub.facts

    def lie(self):
        true, self.files = self.files, {name: b"x" * len(content) for name, content in self.files.items()}
        facts(self)
        self.files = true

    monkeypatch.setattr(hub, "facts", lie)
    with pytest.raises(FetchFailed, match=sha256(WEIGHTS)):
        shelf.get("model")
    assert bench.left() == set()


def test_terms_that_the_hub_wants_accepted(bench, hub):
    hub.gated = True
    with pytest.raises(FetchFailed, match=rf"{hub.url}/some/model.*hf auth login"):
        listed(bench).get("model")
    assert bench.left() == set()


def test_a_repository_or_a_file_that_is_not_there(bench, hub):
    with pytest.raises(FetchFailed, match=r"has no file other\.json"):
        listed(bench, files='["other.json"]').get("model")
    hub.gone = True
    with pytest.raises(FetchFailed, match="is not there, or not open to you"):
        bench.shelf().get("model")
    assert bench.left() == set()


def test_offline(bench, hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FetchFailed, match="HF_HUB_OFFLINE"):
        listed(bench).get("model")
    monkeypatch.setenv("ARMILLARY_OFFLINE", "1")
    with pytest.raises(FetchFailed, match="ARMILLARY_OFFLINE"):
        bench.shelf().get("model")
    assert hub.asked == []


def test_a_connection_cut_now_and_then_is_taken_up_where_it_broke(bench, hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    hub.cut_after = 30_000
    told = []
    path = listed(bench).get("model", progress=lambda done, total: told.append(done))
    assert (path / "model.safetensors").read_bytes() == WEIGHTS
    assert [span for *_, span in hub.asked if span] == ["bytes=30000-", "bytes=60000-", "bytes=90000-"]
    assert told == sorted(told)


def test_after_a_lost_connection_whole_files_are_kept(bench, hub, monkeypatch):
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    shelf = listed(bench)
    hub.cut_after, hub.stays_away = 10_000, True
    with pytest.raises(FetchFailed, match=rf"{hub.url} did not give some/model"):
        shelf.get("model")
    assert bench.left() == {".model.part"}
    [cache] = bench.home.rglob("download")
    (cache / "model.safetensors.killed.incomplete").write_bytes(WEIGHTS[:-1])
    with pytest.raises(FetchFailed, match="did not give"):
        shelf.get("model")
    assert not list(bench.home.rglob("*.incomplete"))
    hub.cut_after = None
    hub.asked.clear()
    assert (shelf.get("model") / "model.safetensors").read_bytes() == WEIGHTS
    assert not [path for method, path, _ in hub.asked if path.endswith("config.json")]
    assert bench.left() == {"model", ".model.known.json"}
    assert {file.name for file in shelf.path("model").iterdir()} == {"config.json", "model.safetensors", "record.json"}


def test_nobody_listens(bench, hub, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FetchFailed, match=r"http://127\.0\.0\.1:9 did not give some/model: .*HF_ENDPOINT"):
        listed(bench).get("model")


def test_a_mirror_named_by_the_environment(bench, hub, monkeypatch):
    listed(bench)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("TQDM_POSITION", "-1")  # would make huggingface_hub draw its bars, where stderr is no terminal
    done = subprocess.run(bench.command("print(shelf.get('model'))"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (bench.home / "shelf" / "model" / "config.json").read_bytes() == CONFIG
