"""Window counts: the compiled and the plain way against counting by hand, for any threads and any memory."""

from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary import extras
from armillary.errors import FileError, InputError
from armillary.text.encoded import END, Encoded
from armillary.train import cooccurrence
from armillary.train.cooccurrence import Cooccurrences, Counting, Window, cooccurrences

WEIGHTINGS = ("inverse", "linear", "equal")


def encoded(*sentences: str) -> Encoded:
    words = Counter(word for sentence in sentences for word in sentence.split())
    labels = sorted(words, key=lambda word: (-words[word], word))
    row = {label: i for i, label in enumerate(labels)}
    ids = [i for sentence in sentences for i in (*(row[word] for word in sentence.split()), END)]
    return Encoded(np.array(ids, np.int32), labels, np.array([words[label] for label in labels], np.int64))


def drawn(seed: int, words: int, length: int) -> Encoded:
    """Random words, frequent ones first, with sentence ends among them."""
    random = np.random.default_rng(seed)
    ids = (words * random.random(length) ** 3).astype(np.int32)
    ids[random.random(length) < 0.05] = END
    counts = np.bincount(ids[ids >= 0], minlength=words)
    return Encoded(ids, [f"w{i}" for i in range(words)], counts.astype(np.int64))


def by_hand(corpus: Encoded, window: Window) -> dict[tuple[int, int], Fraction]:
    """Every pair of places, one after the other, in exact fractions."""
    sums: dict[tuple[int, int], Fraction] = {}
    ids = corpus.ids.tolist()
    for here, word in enumerate(ids):
        for distance in range(1, window.size + 1):
            there = here + distance
            if word == END or there >= len(ids) or ids[there] == END:
                break
            weight = {
                "inverse": Fraction(1, distance), "linear": Fraction(window.size - distance + 1, window.size),
                "equal": Fraction(1),
            }[window.weighting]
            sums[word, ids[there]] = sums.get((word, ids[there]), Fraction()) + weight
            if window.symmetric:
                sums[ids[there], word] = sums.get((ids[there], word), Fraction()) + weight
    return sums


def cells(table: Cooccurrences) -> dict[tuple[int, int], Fraction]:
    rows = np.repeat(np.arange(len(table.offsets) - 1), np.diff(table.offsets)).tolist()
    weights = [Fraction(weight, table.window.scale) for weight in table.weights.tolist()]
    return dict(zip(zip(rows, table.columns.tolist(), strict=True), weights, strict=True))


@pytest.fixture(params=["compiled", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "plain":
        monkeypatch.setattr(extras, "have", lambda module: False)
    return str(request.param)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("symmetric", [True, False])
def test_counts_are_those_of_hand(way: str, weighting: str, symmetric: bool) -> None:
    corpus, window = drawn(1, 300, 2000), Window(5, weighting, symmetric)  # type: ignore[arg-type]
    assert cells(cooccurrences(corpus, window)) == by_hand(corpus, window)


def test_a_sentence_by_hand() -> None:
    table = cooccurrences(encoded("a b c", "c a"), Window(2))
    assert table.corpus.labels == ["a", "c", "b"]
    assert table.dense().tolist() == [[0, 1.5, 1], [1.5, 0, 1], [1, 1, 0]]
    following = cooccurrences(encoded("a b c", "c a"), Window(1, symmetric=False))
    assert following.dense().tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("memory", [1, 100_000, 1 << 30])
def test_threads_and_memory_change_nothing(way: str, workers: int, memory: int) -> None:
    corpus = drawn(2, 400, 5000)
    expected = cooccurrences(corpus, Window(4))
    table = cooccurrences(corpus, Window(4), Counting(memory, workers=workers))
    for name in ("offsets", "columns", "weights"):
        assert np.array_equal(getattr(table, name), getattr(expected, name))


@given(st.lists(st.integers(-1, 6), min_size=1, max_size=40), st.integers(1, 8), st.booleans())
def test_any_text(ids: list[int], size: int, symmetric: bool) -> None:
    array = np.array(ids, np.int32)
    corpus = Encoded(array, list("abcdefg"), np.bincount(array[array >= 0], minlength=7).astype(np.int64))
    window = Window(size, "inverse", symmetric)
    if not corpus.words:
        with pytest.raises(InputError, match="no words"):
            cooccurrences(corpus, window)
        return
    assert cells(cooccurrences(corpus, window)) == by_hand(corpus, window)


def test_the_whole_basket() -> None:
    corpus = encoded("a b c d", "a d", "e")
    window = Window.whole(corpus)
    assert window == Window(3, "equal")
    table = cooccurrences(corpus, window)
    assert table.dense()[0].tolist() == [0, 2, 1, 1, 0]


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    table = cooccurrences(drawn(3, 50, 500), Window(3), Counting(1, tmp_path))
    assert len(table) > 0
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="could not be written"):
        cooccurrences(drawn(3, 50, 500), Window(3), Counting(folder=tmp_path / "none"))


def test_a_window_that_cannot_be_summed() -> None:
    with pytest.raises(InputError, match="take a smaller one"):
        cooccurrences(drawn(3, 50, 500), Window(60))
    with pytest.raises(InputError, match="at least one word"):
        Window(0)


def test_batches_are_all_rows_once() -> None:
    cost = np.array([100, 1, 0, 0, 5, 3, 2, 2], np.int64)
    batches = cooccurrence._cut(cost, 8, 8)
    assert [i for batch in batches for i in range(batch.start, batch.stop)] == list(range(8))
    assert len(batches) > 2
