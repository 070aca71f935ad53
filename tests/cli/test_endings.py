"""How commands end: exit codes, one line on stderr, nothing lost, nothing steered from outside."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from armillary.space import Space
from tests.conftest import Ran

Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, royal_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in a folder with a store in it, and with an empty shelf."""
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def one_line(ran: Ran) -> str:
    assert ran.out == "", "what went wrong is no data"
    assert ran.err.startswith("armillary: ")
    assert ran.err.endswith("\n")
    assert ran.err.count("\n") == 1
    return ran.err


IN = ("--in", "royal.space")


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["near", "kign", *IN], 3, "'kign' is not in this space. Near spellings: king"),
    (["near", "king - qeen", *IN], 3, "queen"),
    (["near", "king", "--in", "glove-6b-50"], 3, "glove-6b-50d"),
    (["near", "king", "--in", "glove-6b-50d"], 3, "armillary get glove-6b-50d"),
    (["near", "king", "--in", "missing.space"], 3, "'missing.space'"),
    (["near", "king", "--in", "cl100k_base"], 1, "tokenizer"),
    (["tour"], 3, "armillary get glove-6b-50d"),
    (["near", "king", "--among", "@missing.txt", *IN], 3, "missing.txt"),
    (["get", "no-such-model"], 3, "no-such-model"),
    (["info", "glove-6b-50dd"], 3, "glove-6b-50d"),
    (["bench", "nothing-like-it"], 3, "nothing-like-it"),
    (["embed", "missing.txt", *IN, "--out", "o.space"], 3, "missing.txt"),
    (["near", "king - king", *IN], 1, "zeros"),
    (["near", "king queen", *IN], 1, "no + or - between 'king' and 'queen'"),
    (["near", "king", "--in", "home"], 3, "'home'"),
    (["near", "king", "--in", "."], 1, "no space in it"),
    (["odd", "king", "queen", *IN], 1, "at least 3"),
    (["direction", "king", *IN], 3, "--save king"),
    (["direction", "king:", "man:woman", *IN], 1, "cat:cats"),
    (["convert", "royal.space", "out.xyz"], 1, ".xyz"),
    (["near"], 2, "is missing"),
    (["near", "king"], 2, "--in is missing"),
    (["near", "king", *IN, "-n", "0"], 2, "-n"),
    (["near", "king", *IN, "-n", "many"], 2, "-n"),
    (["near", "king", *IN, "--metric", "taxi"], 2, "cosine"),
    (["near", "king", *IN, "--colour"], 2, "--colour"),
    (["near", "-lrb-", *IN], 2, "come last, after --"),
    (["near", "king", "queen", *IN], 1, "no + or - between 'king' and 'queen'"),
    (["similarity", "king", "queen", "man", *IN], 2, "man"),
    (["nearest"], 2, "nearest"),
    (["near", "king", *IN, "--lang", "fr"], 2, "--lang"),
])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_goes_wrong_ends_in_one_line_and_its_code(
    armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str, language: str
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8" if language == "zh" else "en_GB.UTF-8")
    ran = armillary_cli(*arguments)
    line = one_line(ran)
    assert ran.code == code, line
    if language == "en":
        assert said in line
    elif "--lang" not in arguments:
        assert any("一" <= character <= "鿿" for character in line), f"not in Chinese: {line}"


@pytest.mark.parametrize("arguments", [
    ["convert", "royal.space", "out.txt"], ["convert", "royal.space", "out.space"],
    ["slice", "king", "queen", "man", *IN, "--out", "out.svg"],
    ["align", "royal.space", "royal.space", "--out", "out.space"],
    ["embed", "texts.txt", *IN, "--out", "out.space"],
    ["direction", "cat:cats", *IN, "--project", "dog", "--out", "out.svg"],
    ["direction", "cat:cats", *IN, "--remove", "out.space"],
])
def test_what_is_there_is_replaced_only_by_force(armillary_cli: Cli, arguments: list[str]) -> None:
    Path("texts.txt").write_text("king and queen\n", encoding="utf-8")
    assert armillary_cli(*arguments).code == 0
    before = {path: path.read_bytes() for path in Path().rglob("out*") if path.is_file()}
    ran = armillary_cli(*arguments)
    assert (ran.code, "--force" in one_line(ran)) == (1, True)
    assert {path: path.read_bytes() for path in Path().rglob("out*") if path.is_file()} == before
    assert armillary_cli(*arguments, "--force").code == 0


def test_a_folder_that_is_no_store_is_not_replaced_even_by_force(armillary_cli: Cli) -> None:
    Path("photos.space").mkdir()
    Path("photos.space/cat.jpg").write_bytes(b"cat")
    ran = armillary_cli("convert", "royal.space", "photos.space", "--force")
    assert ran.code == 1
    assert Path("photos.space/cat.jpg").read_bytes() == b"cat"


HOSTILE = "evil\x1b]0;title\x07\x9b31m\u202e\r"


@pytest.fixture
def hostile() -> None:
    """A space whose labels would steer a terminal, under a name that would too."""
    vectors = np.array([[1, 0], [0.9, 0.1], [0.1, 1]], np.float32)
    Space(["cat", HOSTILE, "dog"], vectors, origin={"name": HOSTILE}).save(f"{HOSTILE}.space")


@pytest.mark.parametrize("arguments", [
    ["near", "cat"], ["near", "cat", "--json"], ["near", "cat", "--jsonl"], ["near", HOSTILE],
    ["near", f"cat - {HOSTILE}"], ["near", f"{HOSTILE}x"], ["near", f'"{HOSTILE}'], ["similarity", "cat", HOSTILE],
    ["similarity", "cat", HOSTILE, "--json"], ["odd", "cat", HOSTILE, "dog"], ["odd", "cat", HOSTILE, "dog", "--json"],
    ["direction", f"cat:{HOSTILE}", "--project", "dog", HOSTILE], ["direction", HOSTILE],
    ["near", "cat", "--among", f"@{HOSTILE}"], ["near", "cat", f"--{HOSTILE}"], ["near", "cat", HOSTILE],
    ["slice", "cat", "dog", HOSTILE, "--json"], ["slice", "cat", "dog", HOSTILE, "--out", f"{HOSTILE}.svg"],
    ["slice", "cat", "dog", HOSTILE, "--out", f"{HOSTILE}.gif"], ["near", "cat", "--metric", HOSTILE],
    ["direction", "cat:dog", "--save", HOSTILE],
])
def test_labels_and_names_cannot_steer_the_terminal(armillary_cli: Cli, hostile: None, arguments: list[str]) -> None:
    ran = armillary_cli(*arguments, "--in", f"{HOSTILE}.space")
    assert (ran.out + ran.err).replace("\n", "").isprintable()
    if arguments[-1] in ("--json", "--jsonl"):
        assert json.loads(ran.out)


@pytest.mark.parametrize("arguments", [
    ["info", f"{HOSTILE}.space"], ["info", f"{HOSTILE}.space", "--json"], ["verify", f"{HOSTILE}.space"],
    ["convert", f"{HOSTILE}.space", f"{HOSTILE}.npy"], ["convert", f"{HOSTILE}.space", f"{HOSTILE}.xyz"],
    ["info", f"{HOSTILE}.nothing"], [HOSTILE], ["get", HOSTILE], ["bench", HOSTILE], ["shelf", "--remove", HOSTILE],
    ["align", f"{HOSTILE}.space", f"{HOSTILE}.space"], ["evaluate", f"{HOSTILE}.space", "--suite", HOSTILE],
    ["--lang", HOSTILE], ["weat", HOSTILE, "--in", f"{HOSTILE}.space"],
])
def test_names_of_files_cannot_steer_the_terminal(armillary_cli: Cli, hostile: None, arguments: list[str]) -> None:
    ran = armillary_cli(*arguments)
    assert (ran.out + ran.err).replace("\n", "").isprintable()


def test_json_keeps_hostile_labels_as_they_are_once_read(armillary_cli: Cli, hostile: None) -> None:
    ran = armillary_cli("near", "cat", "--in", f"{HOSTILE}.space", "--json")
    assert [one["label"] for one in json.loads(ran.out)["neighbours"]] == [HOSTILE, "dog"]


def test_bytes_that_are_no_text_are_said_by_line(armillary_cli: Cli) -> None:
    Path("bad.txt").write_bytes(b"king\nqu\xffeen\n")
    for arguments in (
        ["embed", "bad.txt", *IN, "--out", "o.space"], ["near", "king", *IN, "--among", "@bad.txt"],
        ["align", "royal.space", "royal.space", "--pairs", "bad.txt"],
    ):
        ran = armillary_cli(*arguments)
        assert ran.code == 1
        assert "line 1" in one_line(ran) or "line 2" in one_line(ran)


def test_a_folder_in_place_of_a_file_ends_in_one_line_too(armillary_cli: Cli) -> None:
    ran = armillary_cli("near", "king", *IN, "--among", "@.")
    assert (ran.code, one_line(ran).startswith("armillary: .: ")) == (1, True)


def test_a_damaged_store_is_said_to_be(armillary_cli: Cli) -> None:
    part = next(Path("royal.space").glob("vectors-*"))
    content = part.read_bytes()
    part.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    ran = armillary_cli("verify", "royal.space")
    assert (ran.code, part.name in one_line(ran)) == (1, True)
    part.write_bytes(content[:-1])
    ran = armillary_cli("near", "king", *IN)
    assert (ran.code, part.name in one_line(ran)) == (1, True)


def child(*arguments: str, before: str = "", stdin: int | IO[bytes] = subprocess.PIPE) -> subprocess.Popen[bytes]:
    code = f"import sys\n{before}\nfrom armillary.cli.main import main\nmain(sys.argv[1:])"
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""})


def test_a_reader_that_goes_away_is_no_error() -> None:
    Path("queries.txt").write_bytes(b"king\n" * 5_000)
    with Path("queries.txt").open("rb") as queries:
        running = child("near", "-", *IN, "--jsonl", stdin=queries)
    assert running.stdout is not None
    assert running.stderr is not None
    assert json.loads(running.stdout.readline())["query"] == "king"
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait(60) == 0


def test_interrupted_it_ends_with_130_and_what_was_answered_stays() -> None:
    running = child("near", "-", *IN, "--jsonl")
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"king\n")
    running.stdin.flush()
    first = running.stdout.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert json.loads(first)["query"] == "king"
    assert (out, err.strip()) == (b"", b"armillary: interrupted")


SLOW = """
import time
from armillary.space.space import Space
from armillary.formats import store
write = store._write_part
def slow(*arguments):
    made = write(*arguments)
    sys.stderr.write("part\\n"); sys.stderr.flush()
    time.sleep(30)
    return made
store._write_part = slow
"""


def test_interrupted_while_it_writes_it_leaves_what_was_there() -> None:
    before = {path.name: path.read_bytes() for path in Path("royal.space").iterdir()}
    running = child("convert", "royal.space", "royal.space", "--force", "--limit", "3", before=SLOW)
    assert running.stderr is not None
    assert running.stderr.readline() == b"part\n"
    time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err.strip()) == (130, b"armillary: interrupted")
    assert {path.name: path.read_bytes() for path in Path("royal.space").iterdir()} == before


BLOCK = """
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
"""


@pytest.mark.parametrize(("missing", "extra", "arguments"), [
    ("pyarrow", "table", ["convert", "royal.space", "out.parquet"]),
    ("openTSNE", "map", ["slice", *(f"w{i}" for i in range(12)), "--tsne", "--in", "many.space", "--json"]),
    ("zstandard", "zstd", ["convert", "royal.space", "out.txt.zst", "--limit", "8"]),
])
def test_a_missing_extra_ends_with_4_and_the_line_that_installs_it(
    missing: str, extra: str, arguments: list[str]
) -> None:
    random = np.random.default_rng(0)
    Space([f"w{i}" for i in range(12)], random.standard_normal((12, 3), np.float32)).save("many.space")
    running = child(*arguments, before=BLOCK.replace("{names}", repr({missing})))
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (4, b"")
    assert f"pip install 'armillary[{extra}]'" in err.decode()
    assert missing in err.decode()
    assert not list(Path().glob("out*"))


def test_what_is_left_is_not_looked_through_at_the_end(armillary_cli: Cli) -> None:
    before = gc.get_freeze_count()
    armillary_cli("info", "royal.space")
    assert gc.get_freeze_count() <= before, "whoever calls `main` goes on"
    running = child("--version", before="import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 0))")
    assert running.communicate(timeout=60)[0].decode().splitlines()[-1] == "True"
