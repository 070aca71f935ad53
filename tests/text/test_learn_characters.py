"""Characters as tokens, in a file that every program opens."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library

from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.text.learn_characters import learn_characters
from armillary.text.tokenizer import Tokenizer

TEXT = "春眠不觉晓，处处闻啼鸟。\nSpring sleep, é and 😀 come twice: é 😀, 春 春\n"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokenizer, Library]:
    path = tmp_path_factory.mktemp("characters") / "tokenizer.json"
    path.write_text(json.dumps(learn_characters([TEXT])))
    return read_tokenizer_json(path), Library.from_file(str(path))


def test_a_character_that_comes_twice_is_a_token(both: tuple[Tokenizer, Library]):
    ours, _ = both
    assert [token.text for token in ours.tokens("春é😀a。")] == ["春", "é", "😀", "a", "。", "", ""]
    assert len(ours.encode("眠")) == 3
    assert len(ours.encode("ab c")) == 4


@given(st.text(alphabet=st.one_of(st.sampled_from(TEXT), st.characters(exclude_categories=["Cs"])), max_size=40))
def test_every_text_comes_back_and_the_library_gives_the_same_ids(both: tuple[Tokenizer, Library], text: str):
    ours, theirs = both
    ids = ours.encode(text)
    assert ours.decode_bytes(ids) == text.encode()
    assert ids.tolist() == theirs.encode(text).ids


def test_where_nothing_merges_a_byte_is_a_token_without_the_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(learn_characters((), 256)))
    ours, theirs = read_tokenizer_json(path), Library.from_file(str(path))
    monkeypatch.delattr(ours, "_core")
    assert ours.encode(TEXT).tolist() == theirs.encode(TEXT).ids == list(TEXT.encode())
    assert ours.encode(TEXT).dtype == np.uint32


def test_the_size_holds_the_commonest():
    told = learn_characters(["天天天天地地地人人\n"], size=256 + 4)
    assert len(told["model"]["vocab"]) == 260
    assert len(learn_characters(["天天天"], size=256)["model"]["merges"]) == 0
