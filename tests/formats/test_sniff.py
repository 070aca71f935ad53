import gzip
import io
import json
import os
import pickle
import struct
import sys
import tarfile
import zipfile
from subprocess import run

import numpy as np
import pytest

from armillary.errors import InputError, NotFound, OutputExists, UnknownFormat
from armillary.formats import sniff
from armillary.formats.numpy_files import write_npy
from armillary.formats.points import Points
from armillary.formats.safetensors import write_safetensors
from armillary.formats.sniff import FORMATS, read, recognise, write
from armillary.formats.write_fasttext import write_fasttext
from armillary.text.ngrams import Subwords
from tests.formats.vector_files import VECTORS, WORDS, assert_rows, binary, same, text

PLAIN = Points(["king", "国王", "queen"], np.array(VECTORS[:3], np.float32))
COUNTED = Points(PLAIN.labels, PLAIN.vectors, np.array([3, 2, 1]))


def subwords(kept=None):
    return Subwords(np.zeros((7 if kept is None else len(kept), 3), np.float32), 2, 3, 7, kept)


@pytest.fixture
def written(tmp_path):
    def write(content, name="file"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("vectors.txt"))
    return file.getvalue()


def language_model():
    header = json.dumps({"model.layers.0.attention.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})
    return struct.pack("<Q", len(header)) + header.encode() + bytes(4)


STRANGERS = {
    "empty": (b"", "is empty"),
    "web page": (b"\n<!DOCTYPE html>\n<html><title>404</title>", "is a web page"),
    "xml": (b'<?xml version="1.0"?><Error>AccessDenied</Error>', "is a web page"),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "is a Git LFS pointer.*git lfs pull",
    ),
    "utf-16 le": ("king 1 2\nqueen 3 4\n".encode("utf-16"), "is text in UTF-16.*iconv"),
    "utf-16 be": ("\ufeffking 1 2\nqueen 3 4\n".encode("utf-16-be"), "is text in UTF-16"),
    "utf-16 le, no mark": ("king 1 2\nqueen 3 4\n".encode("utf-16-le"), "is text in UTF-16"),
    "utf-16 be, no mark": ("king 1 2\nqueen 3 4\n".encode("utf-16-be"), "is text in UTF-16"),
    "pickle": (pickle.dumps({"king": [1.0, 2.0]}), "is a Python pickle"),
    "pickle 0": (pickle.dumps(["king", 1.0], 0), "is a Python pickle"),
    "pickle 2": (pickle.dumps(["king", 1.0], 2), "is a Python pickle"),
    "gensim": (
        b"\x80\x04\x95=\x00\x00\x8c\x1dgensim.models.keyedvectors\x94\x8c\x0cKeyedVectors\x94\x93",
        r"as gensim pickles it.*save_word2vec_format\('vectors.bin', binary=True\)",
    ),
    "old torch": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03. torch._utils", "save_file.*torch.load"),
    "gguf": (b"GGUF\x03\0\0\0" + bytes(16), "holds the weights of a language model"),
    "layers": (language_model(), "holds the weights of a language model"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "is a PDF"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(8), "is an HDF5 file"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\x04", "is an archive"),
    "tar": (tar(), "is an archive"),
    "tar.gz": (gzip.compress(tar()), "is an archive"),
    "twice": (gzip.compress(gzip.compress(b"king 1 2\n")), "is packed twice"),
    "zeros": (bytes(5000), "nothing but zero bytes"),
    "sparse": (b"king 9:0.0221 17:0.3\nqueen 9:1e-3\n", "holds sparse vectors"),
    "sparse with header": (b"2 30\nking 9:0.0221 17:0.3 \nqueen 9:1e-3 \n", "holds sparse vectors"),
    "prose": (b"To be, or not to be:\nthat is the question.\n", "its lines do not end in numbers"),
    "blank": (b"\n\n  \n", "its lines do not end in numbers"),
    "json": (b'{"king": [1, 2]}', "is text, but no word vectors"),
    "binary": (bytes(range(1, 200)), r"is in no format that is known here\. Read are word2vec"),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_what_a_file_really_is_is_said(kind, written):
    content, message = STRANGERS[kind]
    for name in ("file", "vectors.txt", "model.bin"):
        with pytest.raises(UnknownFormat, match=message):
            read(written(content, name))


def test_a_torch_checkpoint_is_told_from_other_zips(written):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"cos\nsystem\n")
    with pytest.raises(UnknownFormat, match="is a PyTorch checkpoint"):
        read(written(file.getvalue(), "vectors.txt"))


def test_a_pickle_is_never_run(written, tmp_path):
    class Canary:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "canary"),)

    for protocol in range(6):
        with pytest.raises(UnknownFormat):
            read(written(pickle.dumps(Canary(), protocol), "vectors.npy"))
    assert not (tmp_path / "canary").exists()


def test_a_sparse_file_of_gigabytes_is_judged_by_its_beginning(tmp_path):
    with (tmp_path / "zeros").open("wb") as file:
        file.truncate(4 << 30)
    with pytest.raises(UnknownFormat, match="zero bytes"):
        read(tmp_path / "zeros")


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnknownFormat, match="pipe"):
        read(tmp_path / "pipe")
    with pytest.raises(UnknownFormat, match="folder with no space in it.*manifest.json.*tensors.tsv"):
        read(tmp_path)
    (tmp_path / "cut.space").mkdir()
    (tmp_path / "cut.space" / ".vectors-0000000000000000.npy.part.part").touch()
    with pytest.raises(UnknownFormat, match="interrupted"):
        read(tmp_path / "cut.space")
    with pytest.raises(NotFound):
        read(tmp_path / "nothing")


@pytest.mark.parametrize(("name", "format"), [
    ("a.txt", "word2vec text"), ("a.vec", "word2vec text"), ("A.TXT", "word2vec text"), ("a.glove.txt", "GloVe text"),
    ("a.bin", "word2vec binary"), ("a.npy", ".npy"), ("a.safetensors", "safetensors"), ("a.parquet", "Parquet"),
    ("a.txt.gz", "word2vec text"), ("a.glove.txt.xz", "GloVe text"), ("a.vec.bz2", "word2vec text"),
    ("a.bin.zst", "word2vec binary"), ("a.txt.zip", "word2vec text"), ("a.tsv", "TensorBoard projector"),
    ("folder", "TensorBoard projector"), ("a.feather", "Arrow"),
])
def test_the_ending_names_the_format_and_the_content_says_it_again(tmp_path, name, format):
    assert write(PLAIN, tmp_path / name) == ()
    found = read(tmp_path / name)
    assert found.format == format
    assert format in [one.name for one in FORMATS], "one name, for reading and for writing"
    assert same(found, PLAIN)
    with pytest.raises(OutputExists):
        write(PLAIN, tmp_path / name)
    write(PLAIN, tmp_path / name, force=True)


@pytest.mark.parametrize("content", [text(), text(header=False), binary()])
@pytest.mark.parametrize("name", ["vectors", "vectors.npy", "vectors.bin", "vectors.gz", "vectors.pdf"])
def test_a_name_says_nothing_to_the_reader(written, content, name):
    found = read(written(content, name))
    assert found.vectors.shape[1] == 3
    assert found.labels[0] == "king"


def test_what_a_format_cannot_hold_is_said(tmp_path):
    full = Points(PLAIN.labels, PLAIN.vectors, COUNTED.counts, subwords())
    assert [str(note) for note in write(full, tmp_path / "a.txt")] == [
        "word2vec text holds no counts; they were left out",
        "word2vec text holds no n-grams; unseen words have no vectors there",
    ]
    assert [str(note)[:14] for note in write(full, tmp_path / "a.safetensors")] == ["safetensors ho"]
    assert write(COUNTED, tmp_path / "b.safetensors") == ()


def test_a_bin_is_fasttexts_where_there_are_ngrams(tmp_path):
    assert write(Points(PLAIN.labels, PLAIN.vectors, None, subwords()), tmp_path / "a.bin") == ()
    assert read(tmp_path / "a.bin").format == "fastText"
    pruned = Points(PLAIN.labels, PLAIN.vectors, None, subwords(np.array([1, 2])))
    assert len(write(pruned, tmp_path / "b.bin")) == 1
    assert read(tmp_path / "b.bin").format == "word2vec binary"
    assert len(write(Points(PLAIN.labels, PLAIN.vectors, None, subwords()), tmp_path / "a.bin.gz")) == 1
    assert read(tmp_path / "a.bin.gz").format == "word2vec binary"


@pytest.mark.parametrize("name", ["a.doc", "a.npy.gz", "a.gz", "a.bin.rar", "glove.6B.50d"])
def test_an_ending_that_no_format_has(tmp_path, name):
    with pytest.raises(InputError, match=r"no format is written to a name like .*\.glove\.txt .*\.gz"):
        write(PLAIN, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_first_line_longer_than_the_head(written):
    vectors = np.arange(24_000, dtype=np.float64).reshape(2, -1) + 0.5
    for header in (True, False):
        content = text(["a", "b"], vectors.tolist(), header)
        assert_rows(read(written(content)), "ab", vectors)


def test_every_row_of_the_table_stands(tmp_path):
    for format in FORMATS:
        assert callable(sniff._function(format.read))
        assert callable(sniff._function(format.write))
    assert len({format.name for format in FORMATS}) == len(FORMATS)


def test_magic_numbers(tmp_path):
    write_fasttext(Points(PLAIN.labels, PLAIN.vectors, None, subwords()), tmp_path / "f")
    write_npy(PLAIN, tmp_path / "n.npy")
    write_safetensors(PLAIN, tmp_path / "s")
    for name, format in {"f": "fastText", "n.npy": ".npy", "s": "safetensors"}.items():
        assert recognise((tmp_path / name).read_bytes()).name == format
    assert (recognise(b"PAR1").name, recognise(b"ARROW1").name) == ("Parquet", "Arrow")
    assert recognise(b"0.5\t1.5\r\n2\t3\n").name == "TensorBoard projector"
    assert recognise(b'{"embeddings": [{"tensorPath": "tensors.tsv"}]}').name == "TensorBoard projector"
    assert recognise(b"0.5\n1.5\n").name == "TensorBoard projector"
    assert recognise(b"0.5\n") is None
    assert recognise(b"word\tcount\nking\t5\n") is None


def test_one_format_imports_no_other(tmp_path):
    (tmp_path / "vectors.txt").write_bytes(text())
    code = (
        "import sys; from pathlib import Path; from armillary.formats.sniff import read; "
        f"print(len(read(Path({str(tmp_path / 'vectors.txt')!r})).labels)); "
        "print([m for m in sys.modules if m in ('numba', 'pyarrow', 'torch', 'zstandard') or m.startswith("
        "'armillary.formats.') and m.rpartition('.')[2] in ('fasttext', 'parquet', 'safetensors', 'numpy_files')])"
    )
    out = run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")
    assert out[:2] == [str(len(WORDS)), "[]"]
