import gzip
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, InputError, OutputExists, UnknownFormat
from armillary.formats import limits
from armillary.formats.points import Accept, Points
from armillary.formats.sniff import read
from armillary.formats.word_vectors import layout, read_word_vectors
from armillary.formats.write_word_vectors import write_glove, write_word2vec_text
from tests.formats.vector_files import WORDS, assert_rows, rows, same, text

ROWS = "a 1 2\nb 3 4\nc 5 6\n"
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


@pytest.fixture
def opened(tmp_path):
    def open_text(content, accept=None, limit=None):
        (tmp_path / "vectors").write_bytes(content.encode() if isinstance(content, str) else content)
        return read(tmp_path / "vectors", accept or Accept(), limit)

    return open_text


def notes(found):
    return [str(note) for note in found.notes]


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", " \r\n"])
@pytest.mark.parametrize("header", [True, False])
def test_line_ends_and_headers(opened, header, end):
    found = opened(text(header=header, end=end))
    assert_rows(found)
    assert found.format == ("word2vec text" if header else "GloVe text")
    assert found.counts is None
    assert notes(found) == []


@pytest.mark.parametrize("header", [True, False])
def test_a_byte_order_mark_is_no_part_of_a_word(opened, header):
    assert_rows(opened(b"\xef\xbb\xbf" + text(header=header)))


def test_a_missing_last_newline_is_noted(opened):
    found = opened(text()[:-1])
    assert_rows(found)
    assert notes(found) == ["the last line has no newline; if the file was cut there, its last number is wrong"]


def test_words_may_hold_anything_but_a_newline(opened):
    words = ["a\u00a0b", "a\u2028b", "a\u0085b", "\x0b\x0c\x1c", "a\tb", ". . .", "at name@domain.com", "a\rb", " ", ""]
    vectors = [[i, i + 0.5] for i in range(len(words))]
    for header in (True, False):
        assert_rows(opened(text(words, vectors, header)), words, vectors)


def test_blank_lines_are_passed_over(opened):
    assert_rows(opened("\na 1 2\n\n  \r\nb 3 4\n\n"), "ab", [[1, 2], [3, 4]])


def test_numbers_as_words_are_no_header(opened):
    assert_rows(opened("2000 1 2\n10 3 4\n1e5 5 6\n"), ["2000", "10", "1e5"], [[1, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize(("content", "expected"), [
    ("3 2\n" + ROWS, (2, 3, 4)),
    (ROWS, (2, None, 0)),
    ("5 3\n7 4\n", (1, None, 0)),  # words that are numbers, with one number each
    ("2 1\n7 4\n8 5\n", (1, 2, 4)),
    ("5 3\na 1 2 x\nb 1 2 x\n", (3, 5, 4)),
    ("5 3\na 1 x 2\nb 1 x 2\n", (3, 5, 4)),
    ("5 3", (3, 5, 4)),
    ("1 0\na\n", (0, 1, 4)),
    ("a 1\nb 3 4\nc 5 6\n", (2, None, 0)),
    ("hello\nworld\n", None),
    ("", None),
    (b"2 3\na \x00\x00\x80\x3f\n", None),
    (b"2 3\na \xe9\xe9\xe9\xe9\n", None),
    ("5 3 \r\na 1 2 3\n", (3, 5, 6)),
    ("٥ 3\na 1 2 3\n", (1, None, 0)),
    ("5 " + "3" * 21 + "\na 1\n", (1, None, 0)),
])
def test_layout(content, expected):
    found = layout(content if isinstance(content, bytes) else content.encode())
    assert (found and (found.dim, found.promised, found.start)) == expected


@pytest.mark.parametrize(("content", "message"), [
    ("4 2\n" + ROWS, r"holds 3 rows, its header promises 4\..*convert --short"),
    ("2 2\n" + ROWS, "holds 3 rows, its header promises 2"),
    ("1000000000 2\n" + ROWS, "holds 3 rows, its header promises 1000000000"),
    ("9223372036854775807 2\n" + ROWS, "holds 3 rows"),
    ("3 3\n" + ROWS, "line 2 has 2 numbers after the word, 3 are expected"),
    ("3 1\n" + ROWS, "line 2 has 2 numbers after the word, 1 are expected"),
    ("a 1 2\nb 3\nc 4 5\n", "line 2 has 1 numbers after the word, 2 are expected"),
    ("a 1 2\nb 3 4 5\nc 4 5\n", "line 2 has 3 numbers after the word, 2 are expected"),
    ("a 1 2b 3 4\nc 4 5\nd 6 7\n", "line 1 has 3 numbers after the word, 2 are expected"),  # a newline was lost
    ("a 1 2\n\nb 3 x\nc 4 5\n", "line 3: 'x' stands where a number is expected"),
    ("3 2\na 1 2\nb 3 x\nc 4 5\n", "line 3: 'x' stands"),
    ("3 2\na 1 2\nb 3 1_0\nc 4 5\n", "line 3: '1_0' stands"),
    ("3 2\na 1 2\nb 3 ٣\nc 4 5\n", "line 3: '٣' stands"),
    ("3 2\na 1 2\nb 3 0." + "5" * 5000 + "\nc 4 5\n", "line 3: '0.5+' stands"),
    ("a 1 2\nb 3 nan\nc 4 5\n", r"row 1 \('b'\) holds NaN or infinity"),
    ("a 1 2\nb 3 -inf\nc 4 5\n", r"row 1 \('b'\) holds NaN or infinity"),
    ("a 1 2\nb 1e39 3\nc 4 5\n", r"row 1 \('b'\) holds NaN or infinity"),
    ("3 2\na 1 2\nb nan 3\nc 4 5\n", r"row 1 \('b'\) holds NaN.*--drop-nonfinite"),
    ("2 0\na\nb\n", "vectors of 0 numbers"),
    ("0 3\n", "holds no vectors"),
    ("2 99999999\n", "vectors of 99999999 numbers"),
    ("2 2\n", "holds 0 rows, its header promises 2"),
])
def test_what_is_wrong_is_said(opened, content, message):
    with pytest.raises(DamagedFile, match=f"vectors: {message}"):
        opened(content)


@pytest.mark.parametrize("content", ["", "\n", " \n\r\n\n", "a\nb\n"])
def test_what_holds_no_numbers_is_no_such_file(opened, tmp_path, content):
    with pytest.raises(UnknownFormat):
        opened(content)
    with pytest.raises(UnknownFormat, match="no text file of word vectors"):
        read_word_vectors(tmp_path / "vectors")


def test_a_short_file_may_be_accepted(opened):
    found = opened("4 2\n" + ROWS, Accept(short=True))
    assert_rows(found, "abc", [[1, 2], [3, 4], [5, 6]])
    assert notes(found) == ["3 rows are there, the header promises 4"]
    with pytest.raises(DamagedFile):  # a long one not
        opened("2 2\n" + ROWS, Accept(short=True))


def test_rows_that_are_not_finite_may_be_left_out(opened):
    found = opened("5 2\na 1 2\nb nan 3\nc 4 5\nd 1e39 0\ne 6 7\n", Accept(drop_nonfinite=True))
    assert_rows(found, "ace", [[1, 2], [4, 5], [6, 7]])
    assert notes(found) == ["2 rows held NaN or infinity and were left out"]


def test_of_equal_words_the_first_is_kept(opened):
    found = opened("4 2\na 1 2\nb 3 4\na 5 6\nc 7 8\n")
    assert_rows(found, "abc", [[1, 2], [3, 4], [7, 8]])
    assert [note.facts for note in found.notes] == [{"count": 1}]


def test_bytes_that_are_no_utf8_never_make_two_words_one(opened):
    found = opened(b"caf\xe9 1 2\ncaf\xe8 3 4\ncaf 5 6\ncaf\\xe9 7 8\n")
    assert len(set(found.labels)) == 4
    assert found.labels[1:3] == ["caf\\xe8", "caf"]
    assert [note.facts for note in found.notes] == [{"count": 2}]


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_a_limit_keeps_the_first_rows(opened, limit):
    for header in ("3 2\n", ""):
        found = opened(header + ROWS, limit=limit)
        assert_rows(found, "abc"[:limit], [[1, 2], [3, 4], [5, 6]][:limit])
    if limit < 3:  # what lies behind is not looked at
        assert len(opened("99 2\n" + ROWS, limit=limit).labels) == limit


def test_an_all_zero_row_is_a_row(opened):
    assert_rows(opened("a 0 0\nb 1 2\n"), "ab", [[0, 0], [1, 2]])


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("end", ["\n", " \n"])
def test_cut_at_every_byte(opened, header, end):
    """A cut file is an error, but for cuts that leave a good file; those in its last line are noted."""
    content = text(header=header, end=end)
    lines = [i + 1 for i, byte in enumerate(content) if byte == 10]
    loads = []
    for length in range(len(content)):
        try:
            found = opened(content[:length])
        except ArmillaryError as error:
            assert "vectors: " in str(error)  # noqa: PT017
            continue
        loads.append(length)
        assert found.notes or (length in lines and not header)
        assert len(found.labels) <= len(WORDS)
    last = range(content.rindex(b" 0.3") + 2, len(content))
    if header:
        assert set(loads) <= set(last)
    else:
        assert len(loads) > len(lines)


def test_a_line_has_a_limit(opened, monkeypatch):
    monkeypatch.setattr(limits, "LINE", 100)
    long = f"a 1 2\n{'b' * 164} 3 4\nc 5 6\n"
    with pytest.raises(DamagedFile, match=r"has a line of more than 164 bytes; convert --huge"):
        opened(long)
    assert opened(long, Accept(huge=True)).labels == ["a", "b" * 164, "c"]
    assert opened(long.replace("bbbb", "", 2)).labels[2] == "c"


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "DIMENSION", 1)
    path = tmp_path / "line.gz"
    content = b"a" * (3 << 20) + b" 1\n"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DamagedFile, match="has a line of more than"):
        read_word_vectors(path)
    assert len(read_word_vectors(path, Accept(huge=True)).labels[0]) == 3 << 20


def test_many_blocks(opened):
    words = [f"word{i}" for i in range(60_000)]
    values = np.arange(180_000, dtype=np.float32).reshape(-1, 3) / 8
    content = text(words, values.tolist())
    assert len(content) > 1 << 20
    assert_rows(opened(content), words, values)


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnknownFormat, match="pipe"):
        read_word_vectors(tmp_path / "pipe")


LABEL = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=5).filter(
    lambda label: not any(c.isdigit() or c in "nN" or c in "iI" for c in label) and not label.startswith("\ufeff")
)


@MANY
@given(rows(LABEL), st.sampled_from([".txt", ".vec", ".glove.txt", ".txt.gz", ".glove.txt.zip"]))
def test_what_was_written_is_read(tmp_path, written, ending):
    written = Points(*written)
    write = write_glove if ".glove" in ending else write_word2vec_text
    path = tmp_path / f"out{ending}"
    write(written, path, force=True)
    found = read(path)
    assert same(found, written)
    assert found.notes == ()


@MANY
@given(rows(st.text(max_size=4)), st.sampled_from([write_glove, write_word2vec_text]))
def test_what_cannot_be_read_back_is_not_written(tmp_path, written, write):
    written = Points(*written)
    path = tmp_path / "out.txt"
    try:
        write(written, path, force=True)
    except InputError as error:
        assert "cannot stand in a text file" in str(error)  # noqa: PT017
    else:
        assert same(read(path), written)


@pytest.mark.parametrize("label", ["a\nb", "a 5", "a 5 b", "x nan", "\n"])
def test_labels_that_text_cannot_hold(tmp_path, label):
    for write in (write_glove, write_word2vec_text):
        with pytest.raises(InputError, match="cannot stand in a text file"):
            write(Points([label], np.ones((1, 2), np.float32)), tmp_path / "out.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_mark_that_would_be_lost_is_not_written_first(tmp_path):
    marked = Points(["\ufeffa"], np.ones((1, 2), np.float32))
    with pytest.raises(InputError):
        write_glove(marked, tmp_path / "out.txt")
    write_word2vec_text(marked, tmp_path / "out.txt")
    assert same(read(tmp_path / "out.txt"), marked)


def test_numbers_are_written_in_the_fewest_digits(tmp_path):
    write_glove(Points(["a"], np.array([[0.1, 1e-7, 3, -0.0]], np.float32)), tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes() == b"a 0.1 1e-07 3.0 -0.0\n"


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.bz2", "a.txt.xz", "a.txt.zst", "a.txt.zip"])
def test_the_same_points_give_the_same_bytes(tmp_path, name):
    written = Points(["a", "b"], np.ones((2, 3), np.float32))
    write_word2vec_text(written, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    os.utime(tmp_path / name, (0, 0))
    with pytest.raises(OutputExists):
        write_word2vec_text(written, tmp_path / name)
    write_word2vec_text(written, tmp_path / name, force=True)
    assert (tmp_path / name).read_bytes() == first
    assert same(read(tmp_path / name), written)
