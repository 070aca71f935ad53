from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import DamagedFile
from armillary.formats.checks import as_float32, checked, decode
from armillary.formats.points import STRICT, Accept, Points

FILE = Path("vectors.txt")


def points(rows, labels=("a", "b", "c"), counts=None):
    return Points(list(labels), np.array(rows, np.float32), counts)


def test_utf8_is_decoded_without_a_note():
    assert decode(["国王".encode(), b"king"]) == (["国王", "king"], None)


def test_odd_bytes_are_escaped_and_counted():
    labels, note = decode([b"caf\xe9", b"tea", b"caf\xe9"])
    assert labels == ["caf\\xe9", "tea", "caf\\xe9"]
    assert note.facts == {"count": 1}
    assert "not UTF-8" in str(note)


# Fragments that make one word's escape another word's spelling.
@given(st.lists(st.lists(st.sampled_from([b"\xe9", b"\\xe9", b"\\", b"x", b"\xff", b"e9"])).map(b"".join)))
def test_two_words_never_become_one(words):
    labels, _ = decode(words)
    assert len(set(labels)) == len(set(words))
    for word, label in zip(words, labels, strict=True):
        label.encode()
        assert labels[words.index(word)] == label
        if b"\xe9" not in word and b"\xff" not in word:
            assert label == word.decode()


def test_good_rows_pass_untouched():
    good = points([[1, 2], [3, 4], [0, 0]])
    assert checked(FILE, good, STRICT) is good


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_is_an_error_that_names_it(bad):
    with pytest.raises(DamagedFile, match=r"vectors.txt: row 1 \('b'\) holds NaN"):
        checked(FILE, points([[1, 2], [3, bad], [5, 6]]), STRICT)


def test_rows_that_are_not_finite_can_be_left_out():
    found = checked(
        FILE, points([[1, 2], [3, np.nan], [5, 6]], counts=np.array([7, 8, 9])), Accept(drop_nonfinite=True)
    )
    assert found.labels == ["a", "c"]
    assert found.counts.tolist() == [7, 9]
    assert found.vectors.tolist() == [[1, 2], [5, 6]]
    assert [str(note) for note in found.notes] == ["1 rows held NaN or infinity and were left out"]


def test_of_equal_labels_the_first_is_kept():
    found = checked(FILE, points([[1, 2], [3, 4], [5, 6]], labels="aba"), STRICT)
    assert found.labels == ["a", "b"]
    assert found.vectors.tolist() == [[1, 2], [3, 4]]
    assert found.notes[0].facts == {"count": 1}


@pytest.mark.parametrize(
    ("rows", "labels", "message"),
    [
        (np.zeros((0, 2)), "", "holds no vectors"),
        (np.full((1, 2), np.nan), "a", "holds no vectors"),
        (np.zeros((2, 0)), "ab", "vectors of 0 numbers"),
        (np.zeros((2, 1)), "abc", "2 vectors and 3 labels"),
    ],
)
def test_what_is_no_set_of_points_is_an_error(rows, labels, message):
    with pytest.raises(DamagedFile, match=message):
        checked(FILE, points(rows, labels), Accept(drop_nonfinite=True))


def test_numbers_become_float32_in_c_order_and_the_too_large_infinite():
    found = as_float32(np.asfortranarray([[1.0, 1e39], [0.1, -1e39]]))
    assert found.flags.c_contiguous
    assert found.tolist() == [[1.0, np.inf], [np.float32(0.1), -np.inf]]
