"""`armillary learn` from the command line: what it prints, how it ends, interrupted and killed, the same bytes."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from armillary.space import Space
from tests.conftest import Ran
from tests.learning.texts import english, files

pytest.importorskip("numba")
Cli = Callable[..., Ran]
FEW = ("--min-count", "1", "--vector-size", "16", "--epochs", "3")
ROOT = Path(__file__).parents[2]
KEYS = ["out", "method", "words", "vocabulary", "vector_size", "epochs", "loss", "held_out", "words_per_second",
        "seconds", "sha256", "settings", "notes", "watched"]


@pytest.mark.parametrize(("text", "words", "vocabulary"), [("en.txt", 6400, 25), ("zh.txt", 4800, 20)])
@pytest.mark.parametrize("method", ["skipgram", "cbow", "glove", "ppmi"])
def test_the_answer_as_json(armillary_cli: Cli, text: str, words: int, vocabulary: int, method: str) -> None:
    few = [*FEW, "--vector-size", "8"] if method != "ppmi" else ["--vector-size", "8"]
    ran = armillary_cli("learn", "vectors", text, "--out", "a.space", "--method", method, *few, "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert list(told) == KEYS
    assert (told["words"], told["vocabulary"], told["vector_size"]) == (words, vocabulary, 8)
    assert len(told["loss"]) == told["epochs"] == (0 if method == "ppmi" else 3)
    assert told["settings"]["method"] == method
    assert len(told["sha256"]) == 64
    assert Space.load("a.space").near("queen" if text == "en.txt" else "王后", 1)


@pytest.mark.parametrize(("said", "lengths"), [([], (3, 6)), (["--minn", "2", "--maxn", "4"], (2, 4))])
def test_subwords_give_a_vector_to_words_that_are_not_in_the_text(
    armillary_cli: Cli, said: list[str], lengths: tuple[int, int]
) -> None:
    few = ["--min-count", "1", "--vector-size", "8", "--epochs", "1", "--bucket", "500"]
    ran = armillary_cli("learn", "vectors", "en.txt", "--out", "a.space", "--subwords", *said, *few, "--json")
    assert ran.code == 0, ran.err
    settings = json.loads(ran.out)["settings"]
    assert (settings["minn"], settings["maxn"], settings["bucket"]) == (*lengths, 500)
    assert armillary_cli("near", "queens", "--in", "a.space").code == 0
    whole = armillary_cli("learn", "vectors", "en.txt", "--out", "b.space", *few[:-2], "--json")
    assert json.loads(whole.out)["settings"]["maxn"] == 0
    assert armillary_cli("near", "queens", "--in", "b.space").code == 3


def test_progress_is_lines_of_json_where_nobody_looks(armillary_cli: Cli) -> None:
    ran = armillary_cli("learn", "vectors", "en.txt", "--out", "a.space", *FEW, "--held-out", "0.1", "--workers", "1")
    lines = [json.loads(line) for line in ran.err.splitlines()]
    assert [line["stage"] for line in lines if "stage" in line] == ["reading", *["learning"] * 4]
    epochs = [line for line in lines if "epoch_loss" in line]
    assert [line["epoch"] for line in epochs] == [1, 2, 3]
    assert all({"words_per_second", "loss", "held_out", "fraction"} <= line.keys() for line in epochs)
    assert any(line.get("note", "").startswith("memory: ") for line in lines)
    assert "6,400 words: expect neighbours, not analogies" in ran.err
    assert f"{epochs[-1]['epoch_loss']:.3f}" in ran.out
    quiet = armillary_cli("learn", "vectors", "en.txt", "--out", "b.space", *FEW, "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_answer_to_people_fits_80_columns(armillary_cli: Cli, language: str) -> None:
    ran = armillary_cli("learn", "vectors", "zh.txt", "--out", "a.space", *FEW, "--watch", "国王", "--lang", language)
    assert all(cell_len(line) <= 80 for line in ran.out.splitlines())
    assert ("SHA-256 of the vectors" in ran.out) == (language == "en")
    assert ("向量的 SHA-256" in ran.out) == (language == "zh")
    assert "a.space.watch" in ran.out


@pytest.mark.parametrize("name", ["learn", "learn vectors", "learn items"])
def test_the_examples_run(armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("armillary.learning.self_supervised.course._WRITTEN", 2)  # tokens of a sample
    text, chinese = Path("en.txt").read_bytes(), Path("zh.txt").read_bytes()
    Path("news").mkdir()
    for path, content in (("book.txt", text), ("news/one.txt", text), ("红楼梦.txt", chinese)):
        Path(path).write_bytes(content)
    Path("playlists.txt").write_text("aria,fugue,march\nblues,swing\n" * 20, encoding="utf-8")
    Path("orders.csv").write_text("order,product\n" + "1,bread\n1,jam\n2,saw\n2,nail\n" * 9, encoding="utf-8")
    page = armillary_cli(*name.split(), "--help").out
    for example in page.partition("Examples:")[2].strip().splitlines():
        words = shlex.split(example)
        short = ["--steps", "2"] if "gpt" in words else []  # else it learns for its two minutes
        ran = armillary_cli(*words[1:], "--force", *short)
        assert ran.code == 0, (example, ran.err)
        assert "SHA-256" in ran.out


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["vectors", "missing.txt"], 3, "missing.txt"),
    (["vectors", "empty.txt"], 1, "no word"),
    (["vectors", "binary.txt"], 1, "zero"),
    (["vectors", "rare.txt"], 1, "min_count"),
    (["vectors", "one.txt", "--min-count", "1"], 1, "two different words"),
    (["vectors", "en.txt", "--out", "there.space"], 1, "--force"),
    (["vectors", "en.txt", "--out", "no/where.space"], 3, "no folder"),
    (["vectors", "en.txt", "--method", "glove", "--alpha", "0.1"], 1, "alpha is no setting of glove"),
    (["vectors", "en.txt", "--watch", "kign"], 3, "king"),
    (["vectors", "en.txt", "--freeze", "kign"], 3, "king"),
    (["vectors", "en.txt", "--start", "nowhere.space"], 3, "nowhere.space"),
    (["vectors", "en.txt", "--start", "there.space", "--vector-size", "3"], 1, "vector_size"),
    (["vectors", "en.txt", "--held-out", "7"], 1, "held_out"),
    (["vectors", "en.txt", "--sample", "nan"], 1, "sample"),
    (["vectors", "en.txt", "--column", "text"], 1, "Parquet"),
    (["vectors", "en.txt", "--method", "word2vec"], 2, "skipgram"),
    (["vectors", "en.txt", "--epochs", "0"], 2, "--epochs"),
    (["vectors", "en.txt", "--epochs", "many"], 2, "--epochs"),
    (["vectors"], 2, "CORPUS"),
    (["items", "missing.txt"], 3, "missing.txt"),
    (["items", "en.txt", "--columns", "order"], 1, "order,item"),
    (["items", "en.txt", "--columns", "order,item"], 1, "order"),
    (["nonsense"], 2, "nonsense"),
])
def test_what_goes_wrong_ends_in_one_line_and_leaves_nothing(
    desk: Path, armillary_cli: Cli, arguments: list[str], code: int, said: str, language: str
) -> None:
    for name, content in (("empty", b""), ("binary", b"\x00\x01" * 99), ("rare", b"one two three"), ("one", b"a a a")):
        Path(f"{name}.txt").write_bytes(content)
    armillary_cli("learn", "vectors", "en.txt", "--out", "there.space", *FEW)
    before = files(desk)
    more = ["--quiet"] if arguments[0] != "nonsense" else []
    more += ["--out", "new.space"] if "--out" not in arguments and more else []
    ran = armillary_cli("learn", *arguments, *more, "--lang", language)
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert ran.err.startswith("armillary: ")
    assert ran.err.count("\n") == 1
    assert said in ran.err or language == "zh"
    assert any("一" <= character <= "鿿" for character in ran.err) == (language == "zh")
    assert files(desk) == before


def child(*arguments: str, before: str = "", **environment: str) -> subprocess.Popen[str]:
    code = f"import sys\nsys.argv[0] = 'armillary'\n{before}\nfrom armillary.cli.main import main\nmain(sys.argv[1:])"
    folder = environment.pop("FOLDER", None)
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        encoding="utf-8", env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "", **environment},
    )


def test_threads_hash_seed_locale_and_folder_change_no_byte(desk: Path, tmp_path: Path, armillary_cli: Cli) -> None:
    arguments = ("--out", "a.space", *FEW, "--phrases", "1", "--held-out", "0.1", "--watch", "king", "--shards", "2")
    assert armillary_cli("learn", "vectors", "en.txt", *arguments, "--workers", "1").code == 0
    other = tmp_path / "elsewhere"
    other.mkdir()
    surroundings = {"PYTHONHASHSEED": "77", "LC_ALL": "zh_CN.UTF-8", "TZ": "Asia/Shanghai", "FOLDER": str(other),
                    "XDG_CACHE_HOME": str(tmp_path / "another cache"), "PYTHONPATH": str(ROOT)}
    running = child("learn", "vectors", str(desk / "en.txt"), *arguments, "--workers", "3", **surroundings)
    _, err = running.communicate(timeout=110)
    assert running.returncode == 0, err
    for name in ("a.space", "a.space.watch"):
        assert files(other / name) == files(desk / name)


# A step takes 0.05 s longer, so that there is time to be killed.
SLOW = """
import time
from armillary.learning import output
keep = output.Output.keep
def slow(self, state, at_once=False):
    keep(self, state, at_once)
    time.sleep(0.05)
output.Output.keep = slow
"""


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_inside_an_epoch_and_gone_on_with(desk: Path, armillary_cli: Cli, how: signal.Signals) -> None:
    Path("long.txt").write_text(english(12_000), encoding="utf-8")
    arguments = ("learn", "vectors", "long.txt", "--vector-size", "8", "--epochs", "3", "--shards", "1")
    assert armillary_cli(*arguments, "--out", "whole.space").code == 0
    running = child(*arguments, "--out", "cut.space", "--snapshot-seconds", "0", before=SLOW, PYTHONPATH=str(ROOT))
    assert running.stderr is not None
    while '"epoch": 1' not in running.stderr.readline():  # told at the end of the first
        pass
    while not any(Path("cut.space.learning").glob("manifest.json")):
        pass
    running.send_signal(how)
    out, err = running.communicate(timeout=110)
    assert (running.returncode, out) == (130 if how == signal.SIGINT else -signal.SIGKILL, "")
    assert not Path("cut.space").exists()
    if how == signal.SIGINT:
        last = err.splitlines()[-1]
        assert "interrupted; all is saved in cut.space.learning. Go on with: armillary learn vectors long.txt" in last
        words = shlex.split(last.partition("Go on with: armillary ")[2])
    else:
        words = [*arguments, "--out", "cut.space", "--snapshot-seconds", "0", "--resume"]
    again = armillary_cli(*words)
    assert again.code == 0, again.err
    first = next(json.loads(line) for line in again.err.splitlines() if '"epoch"' in line)
    assert first["fraction"] > 0.2, "it went on, it did not begin anew"
    assert files(desk / "cut.space") == files(desk / "whole.space")
    assert not Path("cut.space.learning").exists()


def test_interrupted_before_there_is_anything_it_says_so(
    armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch, desk: Path
) -> None:
    before = files(desk)
    monkeypatch.setattr("armillary.learning.learn.read_corpus", _interrupt)
    ran = armillary_cli("learn", "vectors", "en.txt", "--out", "a.space", "--quiet")
    assert (ran.code, ran.out, ran.err) == (130, "", "armillary: interrupted; nothing was written\n")
    assert files(desk) == before


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_without_numba_it_says_so_before_the_text_is_read() -> None:
    block = """
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numba":
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
"""
    running = child("learn", "vectors", "en.txt", "--out", "a.space", before=block, PYTHONPATH=str(ROOT))
    out, err = running.communicate(timeout=110)
    assert (running.returncode, out) == (4, "")
    assert err.startswith("armillary: this needs numba")
    assert err.endswith("pip install 'armillary[fast]'\n")
    assert err.count("\n") == 1
    running = child("learn", "vectors", "en.txt", "--out", "a.space", "--method", "ppmi", "--vector-size", "8",
                    "--quiet", before=block, PYTHONPATH=str(ROOT))
    assert running.communicate(timeout=110) == ("", "")
    assert Path("a.space").exists()


def test_words_may_come_from_a_file_and_text_from_stdin(armillary_cli: Cli) -> None:
    Path("words.txt").write_text("king\nqueen\n", encoding="utf-8")
    two = ("learn", "vectors", "en.txt", "zh.txt", "--out", "a.space", *FEW)
    ran = armillary_cli(*two, "--stop", "@words.txt", "国王")
    assert ran.code == 0, ran.err
    space = Space.load("a.space")
    assert len(space) == 25 + 20 - 3
    assert "throne" in space
    assert "queen" not in space
    with Path("en.txt").open("rb") as stdin:
        ran_child = subprocess.run(
            [sys.executable, "-c", "from armillary.cli.main import main; main()", "learn", "vectors", "-", "--out",
             "b.space", "--quiet", *FEW], stdin=stdin, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        )
    assert ran_child.returncode == 0
    assert len(Space.load("b.space")) == 25


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.long)])
def test_the_tour_of_a_text_of_ones_own(armillary_cli: Cli, language: str) -> None:
    text, word = ("en.txt", "king") if language == "en" else ("zh.txt", "国王")
    ran = armillary_cli("tour", "--learn", text, "--word", word, "--lang", language)
    assert (ran.code, ran.err) == (0, "")
    assert all(cell_len(line.rstrip()) <= 80 for line in ran.out.splitlines())
    assert ("held out" in ran.out) == (language == "en")
    told = json.loads(armillary_cli("tour", "--learn", text, "--json").out)
    assert 3 < told["loss_before"] <= 4.2  # 6 ln 2, less where a random word is often the right one
    assert told["loss"][-1] < told["loss_before"] - 1
    assert [one["cosine"] for one in told["before"]] != [one["cosine"] for one in told["after"]]
    assert armillary_cli("tour", "--learn", text, "--word", "nowhere").code == 3
    assert armillary_cli("tour", "--learn", "missing.txt").code == 3


