"""Byte pairs from wherever they lie, written as tokenizer.json: the same ids, here and in the library."""

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer as Library

from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.formats.tokenizer_written import tokenizer_json
from armillary.opening import open_tokenizer
from armillary.text.byte_pairs import BytePairs
from armillary.text.learn_pairs import learn_pairs

TEXTS = ("the cat sat on the mat 12 times", "你好，世界", " two  blanks\n\nand lines\t", "it's 3.14 <|endoftext|> é😀")


def written(tokenizer: BytePairs, path: Path) -> Path:
    path.write_text(json.dumps(tokenizer_json(tokenizer)), encoding="utf-8")
    return path


def same(tokenizer: BytePairs, path: Path) -> None:
    ours, theirs = read_tokenizer_json(path), Library.from_file(str(path))
    assert ours.vocabulary.pieces == tokenizer.vocabulary.pieces
    assert ours.vocabulary.special == tokenizer.vocabulary.special
    assert (ours.vocabulary.before, ours.vocabulary.after) == (tokenizer.vocabulary.before, tokenizer.vocabulary.after)
    for text in TEXTS:
        ids = tokenizer.encode(text, special=True).tolist()
        assert ours.encode(text, special=True).tolist() == ids
        assert theirs.encode(text, add_special_tokens=False).ids == ids
        framed = tokenizer.encode(text, special=True, framed=True).tolist()
        assert theirs.encode(text).ids == framed


def test_what_was_learned_comes_back(tmp_path: Path):
    (tmp_path / "one.json").write_text(json.dumps(learn_pairs(TEXTS * 3, 300)), encoding="utf-8")
    tokenizer = read_tokenizer_json(tmp_path / "one.json")
    assert isinstance(tokenizer, BytePairs)
    same(tokenizer, written(tokenizer, tmp_path / "two.json"))


def test_a_frame_comes_back(tmp_path: Path):
    told = learn_pairs(TEXTS * 3, 300)
    row = next(one["id"] for one in told["added_tokens"])
    told["post_processor"] = {
        "type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
                                                 {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [row], "tokens": ["<|endoftext|>"]}},
    }
    (tmp_path / "one.json").write_text(json.dumps(told), encoding="utf-8")
    tokenizer = read_tokenizer_json(tmp_path / "one.json")
    assert tokenizer.vocabulary.before == (row,)
    same(tokenizer, written(tokenizer, tmp_path / "two.json"))


@pytest.mark.shelf("smollm2-135m-instruct")
@pytest.mark.long
def test_a_published_one_from_gguf_comes_back(tmp_path: Path):
    tokenizer = open_tokenizer("smollm2-135m-instruct")
    assert isinstance(tokenizer, BytePairs)
    same(tokenizer, written(tokenizer, tmp_path / "one.json"))
