"""The compiled counter against the plain one, and both against what Python's own Counter says."""

from collections import Counter as Multiset

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.text import counting
from armillary.text.counting import LONGEST_WORD, CompiledCounter, Counter, PlainCounter
from armillary.text.settings import CorpusSettings
from armillary.text.words import split_words

pytest.importorskip("numba")

# Letters of one to four bytes, marks, joiners, apostrophes, digits, Chinese, all kinds of white space, and rubbish.
ODD = "aZé'’ \n\t_9.我来到北京𠀀\u0301\u200dİΣß\ufe0f\u3000\x85\xa0\x1c\0한ひ\u0e01हि\U0001f600"
TEXTS = st.one_of(st.text(), st.text(ODD)).map(lambda text: text.encode("utf-8", "surrogatepass"))
SETTINGS = st.builds(CorpusSettings, split=st.sampled_from(["words", "spaces"]),
                     chinese=st.sampled_from(["words", "characters"]))


def spelled(counter: Counter, ids: np.ndarray) -> list[str]:
    words = counter.words()
    return [words[number] if number >= 0 else "\n" for number in ids.tolist()]


@given(st.lists(st.one_of(TEXTS, st.binary(max_size=20))), SETTINGS)
def test_compiled_and_plain_counters_are_equal(texts: list[bytes], settings: CorpusSettings) -> None:
    plain, compiled = PlainCounter(settings), CompiledCounter(settings)
    for text in texts:
        np.testing.assert_array_equal(compiled.number(text), plain.number(text))
    assert list(compiled.words()) == plain.words()
    assert compiled.words()[:] == plain.words()
    np.testing.assert_array_equal(compiled.counts(), plain.counts())
    assert (compiled.undecodable, compiled.too_long) == (plain.undecodable, plain.too_long)


@pytest.mark.parametrize("kind", [PlainCounter, CompiledCounter])
def test_words_are_numbered_as_they_come_and_counted(kind: type[PlainCounter] | type[CompiledCounter]) -> None:
    counter = kind(CorpusSettings())
    text = "The king's men: 我来到北京.\n\nthe men\n"
    assert spelled(counter, counter.number(text.encode())) == [
        "The", "king's", "men", "我", "来到", "北京", "\n", "\n", "the", "men", "\n",
    ]
    counted = Multiset(split_words(text))
    assert dict(zip(counter.words(), counter.counts().tolist(), strict=True)) == counted


def test_the_table_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"w{number:0{1 + number % 30}}" for number in range(100_000)]
    counter = CompiledCounter(CorpusSettings())
    ids = counter.number(" ".join(words).encode())
    np.testing.assert_array_equal(ids, np.arange(100_000))
    assert list(counter.words()) == words
    np.testing.assert_array_equal(counter.number(" ".join(words).encode()), np.arange(100_000))
    assert counter.counts().tolist() == [2] * 100_000


@pytest.mark.parametrize("kind", [PlainCounter, CompiledCounter])
def test_words_beyond_reason_are_left_out(kind: type[PlainCounter] | type[CompiledCounter]) -> None:
    counter = kind(CorpusSettings())
    text = f"{'x' * LONGEST_WORD} {'x' * (LONGEST_WORD + 1)} {'é' * (LONGEST_WORD // 2 + 1)} y"
    assert spelled(counter, counter.number(text.encode())) == ["x" * LONGEST_WORD, "y"]
    assert counter.too_long == 2


@pytest.mark.parametrize("kind", [PlainCounter, CompiledCounter])
def test_more_words_than_the_memory_holds_is_one_error(
    kind: type[PlainCounter] | type[CompiledCounter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "available", lambda: 25_000_000)
    counter = kind(CorpusSettings())
    with pytest.raises(InputError, match="more distinct words than fit into the memory"):
        counter.number(" ".join(map(str, range(60_000))).encode())


def test_sentences_that_are_split_stay_as_they_are() -> None:
    counter = PlainCounter(CorpusSettings())
    ids = counter.number_sentences([["New York", "a_b"], [], ["", "a_b", "A\nb"]])
    assert ids.tolist() == [0, 1, -1, -1, 1, 2, -1]
    assert counter.words() == ["New York", "a_b", "A\nb"]
