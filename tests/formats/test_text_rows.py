import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.errors import DamagedFile
from armillary.formats.text_rows import (
    bare,
    is_number,
    numbers_at_end,
    parse_line,
    parsed,
)

# Numbers as files hold them, and as they should not.
DECIMALS = st.one_of(
    st.floats(width=32).map(repr),
    st.floats().map(repr),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map("{:.9g}".format),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9).map("{:.30f}".format),
    st.integers(-(2**70), 2**70).map(str),
    st.from_regex(r"[+-]?[0-9]{0,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.text("0123456789.-+eEnaif_xX \t\r", max_size=6),
)
# Between two float32, nearly so, at the ends of the range, and longer than a mantissa is.
HARD = [
    "16777217", "16777217.000000001", "16777216.999999999", "1.00000005960464477539062500", "3.4028235677973366e38",
    "3.4028235677973362e38", "3.4028235e38", "1e39", "-1e39", "7.006492321624085e-46", "7.0064923216240862e-46",
    "1.1754943508222875e-38", "0.1", "0." + "3" * 120, "1" * 39, "0" * 100 + "1", "0." + "0" * 90 + "1e91", "1e-400",
    "1e400", "0e999", "-0", "+.5", "5.", ".", "e5", "1e", "1e+", "--1", "1_0", "nan", "-inf", "Infinity", "0x10", "",
    "１２", "0." + "1" * 127, "9007199254740993", "123456789012345678901234567890e-20", "1e100001",
]  # fmt: skip


def parse_block(block, dim):
    [lines] = parsed([block], dim)
    return lines


def assert_certain_rows(lines, block):
    """What the parser is sure of is what float() and one rounding give."""
    for row, line in enumerate(block[:-1].split(b"\n")):
        if row not in lines.odd:
            word, *fields = bare(line).split(b" ")
            assert lines.words[row] == word
            with np.errstate(over="ignore"):
                expected = np.array([float(field) for field in fields]).astype(np.float32)
            np.testing.assert_array_equal(lines.vectors[row].view(np.uint32), expected.view(np.uint32))
            assert all(map(is_number, fields))
        else:
            assert bare(lines.odd[row]) == bare(line)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(DECIMALS, min_size=1, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["", " ", "\r", " \r"]),
)
def test_what_is_certain_is_the_nearest_float32(rows, end):
    block = "".join(f"w {' '.join(numbers)}{end}\n" for numbers in rows).encode()
    lines = parse_block(block, len(rows[0]))
    assert_certain_rows(lines, block)
    assert len(lines.words) == len(lines.vectors) == len(rows)


# Every text of up to four of these stands as a number somewhere below.
@pytest.mark.parametrize("first", "0159.-+/e,%")
def test_all_short_fields(first):
    """What is certain is a number; what is a number of one sign, digits and one point is certain."""
    fields = [first + "".join(rest) for n in range(4) for rest in product("059.-+/e,%:", repeat=n)]
    block = "".join(f"w {field}\n" for field in fields).encode()
    lines = parse_block(block, 1)
    assert_certain_rows(lines, block)
    usual = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")
    assert [row for row, field in enumerate(fields) if not usual.fullmatch(field)] == list(lines.odd)


@pytest.mark.parametrize("length", range(1, 18))
def test_numbers_of_any_length_with_the_point_anywhere(length):
    """Up to fifteen characters are certain, wherever they stand in a machine word."""
    rng = np.random.default_rng(length)
    digits = ["9" * length, "0" * length, *("".join(map(str, row)) for row in rng.integers(0, 10, (40, length)))]
    fields = [sign + text for one in digits for sign in ("", "-") for text in
              [one, *(one[:i] + "." + one[i:] for i in range(length + 1))]]
    block = "".join(f"{'w' * (row % 9)} {field}\n" for row, field in enumerate(fields)).encode()
    lines = parse_block(block, 1)
    assert_certain_rows(lines, block)
    assert list(lines.odd) == [row for row, field in enumerate(fields) if len(field.lstrip("-")) > 15]


@pytest.mark.parametrize("number", HARD)
def test_hard_numbers(number):
    block = f"w {number} 1\n".encode()
    assert_certain_rows(parse_block(block, 2), block)


def test_numbers_halfway_between_two_float32():
    """Off by a unit of float64 they would round the wrong way; so do their neighbours in float64."""
    rng = np.random.default_rng(3)
    low = (rng.standard_normal(2000) * 10.0 ** rng.integers(-30, 30, 2000)).astype(np.float32)
    middle = (low.astype(np.float64) + np.nextafter(low, np.float32(np.inf)).astype(np.float64)) / 2
    for values in (middle, np.nextafter(middle, 0), np.nextafter(middle, np.inf)):
        for value in values.tolist():
            _, vector = parse(f"w {value!r} {value:.25e}")
            assert vector.tolist() == [np.float32(value)] * 2
    short = [f"{value:.13g}" for value in middle[(abs(middle) > 1e-3) & (abs(middle) < 1e9)].tolist()]
    block = "".join(f"w {value}\n" for value in short).encode()
    lines = parse_block(block, 1)
    assert_certain_rows(lines, block)
    assert len(lines.odd) < len(short) / 2


def test_the_parser_is_sure_of_all_usual_numbers():
    rng = np.random.default_rng(0)
    values = (rng.standard_normal((200, 50)) * 10.0 ** rng.integers(-4, 4, (200, 50))).astype(np.float32)
    for form in ("{:.4f}", "{:.6f}", "{:.0f}", "{:.9f}"):
        lines = [f"word{i} {' '.join(map(form.format, row.tolist()))}\n" for i, row in enumerate(values)]
        block = "".join(lines).encode()
        found = parse_block(block, 50)
        assert_certain_rows(found, block)
        assert found.odd == {}


@pytest.mark.parametrize(("line", "odd"), [
    ("a b 1 2", True), ("a 1", True), ("a 1 2 3", True), ("", True), ("a", True), ("a 1 x", True), ("a 1  2", True),
    ("a\t1\t2", True), ("a 1 2\t", True), (" 1 2", False), ("a 1 nan", True), ("a\tb 1 2", False), ("a 1 -", True),
    ("a 1 1e-05", True), ("a 1 --2", True), ("a 1 2-", True), ("a 1 ２", True), ("a 1 1/2", True), ("a\rb 1 2", False),
])
@pytest.mark.parametrize("end", ["", " ", "\r", " \r"])
def test_lines_out_of_the_ordinary_are_left_to_the_careful_parser(line, odd, end):
    block = f"x 5 6{end}\n{line}{end}\ny 7 8{end}\n".encode()
    lines = parse_block(block, 2)
    assert list(lines.odd) == [1] * odd
    assert lines.words[::2] == [b"x", b"y"]
    assert lines.vectors[::2].tolist() == [[5, 6], [7, 8]]


def test_lines_that_end_otherwise_than_the_first_are_looked_at_again():
    lines = parse_block(b"x 5 6\ny 7 8 \nz 9 1  \r\n", 2)
    assert lines.odd == {1: b"y 7 8 ", 2: b"z 9 1  \r"}


def parse(line, dim=2):
    return parse_line(Path("file.txt"), 7, line.encode() if isinstance(line, str) else line, dim)


@pytest.mark.parametrize(("line", "word"), [
    ("a 1 2", "a"), ("a b 1 2", "a b"), (". . . 1 2", ". . ."), ("a  1 2", "a "), (" 1 2", ""), ("  1 2", " "),
    ("5 1 2", "5"), ("a 1 2 \r", "a"), ("a\u00a0b 1 2", "a\u00a0b"), ("a\t1 1 2", "a\t1")
])
def test_a_line_is_split_from_its_right_end(line, word):
    found, vector = parse(line)
    assert (found.decode(), vector.tolist()) == (word, [1, 2])


def test_a_line_may_hold_what_is_not_finite():
    assert parse("a nan -Inf 1e39 -0", 4)[1].tolist()[1:] == [-np.inf, np.inf, -0.0]
    assert np.isnan(parse("a nan 1")[1][0])


def test_a_blank_line_is_nothing():
    assert parse(" \r") is None


@pytest.mark.parametrize(("line", "message"), [
    ("a 1", "line 7 has 1 numbers after the word, 2 are expected"),
    ("a", "line 7 has 0 numbers"),
    ("a 1 2 3", "line 7 has 3 numbers after the word, 2 are expected"),
    ("a 1 2b 3 4", "line 7 has 3 numbers"),
    ("new york 1", "line 7: 'york' stands"),
    ("a 1 x", "line 7: 'x' stands where a number is expected"),
    ("a 1  2", "line 7: '' stands"),
    ("a 1 1_0", "line 7: '1_0' stands"),
    ("a 1 ١٢", "line 7: '١٢' stands"),
    ("a 1 0x1p3", "line 7: '0x1p3' stands"),
    (b"a 1 \xff", r"line 7: '\\xff' stands"),
    ("a 1 " + "3" * 5000, "line 7: '3{40}' stands"),
])
def test_a_line_that_is_none_is_an_error_that_names_it(line, message):
    with pytest.raises(DamagedFile, match=f"file.txt: {message}"):
        parse(line)


@pytest.mark.parametrize(("line", "count"), [
    (b"a 1 2", 2), (b"1 2 3", 2), (b"a b 1", 1), (b"a 1 b", 0), (b"a 1 x 2 3 \r", 2), (b"", 0), (b"a", 0), (b"a nan", 1)
])
def test_numbers_at_the_end_of_a_line(line, count):
    assert numbers_at_end(line) == count


def test_blocks_come_in_order_and_are_overwritten():
    blocks = [f"{i} {i}.5\n".encode() * (1 + i % 3) for i in range(20)]
    found = [(lines.words, lines.vectors.copy()) for lines in parsed(iter(blocks), 1)]
    for i, (words, vectors) in enumerate(found):
        assert words == [b"%d" % i] * (1 + i % 3)
        assert vectors.tolist() == [[i + 0.5]] * (1 + i % 3)
