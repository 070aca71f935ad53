"""Help pages: complete, in both languages, within 80 columns, and their examples run."""

import gzip
import json
import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from armillary.cli.learn import LEARN
from armillary.cli.main import COMMANDS
from armillary.space import Space
from tests.conftest import Ran
from tests.formats.test_tokenizer_files import word_pieces
from tests.published.test_folder import arrays, folder
from tests.published.test_tables import BERT
from tests.speak.tiny import masked_folder, speaking_folder

Cli = Callable[..., Ran]

TABLE = {**COMMANDS, **{f"learn {name}": entry for name, entry in LEARN.items()}}


def chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["", *TABLE])
def test_every_page_is_whole_and_fits(armillary_cli: Cli, name: str, language: str) -> None:
    ran = armillary_cli(*name.split(), "--help", "--lang", language)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.rstrip("\n").split("\n")
    start = next(place for place, line in enumerate(lines) if line in ("Examples:", "示例：", "示例:", "例子："))
    explained, examples = lines[:start], lines[start + 1 :]
    assert all(cell_len(line) <= 80 for line in explained), max(explained, key=cell_len)
    assert all(cell_len(line) <= 110 for line in examples), "an example is typed, not set"
    assert not any(line != line.rstrip() for line in lines)
    assert "\n\n\n" not in ran.out
    assert "INTEGER" not in ran.out
    assert "--help" in ran.out
    assert "--lang" in ran.out
    assert chinese("".join(explained)) == (language == "zh")
    assert lines[0].startswith("Usage: armillary" if language == "en" else "用法")
    assert len(examples) >= 2
    assert all(line.startswith(f"  armillary {name}") or name == "align" for line in examples)


@pytest.mark.parametrize("name", TABLE)
def test_every_option_is_explained_in_both_languages(armillary_cli: Cli, name: str) -> None:
    page = armillary_cli(*name.split(), "--help", "--lang", "zh").out
    command = getattr(import_module(f"armillary.cli.{TABLE[name][0]}"), f"{name.split()[-1]}_command")
    for param in command.params:
        assert all(option in page for option in param.opts if option.startswith("-"))
        if text := getattr(param, "help", None):
            assert text not in page, f"--{param.name} is not translated"


def test_without_a_command_the_page_is_shown(armillary_cli: Cli) -> None:
    assert armillary_cli().out == armillary_cli("--help").out
    assert armillary_cli().code == 0


# These need the shelf, or bench/; those of `learn`, `classify` and `translate` run in tests/learning, `chat` in
# test_speaking.py; `explore` serves until it is stopped (tests/web).
ELSEWHERE = ("tour", "explore", "shelf", "get", "bench", "learn", "tokens", "chat", "classify", "translate")
RUN = [name for name in COMMANDS if name not in ELSEWHERE]
WORDS = """tower king man woman dog cat bites breakfast cereal dinner lunch apple pear hammer plum queen horse cats dogs
day days one two three four five nurse doctor pilot 国王 男人 女人"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the examples name; `glove-6b-50d` is a small store in the folder."""
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    words = WORDS.split()
    space = Space(words, random.standard_normal((len(words), 8), np.float32))
    for name in ("glove-6b-50d", "my.space", "1900.space", "2000.space", "zh.space", "en.space"):
        space.save(name)
    Path("book.txt").write_text("Once upon a time there was a little boat. " * 9, encoding="utf-8")
    Path("vectors.txt.gz").write_bytes(gzip.compress(b"cat 1 2\ndog 3 4\n"))
    Path("sentences.txt").write_text("dog bites man\nthe king\n", encoding="utf-8")
    Path("lexicon.tsv").write_text("国王\tking\n男人\tman\n女人\twoman\n", encoding="utf-8")
    Path("questions-words.txt").write_text(": family\nman king woman queen\n", encoding="utf-8")
    Path("wordsim353.tsv").write_text("king\tqueen\t8\ncat\tdog\t7\nking\tcat\t1\n", encoding="utf-8")
    Path("tests.json").write_text(json.dumps([{
        "name": "t", "X": ["king", "queen"], "Y": ["cat", "dog"], "A": ["man", "pear"], "B": ["plum", "apple"],
    }]), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", RUN)
def test_the_examples_run_one_after_the_other(desk: Path, armillary_cli: Cli, name: str) -> None:
    ran = armillary_cli(name, "--help")
    examples = [line.strip() for line in ran.out.partition("Examples:")[2].splitlines() if line.strip()]
    for example in examples:
        words = shlex.split(example)
        assert words[0] == "armillary"
        if name == "verify" and "vectors.space" in words:
            armillary_cli("convert", "vectors.txt.gz", "vectors.space")
        for model in {"smollm2-135m-instruct", "gemma3-270m"} & set(words):
            if not Path(model).exists():
                speaking_folder(Path(model), max_position_embeddings=1024)
        if "bert-base-chinese" in words and not Path("bert-base-chinese").exists():
            masked_folder(Path("bert-base-chinese"))
        if "minilm-l6-v2" in words and not Path("minilm-l6-v2").exists():
            folder(Path("minilm-l6-v2"), arrays(**BERT), **BERT)
            Path("minilm-l6-v2", "tokenizer.json").write_text(json.dumps(word_pieces()), encoding="utf-8")
        more = ["--force"] if name == "embed" else []
        answered = armillary_cli(*words[1:], *more)
        assert answered.code == 0, (example, answered.err)
        assert answered.out


def test_shells_can_complete(armillary_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for shell in ("bash", "zsh", "fish"):
        monkeypatch.setenv("_ARMILLARY_COMPLETE", f"{shell}_source")
        ran = armillary_cli()
        assert ran.code == 0
        assert "_ARMILLARY_COMPLETE" in ran.out
    monkeypatch.setenv("_ARMILLARY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "armillary si")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert "similarity" in armillary_cli().out


@pytest.mark.parametrize(("words", "offered"), [
    ("armillary get glo", "plain,glove-6b-50d"),
    ("armillary info glo", "file,glo"),  # it is listed, but not here
    ("armillary near king --in glo", "file,glo"),
    ("armillary convert cat", "file,cat"),
])
def test_the_shell_offers_names_on_the_shelf_and_else_files(
    armillary_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, offered: str
) -> None:
    monkeypatch.setenv("ARMILLARY_HOME", str(tmp_path))
    monkeypatch.setenv("_ARMILLARY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert armillary_cli().out.splitlines() == [offered]
    (tmp_path / "shelf/glove-6b-50d").mkdir(parents=True)
    assert ("plain,glove-6b-50d" in armillary_cli().out) == ("glo" in words)
