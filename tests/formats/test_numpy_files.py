import gzip
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import DamagedFile, FileError, InputError, OutputExists, UnknownFormat
from armillary.formats.bounded import BoundedReader
from armillary.formats.numpy_files import read_matrix, read_npy, write_npy
from armillary.formats.points import Accept, Points
from tests.formats.matrices import ONE_LINE, assert_equal, cuts, parts, some_points


def saved(array, version=None):
    file = BytesIO()
    np.lib.format.write_array(file, np.asarray(array), version=version)
    return file.getvalue()


def reader(content):
    return BoundedReader(Path("vectors.npy"), content)


def with_header(text, data=b"", version=1):
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode() + data


@given(parts(ONE_LINE))
def test_what_is_written_is_read_back(tmp_path_factory, parts):
    wanted = Points(*parts)
    path = tmp_path_factory.mktemp("npy") / "vectors.npy"
    write_npy(wanted, path)
    assert_equal(read_npy(path), wanted)
    np.testing.assert_array_equal(np.load(path), wanted.vectors)


@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_type_order_and_version_is_read(tmp_path, kind, order, version):
    array = np.asarray(np.arange(6).reshape(3, 2) / 4, dtype=kind, order=order)
    (tmp_path / "m.npy").write_bytes(saved(array, version))
    (tmp_path / "m.txt").write_text("a\nb\nc\n")
    found = read_npy(tmp_path / "m.npy")
    assert found.vectors.tolist() == array.tolist()
    assert found.vectors.flags.c_contiguous
    assert found.format == ".npy"


def test_float32_in_c_order_is_not_copied():
    assert not read_matrix(reader(saved(np.ones((3, 2), np.float32)))).flags.owndata


def test_other_writers_headers_are_understood():
    header = '{"shape":(1,2),"fortran_order":False,"descr":"<f4"}'
    found = read_matrix(reader(with_header(header, np.array([1, 2], "<f4").tobytes())))
    assert found.tolist() == [[1, 2]]


@given(st.binary(max_size=120))
def test_any_header_gives_a_matrix_or_an_error(body):
    for content in (body, with_header(body.decode("latin-1"), b"12345678", version=2)):
        with pytest.raises((DamagedFile, UnknownFormat)):
            read_matrix(reader(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 a zip", "not a .npy"),
        (saved(np.zeros((2, 2)))[:6] + b"\x04\x00" + b"\0" * 99, "version 4.0"),
        (with_header("{" * 70_000, version=2), "header of 70000 bytes"),
        (with_header("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }"), "pickled"),
        (with_header("{'descr': '<i4', 'fortran_order': False, 'shape': (1, 1), }"), "an array <i4"),
        (with_header("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 1), }"), "an array <f4"),
        (with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }"), r"of shape \(4,\)"),
        (with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), }"), "of shape"),
        (with_header("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1), }"), "cannot be read"),
        (with_header("{'descr': '<f4', 'fortran_order': False, }"), "cannot be read"),
        (with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), } and"), "cannot be read"),
        (with_header("__import__('os').system('true')"), "cannot be read"),
        (with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"), "truncated"),
        (with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", b"12345"), "1 bytes more"),
    ],
)
def test_a_bad_matrix_is_an_error_that_says_why(content, message):
    with pytest.raises((DamagedFile, UnknownFormat), match=message):
        read_matrix(reader(content))


def test_no_vectors_at_all_is_an_error(tmp_path):
    (tmp_path / "m.npy").write_bytes(saved(np.zeros((0, 4), np.float32)))
    (tmp_path / "m.txt").write_text("")
    with pytest.raises(DamagedFile, match="holds no vectors"):
        read_npy(tmp_path / "m.npy")


def test_cut_at_any_byte_it_is_an_error(tmp_path):
    path = tmp_path / "vectors.npy"
    write_npy(some_points(), path)
    for _ in cuts(path):
        with pytest.raises((DamagedFile, UnknownFormat)):
            read_npy(path)
    assert len(read_npy(path).labels) == 3


def test_labels_are_escaped_counted_and_limited(tmp_path):
    (tmp_path / "m.npy").write_bytes(saved(np.eye(3)))
    (tmp_path / "m.vocab.txt").write_bytes(b"\xef\xbb\xbfcaf\xe9\r\ntea\r\nmilk\r\n")
    found = read_npy(tmp_path / "m.npy")
    assert found.labels == ["caf\\xe9", "tea", "milk"]
    assert found.notes[0].facts == {"count": 1}
    first = read_npy(tmp_path / "m.npy", limit=2)
    assert (list(first.labels), first.vectors.tolist()) == (["caf\\xe9", "tea"], [[1, 0, 0], [0, 1, 0]])


def test_rows_that_are_not_finite_are_refused_or_left_out(tmp_path):
    (tmp_path / "m.npy").write_bytes(saved([[1e39, 0.0], [1.0, 2.0]]))
    (tmp_path / "m.txt").write_text("a\nb\n")
    with pytest.raises(DamagedFile, match=r"row 0 \('a'\)"):
        read_npy(tmp_path / "m.npy")
    assert read_npy(tmp_path / "m.npy", Accept(drop_nonfinite=True)).labels == ["b"]


def test_without_a_vocabulary_the_error_names_the_file_to_make(tmp_path):
    (tmp_path / "m.npy").write_bytes(saved(np.eye(3)))
    with pytest.raises(FileError, match=r"into m.vocab.txt"):
        read_npy(tmp_path / "m.npy")


def test_a_vocabulary_of_another_length_is_an_error(tmp_path):
    (tmp_path / "m.npy").write_bytes(saved(np.eye(3)))
    (tmp_path / "m.txt").write_text("a\nb\n")
    with pytest.raises(DamagedFile, match=r"m.txt: has 2 labels for a matrix of 3 rows"):
        read_npy(tmp_path / "m.npy")


def test_a_compressed_matrix_finds_its_vocabulary(tmp_path):
    (tmp_path / "m.npy.gz").write_bytes(gzip.compress(saved(np.eye(2))))
    (tmp_path / "m.vocab.txt").write_text("a\nb\n")
    assert read_npy(tmp_path / "m.npy.gz").labels == ["a", "b"]


def test_nothing_is_overwritten_or_left_half_done(tmp_path):
    path = tmp_path / "vectors.npy"
    write_npy(some_points(), path)
    before = path.read_bytes()
    path.with_suffix(".vocab.txt").unlink()
    with pytest.raises(OutputExists):
        write_npy(some_points(), path)
    assert [f.name for f in tmp_path.iterdir()] == ["vectors.npy"]
    write_npy(some_points(), path, force=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("label", ["a\nb", "a\r", "\ufeffking"])
def test_a_label_that_would_not_come_back_is_refused(tmp_path, label):
    odd = some_points()
    odd.labels[0] = label
    with pytest.raises(InputError, match=".parquet"):
        write_npy(odd, tmp_path / "vectors.npy")
    assert not list(tmp_path.iterdir())
