"""What the documents show is what comes out: every command and every line of Python in them is run."""

import doctest
import re
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import pytest

from armillary.cli.main import armillary
from armillary.shelf import Shelf
from tests.conftest import Ran

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])
PAIRS = [
    (ROOT / f"{name}.md", ROOT / f"{name}.zh.md")
    for name in ("README", "docs/space", "docs/glossary", "docs/story", "docs/speed", "docs/count", "docs/tokens",
                 "docs/points", "docs/vectors", "docs/cloze", "docs/speak", "docs/inside", "docs/learning",
                 "docs/scale", "docs/classes", "docs/engine", "docs/explore", "docs/translating")
]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page that are marked with this language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    return [body for mark, body in fenced if mark == language]


def shown(page: Path) -> list[tuple[str, str]]:
    """(command, output) of every console block."""
    parts = (part for block in blocks(page, "console") for part in re.split(r"^\$ ", block, flags=re.M)[1:])
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def tidy(text: str) -> list[str]:
    """Lines without the blanks at their ends, which tables have and editors take away."""
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def marked(pages: Iterable[Path]) -> list[Any]:
    """Pages as parameters; those whose every command opens a language model take their time."""
    long = {"points.md", "points.zh.md", "speak.md", "speak.zh.md", "inside.md", "inside.zh.md"}
    return [pytest.param(page, marks=pytest.mark.long if page.name in long else ()) for page in pages]


@pytest.mark.parametrize("page", marked(page for page in PAGES if shown(page)), ids=lambda page: page.name)
def test_commands_give_what_is_shown(
    page: Path, armillary_cli: Callable[..., Ran], subtests: pytest.Subtests
) -> None:
    for command, output in shown(page):
        name, *arguments = shlex.split(command)
        assert name == "armillary", command
        with subtests.test(command):
            ran = armillary_cli(*arguments)
            if "armillary get" in ran.err:
                pytest.skip(ran.err)  # this command alone; those of models that are here go on
            assert (ran.code, ran.err) == (0, ""), command
            assert tidy(ran.out) == tidy(output), command


@pytest.mark.parametrize(
    "page",  # the Chinese pages hold the same sessions, which the next test sees to
    marked(page for page in PAGES if blocks(page, "pycon") and not page.name.endswith(".zh.md")),
    ids=lambda page: page.name,
)
def test_python_gives_what_is_shown(page: Path, subtests: pytest.Subtests) -> None:
    names: dict[str, object] = {}
    lacking: set[str] = set()
    for number, block in enumerate(blocks(page, "pycon")):
        with subtests.test(block.partition("\n")[0]):
            if opens_what_is_not_here(block) or any(re.search(rf"\b{name}\b", block) for name in lacking):
                lacking |= set(re.findall(r"^>>> (\w+)(?:, \w+)* = ", block, re.M))
                pytest.skip("needs a model that is not here, or what came of it")
            test = doctest.DocTestParser().get_doctest(block, names, f"{page.name}, block {number}", str(page), 0)
            said: list[str] = []
            result = doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
            names = test.globs
            assert result.attempted
            assert not result.failed, "".join(said)


def opens_what_is_not_here(block: str) -> bool:
    """Whether a block opens a model of the shelf that is not here."""
    known = {one.name for one in Shelf().entries}
    opened = re.findall(r"\bar\.open\(\"([\w.-]+)\"", block)
    return any(target in known and not Shelf().here(target) for target in opened)


@pytest.mark.parametrize(("page", "chinese"), PAIRS, ids=lambda page: page.name)
def test_both_languages_have_equal_content(page: Path, chinese: Path) -> None:
    english_text, chinese_text = (each.read_text(encoding="utf-8") for each in (page, chinese))
    for pattern in (r"^#+ ", r"^\|", r"^```", r"^- ", r"^\d+\. "):
        counts = [len(re.findall(pattern, text, re.M)) for text in (english_text, chinese_text)]
        assert counts[0] == counts[1], pattern
    for language in ("python", "pycon", ""):
        code = [[re.sub(r" +# .*", "", block) for block in blocks(each, language)] for each in (page, chinese)]
        assert code[0] == code[1]  # comments are translated
    assert sorted(re.findall(r"\d+\.\d+", english_text)) == sorted(re.findall(r"\d+\.\d+", chinese_text))
    commands = [[command for command, _ in shown(each)] for each in (page, chinese)]
    assert commands[0] == [command.replace(" --lang zh", "") for command in commands[1]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    with click.Context(armillary) as context:
        for name, options in re.findall(r"`armillary ([a-z]+)([^`\n]*)`", page.read_text(encoding="utf-8")):
            command = armillary.get_command(context, name)
            assert command is not None, name
            if isinstance(command, click.Group) and options.split():
                command = command.get_command(context, options.split()[0])
                assert command is not None, (name, options)
            known = {option for param in command.get_params(context) for option in param.opts}
            assert known.issuperset(re.findall(r"(?<!\S)--?[a-z][a-z-]*", options)), (name, options)


@pytest.mark.parametrize("page", [*(ROOT / "docs").glob("story*.md")], ids=lambda page: page.name)
def test_files_of_the_story_exist(page: Path) -> None:
    named = re.findall(r"`([a-z_/]+(?:\.py|/))`", page.read_text(encoding="utf-8"))
    assert len(named) > 30
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "src" / "armillary" / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target
