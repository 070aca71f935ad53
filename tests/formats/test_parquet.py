import gzip
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, MissingExtra, OutputExists, UnknownFormat
from armillary.formats import parquet
from armillary.formats.parquet import read_labels, read_parquet, write_parquet
from armillary.formats.points import Accept, Points
from tests.formats.matrices import ANY_TEXT, assert_equal, cuts, parts, some_points

LISTS = pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float64()))


def saved(folder, ending=".parquet", **columns):
    path = folder / f"table{ending}"
    table = pa.table(columns)
    if ending == ".parquet":
        pq.write_table(table, path)
    else:
        new = pa.ipc.new_stream if ending == ".stream" else pa.ipc.new_file
        with new(path, table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".feather"])
@settings(max_examples=40)
@given(parts=parts(ANY_TEXT), counted=st.booleans())
def test_what_is_written_is_read_back(tmp_path_factory, ending, parts, counted):
    labels, vectors, _ = parts
    wanted = Points(labels, vectors, np.arange(len(labels)) if counted else None)
    path = tmp_path_factory.mktemp("table") / f"points{ending}"
    write_parquet(wanted, path)
    assert_equal(read_parquet(path), wanted)
    assert read_labels(path) == labels


def test_the_columns_written_are_those_that_other_tools_take(tmp_path):
    write_parquet(some_points(), tmp_path / "p.parquet")
    schema = pq.read_schema(tmp_path / "p.parquet")
    assert [str(schema.field(name).type) for name in ("word", "vector", "count")] == [
        "string", "fixed_size_list<element: float>[2]", "int64",
    ]  # fmt: skip


def test_the_same_points_give_the_same_bytes_and_nothing_is_overwritten(tmp_path):
    for name in ("a.parquet", "b.parquet"):
        write_parquet(some_points(), tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    with pytest.raises(OutputExists):
        write_parquet(some_points(), tmp_path / "a.parquet")


@pytest.mark.parametrize("ending", [".parquet", ".feather", ".stream"])
@pytest.mark.parametrize("vector", [
    LISTS,
    LISTS.cast(pa.list_(pa.float16())),
    LISTS.cast(pa.large_list(pa.float32())),
    LISTS.cast(pa.list_(pa.float32(), 2)),
])
@pytest.mark.parametrize("word", [
    pa.array(["a", "国"]), pa.array(["a", "国"], pa.large_string()), pa.array(["a", "国"]).dictionary_encode()
])
def test_every_kind_of_column_is_read(tmp_path, ending, vector, word):
    found = read_parquet(saved(tmp_path, ending, anything=word, at_all=vector))
    assert (found.labels, found.vectors.tolist()) == (["a", "国"], [[1, 2], [3, 4]])
    assert found.format == {".parquet": "Parquet", ".feather": "Arrow", ".stream": "Arrow stream"}[ending]


def test_numbers_may_stand_in_columns_of_their_own(tmp_path):
    found = read_parquet(saved(tmp_path, x=[1.0, 3.0], w=["a", "b"], y=pa.array([2.0, 4.0], pa.float32()), id=[7, 8]))
    assert found.vectors.tolist() == [[1, 2], [3, 4]]
    assert found.counts is None


def test_the_usual_name_decides_between_columns(tmp_path):
    words = {"note": ["x", "y"], "word": ["a", "b"]}
    path = saved(tmp_path, **words, vector=LISTS, other=LISTS, count=pa.array([5, 6], pa.int16()))
    found = read_parquet(path, limit=1)
    assert (found.labels, found.vectors.tolist(), found.counts.tolist()) == (["a"], [[1, 2]], [5])


def test_labels_alone_are_read(tmp_path):
    assert read_labels(saved(tmp_path, index=["the", "of"], rank=[0, 1])) == ["the", "of"]


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_bytes_that_are_no_utf8_are_escaped(tmp_path, ending):
    ends, text = pa.py_buffer(struct.pack("<2i", 0, 4)), pa.py_buffer(b"caf\xe9")
    odd = pa.Array.from_buffers(pa.string(), 1, [None, ends, text])
    found = read_parquet(saved(tmp_path, ending, word=odd, x=[1.0]))
    assert found.labels == ["caf\\xe9"]
    assert found.notes[0].facts == {"count": 1}


def test_offsets_that_point_outside_are_an_error_not_a_crash(tmp_path):
    ends, text = pa.py_buffer(struct.pack("<3i", 0, 2**30, 4)), pa.py_buffer(b"word")
    lying = pa.Array.from_buffers(pa.string(), 2, [None, ends, text])
    with pytest.raises(DamagedFile):
        read_parquet(saved(tmp_path, ".arrow", word=lying, x=[1.0, 2.0]))


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({"x": [1.0]}, UnknownFormat, "no column of words; its columns are x"),
        ({"w": ["a"], "n": [1]}, UnknownFormat, "no column of vectors"),
        ({"a": ["a"], "b": ["b"], "x": [1.0]}, UnknownFormat, "any of its columns a, b"),
        ({"w": ["a"], "a": [[1.0]], "b": [[1.0]]}, UnknownFormat, "any of its columns a, b"),
        ({"w": ["a", None], "x": [1.0, 2.0]}, DamagedFile, "1 empty cells"),
        ({"w": ["a", "b"], "v": [[1.0], None]}, DamagedFile, "1 empty cells"),
        ({"w": ["a", "b"], "x": [1.0, 1.0], "count": [1, None]}, DamagedFile, "1 empty cells"),
        ({"w": ["a", "b"], "v": [[1.0], [1.0, 2.0]]}, DamagedFile, "vectors of 1 and of 2 numbers"),
        ({"w": ["a", "b"], "v": [[1.0], [None]]}, DamagedFile, "row 1"),
        ({"w": ["a", "b"], "x": [1.0, None]}, DamagedFile, "row 1"),
        ({"w": pa.array([], pa.string()), "x": pa.array([], pa.float32())}, DamagedFile, "no vectors"),
        ({"w": pa.array([], pa.string()), "v": pa.array([], pa.list_(pa.float32()))}, DamagedFile, "no vectors"),
    ],
)
def test_a_table_without_points_is_an_error_that_says_why(tmp_path, columns, error, message):
    with pytest.raises(error, match=message):
        read_parquet(saved(tmp_path, **columns))


def test_rows_that_are_not_finite_can_be_left_out(tmp_path):
    path = saved(tmp_path, w=["a", "b"], x=[1.0, np.inf])
    assert read_parquet(path, Accept(drop_nonfinite=True)).labels == ["a"]


def test_two_columns_of_one_name_are_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array([1.0]), pa.array([2.0])], ["w", "x", "x"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DamagedFile, match="two columns of one name"):
        read_parquet(tmp_path / "t.parquet")


def test_what_is_no_table_is_refused(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"<html>not found</html>")
    with pytest.raises(UnknownFormat, match="is not a Parquet or Arrow file"):
        read_parquet(tmp_path / "t.parquet")


def test_a_packed_table_is_read_through(tmp_path):
    whole = saved(tmp_path, ".arrow", w=["a"], x=[1.0]).read_bytes()
    (tmp_path / "t.arrow.gz").write_bytes(gzip.compress(whole))
    assert read_parquet(tmp_path / "t.arrow.gz").labels == ["a"]


def test_equal_rows_out_of_proportion_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet.limits, "RATIO_FROM", 1 << 16)
    path = saved(tmp_path, w=["a"] * 200_000, x=[1.0] * 200_000)
    with pytest.raises(DamagedFile, match="far more than a file of its size"):
        read_parquet(path)
    assert read_parquet(path, Accept(huge=True)).notes[0].facts == {"count": 199_999}


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_cut_at_any_byte_it_is_an_error(tmp_path, ending):
    path = tmp_path / f"points{ending}"
    write_parquet(some_points(), path)
    for end in cuts(path, step=7):
        if end < path.stat().st_size:  # a byte too many is not seen in either format
            with pytest.raises((DamagedFile, UnknownFormat)):
                read_parquet(path)
    assert len(read_parquet(path).labels) == 3


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".stream"])
@given(data=st.data())
def test_changed_bytes_give_points_or_an_error_and_nothing_else(tmp_path_factory, ending, data):
    path = saved(tmp_path_factory.mktemp("changed"), ending, w=["a", "b"], v=LISTS)
    changed = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(changed) - 4))
    changed[place : place + 4] = data.draw(st.binary(min_size=1, max_size=4))
    path.write_bytes(changed)
    try:
        found = read_parquet(path)
    except ArmillaryError:
        return
    assert np.isfinite(found.vectors).all()


def test_without_pyarrow_the_line_that_installs_it_is_given(tmp_path, monkeypatch):
    path = saved(tmp_path, w=["a"], x=[1.0])
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"armillary\[table\]"):
        read_parquet(path)
    with pytest.raises(MissingExtra, match=r"armillary\[table\]"):
        write_parquet(some_points(), tmp_path / "new.parquet")
