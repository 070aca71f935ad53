"""Words of a text: spaced scripts, Chinese, and both in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.text.words import split_words


@pytest.mark.parametrize(("text", "words"), [
    ("The king, and (the) queen!", ["The", "king", "and", "the", "queen"]),
    ("Don't panic, it’s o'clock", ["Don't", "panic", "it’s", "o'clock"]),
    ("'quoted' words'", ["quoted", "words"]),
    ("well-known e-mail", ["well", "known", "e", "mail"]),
    ("snake_case", ["snake", "case"]),
    ("Ελλάδα и Россия, naïve café", ["Ελλάδα", "и", "Россия", "naïve", "café"]),
    ("1984 and 3rd", ["1984", "and", "3rd"]),
    ("我来到北京清华大学", ["我", "来到", "北京", "清华大学"]),
    ("北京Python清华大学。", ["北京", "Python", "清华大学"]),
    ("a𠀀b", ["a", "𠀀", "b"]),
    ("don't中文", ["don't", "中文"]),
    ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
    ("cafe\u0301 שָׁלוֹם", ["cafe\u0301", "שָׁלוֹם"]),
    ("می\u200cخواهم", ["می\u200cخواهم"]),
    ("I ❤\ufe0f you", ["I", "you"]),
    ("", []),
    (" \n\t", []),
    ("?! — …，。", []),
])
def test_words_are_found_and_nothing_else(text: str, words: list[str]) -> None:
    assert list(split_words(text)) == words


@given(st.text())
def test_words_stand_in_the_text_in_their_order(text: str) -> None:
    place = 0
    for word in split_words(text):
        assert word
        found = text.find(word, place)
        assert found >= place, "cases and letters are kept"
        place = found + len(word)


@given(st.text())
def test_every_letter_lies_in_some_word(text: str) -> None:
    assert sum(map(str.isalnum, "".join(split_words(text)))) == sum(map(str.isalnum, text))


def test_chinese_may_be_taken_by_characters() -> None:
    assert list(split_words("来到北京, in 1949年", "characters")) == ["来", "到", "北", "京", "in", "1949", "年"]
