"""Labels: found by their bytes, walked in turns, told from their twins in checksum."""

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.formats import labels as module
from armillary.formats.labels import LabelRows, Labels


@given(st.lists(st.text(), unique=True, max_size=50))
def test_each_label_finds_its_row_and_no_other_string_does(labels: list[str]) -> None:
    found = Labels.of(labels)
    assert len(found) == len(labels)
    assert list(found) == labels
    assert {label: found.find(label) for label in labels} == {label: row for row, label in enumerate(labels)}
    for stranger in ("", "\n", "nobody", *[label + "\n" for label in labels], *[label[:-1] for label in labels]):
        assert (found.find(stranger) is not None) == (stranger in labels)


def test_labels_with_one_checksum_are_told_apart() -> None:
    """CRC-32 is linear, so twins of any length can be made: these two differ and share it."""
    assert crc32(b"plumless") == crc32(b"buckeroo")
    found = Labels.of(["a", "plumless", "b", "buckeroo", "c"])
    assert (found.find("plumless"), found.find("buckeroo")) == (1, 3)
    alone = Labels.of(["a", "plumless", "b"])
    assert alone.find("buckeroo") is None
    assert len(np.unique(found.checksums)) == 4


@settings(max_examples=30)
@given(st.lists(st.text(max_size=4), unique=True, min_size=1, max_size=40), st.integers(1, 9))
def test_walking_and_spelling_do_not_depend_on_blocks(labels: list[str], block: int) -> None:
    whole = Labels.of(labels)
    expected = list(whole), whole.near("ab"), whole.near(labels[0])
    before = module._BLOCK
    module._BLOCK = block
    try:
        assert (list(whole), whole.near("ab"), whole.near(labels[0])) == expected
    finally:
        module._BLOCK = before


def test_slices_and_negative_places_are_as_of_a_list() -> None:
    listed = [f"w{i}" for i in range(10)]
    found = Labels.of(listed)
    for part in (slice(None), slice(2, 5), slice(-3, None), slice(None, None, -2), slice(20, 30)):
        assert found[part] == listed[part]
    assert found[-1] == "w9"
    for wrong in (10, -11):
        with pytest.raises(IndexError):
            found[wrong]
    assert found.index("w3") == 3
    assert list(reversed(found)) == listed[::-1]


def test_what_is_not_distinct_or_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="'b' stands on two rows"):
        Labels.of(["a", "b", "c", "b"])
    with pytest.raises(InputError, match="surrogate"):
        Labels.of(["a", "\udc80"])
    assert Labels.of(["a"]).find("\udc80") is None
    assert Labels.of(["a"]).near("\udc80") == []


def test_near_spellings_come_best_first_and_only_if_alike() -> None:
    found = Labels.of(["king", "kings", "kin", "ring", "queen", "国王", "国王们", "x" * 100])
    assert found.near("king")[0] == "king"
    assert found.near("KING")[0] == "king"
    assert found.near("kign")[0] == "king", "swapped letters"
    assert found.near("knig")[0] == "king"
    assert found.near("国玉")[0] == "国王"
    assert found.near("kingss") == ["kings", "king", "kin", "ring"]
    assert found.near("kingss", 2) == ["kings", "king"]
    assert found.near("zzz") == []
    assert found.near("y" * 100_000) == []


def test_rows_by_label_read_like_a_dictionary() -> None:
    found = LabelRows(Labels.of(["a", "b"]))
    assert dict(found) == {"a": 0, "b": 1}
    assert found == {"a": 0, "b": 1}
    assert list(found.items()) == [("a", 0), ("b", 1)]
    assert found.get("c") is None
    with pytest.raises(KeyError):
        found["c"]


def test_labels_are_not_hashed_by_accident() -> None:
    with pytest.raises(TypeError):
        hash(Labels.of(["a"]))
