"""Labelled rows: nothing in them changes, labels find their rows, and rows that make no space are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError, UnknownLabel
from armillary.formats.labels import Labels
from armillary.language import Note
from armillary.space import Space
from armillary.text.ngrams import Subwords


def test_nothing_can_be_written_into_a_space(royal: Space) -> None:
    for name in ("vectors", "norms", "counts"):
        array = getattr(royal, name)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7


def test_asking_normalises_nothing_in_place(royal: Space) -> None:
    before = royal.vectors.tobytes()
    royal.near("king - man + woman")
    royal.most_similar(positive=["king", "woman"], negative=["man"])
    royal.most_similar_cosmul(positive=["king", "woman"], negative=["man"])
    royal.doesnt_match(["king", "queen", "cat"])
    royal.direction([("cat", "cats")]).project(["dog", "dogs"])
    royal.compare("king", "queen")
    royal.align(royal, centred=True)
    assert royal.vectors.tobytes() == before
    assert not np.allclose(np.linalg.norm(royal.vectors, axis=1), 1)


def test_the_caller_keeps_an_array_that_can_be_written() -> None:
    own, counts = np.eye(2, dtype=np.float32), np.array([2, 1])
    space = Space(["a", "b"], own, counts=counts)
    assert own.flags.writeable
    assert counts.flags.writeable
    assert np.shares_memory(space.vectors, own), "kept as they are, not copied"


def test_labels_lead_to_rows_and_back(royal: Space) -> None:
    assert len(royal) == 12
    assert royal.dim == 4
    assert list(royal)[:2] == ["king", "queen"]
    assert "queen" in royal
    assert "Queen" not in royal
    assert 7 not in royal
    assert [royal.row(label) for label in royal] == list(range(12))
    assert royal.rows(["dog", "king", "dog"]).tolist() == [6, 0, 6]
    assert royal.labels[-1] == "女人"
    assert royal.labels[1:3] == ["queen", "man"]
    assert royal.labels[np.int64(1)] == "queen"
    with pytest.raises(IndexError):
        royal.labels[12]


def test_key_to_index_and_index_to_key_read_like_gensims(royal: Space) -> None:
    assert royal.key_to_index["queen"] == 1
    assert royal.index_to_key[1] == "queen"
    assert royal.key_to_index.get("nobody", -1) == -1
    assert "nobody" not in royal.key_to_index
    assert dict(royal.key_to_index) == {label: row for row, label in enumerate(royal.index_to_key)}
    assert list(royal.key_to_index)[:2] == ["king", "queen"]
    assert len(royal.key_to_index) == len(royal.index_to_key) == 12
    with pytest.raises(KeyError):
        royal.key_to_index["nobody"]


@given(st.lists(st.text(), min_size=1, max_size=30, unique=True))
def test_any_distinct_strings_are_labels(labels: list[str]) -> None:
    found = Labels.of(labels)
    assert list(found) == [found[row] for row in range(len(found))] == labels
    assert [found.find(label) for label in labels] == list(range(len(labels)))
    assert found == labels
    assert found.find("".join(labels) + "?") is None


@pytest.mark.parametrize(("labels", "vectors", "problem"), [
    ([], np.empty((0, 3), np.float32), "at least one point"),
    (["a"], np.empty((1, 0), np.float32), "at least one point"),
    (["a"], np.zeros((2, 3), np.float32), "2 points need 2 labels; there are 1"),
    (["a", "b", "a"], np.zeros((3, 3), np.float32), "'a' stands on two rows"),
    (["a", "b"], np.array([[1, 2], [np.nan, 1]], np.float32), "'b' holds NaN or infinity"),
    (["a", "b"], np.array([[1, -np.inf], [2, 1]], np.float32), "'a' holds NaN or infinity"),
    (["a\ud800"], np.zeros((1, 3), np.float32), "surrogate"),
])
def test_what_is_no_space_is_refused(labels: list[str], vectors: np.ndarray, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Space(labels, vectors)


def test_numbers_whose_sum_overflows_are_finite_all_the_same() -> None:
    space = Space(["a", "b"], np.full((2, 3), 3e38, np.float32))
    assert len(space) == 2


@pytest.mark.parametrize(("asked", "nearest"), [
    ("kign", "king"), ("King", "king"), ("QUEEN", "queen"), ("catss", "cats"), ("newyork", "new york"),
    ("国玉", "国王"), ("女人们", "女人"),
])
def test_an_unknown_label_comes_with_near_spellings(royal: Space, asked: str, nearest: str) -> None:
    with pytest.raises(UnknownLabel) as caught:
        royal[asked]
    assert caught.value.label == asked
    assert caught.value.near[0] == nearest
    assert nearest in str(caught.value)
    assert repr(asked) in str(caught.value)


def test_an_unknown_label_is_a_key_error_and_an_input_error(royal: Space) -> None:
    for kind in (KeyError, InputError, ValueError):
        with pytest.raises(kind, match="not in this space"):
            royal.near("king - zzzz")
    with pytest.raises(UnknownLabel, match="nor anything spelled like it"):
        royal["xyzzy!"]


def test_near_spellings_of_one_word_do_not_need_the_others() -> None:
    space = Space(["a" * 9, "ab", "αβγ", "王"], np.eye(4, dtype=np.float32))
    assert space.labels.near("aaaaaaaa") == ["a" * 9]
    assert space.labels.near("αβδ")[0] == "αβγ"
    assert space.labels.near("") == []


@given(st.text())
def test_any_string_may_be_asked_for(asked: str) -> None:
    space = Space(["king", "国王"], np.eye(2, dtype=np.float32))
    assert space.labels.find(asked) == {"king": 0, "国王": 1}.get(asked)
    assert set(space.labels.near(asked)) <= {"king", "国王"}


def test_unseen_words_have_a_point_where_there_are_n_grams() -> None:
    grams = np.random.default_rng(0).standard_normal((50, 3), np.float32)
    space = Space(["cat"], np.ones((1, 3), np.float32), subwords=Subwords(grams, 3, 4, 50))
    assert "cats" not in space
    assert np.array_equal(space["cats"].vector, space.subwords.vector("cats"))
    assert np.array_equal(space["cat"].vector, np.ones(3, np.float32)), "a word of its own keeps its row"
    assert space.near("cats - cat").excluded[0].label == "cat"
    with pytest.raises(UnknownLabel):
        space.row("cats")


def test_the_first_rows_are_a_space_too(royal: Space) -> None:
    few = royal.first(3)
    assert list(few) == ["king", "queen", "man"]
    assert few.counts.tolist() == [120, 110, 100]
    assert np.shares_memory(few.vectors, royal.vectors)
    assert dict(few.origin) == dict(royal.origin)
    assert len(royal.first(1000)) == 12


@pytest.mark.parametrize("n", [0, -1])
def test_the_first_rows_are_at_least_one(royal: Space, n: int) -> None:
    with pytest.raises(InputError):
        royal.first(n)


def test_notes_of_a_reader_are_kept() -> None:
    note = Note("{count} labels stood on several rows", {"count": 2})
    assert Space(["a"], np.ones((1, 1), np.float32), notes=[note]).notes == (note,)
