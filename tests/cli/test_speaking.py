"""next, write, chat, perplexity: what they print, in both languages, on a model that opens in no time."""

import io
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import armillary as ar
from armillary.cli.speaking import bar, legible, percent
from armillary.speak.engine import Scores
from armillary.speak.write import Step, Writing
from tests.conftest import Ran
from tests.parity.test_models_transformers import one_thread
from tests.speak.tiny import CHATML, speaking_folder, speaking_gguf

__all__ = ["one_thread"]
Cli = Callable[..., Ran]
TEXT = "Once upon a time 从前"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(speaking_folder(tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(speaking_gguf(tmp_path_factory.mktemp("models") / "other.gguf", seed=1))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Gives a command its stdin."""
    def given(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))

    return given


def test_next_in_json(model: str, armillary_cli: Cli) -> None:
    told = json.loads(armillary_cli("next", TEXT, "--in", model, "-n", "330", "--json").out)
    assert list(told) == ["next"]
    assert list(told["next"][0]) == ["token", "id", "probability", "logit"]
    assert sorted(one["id"] for one in told["next"]) == list(range(330))
    assert sum(one["probability"] for one in told["next"]) == pytest.approx(1)
    found = ar.open(model).next(TEXT, 3)
    assert [one["id"] for one in told["next"][:3]] == [one.id for one in found]


def test_next_draws_bars_and_says_how_many_tokens_have_a_score(model: str, armillary_cli: Cli) -> None:
    ran = armillary_cli("next", TEXT, "--in", model, "-n", "4")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert lines[0].split() == ["rank", "token", "id", "score", "chance"]
    assert lines[-1] == "330 tokens have a score"
    assert len(lines) == 2 + 4 + 1
    assert all(len(line) <= 80 for line in lines)
    assert "%" in lines[2]
    assert any(block in lines[2] for block in "█▏▎▍▌▋▊▉")


def test_settings_change_the_chances_and_not_the_scores(model: str, armillary_cli: Cli) -> None:
    def asked(*flags: str) -> list[dict[str, float]]:
        found: list[dict[str, float]] = json.loads(
            armillary_cli("next", TEXT, "--in", model, "--json", *flags).out)["next"]
        return found

    plain, greedy, cut = asked(), asked("--temperature", "0"), asked("--top-k", "3")
    assert (len(plain), len(greedy), len(cut)) == (10, 1, 3)
    assert greedy[0]["probability"] == 1
    assert sum(one["probability"] for one in cut) == pytest.approx(1)
    assert [one["logit"] for one in cut] == [one["logit"] for one in plain[:3]]
    assert len(asked("--top-p", "0.05")) < 10
    assert len(asked("--min-p", "0.9")) < 10
    assert asked("--repetition-penalty", "3")[0] != plain[0]


def test_temperatures_side_by_side(model: str, armillary_cli: Cli) -> None:
    heats = [flag for one in (0, 1, 2, 5) for flag in ("--temperature", str(one))]
    ran = armillary_cli("next", TEXT, "--in", model, *heats)
    assert "T = 0    T = 1    T = 2    T = 5" in " ".join(ran.out.split("\n")[0].split(" ")).replace("     ", "    ")
    told = json.loads(armillary_cli("next", TEXT, "--in", model, *heats, "--json").out)
    assert [one["temperature"] for one in told["by_temperature"]] == [0, 1, 2, 5]
    highest = [one["next"][0]["probability"] for one in told["by_temperature"]]
    assert highest == sorted(highest, reverse=True)
    assert highest[0] == 1


def test_all_rows_as_in_training(model: str, armillary_cli: Cli) -> None:
    ids = ar.open(model).tokenizer.encode(TEXT).tolist()
    told = json.loads(armillary_cli("next", TEXT, "--in", model, "--all", "--json").out)["rows"]
    assert [one["id"] for one in told] == ids
    assert told[-1]["chance_of_what_came"] is None
    assert [one["id"] for one in told[-1]["next"]] == [one.id for one in ar.open(model).next(TEXT)]
    ran = armillary_cli("next", TEXT, "--in", model, "--all")
    assert len(ran.out.splitlines()) == len(ids) + 2
    assert ran.out.splitlines()[-1].split()[-1] == "?"


def test_write_goes_on_from_the_text_and_tells_how_it_ended(model: str, armillary_cli: Cli) -> None:
    ran = armillary_cli("write", TEXT, "--in", model, "-n", "12")
    assert ran.code == 0
    assert ran.out.startswith(TEXT)
    assert ran.out == armillary_cli("write", TEXT, "--in", model, "-n", "12").out
    assert ran.out != armillary_cli("write", TEXT, "--in", model, "-n", "12", "--seed", "1").out
    assert "12 tokens, perplexity" in ran.err
    assert "as long as was asked for" in ran.err
    assert armillary_cli("write", TEXT, "--in", model, "-n", "12", "--quiet").err == ""
    told = json.loads(armillary_cli("write", TEXT, "--in", model, "-n", "12", "--json").out)
    [one] = told["texts"]
    assert legible(TEXT + one["text"]) + "\n" == ran.out
    assert (one["ending"], len(one["tokens"]), one["forgotten"]) == ("most", 12, 0)
    assert one["nats_per_token"] == pytest.approx(sum(each["nats"] for each in one["tokens"]) / 12)
    bits = 12 * one["nats_per_token"] / math.log(2) / len(one["text"].encode())
    assert one["bits_per_byte"] == pytest.approx(bits)


def test_a_full_context_stops_or_slides_and_says_so(model: str, armillary_cli: Cli) -> None:
    ran = armillary_cli("write", TEXT, "--in", model, "-n", "200", "--temperature", "2", "--context", "24")
    assert "the context is full; --on-full slide goes on" in ran.err
    ran = armillary_cli("write", TEXT, "--in", model, "-n", "30", "--on-full", "slide", "--context", "24",
                        "--temperature", "2")
    assert "the context of 24 tokens is full: from here on the model sees the last 13" in ran.err
    long = armillary_cli("write", "the sea " * 40, "--in", model)
    assert (long.code, "fills the context of 64; with --on-full slide" in long.err) == (1, True)
    assert armillary_cli("write", "the sea " * 40, "--in", model, "--on-full", "slide", "-n", "3").code == 0
    assert "goes from 2 to 64" in armillary_cli("write", TEXT, "--in", model, "--context", "65").err


def test_several_write_side_by_side(model: str, other: str, armillary_cli: Cli) -> None:
    ran = armillary_cli("write", "the sea", "--in", model, "--in", other, "-n", "8")
    assert ran.code == 0
    assert ran.out.splitlines()[0].startswith(model[:20])
    assert ran.out.count("the sea") == 2
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert "the sea" in ran.out.split("\n")[len(ran.out.splitlines()) // 2] or ran.out.count("perplexity") == 2
    told = json.loads(armillary_cli("write", "the sea", "--in", model, "--in", other, "-n", "8", "--json").out)
    assert [one["model"] for one in told["texts"]] == [model, other]
    alone = json.loads(armillary_cli("write", "the sea", "--in", other, "-n", "8", "--json").out)
    assert told["texts"][1] == alone["texts"][0]
    heats = json.loads(armillary_cli("write", "the sea", "--in", model, "-n", "8", "--json", "--temperature", "0",
                                     "--temperature", "5").out)
    assert [one["temperature"] for one in heats["texts"]] == [0, 5]
    assert heats["texts"][0]["nats_per_token"] < heats["texts"][1]["nats_per_token"]


@pytest.mark.parametrize("several", [False, True])
def test_an_interrupt_keeps_what_was_written(
    several: bool, model: str, other: str, armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = armillary_cli("write", "the sea", "--in", model, "-n", "5", "--quiet").out
    take = Writing.take

    def interrupted(self: Writing, scores: Scores) -> Step:
        if len(self.written) == 5:
            raise KeyboardInterrupt
        return take(self, scores)

    monkeypatch.setattr(Writing, "take", interrupted)
    more = ("--in", other) if several else ()
    ran = armillary_cli("write", "the sea", "--in", model, *more)
    assert ran.code == 130
    if several:
        assert "interrupted" in ran.out
        assert "perplexity" in ran.out
    else:
        assert ran.out == whole
        assert "interrupted" in ran.err
    told = json.loads(armillary_cli("write", "the sea", "--in", model, "--json").out)
    assert told["texts"][0]["ending"] == "interrupted"
    assert len(told["texts"][0]["tokens"]) == 5


def test_a_conversation(model: str, armillary_cli: Cli, typed: Callable[[str], None]) -> None:
    typed("hello\n\nwhat is a boat\n")
    ran = armillary_cli("chat", "--in", model, "--template", "chatml", "-n", "6", "--json")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["message"] for one in lines] == ["hello", "what is a boat"]
    assert list(lines[0]) == ["message", "text", "ending", "tokens", "forgotten", "context"]
    typed("hello\n\nwhat is a boat\n")
    shown = armillary_cli("chat", "--in", model, "--template", "chatml", "-n", "6")
    assert shown.out == "".join(f"{legible(one['text'])}\n" for one in lines)
    assert f"{lines[0]['tokens']} of 64 tokens" in shown.err


def test_what_no_longer_fits_is_told(model: str, armillary_cli: Cli, typed: Callable[[str], None]) -> None:
    typed("a boat\n" * 4)
    ran = armillary_cli("chat", "--in", model, "--template", "chatml", "-n", "6", "--lang", "zh")
    assert ran.code == 0
    assert "；放不下而看不见了：你最早的 2 条消息及其回答" in ran.err.splitlines()[-2]
    assert "64 个词元中的" in ran.err


def test_a_template_is_shown_and_never_run(tmp_path: Path, armillary_cli: Cli, typed: Callable[[str], None]) -> None:
    canary = tmp_path / "canary"
    evil = f"{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}{{% set x = open('{canary}', 'w') %}}\x1b[31m"
    path = str(speaking_folder(tmp_path / "evil", template=evil))
    typed("hello\n")
    ran = armillary_cli("chat", "--in", path)
    assert ran.code == 1
    assert "never run" in ran.err
    assert "--show-template" in ran.err
    ran = armillary_cli("chat", "--in", path, "--show-template")
    assert "__subclasses__" in ran.out
    assert "\x1b" not in ran.out
    assert not canary.exists()
    none = str(speaking_folder(tmp_path / "none", template=""))
    assert "no chat template" in armillary_cli("chat", "--in", none).err
    assert "no chat template" in armillary_cli("chat", "--in", none, "--show-template").err


def test_the_template_of_a_gguf_file_is_the_same(other: str, armillary_cli: Cli) -> None:
    assert armillary_cli("chat", "--in", other, "--show-template").out == CHATML + "\n"


def test_perplexity(model: str, armillary_cli: Cli, tmp_path: Path, typed: Callable[[str], None]) -> None:
    file = tmp_path / "text.txt"
    file.write_text("Once upon a time there was a little boat. 从前有一只小船。" * 4, encoding="utf-8")
    told = json.loads(armillary_cli("perplexity", str(file), "--in", model, "--json").out)
    ids = ar.open(model).tokenizer.encode(file.read_text(encoding="utf-8")).tolist()
    assert [one["id"] for one in told["losses"]] == ids[1:]
    nats = [one["nats"] for one in told["losses"]]
    assert told["nats_per_token"] == pytest.approx(sum(nats) / len(nats))
    assert told["perplexity"] == pytest.approx(math.exp(told["nats_per_token"]))
    pieces = ar.open(model).tokenizer.vocabulary.pieces
    assert told["bytes"] == file.stat().st_size - len(pieces[ids[0]]) == sum(len(pieces[one]) for one in ids[1:])
    assert told["bits_per_byte"] == pytest.approx(sum(nats) / math.log(2) / told["bytes"])
    assert (told["context"], told["stride"]) == (64, 32)
    typed(file.read_text(encoding="utf-8"))
    ran = armillary_cli("perplexity", "-", "--in", model, "-n", "3")
    assert f"{told['nats_per_token']:.4f}" in ran.out
    assert len(ran.out.splitlines()) == 7 + 1 + 2 + 3 - 1
    assert f"{max(nats):.3f}" in ran.out


def test_what_is_wrong_is_said_in_one_line(model: str, armillary_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "short.txt").write_text("a")
    for code, said, command in (
        (3, "no file", ("perplexity", str(tmp_path / "missing.txt"), "--in", model)),
        (1, "not text in UTF-8", ("perplexity", str(tmp_path / "latin.txt"), "--in", model)),
        (1, "too short", ("perplexity", str(tmp_path / "short.txt"), "--in", model)),
        (1, "windows of 64 tokens that go on by 64", ("perplexity", str(tmp_path / "short.txt"), "--in", model,
                                                      "--stride", "64")),
        (3, "armillary get smollm2-135m-instruct", ("next", "a", "--in", "smollm2-135m-instruct")),
        (1, "temperature cannot be -1", ("next", "a", "--in", model, "--temperature", "-1")),
        (2, "--temperature must be a number", ("next", "a", "--in", model, "--temperature", "hot")),
        (1, "no text to go on from", ("write", "", "--in", model)),
        (1, "more than the context of 64", ("next", "the sea " * 60, "--in", model)),
        (1, "no device 'abacus'", ("next", "a", "--in", model, "--device", "abacus")),
        (1, "one temperature; 2 were given", ("chat", "--in", model, "--temperature", "1", "--temperature", "2")),
        (1, "is no language model", ("write", "a", "--in", str(tmp_path / "latin.txt"))),
    ):
        ran = armillary_cli(*command)
        assert (ran.code, ran.out) == (code, ""), command
        assert said in ran.err, command
        assert len(ran.err.splitlines()) == 1


@pytest.fixture(autouse=True)
def empty_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))


def test_bars_and_chances_as_people_read_them() -> None:
    assert [bar(share, 4) for share in (1.0, 0.5, 0.28125, 0.03125, 0.0)] == ["████", "██", "█▏", "▏", ""]
    assert [percent(share).strip() for share in (1.0, 0.123, 0.0006, 0.0001, 1e-6, 0.0)] == [
        "100.0%", "12.3%", "0.1%", "0.010%", "<0.001%", "0.0%"]
    assert legible("a\nb\x1b[31m\t") == "a\nb\\x1b[31m\\t"
