"""Learning from the page: only with the token, one at a time, into one folder; followed, stopped, replayed, opened."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armillary.errors import FileError, InputError
from armillary.learning.watched import Watched
from armillary.shelf import Shelf
from armillary.web import learn
from armillary.web.app import ROUTES
from armillary.web.guard import MOST_BODY
from armillary.web.library import Library
from armillary.web.unfinished import Unfinished
from armillary.web.workshop import Workshop
from tests.learning.texts import english
from tests.web.serving import Client, serving

SMALL = {"vector_size": 8, "epochs": 4, "min_count": 1, "watch": ["king", "fish", "nowhere"]}
TEXT = english(200)
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Path]]:
    """A server that learns, and its folder."""
    folder = tmp_path_factory.mktemp("school")
    with serving([], folder / "shelf", learn_into=folder / "learned") as client:
        yield client, folder / "learned"


def events(client: Client, since: int = 0) -> list[dict[str, Any]]:
    """All that happens until the learning is over."""
    status, headers, content = client.send("POST", "/api/learn/follow", json.dumps({"since": since}).encode(), JSON)
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/event-stream")
    told = [one.split("\n") for one in content.decode().split("\n\n") if one]
    assert told[-1][0] == "event: end"
    return [json.loads(one[1].removeprefix("data: ")) for one in told[:-1]]


def learned(client: Client, **question: Any) -> list[dict[str, Any]]:
    status, now = client.tell("learn/begin", {"kind": "vectors", "text": TEXT, "vectors": SMALL, **question})
    assert (status, now["state"]) == (200, "running"), now
    return events(client)


def test_what_writes_needs_the_token(school: tuple[Client, Path]) -> None:
    client, folder = school
    question = {"kind": "vectors", "name": "foreign", "text": TEXT}
    writing = [route.path for route in ROUTES if route.most is not None]
    assert writing == ["learn/begin", "learn/stop"]
    for path in writing:
        for headers in ({}, {"x_armillary_token": "wrong"}, {"x_armillary_token": client.token[:-1]}):
            status, answer = client.ask(path, question, **headers)
            assert (status, answer["kind"]) == (401, "Refused")
    twice = f"X-Armillary-Token: {client.token}\r\n".encode()
    host = f"Host: 127.0.0.1:{client.port}\r\n".encode()
    found = client.raw(b"POST /api/learn/stop HTTP/1.1\r\n" + host + twice + twice + b"Content-Length: 2\r\n\r\n{}")
    assert found.startswith(b"HTTP/1.1 400")
    foreign = client.ask("learn/stop", {}, x_armillary_token=client.token, origin="http://evil.example")
    assert foreign[0] == 403
    assert list(folder.iterdir()) == []


def test_the_document_says_which_need_the_token(school: tuple[Client, Path]) -> None:
    document = json.loads(school[0].send("GET", "/api/openapi.json")[2])
    begin = document["paths"]["/api/learn/begin"]["post"]
    assert begin["security"] == [{"token": []}]
    assert begin["responses"].keys() >= {"401", "409"}
    assert document["components"]["securitySchemes"]["token"]["name"] == "X-Armillary-Token"
    assert "security" not in document["paths"]["/api/learn/follow"]["post"]


@pytest.mark.parametrize("name", ["..", "../out", "a/b", "a\\b", ".hidden", "/etc", "a b", "a.space", "-a", "C:", "\0"])
def test_a_name_is_no_path(school: tuple[Client, Path], name: str) -> None:
    client, folder = school
    status, answer = client.tell("learn/begin", {"kind": "vectors", "name": name, "text": TEXT})
    assert (status, answer["message"][:6]) == (422, "a name")
    assert list(folder.iterdir()) == []


def test_a_text_becomes_vectors_that_are_open_and_replayed(school: tuple[Client, Path]) -> None:
    client, folder = school
    told = learned(client, name="words")
    assert told[-1] == {**dict.fromkeys(told[-1]), "kind": "done", "text": "words.space", "stage": "", "step": 0,
                        "steps": 0}
    assert any(one["kind"] == "note" and "nowhere" in one["text"] for one in told)
    assert [one["step"] for one in told if one["kind"] == "look"] == [1, 2, 3, 4]
    frames = [one for one in told if one["kind"] == "frame"]
    assert frames[-1]["words"][:2] == ["king", "fish"]
    assert np.abs(frames[-1]["at"]).max() == 1
    assert {one.name for one in folder.iterdir()} == {"words.txt", "words.space", "words.space.watch"}
    assert client.ask("near", {"id": "words.space", "query": "king"})[0] == 200

    watched = Watched.load(folder / "words.space.watch")
    replay = client.ask("replay", {"id": "words.space"})[1]
    assert (replay["words"], len(replay["losses"])) == (list(watched.words), 4)
    points = client.send("POST", "/api/replay/points", b'{"id": "words.space"}', JSON)[2]
    flat = np.frombuffer(points, "<f4").reshape(len(watched.fractions), len(watched.words), 2)
    spread = np.ptp(flat, axis=(1, 2))
    assert spread[0] < spread[-1]
    status, moment = client.ask("replay/near", {"id": "words.space", "word": "king", "frame": len(flat) - 1, "n": 3})
    own = watched.space(-1).near("king", 3)
    assert (status, [one["label"] for one in moment["near"]], moment["share"]) == (200, [o.label for o in own], 1)
    assert client.ask("replay/near", {"id": "words.space", "word": "kin"})[1]["near"][0] == "king"
    assert client.ask("replay/near", {"id": "words.space", "word": "king", "frame": 9999})[0] == 422

    again = client.tell("learn/begin", {"kind": "gpt", "name": "words", "text": TEXT})
    assert (again[0], "choose another name" in again[1]["message"]) == (422, True)
    state = json.loads(client.send("GET", "/api/learn")[2])
    assert state["learned"] == [{"id": "words.space", "kind": "vectors", "replay": True}]
    assert state["now"]["state"] == "done"
    library = Library([], Shelf(folder=folder / "none"), folder)
    assert list(library.items) == ["words.space"], "what was learned is there at the next start"


def test_one_at_a_time_and_stop_keeps_what_is_learned(school: tuple[Client, Path]) -> None:
    client, folder = school
    endless = {"kind": "vectors", "name": "endless", "text": TEXT, "vectors": {**SMALL, "epochs": 200}}
    assert client.tell("learn/begin", endless)[0] == 200
    status, answer = client.tell("learn/begin", {**endless, "name": "second"})
    assert (status, answer["kind"]) == (409, "Occupied")
    assert not (folder / "second.txt").exists()
    while not any(one.kind == "look" for one, _ in shop_of(client).happened):
        assert shop_of(client).state == "running"
        time.sleep(0.01)
    assert {"endless.txt", ".endless.learning"} <= {one.name for one in folder.iterdir()}
    assert client.tell("learn/stop", {})[1]["now"]["stopping"]
    told = events(client)
    assert told[-1]["text"] == "endless.space"
    assert max(one["step"] for one in told if one["kind"] in ("look", "going")) < 200
    assert client.ask("near", {"id": "endless.space", "query": "king"})[0] == 200


def shop_of(client: Client) -> Any:
    """The learning under way, by looking at the server from inside: a client would follow."""
    library = client.library
    assert library.workshop is not None
    assert library.workshop.now is not None
    return library.workshop.now


def test_what_fails_is_told_and_leaves_nothing(school: tuple[Client, Path]) -> None:
    client, folder = school
    before = set(folder.iterdir())
    told = learned(client, name="rare", vectors={**SMALL, "min_count": 1000})
    assert told[-1]["kind"] == "failed"
    assert "lower min_count" in told[-1]["text"]
    assert set(folder.iterdir()) == before
    half = b'{"kind": "vectors", "name": "half", "text": "\\ud800"}'
    status, _, content = client.send("POST", "/api/learn/begin", half, {**JSON, "x-armillary-token": client.token})
    assert (status, b"surrogate" in content) == (422, True)
    assert set(folder.iterdir()) == before


def test_a_text_may_be_longer_than_other_questions_but_not_endless(school: tuple[Client, Path]) -> None:
    client, _ = school
    token = {**JSON, "x-armillary-token": client.token}
    long = json.dumps({"kind": "vectors", "name": "a/b", "text": "a" * (MOST_BODY + 1)}).encode()
    assert client.send("POST", "/api/learn/begin", long, token)[0] == 422
    assert client.send("POST", "/api/learn/begin", long, JSON)[0] == 401
    assert client.send("POST", "/api/learn/stop", b" " * 1001, token)[0] == 413
    length = {**token, "content-length": str(4 * learn.MOST + 1)}
    assert client.send("POST", "/api/learn/begin", None, length)[0] == 413


def test_without_a_folder_nothing_is_learned(tmp_path: Path) -> None:
    with serving([], tmp_path / "shelf") as client:
        status, answer = client.tell("learn/begin", {"kind": "vectors", "name": "a", "text": TEXT})
        assert (status, "--learn-into" in answer["message"]) == (422, True)
        assert json.loads(client.send("GET", "/api/learn")[2])["folder"] == ""
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="no folder to learn into"):
        Workshop(tmp_path / "file")


def test_a_text_becomes_a_language_model(school: tuple[Client, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from armillary.learning.self_supervised import course

    monkeypatch.setattr(course, "_WRITTEN", 4)
    client, folder = school
    told = learned(client, kind="gpt", name="模型", gpt={"minutes": 0.1, "steps": 10, "tokenizer": "bytes"})
    assert (told[-1]["kind"], told[-1]["text"]) == ("done", "模型"), told[-1]
    looks = [one for one in told if one["kind"] == "look"]
    assert looks[-1]["step"] == 10
    assert looks[-1]["held_out"] > 0
    assert (folder / "模型" / "learned.json").is_file()
    assert client.ask("next", {"id": "模型", "text": "The king", "n": 2})[0] == 200
    replay = client.ask("replay", {"id": "模型"})[1]
    assert replay["losses"][-1]["fraction"] == 1
    assert [one["text"] for one in replay["samples"]][-1] == looks[-1]["text"]
    (folder / "模型" / "learned.json").write_text('{"design": 3}')
    status, answer = client.ask("replay", {"id": "模型"})
    assert (status, "tells nothing of how it was learned" in answer["message"]) == (422, True)


def test_leaving_the_server_keeps_what_is_learned(tmp_path: Path) -> None:
    with serving([], tmp_path / "shelf", learn_into=tmp_path / "learned") as client:
        vectors = {**SMALL, "epochs": 200}
        client.tell("learn/begin", {"kind": "vectors", "name": "left", "text": TEXT, "vectors": vectors})
    assert list(Library([], Shelf(folder=tmp_path), tmp_path / "learned").items) == ["left.space"]


def test_what_a_killed_server_left_goes_and_all_else_stays(tmp_path: Path) -> None:
    for name in ("left", "learned", "own"):
        (tmp_path / f"{name}.txt").write_text(TEXT)
    (tmp_path / "learned.space").mkdir()
    for name in ("left", "learned", "unwritten"):  # nobody holds them any more
        (tmp_path / f".{name}.learning").touch()
    other = Unfinished(tmp_path / "now.txt")
    (tmp_path / "now.txt").write_text(TEXT)
    Workshop(tmp_path)
    assert {one.name for one in tmp_path.iterdir()} == {
        "learned.txt", "learned.space", "own.txt", "now.txt", ".now.learning"}
    with pytest.raises(FileError, match="another process"):
        Unfinished(tmp_path / "now.txt")
    other.end(learned=True)
    assert (tmp_path / "now.txt").exists()
    assert not (tmp_path / ".now.learning").exists()


def test_a_server_that_is_killed_leaves_a_mark(tmp_path: Path) -> None:
    """The text lies there while it is learned from, marked; a process that ends without a word gives its lock back."""
    held = "import os, sys, pathlib; from armillary.web.unfinished import Unfinished; text = pathlib.Path(sys.argv[1]);"
    subprocess.run([sys.executable, "-c", f"{held} kept = Unfinished(text); text.write_text('a'); os._exit(9)",
                    str(tmp_path / "a.txt")], check=False)
    assert {one.name for one in tmp_path.iterdir()} == {"a.txt", ".a.learning"}
    Workshop(tmp_path)
    assert list(tmp_path.iterdir()) == []
