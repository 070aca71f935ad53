"""A file dropped on the page Home is open from then on; of what is refused nothing stays."""

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from armillary.formats.points import Points
from armillary.formats.sniff import write
from armillary.shelf import Shelf
from armillary.web import guard
from armillary.web.dropped import PATH, cleaned
from armillary.web.library import Library
from armillary.web.workshop import DROPPED, MOST, Workshop
from tests.conftest import ROYAL
from tests.web.serving import Client, serving
from tests.web.test_pages import ready, visit

FILE = {"content-type": "application/octet-stream"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Path]]:
    """A server with nothing open, and the folder into which files are dropped."""
    folder = tmp_path_factory.mktemp("house")
    with serving([], folder / "shelf", learn_into=folder / "learned") as client:
        yield client, folder / "learned" / DROPPED


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("file") / "royal.glove.txt"
    write(Points([one.replace(" ", "_") for one in ROYAL], np.array(list(ROYAL.values()), np.float32)), path)
    return path.read_bytes()


def drop(client: Client, name: str, content: bytes, **headers: str) -> tuple[int, dict[str, str]]:
    given = {**FILE, "x-armillary-token": client.token, **{key.replace("_", "-"): one for key, one in headers.items()}}
    status, _, said = client.send("POST", f"{PATH}?name={quote(name)}", content, given)
    return status, json.loads(said)


def lying(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()} if folder.exists() else set()


def test_a_file_is_open_at_once_and_at_the_next_start_and_is_never_replaced(
    house: tuple[Client, Path], vectors: bytes
) -> None:
    client, folder = house
    assert drop(client, "my words.glove.txt", vectors) == (200, {"id": "my-words.glove.txt"})
    assert client.ask("near", {"id": "my-words.glove.txt", "query": "king"})[0] == 200
    (opened,) = json.loads(client.send("GET", "/api/home")[2])["opened"]
    assert (opened["id"], opened["format"], opened["bytes"]) == ("my-words.glove.txt", "GloVe text", len(vectors))
    status, said = drop(client, "my words.glove.txt", b"other 1 2\nwords 3 4\n")
    assert (status, "is there already" in said["message"]) == (422, True)
    assert (folder / "my-words.glove.txt").read_bytes() == vectors
    assert lying(folder) == {"my-words.glove.txt"}
    assert list(Library([], Shelf(folder=folder / "none"), folder.parent).items) == ["my-words.glove.txt"]


def test_a_tokenizer_is_one(house: tuple[Client, Path]) -> None:
    client, _ = house
    assert drop(client, "small.txt", b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nking\n") == (200, {"id": "small.txt"})
    status, cut = client.ask("tokens", {"id": "small.txt", "text": "king"})
    assert (status, [one["text"] for one in cut["tokens"]]) == (200, ["king"])


@pytest.mark.parametrize(("content", "kind", "says"), [
    (b"some words that are no vectors\n", "UnknownFormat", "text.bin: is text, but no word vectors"),
    (b"\x80\x04pickle", "UnknownFormat", "pickle"), (b"", "UnknownFormat", "is empty"),
    (b"GGUF\x03\0\0\0", "DamagedFile", ""), (b'{"a": 1}', "InputError", "text.bin is one of several files"),
    (bytes(70_000), "UnknownFormat", "nothing but zero bytes"), (b"<!doctype html><p>404", "UnknownFormat", "web page"),
    (b"a 1 2\nb 3\n" * 9, "DamagedFile", ""),
])
def test_what_cannot_be_opened_is_refused_with_its_readers_words(
    house: tuple[Client, Path], content: bytes, kind: str, says: str
) -> None:
    client, folder = house
    before, items = lying(folder), list(client.library.items)
    status, said = drop(client, "text.bin", content)
    assert (status, said["kind"]) == (422, kind), said
    assert says in said["message"]
    assert str(folder) not in said["message"]
    assert (lying(folder), list(client.library.items)) == (before, items)


def test_strangers_what_is_too_large_and_what_is_no_file_are_refused(
    house: tuple[Client, Path], vectors: bytes
) -> None:
    client, folder = house
    before = lying(folder)
    assert drop(client, "a.txt", vectors, x_armillary_token="wrong")[0] == 401
    assert drop(client, "a.txt", vectors, content_type="application/json")[0] == 415
    assert drop(client, "a.txt", vectors, origin="http://evil.example")[0] == 403
    assert drop(client, "a.txt", b"", content_length=str(MOST + 1))[0] == 413
    assert drop(client, "..", vectors)[0] == 422
    assert json.loads(client.send("GET", "/api/home")[2])["takes"] == MOST
    begin = request(client, b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert client.raw(begin).startswith(b"HTTP/1.1 411")
    assert lying(folder) == before


def request(client: Client, rest: bytes) -> bytes:
    return (f"POST {PATH}?name=half.txt HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
            f"X-Armillary-Token: {client.token}\r\nContent-Type: application/octet-stream\r\n").encode() + rest


def test_of_half_a_file_nothing_stays(
    house: tuple[Client, Path], vectors: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, folder = house
    before = lying(folder)
    half = request(client, b"Content-Length: 1000\r\n\r\n") + vectors[:100]
    with socket.create_connection(("127.0.0.1", client.port)) as one:
        one.sendall(half)
        while lying(folder) == before:
            time.sleep(0.01)  # it comes
    while lying(folder) != before:
        time.sleep(0.01)
    monkeypatch.setattr(guard, "SECONDS_FOR_BODY", 0.2)
    found = client.raw(half)
    assert b"not in time; nothing of it is kept" in found
    assert lying(folder) == before


@pytest.mark.parametrize(("name", "found"), [
    ("../../etc/a b.txt", "a-b.txt"), ("C:\\x\\词向量.vec", "词向量.vec"), (".hidden", "hidden"), ("-rf", "rf"),
    ("a\0b\n.bin", "a-b-.bin"), ("x" * 300 + ".gguf", "x" * 55 + ".gguf"),
])
def test_a_name_is_no_path(name: str, found: str) -> None:
    assert cleaned(name) == found


def test_what_a_killed_server_left_aside_is_swept(tmp_path: Path) -> None:
    for name, age in (("old", 9000), ("new", 0)):
        (tmp_path / DROPPED / f".{name}").mkdir(parents=True)
        os.utime(tmp_path / DROPPED / f".{name}", (time.time() - age,) * 2)
    Workshop(tmp_path)
    assert lying(tmp_path / DROPPED) == {".new"}


@pytest.mark.long
def test_a_file_is_opened_from_the_page(tmp_path: Path) -> None:
    ready()
    with serving([], tmp_path / "shelf", True, learn_into=tmp_path / "learned") as client:
        assert visit(client, "dropping") == {"dropping": []}
    assert lying(tmp_path / "learned" / DROPPED) == {"chosen-words.txt", "dropped.vec"}
