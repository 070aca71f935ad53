import json
import struct

import numpy as np
import pytest
import safetensors.numpy as oracle
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, InputError, OutputExists, UnknownFormat
from armillary.formats import safetensors
from armillary.formats.points import Accept, Points
from armillary.formats.safetensors import read_header, read_safetensors, tensors, write_safetensors
from tests.formats.matrices import ANY_TEXT, assert_equal, cuts, parts, some_points


def file_of(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype="F32", shape=(2, 1), place=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(place)}


@given(parts(ANY_TEXT), st.booleans())
def test_what_is_written_is_read_back(tmp_path_factory, parts, counted):
    labels, vectors, _ = parts
    wanted = Points(labels, vectors, np.arange(len(labels)) if counted else None)
    path = tmp_path_factory.mktemp("safe") / "points.safetensors"
    write_safetensors(wanted, path)
    assert_equal(read_safetensors(path), wanted)
    np.testing.assert_array_equal(oracle.load_file(path)["vectors"], vectors)


def test_the_same_points_give_the_same_bytes(tmp_path):
    write_safetensors(some_points(), tmp_path / "a.safetensors")
    write_safetensors(some_points(), tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    with pytest.raises(OutputExists):
        write_safetensors(some_points(), tmp_path / "a.safetensors")


def test_arrays_of_any_type_are_those_of_the_safetensors_library(tmp_path):
    kinds = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]
    arrays = {kind: np.arange(6).reshape(1, 2, 3).astype(kind) for kind in kinds} | {"none": np.zeros((0, 3), "f4")}
    oracle.save_file(arrays, tmp_path / "m.safetensors", metadata={"format": "pt"})
    found, metadata = read_header(tmp_path / "m.safetensors")
    assert metadata == {"format": "pt"}
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].shape == array.shape
        np.testing.assert_array_equal(found[name].array(), array)
        assert found[name].array().dtype == array.dtype


def test_bfloat16_is_widened(tmp_path):
    wide = np.array([[1.0, -2.5], [3e38, 0.0]], np.float32)
    half = (wide.view(np.uint32) >> 16).astype("<u2")
    (tmp_path / "m.safetensors").write_bytes(file_of({"w": entry("BF16", (2, 2))}, half.tobytes()))
    found = tensors(tmp_path / "m.safetensors")["w"].array()
    np.testing.assert_allclose(found, wide, rtol=2**-7)
    assert found.dtype == np.float32


def test_types_that_cannot_be_read_are_named_when_asked_for(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(file_of({"w": entry("F8_E4M3", (8,))}, b"8 bytes."))
    found = tensors(tmp_path / "m.safetensors")
    assert found["w"].shape == (8,)
    with pytest.raises(UnknownFormat, match="F8_E4M3"):
        found["w"].array()


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("name", ["embedding.weight", "embeddings", "vectors", "anything"])
def test_the_points_are_found_by_name_or_as_the_only_matrix(tmp_path, kind, name):
    arrays = {name: np.eye(2).astype(kind), "bias": np.zeros(2, "f4"), "ids": np.zeros((2, 2), "i8")}
    if name != "anything":
        arrays["other"] = np.zeros((2, 2), "f4")
    oracle.save_file(arrays, tmp_path / "m.safetensors")
    (tmp_path / "tokenizer.json").write_text('{"model": {"vocab": {"b": 1, "a": 0}}}')
    found = read_safetensors(tmp_path / "m.safetensors")
    assert (found.labels, found.vectors.tolist()) == (["a", "b"], [[1, 0], [0, 1]])
    assert found.format == "safetensors"


@pytest.mark.parametrize("metadata", [{"labels": '["a", "b"]'}, {"vocab": '{"b": 1, "a": 0}'}])
def test_labels_may_be_in_the_metadata(tmp_path, metadata):
    oracle.save_file({"w": np.eye(2, dtype="f4")}, tmp_path / "m.safetensors", metadata)
    assert read_safetensors(tmp_path / "m.safetensors").labels == ["a", "b"]
    assert read_safetensors(tmp_path / "m.safetensors", limit=1).vectors.tolist() == [[1, 0]]


@pytest.mark.parametrize("counts", [np.ones(2), np.ones(3, "i8"), np.ones((2, 1), "i8")])
def test_counts_that_are_none_are_left(tmp_path, counts):
    arrays = {"vectors": np.eye(2, dtype="f4"), "counts": counts}
    oracle.save_file(arrays, tmp_path / "m.safetensors", {"labels": '["a", "b"]'})
    assert read_safetensors(tmp_path / "m.safetensors").counts is None


@pytest.mark.parametrize(
    "arrays", [{"bias": np.zeros(3)}, {"a": np.eye(2), "b": np.eye(2)}, {"ids": np.eye(2, dtype=int)}]
)
def test_without_one_matrix_it_is_no_set_of_points(tmp_path, arrays):
    oracle.save_file(arrays, tmp_path / "m.safetensors")
    with pytest.raises(UnknownFormat, match="not one set of points"):
        read_safetensors(tmp_path / "m.safetensors")


def test_labels_of_another_number_are_an_error(tmp_path):
    oracle.save_file({"w": np.eye(2, dtype="f4")}, tmp_path / "m.safetensors", {"labels": '["a"]'})
    with pytest.raises(DamagedFile, match="1 labels for a matrix of 2 rows"):
        read_safetensors(tmp_path / "m.safetensors")


def test_rows_that_are_not_finite_are_refused_or_left_out(tmp_path):
    oracle.save_file({"w": np.array([[1.0], [np.inf]])}, tmp_path / "m.safetensors", {"labels": '["a", "b"]'})
    with pytest.raises(DamagedFile, match="'b'"):
        read_safetensors(tmp_path / "m.safetensors")
    assert read_safetensors(tmp_path / "m.safetensors", Accept(drop_nonfinite=True)).labels == ["a"]


EIGHT = b"8 bytes."
BAD = {
    "empty": (b"", "truncated"),
    "a pickle": (b"\x80\x04\x95.\0\0\0\0\0\0" * 20, "not a safetensors file"),
    "header above 100 MB": (struct.pack("<Q", 100_000_001) + b"{}", "above 100000000"),
    "header past the end": (struct.pack("<Q", 99) + b"{}", "truncated"),
    "space before the brace": (file_of(b' {"w":%s}' % json.dumps(entry()).encode(), EIGHT), "brace"),
    "a list": (file_of(b"[]"), "brace"),
    "not JSON": (file_of(b"{"), "cannot be read"),
    "not UTF-8": (file_of(b'{"\xff": 1}'), "cannot be read"),
    "nested": (file_of(b'{"a":' * 100_000), "cannot be read"),
    "a key twice": (file_of(b'{"w":%s,"w":%s}' % ((json.dumps(entry()).encode(),) * 2), EIGHT), "twice"),
    "a key twice in an entry": (file_of(b'{"w":{"dtype":"F32","dtype":"F32"}}', EIGHT), "twice"),
    "trailing bytes": (file_of({"w": entry()}, EIGHT + b"."), "1 bytes more"),
    "data cut": (file_of({"w": entry()}, EIGHT[:7]), "truncated"),
    "overlap": (file_of({"v": entry(), "w": entry(place=(4, 12))}, EIGHT * 2), "begins at 4"),
    "same place": (file_of({"v": entry(), "w": entry()}, EIGHT), "begins at 0"),
    "hole": (file_of({"v": entry(), "w": entry(place=(12, 20))}, EIGHT * 3), "begins at 12"),
    "hole at the start": (file_of({"w": entry(place=(4, 12))}, EIGHT * 2), "begins at 4"),
    "backwards": (file_of({"w": entry(place=(8, 0))}, EIGHT), "do not fit"),
    "shape does not fit": (file_of({"w": entry(shape=(3, 1))}, EIGHT), "do not fit"),
    "type does not fit": (file_of({"w": entry("F64")}, EIGHT), "do not fit"),
    "shape that wraps to 4": (
        file_of({"w": entry("U8", (4194305, 4194305, 211106198978564), (0, 4))}, b"four"), "do not fit",
    ),
    "three offsets": (file_of({"w": entry(place=(0, 8, 8))}, EIGHT), "do not fit"),
    "negative shape": (file_of({"w": entry(shape=(-2, -1))}, EIGHT), "no whole numbers"),
    "true as a length": (file_of({"w": entry(shape=(True, 2))}, EIGHT), "no whole numbers"),
    "float as a length": (file_of({"w": entry(shape=(2.0, 1))}, EIGHT), "no whole numbers"),
    "shape is text": (file_of({"w": entry() | {"shape": "2"}}, EIGHT), "no whole numbers"),
    "unknown type": (file_of({"w": entry("F31")}, EIGHT), "unknown type F31"),
    "type is a list": (file_of({"w": entry() | {"dtype": ["F32"]}}, EIGHT), "unknown type"),
    "entry is a number": (file_of({"w": 7}, EIGHT), "other things"),
    "entry lacks a key": (file_of({"w": {"dtype": "F32", "shape": [2, 1]}}, EIGHT), "other things"),
    "entry has one more": (file_of({"w": entry() | {"note": 1}}, EIGHT), "other things"),
    "metadata a list": (file_of({"__metadata__": ["a"]}), "metadata"),
    "metadata with a number": (file_of({"__metadata__": {"a": 1}}), "metadata"),
    "NaN": (file_of(b'{"w":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', EIGHT), "not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_an_error_that_says_why(tmp_path, case):
    content, message = BAD[case]
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises((DamagedFile, UnknownFormat), match=message):
        tensors(tmp_path / "m.safetensors")


def test_cut_at_any_byte_it_is_an_error(tmp_path):
    path = tmp_path / "points.safetensors"
    write_safetensors(some_points(), path)
    for _ in cuts(path):
        with pytest.raises((DamagedFile, UnknownFormat)):
            read_safetensors(path)
    assert len(read_safetensors(path).labels) == 3


@given(st.data())
def test_a_changed_header_gives_points_or_an_error_and_nothing_else(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("changed") / "m.safetensors"
    write_safetensors(some_points(), path)
    changed = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(changed) - 4))
    changed[place : place + 4] = data.draw(st.binary(min_size=1, max_size=4))
    path.write_bytes(changed)
    try:
        found = read_safetensors(path)
    except ArmillaryError:
        return
    assert np.isfinite(found.vectors).all()


def test_labels_above_the_limit_of_a_header_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(safetensors, "HEADER_LIMIT", 100)
    with pytest.raises(InputError, match="more than the 100 bytes"):
        write_safetensors(some_points(), tmp_path / "m.safetensors")
    assert not list(tmp_path.iterdir())


def test_arrays_that_begin_at_an_odd_byte_are_read(tmp_path):
    header = json.dumps({"w": entry(), "__metadata__": {"labels": '["a", "b"]'}}).encode()
    header += b" " * (1 - len(header) % 2)
    (tmp_path / "m.safetensors").write_bytes(file_of(header, struct.pack("<2f", 1, 2)))
    assert read_safetensors(tmp_path / "m.safetensors").vectors.tolist() == [[1], [2]]
