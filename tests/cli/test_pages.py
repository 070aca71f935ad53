"""Help pages and errors of the command line, set and said for readers of both languages."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.cli.main import COMMANDS
from armillary.cli.pages import cells, wrapped
from tests.conftest import Ran

HAN = "查一个词，就是读它那一行。"


def test_chinese_wraps_by_width_and_no_stop_begins_a_line() -> None:
    assert wrapped(HAN, 10) == ["查一个词，", "就是读它那", "一行。"]
    assert wrapped(HAN, 9) == ["查一个", "词，就是", "读它那一", "行。"]
    assert wrapped("甲（乙）", 5) == ["甲", "（乙）"]


def test_latin_words_stay_whole_between_chinese() -> None:
    assert wrapped("每个词 50 个数，armillary 读它", 10) == ["每个词 50", "个数，", "armillary", "读它"]


def test_english_is_filled_like_textwrap_and_keeps_hyphens() -> None:
    assert wrapped("take --restrict-vocab or\nnot", 12) == ["take", "--restrict-vocab", "or not"]


def test_a_wide_stop_needs_no_space_after_it() -> None:
    assert wrapped("一样。 再来 [必填]", 40) == ["一样。再来 [必填]"]


@given(st.text(alphabet="ab -，。（）词语 \n", max_size=60), st.integers(8, 30))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        pieces = line.replace("，", " ").replace("。", " ").split()
        assert cells(line) <= columns or " " not in line or len(pieces) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", COMMANDS)
def test_help_pages_fit_80_columns(armillary_cli: Callable[..., Ran], name: str, language: str) -> None:
    ran = armillary_cli(name, "--help", "--lang", language)
    assert ran.code == 0
    text, _, examples = ran.out.partition("示例:" if language == "zh" else "Examples:")
    assert examples
    assert max(cells(line) for line in text.splitlines()) <= 80
    assert any(character >= "\u4e00" for character in text) == (language == "zh")
    # Every paragraph of the docstring is said in Chinese: none is left as it stands in the code.
    assert language == "en" or " the " not in text


def test_without_a_command_the_page_is_shown(armillary_cli: Callable[..., Ran]) -> None:
    assert armillary_cli().out == armillary_cli("--help").out
    assert "用法" in armillary_cli("--lang", "zh").out


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (["nera"], "no command 'nera'", "没有命令 'nera'"),
        (["near"], "EXPR is missing", "缺少 EXPR"),
        (["similarity", "a", "b", "c", "--in", "x"], "more than this command takes: c", "多出来的参数：c"),
        (["near", "a", "--in", "x", "--near"], "no option --near", "没有选项 --near"),
        (["weat", "no.json", "--in"], "--in needs a value", "--in 需要一个值"),
        (["near", "a", "--in", "x", "--json=3"], "--json takes no value", "--json 不带值"),
        (["near", "a", "--in", "x", "-n", "0"], "-n must be a whole number from 1 to 100000", "-n 应为 1 到 100000"),
        (["near", "a", "--in", "x", "--min-count", "-1"], "--min-count must be a whole number, 0 or", "不小于 0"),
        (["near", "a", "--in", "x", "--metric", "m"], "--metric must be one of: cosine, dot", "只能是其中之一：cosine"),
        (["direction", "a:b", "--in", "x", "--seed", "s"], "--seed must be a whole number", "--seed 应为整数"),
        (["weat", "no.json", "--in", "x"], "FILE must be a file", "FILE 应为已有且可读的文件"),
    ],
)
def test_wrong_usage_is_said_in_both_languages(
    armillary_cli: Callable[..., Ran], arguments: list[str], english: str, chinese: str
) -> None:
    for language, said in (("en", english), ("zh", chinese)):
        ran = armillary_cli("--lang", language, *arguments)
        assert ran.code == 2
        assert not ran.out
        assert said in ran.err
        assert ran.err.count("\n") == 1


def test_help_imports_neither_numpy_nor_rich() -> None:
    program = (
        "import sys; from armillary.cli.main import main\n"
        "try: main(['--help', '--lang', 'zh'])\n"
        "except SystemExit: sys.exit(int(bool({'numpy', 'rich'} & sys.modules.keys())))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0
