"""Our readers and writers of word vectors against gensim's, value for value and bit for bit."""

import lzma

import numpy as np
import pytest
from gensim.models import KeyedVectors

from armillary.formats.points import Points
from armillary.formats.sniff import read, write

# Without a header gensim reads the file twice and leaves it open the first time.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

FIXTURES = {
    "crime-and-punishment.vec": {},
    "euclidean_vectors.bin": {"binary": True},
    "high_precision.kv.bin": {"binary": True},
    "high_precision.kv.txt": {},
    "test_glove.txt": {"no_header": True},
}


def assert_equal(ours, theirs):
    assert list(ours.labels) == theirs.index_to_key
    np.testing.assert_array_equal(ours.vectors.view(np.uint32), theirs.vectors.view(np.uint32))


@pytest.mark.parametrize("name", FIXTURES)
def test_files_of_other_programs(data, name):
    path = data / "models" / "formats" / name
    assert_equal(read(path), KeyedVectors.load_word2vec_format(str(path), **FIXTURES[name]))


def test_the_first_rows_of_glove(data, tmp_path):
    path = data / "models" / "glove.6B.50d.top30k.txt.xz"
    with lzma.open(path) as packed, (tmp_path / "glove.txt").open("wb") as plain:
        plain.writelines(line for _, line in zip(range(3000), packed, strict=False))
    ours = read(tmp_path / "glove.txt")
    assert_equal(ours, KeyedVectors.load_word2vec_format(str(tmp_path / "glove.txt"), no_header=True))
    found = read(path)
    assert found.vectors.shape == (30000, 50)
    assert found.labels[:3000] == ours.labels
    np.testing.assert_array_equal(found.vectors[:3000], ours.vectors)


@pytest.mark.parametrize("form", ["{!r}", "{:.5g}", "{:.17g}", "{:.25f}", "{:e}"])
def test_numbers_in_any_form(tmp_path, form):
    rng = np.random.default_rng(1)
    values = rng.standard_normal((100, 20)) * 10.0 ** rng.integers(-40, 30, (100, 20))
    lines = [f"word{i} {' '.join(map(form.format, row.tolist()))}\n" for i, row in enumerate(values)]
    (tmp_path / "vectors.txt").write_text("".join(["100 20\n", *lines]))
    assert_equal(read(tmp_path / "vectors.txt"), KeyedVectors.load_word2vec_format(str(tmp_path / "vectors.txt")))


@pytest.fixture
def points():
    rng = np.random.default_rng(2)
    vectors = rng.integers(0, 2**32, (50, 7), np.uint32).view(np.float32)
    return Points([f"wörd{i}" for i in range(50)], np.where(np.isfinite(vectors), vectors, 0).astype(np.float32))


@pytest.mark.parametrize(("name", "options"), [
    ("a.txt", {}), ("a.vec", {}), ("a.glove.txt", {"no_header": True}), ("a.bin", {"binary": True}), ("a.txt.gz", {}),
    ("a.bin.gz", {"binary": True}),
])
def test_gensim_reads_what_we_write(tmp_path, points, name, options):
    write(points, tmp_path / name)
    assert_equal(points, KeyedVectors.load_word2vec_format(str(tmp_path / name), **options))


@pytest.mark.parametrize(("binary", "header"), [(True, True), (False, True), (False, False)])
def test_we_read_what_gensim_writes(tmp_path, points, binary, header):
    model = KeyedVectors(7)
    model.add_vectors(points.labels, points.vectors)
    model.save_word2vec_format(str(tmp_path / "vectors"), binary=binary, write_header=header)
    found = read(tmp_path / "vectors")
    assert sorted(found.labels) == sorted(points.labels)
    assert_equal(found, model)
