import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tests.text.made_pairs import TEXT, small

Cli = Callable[..., Ran]
SENTENCE = "小沈阳江西演唱会邀请了,"
IDS = [31809, 31106, 230, 83175, 70277, 61786, 78256, 242, 84150, 109, 38093, 45932, 222, 15225, 35287, 11]


@pytest.fixture(scope="module")
def cl100k(data: Path) -> str:
    return str(data / "tokenizers" / "cl100k_base.tiktoken")


def test_the_sentence_of_the_lesson(armillary_cli: Cli, cl100k: str) -> None:
    answered = json.loads(armillary_cli("tokens", SENTENCE, "--in", cl100k, "--json").out)
    assert [one["id"] for one in answered["tokens"]] == IDS
    assert "".join(one["text"] for one in answered["tokens"]) == SENTENCE
    assert bytes.fromhex("".join(one["bytes"] for one in answered["tokens"])).decode() == SENTENCE
    assert [one["text"] for one in answered["tokens"][:4]] == ["小", "沈", "", "阳"]
    full = json.loads(armillary_cli("tokens", "小沈阳江西演唱会邀请了，", "--in", cl100k, "--json").out)
    assert [one["id"] for one in full["tokens"]] == [*IDS[:-1], 3922]


def test_the_ids_of_the_lesson(armillary_cli: Cli, cl100k: str) -> None:
    import armillary as ar

    tokenizer = ar.open(cl100k)
    known = {0: "!", 1: '"', 2: "#", 25: ":", 1000: "indow", 1001: "lement", 100255: " Conveyor", 53901: "好",
             91763: "思", 37689: "意"}
    assert {one: tokenizer.decode([one]) for one in known} == known


def test_a_split_character_is_drawn_once_above_its_bytes(armillary_cli: Cli, cl100k: str) -> None:
    assert armillary_cli("tokens", SENTENCE, "--in", cl100k).out.splitlines()[:3] == [
        "小     沈         阳     江     西     演         唱         会     邀",
        "31809  31106 230  83175  70277  61786  78256 242  84150 109  38093  45932 222",
        "       e6b2  88                        e6bc  94   e594  b1          e982  80",
    ]


def test_info_tells_ranks_special_and_unused_ids(armillary_cli: Cli, cl100k: str) -> None:
    facts = json.loads(armillary_cli("info", cl100k, "--json").out)
    assert (facts["ranks"], facts["tokens"], facts["n_vocab"], facts["unused"]) == (100256, 100261, 100277, 16)
    assert facts["kind"] == "tokenizer"
    assert facts["unused_ids"] == ["100256", "100261-100275"]
    assert sorted(facts["special"].values()) == [100257, 100258, 100259, 100260, 100276]
    told = armillary_cli("info", cl100k, "--lang", "zh").out
    assert "100,256" in told
    assert "特殊词元" in told


def test_merges_are_shown_one_a_line(armillary_cli: Cli, tmp_path: Path) -> None:
    small(tmp_path)
    shown = armillary_cli("tokens", "the", "--in", str(tmp_path), "--merges").out.splitlines()
    assert shown[-1] == "the"
    assert shown[4] == "t h e"
    told = json.loads(armillary_cli("tokens", "the", "--in", str(tmp_path), "--merges", "--json").out)
    assert told["merges"][0]["steps"][0] == ["t", "h", "e"]


def test_special_tokens_and_stdin(armillary_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    small(tmp_path)
    text = "a<|endoftext|>\n"
    as_text = json.loads(armillary_cli("tokens", text, "--in", str(tmp_path), "--json").out)
    assert 319 not in [one["id"] for one in as_text["tokens"]]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    read = json.loads(armillary_cli("tokens", "-", "--in", str(tmp_path), "--json", "--special").out)
    assert [one["text"] for one in read["tokens"]] == ["a", "<|endoftext|>", "\n"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\xff")))
    assert armillary_cli("tokens", "-", "--in", str(tmp_path)).code == 1


def test_what_is_no_tokenizer_says_so(armillary_cli: Cli, tmp_path: Path, royal_store: str) -> None:
    for target in (str(tmp_path), royal_store):
        ran = armillary_cli("tokens", "a", "--in", target)
        assert (ran.code, ran.out) == (1, "")
        assert "tokenizer" in ran.err
    assert armillary_cli("tokens", "a", "--in", "nowhere").code == 3
    small(tmp_path)
    assert armillary_cli("near", "king", "--in", str(tmp_path / "tokenizer.json")).code == 1


def test_a_tokenizer_learned_from_a_text_is_opened_again(armillary_cli: Cli, tmp_path: Path) -> None:
    text, out = tmp_path / "book.txt", tmp_path / "book"
    text.write_text(TEXT, encoding="utf-8")
    shown = armillary_cli("learn", "tokenizer", str(text), "--out", str(out), "--size", "320", "--merges", "3").out
    assert [line.split()[3] for line in shown.splitlines()[2:5]] == ["256", "257", "258"]
    first = (out / "tokenizer.json").read_bytes()
    assert armillary_cli("learn", "tokenizer", "-", "--out", str(out / "2"), "--merges", "3").code == 1
    assert armillary_cli("learn", "tokenizer", str(text), "--out", str(out), "--size", "320").code == 1
    again = ["--size", "320", "--merges", "3", "--force", "--json"]
    told = json.loads(armillary_cli("learn", "tokenizer", str(text), "--out", str(out), *again).out)
    assert (out / "tokenizer.json").read_bytes() == first
    assert told["tokens"] == 320
    assert [one["id"] for one in told["merges"]] == [256, 257, 258]
    read = json.loads(armillary_cli("tokens", "The king", "--in", str(out), "--json").out)
    assert "".join(one["text"] for one in read["tokens"]) == "The king"


def test_the_examples_run(armillary_cli: Cli, tmp_path: Path, cl100k: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("book.txt").write_text(TEXT, encoding="utf-8")
    Path("红楼梦.txt").write_text(TEXT, encoding="utf-8")
    for name in ("tokens", "learn tokenizer"):
        page = armillary_cli(*name.split(), "--help").out.partition("Examples:")[2]
        for example in page.split("\n"):
            words = [cl100k if word == "cl100k_base" else word for word in shlex.split(example.partition(" < ")[0])]
            if words and "-" not in words:
                assert armillary_cli(*words[1:]).code == 0, example
