import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.errors import DamagedFile, InputError, OutputExists, UnknownFormat
from armillary.formats import limits
from armillary.formats.points import Accept, Points
from armillary.formats.sniff import read
from armillary.formats.word2vec_binary import read_word2vec_binary, scan_rows, write_word2vec_binary
from tests.formats.vector_files import VECTORS, assert_rows, binary, rows, same

WORDS = ["king", "国王", "queen"]
ROWS = VECTORS[:3]


@pytest.fixture
def opened(tmp_path):
    def open_bytes(content, accept=None, limit=None):
        (tmp_path / "vectors").write_bytes(content)
        return read(tmp_path / "vectors", accept or Accept(), limit)

    return open_bytes


@pytest.mark.parametrize("end", [b"\n", b"", b"\n\n"])
def test_with_and_without_newlines(opened, end):
    found = opened(binary(end=end))
    assert_rows(found, WORDS, ROWS)
    assert found.format == "word2vec binary"
    assert found.notes == ()
    assert_rows(opened(gzip.compress(binary(end=end))), WORDS, ROWS)


def test_cut_at_every_byte(opened, tmp_path):
    """What is missing is said with rows and place; only the last newline may be missing."""
    content = binary()
    for length in range(len(content) - 1):
        with pytest.raises((DamagedFile, UnknownFormat)):
            opened(content[:length])
        with pytest.raises((DamagedFile, UnknownFormat)) as caught:
            read_word2vec_binary(tmp_path / "vectors")
        if length > content.index(b"\n"):
            assert "promises 3 rows" in str(caught.value) or "of the 3 rows" in str(caught.value)
            assert caught.value.offset <= length
        (tmp_path / "packed").write_bytes(gzip.compress(content[:length]))
        with pytest.raises((DamagedFile, UnknownFormat)):
            read(tmp_path / "packed")
    assert_rows(opened(content[:-1]), WORDS, ROWS)


def test_a_cut_row_is_named_with_its_place(opened):
    with pytest.raises(DamagedFile, match=r"truncated: 2 of the 3 rows .* up to byte 41\. .*--short") as caught:
        opened(binary()[:-5])
    assert caught.value.offset == binary().index(b"\nqueen")
    content = binary(header=(99, 3))
    with pytest.raises(DamagedFile, match=rf"promises 99 rows of 3 numbers, of which its {len(content)} bytes hold 4"):
        opened(content)


def test_a_short_file_may_be_accepted(opened):
    for content in (binary(header=(99, 3)), binary(header=(4, 3)), binary(header=(4, 3)) + b"prince \0\0"):
        found = opened(content, Accept(short=True))
        assert_rows(found, WORDS, ROWS)
        assert [note.facts["rows"] for note in found.notes] == [3]


@pytest.mark.parametrize(("content", "message"), [
    (binary(header=(10**9, 3)), "promises 1000000000 rows"),
    (binary(header=(10**19, 3)), "promises 10000000000000000000 rows"),
    (binary(header=(2**62, 4)), "promises 4611686018427387904 rows"),
    (binary(header=(3, 2**62)), "promises 3 rows of 4611686018427387904 numbers"),
    (binary(header=(3, 4)), r"truncated: \d of the 3 rows"),
    (binary(header=(2, 3)), "holds 3 rows, its header promises 2"),
    (binary() + b"junk", "has 5 bytes after the last of its 3 rows, from byte 60 on"),
    (binary(header=(3, 0)), "vectors of 0 numbers"),
    (binary(header=(0, 3))[:4], "holds no vectors"),
    (binary(vectors=[[1, 2, 3], [4, np.nan, 5], [6, 7, 8]]), r"row 1 \('国王'\) holds NaN or infinity"),
    (binary(vectors=[[1, 2, 3], [4, 5, -np.inf], [6, 7, 8]]), r"row 1 \('国王'\) holds NaN or infinity"),
])
def test_what_is_wrong_is_said(opened, content, message):
    with pytest.raises(DamagedFile, match=message):
        opened(content)


def test_what_does_not_begin_with_two_numbers_is_no_such_file(opened, tmp_path):
    for content in (b"king 1 2\n", b"3\n", b"", b"-3 3\n", b"3 3", b"1_0 3\n", "٣ 3\n".encode()):
        (tmp_path / "vectors").write_bytes(content)
        with pytest.raises(UnknownFormat, match="is no word2vec binary file"):
            read_word2vec_binary(tmp_path / "vectors")


def test_words_cut_within_a_character(opened):
    words = ["国王".encode()[:-1], "国王".encode()[:-2], "国".encode(), b"\\xe7"]
    found = opened(binary(words, [[i, 1.5, 2] for i in range(4)]))
    assert len(set(found.labels)) == 4
    assert found.labels[2:] == ["国", "\\xe7"]
    assert found.notes[0].facts == {"count": 2}


def test_equal_words_and_rows_that_are_not_finite(opened):
    content = binary(["a", "b", "a", "c"], [[1, 2], [np.nan, 1], [3, 4], [5, 6]])
    found = opened(content, Accept(drop_nonfinite=True))
    assert_rows(found, "ac", [[1, 2], [5, 6]])
    assert [note.facts for note in found.notes] == [{"count": 1}, {"count": 1}]


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_a_limit_keeps_the_first_rows(opened, limit):
    assert_rows(opened(binary(), limit=limit), WORDS[:limit], ROWS[:limit])
    if limit < 3:  # what lies behind is not looked at
        assert len(opened(binary() + b"junk", limit=limit).labels) == limit


def test_a_word_without_end_is_refused(opened):
    content = b"2 3\nking " + bytes(12) + b"x" * (limits.WORD + 1) + b" " + bytes(12)
    with pytest.raises(DamagedFile, match="the word of row 1 has no end within 65536 bytes"):
        opened(content)
    content = content.replace(b"xx", b"x", 1)
    assert len(opened(content).labels[1]) == limits.WORD


def test_large_numbers_are_not_taken_for_infinity(opened):
    vectors = [[3.4e38, -3.4e38, 1e-45]]
    assert_rows(opened(binary(["a"], vectors)), ["a"], vectors)


def test_many_pieces(opened):
    words = [f"word{i}" * (1 + i % 3) for i in range(30_000)]
    vectors = np.arange(30_000 * 20, dtype=np.float32).reshape(-1, 20)
    assert_rows(opened(binary(words, vectors.tolist())), words, vectors)


def rows_one_by_one(block, width):
    """What `scan_rows` finds, by the rules in their plainest form."""
    words, ends, at = [], [], 0
    while True:
        while block[at : at + 1] == b"\n":
            at += 1
        space = block.find(b" ", at, at + limits.WORD + 1)
        if space < 0 or space + 1 + width > len(block):
            return words, ends
        words.append(block[at:space])
        at = space + 1 + width
        ends.append(at)


@given(
    st.lists(st.sampled_from([b"\n", b" ", b"word", b"\n\n", b"1234", b"12345678", b"x"])).map(b"".join),
    st.sampled_from([4, 8]),
    st.integers(0, 3),
)
def test_rows_are_found_as_one_by_one(block, width, start):
    words, ends = scan_rows(b"123"[:start] + block, start, width)
    assert (words, (ends - start).tolist()) == rows_one_by_one(block, width)


LABEL = st.text(st.characters(codec="utf-8", exclude_characters=" \n"), max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(rows(LABEL), st.sampled_from([".bin", ".bin.gz", ".bin.zst"]))
def test_what_was_written_is_read(tmp_path, written, ending):
    written = Points(*written)
    write_word2vec_binary(written, tmp_path / f"out{ending}", force=True)
    found = read_word2vec_binary(tmp_path / f"out{ending}")
    assert same(found, written)
    assert found.notes == ()


@pytest.mark.parametrize("label", ["a b", "a\nb", "\n", " ", "x" * (limits.WORD + 1)])
def test_labels_that_the_format_cannot_hold(tmp_path, label):
    with pytest.raises(InputError, match="cannot stand in a word2vec binary file"):
        write_word2vec_binary(Points([label], np.ones((1, 2), np.float32)), tmp_path / "out.bin")
    assert list(tmp_path.iterdir()) == []


def test_an_output_is_not_overwritten_unasked(tmp_path):
    (tmp_path / "out.bin").write_bytes(b"mine")
    with pytest.raises(OutputExists):
        write_word2vec_binary(Points(["a"], np.ones((1, 2), np.float32)), tmp_path / "out.bin")
    assert (tmp_path / "out.bin").read_bytes() == b"mine"
