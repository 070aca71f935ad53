"""Phrases: the scores against gensim's own, the joining against a plain walk through each sentence."""

from pathlib import Path

import numpy as np
import pytest
from gensim.models.phrases import Phrases
from hypothesis import given
from hypothesis import strategies as st

from armillary.text import spool
from armillary.text.corpus import encode_sentences
from armillary.text.encoded import END, Encoded
from armillary.text.phrases import count_pairs, score
from armillary.text.settings import CorpusSettings
from armillary.text.spool import sentences

SENTENCES = st.lists(st.lists(st.sampled_from("abcdef"), max_size=12), min_size=1, max_size=30)


def spelled(text: Encoded) -> list[list[str]]:
    """The sentences that `text` holds."""
    lines: list[list[str]] = [[]]
    for number in text.ids.tolist():
        if number == END:
            lines.append([])
        else:
            lines[-1].append(text.labels[number])
    return lines[:-1]


@given(SENTENCES, st.sampled_from(["original", "npmi"]), st.floats(0.05, 0.9), st.integers(1, 3))
def test_one_pass_is_gensims(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], scoring: str, threshold: float, least: int
) -> None:
    settings = CorpusSettings(min_count=least, phrases=1, scoring=scoring, threshold=threshold)
    whole = [word for line in lines for word in line]
    model = Phrases(lines, min_count=least, threshold=threshold, scoring="default" if scoring == "original" else "npmi")
    joined = [model[line] for line in lines if line]
    counts = {word: sum(line.count(word) for line in joined) for line in joined for word in line}
    joined = [[word for word in line if counts[word] >= least] for line in joined]
    if not whole or not any(joined):
        return
    ours = encode_sentences(lines, settings, tmp_path_factory.getbasetemp())
    assert spelled(ours) == [line for line in joined if line]
    assert dict(zip(ours.labels, ours.counts.tolist(), strict=True)) == {w: c for w, c in counts.items() if c >= least}


def test_scores_by_hand() -> None:
    ids = np.array([0, 1, 2, END, 0, 1, END, 2, 0, 1, END], np.int32)
    pairs = count_pairs(iter([ids]))
    assert [(key >> 32, key & 0xFFFFFFFF) for key in pairs.keys.tolist()] == [(0, 1), (1, 2), (2, 0)]
    assert pairs.counts.tolist() == [3, 1, 1]
    counts = np.array([3, 3, 2])
    original = score(pairs, counts, CorpusSettings(min_count=1))
    np.testing.assert_allclose(original, [2 * 6 / 9, 0, 0])
    npmi = score(pairs, counts, CorpusSettings(min_count=2, scoring="npmi"))
    assert npmi[0] == pytest.approx(np.log((3 / 8) / (3 / 8) ** 2) / -np.log(3 / 8))
    assert npmi[1:].tolist() == [-np.inf, -np.inf]


def test_the_second_pass_joins_phrases(tmp_path: Path) -> None:
    lines = [["in", "new", "york", "city", "x"], ["new", "york", "city", "y"], ["z", "new", "york", "city"]] * 3
    settings = CorpusSettings(min_count=1, phrases=2, scoring="npmi", threshold=0.9)
    assert "new_york_city" in encode_sentences(lines, settings, tmp_path).labels


def test_a_phrase_that_is_a_word_already_is_that_word(tmp_path: Path) -> None:
    lines = [["new", "york"]] * 5 + [["new_york"]]
    text = encode_sentences(lines, CorpusSettings(min_count=1, phrases=1, scoring="npmi"), tmp_path)
    assert text.labels == ["new_york"]
    assert text.counts.tolist() == [6]


@given(SENTENCES)
def test_blocks_hold_whole_sentences(lines: list[list[str]]) -> None:
    ids = np.array([number for line in lines for number in (*map(ord, line), END)], np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "BLOCK", 5)
        blocks = list(sentences(ids, 12))
    assert all(block[-1] == END for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks), ids)
