"""An export: the server's own answers, in a folder that is written whole or not at all."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armillary.errors import FileError, NotFound, OutputExists
from armillary.formats.aside import file_aside
from armillary.formats.store import Store, write_store
from armillary.learning.output import watched_of
from armillary.learning.watched import KIND
from armillary.shelf import Shelf
from armillary.space import Space
from armillary.web import home as web_home
from armillary.web.examples import examples
from armillary.web.freeze import export as module
from armillary.web.freeze import plan_learned
from armillary.web.freeze.answers import line, script
from armillary.web.freeze.export import Export, export
from armillary.web.freeze.folder import MANIFEST, folder_aside
from armillary.web.library import Library
from armillary.web.replay import MomentQuestion, moment
from armillary.web.route import plain
from tests.conftest import ROYAL, Ran
from tests.speak.tiny import speaking_folder
from tests.web.serving import Client
from tests.web.test_answers import numbers


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("export")
    counts = np.arange(120, 0, -10, dtype=np.int64)
    Space(list(ROYAL), np.array(list(ROYAL.values()), np.float32), counts=counts).save(folder / "royal.space")
    speaking_folder(folder / "tiny")
    return Library([str(folder / "royal.space"), str(folder / "tiny")], Shelf(folder=folder / "shelf"))


@pytest.fixture(scope="module")
def front_end(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands for the built front end, which only a machine with Node.js has."""
    folder = tmp_path_factory.mktemp("front")
    for name in ("armillary.js", "armillary.css", "icon.svg"):
        (folder / name).write_text(f"/* {name} */")
    return folder


@pytest.fixture(scope="module")
def made(library: Library, front_end: Path, tmp_path_factory: pytest.TempPathFactory) -> Export:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FROZEN", front_end)
        patch.setattr(web_home, "names", lambda: ("gpt2",))  # every published config takes seconds
        return export(library, tmp_path_factory.mktemp("made") / "out", text="once upon a time")


def index(folder: Path) -> dict[str, Any]:
    said = (folder / "data" / "index.js").read_text("ascii")
    found: dict[str, Any] = json.loads(re.fullmatch(r"globalThis\.armillaryFrozen = \((.*)\);\n", said).group(1))  # type: ignore[union-attr]
    return found


def answer(folder: Path, path: str, **question: Any) -> Any:
    facts = index(folder)
    name = facts["files"][facts["where"][line(path, question)]]
    said = (folder / "data" / name).read_text("ascii")
    called, answers = json.loads("[" + said.removeprefix("armillaryKeep(").removesuffix(");\n") + "]")
    assert called == name
    return answers[line(path, question)]


def test_an_export_holds_what_the_server_answers(made: Export, client: Client) -> None:
    text = "once upon a time"
    for path, question in [
        ("tokens", {"id": "tiny", "text": text}),
        ("table", {"id": "tiny", "text": text}),
        ("near", {"id": "royal.space", "points": "W_E", "query": "king - man + woman", "n": 12}),
        ("inside/read", {"id": "tiny", "text": text}),
        ("count", {"name": "tiny", "changes": {"tied": True}}),
        ("next", {"id": "tiny", "text": text, "settings": {"temperature": 0.7, "top_k": 0, "top_p": 1, "min_p": 0},
                  "n": 24, "draws": 0, "seed": 0}),
    ]:
        assert client.ask(path, question) == (200, answer(made.folder, path, **question)["en"]["answer"]), path
    packed = answer(made.folder, "inside/patterns", id="tiny", text=text, block=1)["en"]["answer"]
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(packed), "<f4"),
                                  numbers(client, "inside/patterns", id="tiny", text=text, block=1))
    place = {"id": "royal.space", "points": "W_E"}
    assert answer(made.folder, "labels", **place)["en"]["answer"].split("\n")[:-1] == list(ROYAL)


def test_a_refusal_is_kept_in_both_languages(made: Export) -> None:
    word = examples()["layers"]["word"]["en"]  # of which the page Compare asks, be it in the space or not
    said = answer(made.folder, "near", id="royal.space", query=word, n=8)
    assert said["en"]["failed"]["kind"] == "UnknownLabel"
    assert re.search("[\u4e00-\u9fff]", said["zh"]["failed"]["message"])


def test_what_was_learned_can_be_seen_again_at_every_moment(
    front_end: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FROZEN", front_end)
    monkeypatch.setattr(web_home, "names", tuple)
    words, vectors = ["king", "queen", "boat", "river"], np.random.default_rng(3).normal(size=(3, 4, 5))
    Space(words, vectors[-1].astype(np.float32)).save(tmp_path / "circles.space")
    fractions = np.array([0.0, 0.5, 1.0])
    write_store(Store({"fractions": fractions, "vectors": vectors.astype(np.float32)},
                      {"kind": KIND, "words": words}), watched_of(tmp_path / "circles.space"))
    monkeypatch.setattr(plan_learned, "MOMENTS", 7)  # two words of three at every moment
    library = Library([str(tmp_path / "circles.space")], Shelf(folder=tmp_path / "shelf"))
    folder = export(library, tmp_path / "out").folder
    assert answer(folder, "learn")["en"]["answer"]["learned"] == [
        {"id": "circles.space", "kind": "vectors", "replay": True}]
    assert answer(folder, "replay", id="circles.space")["en"]["answer"]["words"] == words
    kept = [(word, frame) for word in words for frame in range(3)
            if line("replay/near", {"id": "circles.space", "word": word, "frame": frame, "n": 8})
            in index(folder)["where"]]
    assert kept == [(word, frame) for word in words[:2] for frame in range(3)] + [("boat", 2), ("river", 2)]
    asked = MomentQuestion("circles.space", "king", 1)
    assert answer(folder, "replay/near", **vars(asked))["en"]["answer"] == plain(moment(library, asked))


def test_sizes_are_told_and_nothing_of_this_machine_goes_in(made: Export, library: Library) -> None:
    files = [path for path in made.folder.rglob("*") if path.is_file() and path.name != MANIFEST]
    assert (made.files, made.bytes) == (len(files), sum(path.stat().st_size for path in files))
    assert sum(made.shares.values()) == made.bytes
    assert set(made.shares) == {"pages", "home", "tiny", "royal.space", "count", "compare", "learn"}
    assert made.command == "armillary explore royal.space tiny"
    here = str(library.items["tiny"].path.parent).encode()
    assert not [path.name for path in files if here in path.read_bytes()]
    manifest = json.loads((made.folder / MANIFEST).read_text("utf-8"))
    assert set(manifest["files"]) == {path.relative_to(made.folder).as_posix() for path in files}


@pytest.mark.long
def test_the_same_export_twice_is_the_same_bytes(
    made: Export, library: Library, front_end: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FROZEN", front_end)
    monkeypatch.setattr(web_home, "names", lambda: ("gpt2",))
    again = export(library, tmp_path / "again", text="once upon a time")
    for path in made.folder.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again.folder / path.relative_to(made.folder)).read_bytes(), path.name


def test_a_question_is_one_line_whoever_writes_it() -> None:
    assert line("home", {}) == "home"
    assert line("count", {"name": "gpt2", "changes": {}}) == 'count {"name":"gpt2"}'
    assert line("next", {"b": [1.0, 0.7], "a": {"z": "好\u2028\"", "y": None}}) == (
        'next {"a":{"y":null,"z":"好\u2028\\""},"b":[1,0.7]}')
    assert script("keep", "</script>好\u2028") == b'keep("</script>\\u597d\\u2028");\n'


def write(folder: Path, force: bool = False, **files: bytes) -> None:
    with folder_aside(folder, {}, force) as put:
        for name, content in files.items():
            put(f"data/{name}", content)


def test_only_an_export_is_replaced_and_only_with_force(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, one=b"1", two=b"2")
    with pytest.raises(OutputExists):
        write(folder, one=b"3")
    write(folder, force=True, one=b"3")
    assert sorted(path.name for path in (folder / "data").iterdir()) == ["one"]
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(FileError, match=r"mine\.txt"):
        write(folder, force=True, one=b"4")
    assert (folder / "mine.txt").read_text() == "mine"
    assert (folder / "data" / "one").read_bytes() == b"3"
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / MANIFEST).write_text('{"format": "other"}')
    with pytest.raises(FileError, match="no export"):
        write(strange, force=True, one=b"1")
    with pytest.raises(NotFound):
        write(tmp_path / "no" / "where", one=b"1")
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty", one=b"1")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_what_is_broken_off_leaves_nothing_half(tmp_path: Path, error: type[BaseException]) -> None:
    folder = tmp_path / "out"
    write(folder, one=b"1")

    def broken_off() -> None:
        with folder_aside(folder, {}, True) as put:
            put("data/one", b"2")
            raise error

    with pytest.raises(FileError if error is OSError else error):
        broken_off()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (folder / "data" / "one").read_bytes() == b"1"


def test_what_a_killed_export_left_is_taken_over_and_another_at_work_is_left_alone(tmp_path: Path) -> None:
    folder, part = tmp_path / "out", tmp_path / ".out.part"
    (part / "data").mkdir(parents=True)
    (part / "data" / "old").write_bytes(b"old")
    write(folder, one=b"1")
    assert sorted(path.name for path in folder.rglob("*")) == ["armillary.json", "data", "one"]
    part.mkdir()
    with file_aside(part / MANIFEST), pytest.raises(FileError, match="another process"):
        write(folder, force=True, one=b"2")
    assert (folder / "data" / "one").read_bytes() == b"1"


def test_the_command_says_how_large_and_is_broken_off_cleanly(
    library: Library, front_end: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    armillary_cli: Callable[..., Ran],
) -> None:
    monkeypatch.setattr(module, "FROZEN", front_end)
    monkeypatch.setattr(web_home, "names", lambda: ("gpt2",))
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    space, out = str(library.items["royal.space"].path), tmp_path / "out"
    ran = armillary_cli("explore", space, "--export", str(out))
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"royal\.space +\d+ kB", ran.out)
    assert "armillary explore royal.space" in " ".join(ran.out.split())
    assert str(out / "index.html") in ran.out.replace("\n", "")
    assert armillary_cli("explore", space, "--export", str(out)).code == 1

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = (out / MANIFEST).read_bytes()
    monkeypatch.setattr(module, "script", interrupted)
    assert armillary_cli("explore", space, "--export", str(out), "--force").code == 130
    assert (out / MANIFEST).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["out"]
    assert armillary_cli("explore", space, "--text", "x").code == 1


def test_pages_that_are_not_built_are_told(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FROZEN", tmp_path)
    with pytest.raises(NotFound, match="not built"):
        export(library, tmp_path / "out")
    assert not (tmp_path / "out").exists()
