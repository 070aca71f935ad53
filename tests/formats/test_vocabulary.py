import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import DamagedFile
from armillary.formats.points import STRICT
from armillary.formats.strict_json import parse_json
from armillary.formats.vocabulary import labels_beside, labels_of_json, read_vocabulary, write_json, write_lines
from tests.formats.matrices import ANY_TEXT, ONE_LINE

FILE = Path("vocab.json")


@given(st.lists(ONE_LINE))
def test_lines_come_back(tmp_path_factory, labels):
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    path.write_bytes(write_lines(labels))
    assert read_vocabulary(path, STRICT) == (labels, ())


@given(st.lists(ANY_TEXT))
def test_json_comes_back(labels):
    assert labels_of_json(FILE, parse_json(FILE, write_json(labels).encode())) == (labels, ())


def test_line_breaks_inside_lines_are_kept(tmp_path):
    (tmp_path / "vocab.txt").write_bytes("a\u2028b\n\u00a0\n\x85\u0085\n".encode("utf-8", "surrogatepass"))
    assert read_vocabulary(tmp_path / "vocab.txt", STRICT)[0] == ["a\u2028b", "\u00a0", "\x85\u0085"]


def test_a_file_that_ends_within_a_line_is_noted(tmp_path):
    (tmp_path / "vocab.txt").write_bytes(b"caf\xe9\nte")
    labels, notes = read_vocabulary(tmp_path / "vocab.txt", STRICT)
    assert labels == ["caf\\xe9", "te"]
    assert [sorted(note.facts) for note in notes] == [["count"], ["name"]]


@pytest.mark.parametrize(
    "value",
    [
        ["a", "b", "c"],
        {"c": 2, "a": 0, "b": 1},
        {"model": {"vocab": {"b": 1, "a": 0}}, "added_tokens": [{"content": "c", "id": 2}]},
        {"model": {"vocab": [["a", -1.5], ["b", -2]]}, "added_tokens": [{"content": "c", "id": 2}]},
        {"model": {"vocab": {"b": 1, "a": 0, "c": 2}}},
    ],
)
def test_every_kind_of_json_vocabulary_is_read(value):
    assert labels_of_json(FILE, value) == (["a", "b", "c"], ())


def test_half_a_surrogate_in_json_is_escaped():
    labels, notes = labels_of_json(FILE, json.loads('["\\ud800"]'))
    assert labels == ["\\xed\\xa0\\x80"]
    assert notes[0].facts == {"count": 1}


@pytest.mark.parametrize(
    "value",
    [
        7, None, "abc", [1, 2], ["a", None],
        {"a": 0, "b": 2}, {"a": 0, "b": 0}, {"a": True, "b": 0}, {"a": 0.0}, {"a": -1}, {"a": 10**30}, {"a": "0"},
        {"model": {"vocab": 7}}, {"model": {}}, {"model": {"vocab": {"a": 0}}, "added_tokens": 7},
        {"model": {"vocab": {"a": 0}}, "added_tokens": [{}]},
    ],
)  # fmt: skip
def test_what_is_no_vocabulary_is_an_error(value):
    with pytest.raises(DamagedFile, match="is no vocabulary"):
        labels_of_json(FILE, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": 0, "b": 1, "a": 2}', "'a' stands there twice"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[-Infinity]", "not JSON"),
        (b"[" * 100_000, "cannot be read"),
        (b"[" + b"1" * 5_000 + b"]", "cannot be read"),
        (b"[", "cannot be read"),
        (b"", "cannot be read"),
        (b'"\xe9"', "cannot be read"),
    ],
)
def test_json_that_may_not_be_is_an_error(text, message):
    with pytest.raises(DamagedFile, match=message):
        parse_json(FILE, text)


def test_the_nearest_name_is_taken_first(tmp_path):
    for name, label in [("labels.txt", "far"), ("vocab.txt", "near"), ("m.txt", "nearest")]:
        (tmp_path / name).write_text(label)
    assert labels_beside(tmp_path / "m.npy", 1, STRICT)[0] == ["nearest"]
    (tmp_path / "m.txt").unlink()
    assert labels_beside(tmp_path / "m.npy", 1, STRICT)[0] == ["near"]
    (tmp_path / "m.json").write_text('["json"]')
    assert labels_beside(tmp_path / "m.npy", 1, STRICT)[0] == ["json"]
