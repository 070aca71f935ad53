"""A text to numbers: against Python's own counting, the same for any number of threads, odd text told or refused."""

from collections import Counter as Multiset
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary import extras
from armillary.errors import FileError, InputError
from armillary.text import blocks, counting, spool
from armillary.text.corpus import encode_sentences, encode_text
from armillary.text.encoded import END, Encoded
from armillary.text.settings import CorpusSettings
from armillary.text.words import split_words

LINES = st.lists(st.lists(st.sampled_from(["the", "The", "cat", "cat's", "naïve", "北京", "是", "1949", "—"])))


def spelled(text: Encoded) -> list[list[str]]:
    """The sentences that `text` holds."""
    lines: list[list[str]] = [[]]
    for number in text.ids.tolist():
        if number == END:
            lines.append([])
        else:
            lines[-1].append(text.labels[number])
    assert lines[-1] == []
    return lines[:-1]


@given(LINES, st.integers(1, 3), st.integers(1, 4), st.booleans())
def test_ids_are_what_plain_counting_gives(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], least: int, longest: int, compiled: bool
) -> None:
    text = "\n".join(map(" ".join, lines))
    settings = CorpusSettings(min_count=least, max_sentence_length=longest)
    words = [[word.lower() for word in split_words(line)] for line in text.split("\n")]
    counted = Multiset(word for line in words for word in line)
    cut = [line[start : start + longest] for line in words for start in range(0, len(line), longest)]
    kept = [[word for word in line if counted[word] >= least] for line in cut]
    if not any(kept):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", 16)
        patch.setattr(extras, "have", lambda _: compiled)
        ours = encode_text([text.encode()], settings, tmp_path_factory.getbasetemp(), 2)
    assert spelled(ours) == [line for line in kept if line]
    assert ours.labels == sorted((w for w in counted if counted[w] >= least), key=lambda w: (-counted[w], w))
    assert ours.counts.tolist() == [counted[word] for word in ours.labels]
    assert ours.ids.dtype == np.int32


def some_text(words: int = 20_000) -> bytes:
    """Lines of words as frequent as in a language, some of them capitals, some Chinese."""
    drawn = np.random.default_rng(0).zipf(1.3, words) % 3000
    spell = ["W%d", "w%d", "北京%d", "naïve%d"]
    return b"".join(f"{spell[n % 4] % n}{chr(10) if n == 1 else ' '}".encode() for n in drawn.tolist())


@pytest.mark.parametrize("phrases", [0, 1])
def test_ids_are_the_same_for_any_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phrases: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4096)
    text, settings = some_text(), CorpusSettings(phrases=phrases, threshold=1.0)
    one, *others = (encode_text([text], settings, tmp_path, workers) for workers in (1, 2, 5))
    assert any("_" in label for label in one.labels) == bool(phrases)
    for other in others:
        np.testing.assert_array_equal(other.ids, one.ids)
        np.testing.assert_array_equal(other.counts, one.counts)
        assert other.labels == one.labels


def test_ids_are_mapped_and_leave_no_file(tmp_path: Path) -> None:
    text = encode_text([some_text()], CorpusSettings(), tmp_path)
    assert isinstance(text.ids.base, np.memmap)
    assert not text.ids.flags.writeable
    assert not list(tmp_path.iterdir())


def test_what_is_odd_is_told_with_numbers(tmp_path: Path) -> None:
    text = encode_text([b"a b a caf\xe9 " + b"x" * 2000], CorpusSettings(min_count=2), tmp_path)
    assert [str(note) for note in text.notes] == [
        "1 bytes are not UTF-8 and were read as gaps",
        "1 words of more than 1,000 bytes were left out",
        "2 distinct words come fewer than 2 times and were left out: 50.0% of the text",
        "2 words: expect neighbours, not analogies",
    ]


def test_words_that_only_phrases_hold_now_are_not_called_rare(tmp_path: Path) -> None:
    text = encode_text([b"new york\n" * 9 + b"rare"], CorpusSettings(phrases=1, threshold=0.1), tmp_path)
    assert text.labels == ["new_york"]
    assert str(text.notes[0]) == "1 distinct words come fewer than 5 times and were left out: 10.0% of the text"


@pytest.mark.parametrize(("text", "told"), [
    (b"", "holds no word"),
    (b" \n\n ... \n", "holds no word"),
    (b"x" * (3 << 20), "holds no word: all of it is without a gap for more than 1,000 bytes"),
    (b"only rare words here", "no word is left of 4 distinct ones: none that is not a stop word comes 5 times"),
])
def test_a_text_without_words_is_one_error(tmp_path: Path, text: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        encode_text([text], CorpusSettings(), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("workers", [1, 2])
def test_more_words_than_the_memory_holds_end_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(counting, "available", lambda: 0)
    monkeypatch.setattr(blocks, "BLOCK", 1 << 17)
    with pytest.raises(InputError, match="more distinct words than fit into the memory"):
        encode_text((b"%d " % number for number in range(600_000)), CorpusSettings(), tmp_path, workers)
    assert not list(tmp_path.iterdir())


def test_a_line_without_end_streams(tmp_path: Path) -> None:
    text = encode_text((b"one two " * 8192 for _ in range(48)), CorpusSettings(), tmp_path, 2)
    assert text.counts.tolist() == [8192 * 48] * 2
    ends = np.flatnonzero(text.ids == END)
    assert np.diff(ends, prepend=-1).max() == CorpusSettings().max_sentence_length + 1


def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = partial(Path("/dev/full").open, "r+b")
    monkeypatch.setattr(spool.tempfile, "TemporaryFile", lambda dir, buffering: full(buffering))
    with pytest.raises(FileError, match="has no room for the numbers of the text: No space left"):
        encode_text([some_text()], CorpusSettings(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_sentences_that_are_split_are_neither_split_nor_lower_cased(tmp_path: Path) -> None:
    text = encode_sentences(iter([["New York", "a"], ("A", "New York")]), CorpusSettings(min_count=1), tmp_path)
    assert spelled(text) == [["New York", "a"], ["A", "New York"]]


@pytest.mark.parametrize(("name", "value"), [
    ("min_count", 0), ("max_vocab", 0), ("max_sentence_length", 0), ("phrases", -1), ("split", "lines"),
    ("chinese", "pinyin"), ("scoring", "default"),
])
def test_settings_are_checked(name: str, value: object) -> None:
    settings = CorpusSettings()
    object.__setattr__(settings, name, value)  # the shape checks of the test run would stop a wrong type before ours
    with pytest.raises(InputError, match=name):
        settings.__post_init__()
