"""What files say of how a model speaks: which tokens end a text, which template lays out a talk; and what lies."""

import json
from pathlib import Path
from typing import Any

import pytest

from armillary.errors import DamagedFile
from armillary.formats.tokenizer_files import read_tokenizer
from armillary.published.speaking import LARGEST_TEMPLATE, Speaking, told_by_folder, told_by_gguf
from tests.speak.tiny import SPECIAL, tokenizer_json


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer_json()))
    return tmp_path


def told(folder: Path, **files: Any) -> Speaking:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return told_by_folder(folder, read_tokenizer(folder))


def test_ends_of_a_text_are_gathered_from_every_file(folder: Path) -> None:
    assert told(folder) == Speaking(frozenset(), "")
    found = told(folder, config={"eos_token_id": 5}, generation_config={"eos_token_id": [6, 7]},
                 tokenizer_config={"eos_token": {"content": SPECIAL[2]}})
    assert found.stops == {5, 6, 7, 329}
    assert told(folder, config={"eos_token_id": None}, generation_config={}, tokenizer_config={
        "eos_token": SPECIAL[0]}).stops == {327}
    assert told(folder, tokenizer_config={"eos_token": "<none of ours>"}).stops == set()


def test_the_template_of_its_own_file_goes_before_the_others(folder: Path) -> None:
    assert told(folder, tokenizer_config={"chat_template": "a"}).template == "a"
    named = [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]
    assert told(folder, tokenizer_config={"chat_template": named}).template == "d"
    (folder / "chat_template.jinja").write_text("文", encoding="utf-8")
    assert told(folder).template == "文"


def test_facts_of_a_gguf_file() -> None:
    facts = {"tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.eot_token_id": 9, "tokenizer.chat_template": "t"}
    assert told_by_gguf(Path("m.gguf"), facts) == Speaking(frozenset({2, 9}), "t")
    assert told_by_gguf(Path("m.gguf"), {}) == Speaking()


@pytest.mark.parametrize(("name", "content", "said"), [
    ("tokenizer_config.json", b"[1]", "not a JSON object"), ("generation_config.json", b"{", "cannot be read"),
    ("tokenizer_config.json", b'{"chat_template": 7}', "no text"),
    ("chat_template.jinja", b"\xff", "not text in UTF-8"),
    ("chat_template.jinja", b"x" * (LARGEST_TEMPLATE + 2), "too long"),
])
def test_files_that_lie_are_named(folder: Path, name: str, content: bytes, said: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(DamagedFile, match=said):
        told(folder)


def test_a_template_that_is_none_is_refused_in_a_gguf_file_too() -> None:
    for template in (7, "x" * (LARGEST_TEMPLATE + 1)):
        with pytest.raises(DamagedFile, match=r"m\.gguf.*chat template"):
            told_by_gguf(Path("m.gguf"), {"tokenizer.chat_template": template})
