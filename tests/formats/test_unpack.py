import bz2
import gzip
import io
import lzma
import zipfile
import zlib

import pytest
import zstandard

from armillary import extras
from armillary.errors import DamagedFile, MissingExtra, UnknownFormat
from armillary.formats import limits
from armillary.formats.points import Accept
from armillary.formats.unpack import head, open_bounded, packing, pieces
from armillary.formats.word_vectors import read_word_vectors
from tests.formats.vector_files import assert_rows, text


def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
    "zip": lambda content: zipped(("vectors.txt", content)),
}
CONTENT = bytes(range(256)) * 9000


@pytest.fixture
def written(tmp_path):
    def write(content, name="file"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("kind", PACKERS)
def test_read_through(kind, written):
    path = written(PACKERS[kind](CONTENT))
    assert packing(path.read_bytes()[:16]) == kind
    assert b"".join(pieces(path)) == CONTENT
    assert max(map(len, pieces(path))) <= 1 << 20
    assert head(path) == CONTENT[: limits.HEAD]
    file = open_bounded(path)
    assert file.take(file.size) == CONTENT


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_several_streams_are_one(kind, written):
    path = written(PACKERS[kind](b"king 1\n") + PACKERS[kind](b"queen 2\n"))
    assert b"".join(pieces(path)) == b"king 1\nqueen 2\n"


def test_plain_files_are_not_taken_for_packed_ones(written):
    content = b"BZh1 0.5\nPK 0.25\n"  # words that begin as a .bz2 and a .zip do
    path = written(content)
    assert b"".join(pieces(path)) == content
    file = open_bounded(path)
    assert file.take(file.size) == content


@pytest.mark.parametrize("kind", PACKERS)
def test_cut_at_every_byte(kind, written):
    packed = PACKERS[kind](text())
    for length in range(16, len(packed)):
        with pytest.raises(DamagedFile, match=r"truncated|damaged"):
            list(pieces(written(packed[:length])))


@pytest.mark.parametrize("kind", PACKERS)
def test_no_flipped_byte_passes_unseen(kind, written):
    content = text()
    packed = PACKERS[kind](content)
    for place in range(16, len(packed)):
        changed = bytearray(packed)
        changed[place] ^= 0x55
        try:
            assert b"".join(pieces(written(bytes(changed)))) == content  # a name, a time, or padding
        except (DamagedFile, UnknownFormat) as error:
            assert "file: " in str(error)  # noqa: PT017
        except AssertionError:
            assert kind == "zst"  # zstandard's one-shot compression writes no checksum
    assert place == len(packed) - 1


def test_a_bad_checksum_leaves_nothing_behind(written, tmp_path):
    packed = bytearray(gzip.compress(text()))
    packed[-8] ^= 1
    with pytest.raises(DamagedFile, match=r"its \.gz data is damaged: CRC check failed"):
        read_word_vectors(written(bytes(packed)))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_follows_the_end_of_a_gz_is_an_error(written):
    with pytest.raises(DamagedFile, match="damaged"):
        list(pieces(written(gzip.compress(b"king 1\n") + b"junk")))


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst", "zip"])
def test_a_bomb_is_refused_unless_it_may_be_huge(kind, written, monkeypatch):
    monkeypatch.setattr(limits, "RATIO_FROM", 1 << 18)
    path = written(PACKERS[kind](bytes(3 << 20)))
    with pytest.raises(DamagedFile, match=r"unpack to more than \d+, which looks like an attack.*--huge"):
        list(pieces(path))
    assert sum(map(len, pieces(path, Accept(huge=True)))) == 3 << 20


def test_the_total_has_a_limit(written, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED", len(CONTENT) - 1)
    with pytest.raises(DamagedFile, match="looks like an attack"):
        open_bounded(written(gzip.compress(CONTENT)))


def test_a_zip_holds_one_file(written):
    path = written(zipped(("__MACOSX/._vectors.txt", b"?"), ("folder/", b""), ("folder/vectors.txt", b"king 1\n")))
    assert b"".join(pieces(path)) == b"king 1\n"
    with pytest.raises(UnknownFormat, match=r"holds 7 files \(0, 1, 2, 3, 4, …\); unpack it"):
        list(pieces(written(zipped(*((str(i), b"") for i in range(7))))))
    with pytest.raises(UnknownFormat, match=r"holds 0 files"):
        list(pieces(written(zipped())))


def test_a_locked_zip_is_refused(written):
    packed = bytearray(zipped(("vectors.txt", b"king 1\n")))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnknownFormat, match="locked with a password"):
        list(pieces(written(bytes(packed))))


def test_a_torch_checkpoint_is_never_opened(written):
    with pytest.raises(UnknownFormat, match=r"PyTorch checkpoint.*save_file"):
        list(pieces(written(zipped(("model/data.pkl", b"cos\nsystem\n"), ("model/data/0", b"")))))


def test_zst_needs_its_extra(written, monkeypatch):
    path = written(zstandard.compress(b"king 1\n"))

    def nothing(module):
        raise MissingExtra(module, "zstd")

    monkeypatch.setattr(extras, "need", nothing)
    with pytest.raises(MissingExtra, match=r"armillary\[zstd\]"):
        list(pieces(path))


def test_a_packed_file_of_vectors_is_read(written):
    for kind, pack in PACKERS.items():
        assert_rows(read_word_vectors(written(pack(text()), kind)))


def test_zlib_is_no_packing_of_files(written):
    assert packing(zlib.compress(b"king")) is None
