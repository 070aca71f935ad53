"""A vocabulary for WordPiece: what is in it, that nothing of the text is unknown, that it is the same each time."""

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from armillary.text.learn_word_pieces import MOST, SPECIAL, learn_word_pieces
from tests.text.written import read, written

LINES = ["The walker walks; a talker talks, walking and talking.\n", "我们喜欢散步，不喜欢走路。我们走路！\n"] * 20


def test_pieces_begin_words_or_go_on_with_them_and_chinese_stands_alone():
    told = learn_word_pieces(LINES)
    vocabulary = told["model"]["vocab"]
    assert list(vocabulary)[: len(SPECIAL)] == list(SPECIAL)
    assert list(vocabulary.values()) == list(range(len(vocabulary)))
    assert {"##k", "t", "喜", "欢", "，"} <= set(vocabulary)
    assert not {"喜欢", "##欢"} & set(vocabulary)
    assert any(len(piece.removeprefix("##")) > 1 for piece in list(vocabulary)[len(SPECIAL) :])


def test_nothing_of_the_text_is_unknown_and_it_comes_back(tmp_path: Path):
    tokenizer = read(tmp_path, learn_word_pieces(LINES))
    for line in LINES[:2]:
        ids = tokenizer.encode(line, framed=True).tolist()
        names = [tokenizer.vocabulary.pieces[one].decode() for one in ids]
        assert (names[0], names[-1], "[UNK]" in names) == ("[CLS]", "[SEP]", False)
    assert "☃" not in tokenizer.decode(tokenizer.encode("a ☃"))


def test_words_are_tokens_chinese_ones_too_where_blanks_stand_between(tmp_path: Path):
    told = learn_word_pieces(["我们 喜欢 散步 ， the walkers walk\n"] * 5, words=True)
    tokenizer = read(tmp_path, told)
    assert {"喜欢", "散步", "walkers"} <= set(told["model"]["vocab"])
    names = [tokenizer.vocabulary.pieces[one].decode() for one in tokenizer.encode("喜欢 the 散们").tolist()]
    assert names[:2] == ["喜欢", "the"]
    assert len(names) == 4


def test_the_same_text_gives_the_same_vocabulary():
    assert learn_word_pieces(LINES) == learn_word_pieces(iter(LINES))
    assert len(learn_word_pieces([chr(0x4E00 + row) * 2 for row in range(MOST + 100)])["model"]["vocab"]) == (
        MOST + len(SPECIAL))


@pytest.mark.parametrize("words", [False, True])
def test_transformers_cut_alike(tmp_path: Path, words: bool):
    told = learn_word_pieces(LINES, words=words)
    tokenizer = read(tmp_path, told)
    theirs = AutoTokenizer.from_pretrained(written(tmp_path, told))
    for line in (*LINES[:2], "Talkers [MASK] Ünknöwn 喜 欢走 x9"):
        assert tokenizer.encode(line, framed=True, special=True).tolist() == theirs(line)["input_ids"]
