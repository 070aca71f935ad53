"""Numbers by frequency, and sentences that lose words: against plain loops."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.text.encoded import END
from armillary.text.numbering import DROPPED, CompiledRenumbering, Renumbering, Vocabulary, merged, ranked
from armillary.text.settings import CorpusSettings


def vocabulary(**counts: int) -> Vocabulary:
    return Vocabulary(list(counts), np.array(list(counts.values()), np.int64))


def test_vocabularies_merge_and_words_fall_together_in_lower_case() -> None:
    whole, (first, second) = merged([vocabulary(The=2, cat=1), vocabulary(dog=5, the=7, CAT=1)], lower=True)
    assert dict(zip(whole.words, whole.counts.tolist(), strict=True)) == {"the": 9, "cat": 2, "dog": 5}
    assert [whole.words[number] for number in first[:-1]] == ["the", "cat"]
    assert [whole.words[number] for number in second[:-1]] == ["dog", "the", "cat"]
    assert first[-1] == END


def test_lower_case_is_that_of_the_word_alone() -> None:
    words = ["ΣΟΦΟΣ", "ΣΑΣ", "İSTANBUL", "Σ", "ẞ"]
    whole, _ = merged([Vocabulary(words, np.ones(5, np.int64))], lower=True)
    assert whole.words == [word.lower() for word in words]


@pytest.mark.parametrize(("settings", "words"), [
    (CorpusSettings(min_count=1), ["b", "Z", "a", "é", "中", "c"]),
    (CorpusSettings(min_count=3), ["b", "Z", "a", "é", "中"]),
    (CorpusSettings(min_count=1, max_vocab=2), ["b", "Z"]),
    (CorpusSettings(min_count=1, stop=frozenset({"b", "nothing"})), ["Z", "a", "é", "中", "c"]),
    (CorpusSettings(min_count=1, stop=frozenset({"B"})), ["Z", "a", "é", "中", "c"]),
    (CorpusSettings(min_count=1, stop=frozenset({"B"}), lower=False), ["b", "Z", "a", "é", "中", "c"]),
])
def test_the_most_frequent_come_first_and_ties_go_by_code_points(settings: CorpusSettings, words: list[str]) -> None:
    whole = vocabulary(c=1, 中=3, é=3, b=9, a=3, Z=3)
    kept, numbers = ranked(whole, settings)
    assert kept.words == words
    assert kept.counts.tolist() == [dict(zip(whole.words, whole.counts.tolist(), strict=True))[w] for w in words]
    assert numbers.tolist() == [words.index(w) if w in words else DROPPED for w in whole.words] + [END]


def plainly(ids: list[int], numbers: list[int], longest: int) -> list[int]:
    """Sentence by sentence: cut, renumber, leave out what is empty."""
    out: list[int] = []
    for is_end, group in groupby(ids, lambda number: number == END):
        words = [] if is_end else list(group)
        for start in range(0, len(words), longest):
            kept = [numbers[word] for word in words[start : start + longest] if numbers[word] != DROPPED]
            out += [*kept, END] if kept else []
    return out


@pytest.mark.parametrize("kind", [Renumbering, CompiledRenumbering])
@given(st.lists(st.lists(st.integers(-1, 4), max_size=12), max_size=6), st.one_of(st.none(), st.integers(1, 5)))
def test_renumbering_in_blocks_is_renumbering_sentence_by_sentence(
    kind: type[Renumbering], blocks: list[list[int]], longest: int | None
) -> None:
    if kind is CompiledRenumbering:
        pytest.importorskip("numba")
    numbers = np.array([3, DROPPED, 0, 1, DROPPED, END], np.int32)
    renumber = kind(longest)
    parts = [renumber(np.array(block, np.int32), numbers) for block in blocks] + [renumber.end()]
    together = [number for block in blocks for number in block]
    assert np.concatenate(parts).tolist() == plainly(together, numbers.tolist(), longest or 1000)
