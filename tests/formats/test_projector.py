import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, InputError, NotFound, OutputExists
from armillary.formats import projector
from armillary.formats.points import Accept, Points
from armillary.formats.projector import read_projector, write_projector
from tests.formats.matrices import NO_TABS, assert_equal, parts, some_points


@pytest.fixture
def folder(tmp_path):
    """Writes the files of a projector and gives their folder."""

    def fill(tensors="1\t2\n3\t4\n", metadata="a\nb\n", config=None):
        for name, content in (("tensors.tsv", tensors), ("metadata.tsv", metadata), ("projector_config.json", config)):
            if content is not None:
                (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return fill


def config(**changes):
    entry = {"tensorName": "t", "tensorShape": [2, 2], "tensorPath": "tensors.tsv", "metadataPath": "metadata.tsv"}
    return json.dumps({"embeddings": [{key: v for key, v in (entry | changes).items() if v is not None}]})


@settings(max_examples=50)
@given(parts(NO_TABS), st.booleans(), st.sampled_from(["folder", "folder/tensors.tsv", "folder/glove.tsv"]))
def test_what_is_written_is_read_back(tmp_path_factory, parts, counted, name):
    labels, vectors, _ = parts
    wanted = Points(labels, vectors, np.arange(len(labels)) if counted else None)
    base = tmp_path_factory.mktemp("projector")
    if "." in name:
        (base / "folder").mkdir()
    write_projector(wanted, base / name)
    assert_equal(read_projector(base / name), wanted)
    for found in (base / "folder").glob("*.json"):
        assert_equal(read_projector(found), wanted)


def test_the_files_are_as_the_projector_wants_them(tmp_path, monkeypatch):
    monkeypatch.setattr(projector, "_ROWS", 2)
    plain = Points(["a", "b", "c"], np.array([[1, 0.1], [2, 0], [3, 1e-7]], np.float32))
    write_projector(plain, tmp_path / "p")
    assert (tmp_path / "p/tensors.tsv").read_text() == "1.0\t0.1\n2.0\t0.0\n3.0\t1e-07\n"
    assert (tmp_path / "p/metadata.tsv").read_text() == "a\nb\nc\n"
    entry = json.loads((tmp_path / "p/projector_config.json").read_text())["embeddings"][0]
    assert entry == {
        "tensorName": "p", "tensorShape": [3, 2], "tensorPath": "tensors.tsv", "metadataPath": "metadata.tsv",
    }  # fmt: skip
    assert_equal(read_projector(tmp_path / "p"), plain)


def test_what_was_written_is_read_to_the_same_bits(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(50, 7)).astype(np.float32)
    wanted = Points([f"w{i}" for i in range(50)], vectors)
    write_projector(wanted, tmp_path / "p")
    assert_equal(read_projector(tmp_path / "p"), wanted)
    (tmp_path / "p/tensors.tsv").write_bytes((tmp_path / "p/tensors.tsv").read_bytes().replace(b"\t", b"\tx", 1))
    with pytest.raises(DamagedFile, match="line 1: 'x"):
        read_projector(tmp_path / "p")


def test_with_counts_the_metadata_have_a_header(tmp_path):
    write_projector(some_points(), tmp_path / "p")
    assert (tmp_path / "p/metadata.tsv").read_text().startswith("word\tcount\nking\t9\n")


@pytest.mark.parametrize(("name", "file"), [("p", "p/metadata.tsv"), ("g.tsv", "g.metadata.tsv"), ("g.tsv", "g.tsv")])
def test_nothing_is_overwritten_unless_forced(tmp_path, name, file):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("mine")
    with pytest.raises(OutputExists):
        write_projector(some_points(), tmp_path / name)
    assert (tmp_path / file).read_text() == "mine"
    write_projector(some_points(), tmp_path / name, force=True)
    assert_equal(read_projector(tmp_path / name), some_points())


def test_a_file_is_not_made_a_folder(tmp_path):
    (tmp_path / "p").write_text("mine")
    with pytest.raises(OutputExists):
        write_projector(some_points(), tmp_path / "p", force=True)
    assert (tmp_path / "p").read_text() == "mine"


def test_there_must_be_a_folder_to_write_in(tmp_path):
    with pytest.raises(NotFound, match="no folder"):
        write_projector(some_points(), tmp_path / "none" / "p")


@pytest.mark.parametrize("label", ["a\tb", "a\nb", "a\r", "\ufeffking"])
def test_a_label_that_would_not_come_back_is_refused(tmp_path, label):
    with pytest.raises(InputError, match=".parquet"):
        write_projector(Points([label], np.ones((1, 2), np.float32)), tmp_path / "p")
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_configuration_is_read(folder):
    found = read_projector(folder())
    assert (found.labels, found.vectors.tolist()) == (["a", "b"], [[1, 2], [3, 4]])
    assert found.format == "TensorBoard projector"
    assert read_projector(folder(), limit=1).labels == ["a"]


def test_raw_numbers_are_read(folder):
    path = folder(config=config(tensorPath="t.bytes"))
    (path / "t.bytes").write_bytes(np.array([[1, 2], [3, 4]], "<f4").tobytes())
    assert read_projector(path).vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(("shape", "message"), [
    ([2, 3], "truncated"),
    ([2**62, 2**62], "truncated"),
    ([1, 2], "8 bytes more"),
    (None, "does not state their shape"),
])
def test_raw_numbers_must_fit_their_shape(folder, shape, message):
    path = folder(config=config(tensorPath="t.bytes", tensorShape=shape))
    (path / "t.bytes").write_bytes(bytes(16))
    with pytest.raises(DamagedFile, match=message):
        read_projector(path)


@pytest.mark.parametrize(("metadata", "counts"), [
    ("Color\tLabel\nred\ta\nblue\tb\n", None),
    ("first\tsecond\na\tx\nb\ty\n", None),
    ("count\tword\n7\ta\n5\tb\n", [7, 5]),
    ("\ufeffa\r\nb\r\n", None),
])
def test_every_kind_of_metadata_is_read(folder, metadata, counts):
    found = read_projector(folder(metadata=metadata))
    assert found.labels == ["a", "b"]
    assert (None if found.counts is None else found.counts.tolist()) == counts


def test_odd_things_are_noted(folder):
    two = json.loads(config())
    two["embeddings"] *= 2
    found = read_projector(folder("1\t2\n3\t4", b"caf\xe9\nb", json.dumps(two)))
    assert found.labels == ["caf\\xe9", "b"]
    assert [next(iter(note.facts.values())) for note in found.notes] == [1, "tensors.tsv", 1, "metadata.tsv"]


def test_rows_that_are_not_finite_are_refused_or_left_out(folder):
    path = folder("1\t2\nnan\t1e39\n")
    with pytest.raises(DamagedFile, match=r"tensors.tsv: row 1 \('b'\)"):
        read_projector(path)
    assert read_projector(path, Accept(drop_nonfinite=True)).labels == ["a"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"tensors": "1\t2\n3\n"}, "line 2 has not the 2 numbers"),
        ({"tensors": "1\t2\n3\tfour\n"}, "line 2: 'four'"),
        ({"tensors": "1\t2\n3\t1_0\n"}, "line 2: '1_0'"),
        ({"tensors": "1\t2\n3\t٣\n"}, "line 2"),
        ({"tensors": "1\t2\n3\t\n"}, "line 2"),
        ({"tensors": "1\n\n"}, "line 2 has not the 1 numbers"),
        ({"tensors": "1\n  \n"}, "line 2 has not the 1 numbers"),
        ({"tensors": "1\t2 3\n3\t4\n"}, "line 1 has 3 numbers"),
        ({"tensors": "1" * 5000 + "\t2\n3\t4\n"}, "line 1"),
        ({"tensors": "", "metadata": ""}, "no vectors"),
        ({"metadata": "a\nb\nc\n"}, "has 3 labels for a matrix of 2 rows"),
        ({"metadata": ""}, "has 0 labels"),
        ({"metadata": "w\tx\na\t1\nb\n"}, "row 1 has 1 columns, not 2"),
        ({"metadata": "word\tcount\na\t1\nb\tmany\n"}, "row 1 has the count 'many'"),
        ({"metadata": "word\tcount\na\t1\nb\t-1\n"}, "row 1 has the count"),
        ({"metadata": "word\tcount\na\t1\nb\t9223372036854775808\n"}, "row 1 has the count"),
        ({"config": "[]"}, "lists no embeddings"),
        ({"config": "{}"}, "lists no embeddings"),
        ({"config": '{"embeddings": []}'}, "lists no embeddings"),
        ({"config": '{"embeddings": [7]}'}, "lists no embeddings"),
        ({"config": '{"embeddings": [{}], "embeddings": []}'}, "twice"),
        ({"config": config(tensorPath="../tensors.tsv")}, "in the same folder"),
        ({"config": config(tensorPath="/etc/passwd")}, "in the same folder"),
        ({"config": config(tensorPath="https://host/t.tsv")}, "in the same folder"),
        ({"config": config(tensorPath="..\\t.tsv")}, "in the same folder"),
        ({"config": config(metadataPath="..")}, "in the same folder"),
        ({"config": config(metadataPath=".")}, "in the same folder"),
        ({"config": config(metadataPath=None)}, "names 'None'"),
        ({"config": config(metadataPath="a\0b")}, "in the same folder"),
        ({"config": config(tensorShape=[3, 2])}, "2 x 2 numbers; the configuration says 3 x 2"),
        ({"config": config(tensorShape=[2])}, "none of rows and columns"),
        ({"config": config(tensorShape=[2, -2])}, "none of rows and columns"),
        ({"config": config(tensorShape="2")}, "none of rows and columns"),
    ],
)
def test_bad_files_are_errors_that_say_why(folder, files, message):
    with pytest.raises(ArmillaryError, match=message):
        read_projector(folder(**files))


@pytest.mark.parametrize("files", [{"tensors": None}, {"metadata": None}, {"config": config(tensorPath="none.tsv")}])
def test_files_that_are_not_there_are_named(folder, files):
    with pytest.raises(NotFound):
        read_projector(folder(**files))


def test_a_cut_is_an_error_or_noted(tmp_path):
    """The last number of a text may be cut in itself and look whole; then the missing newline is noted."""
    write_projector(some_points(), tmp_path / "p")
    for name in ("tensors.tsv", "metadata.tsv", "projector_config.json"):
        whole = (tmp_path / "p" / name).read_bytes()
        for end in range(len(whole)):
            (tmp_path / "p" / name).write_bytes(whole[:end])
            try:
                found = read_projector(tmp_path / "p")
            except ArmillaryError:
                continue
            assert any("no newline" in str(note) for note in found.notes)
        (tmp_path / "p" / name).write_bytes(whole)
    assert_equal(read_projector(tmp_path / "p"), some_points())
