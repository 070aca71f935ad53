from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.errors import DamagedFile
from armillary.formats import parse_kernels
from armillary.formats.text_rows import (
    bare,
    is_number,
    numbers_at_end,
    parse_compiled,
    parse_line,
    parse_lines,
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


def parse_both(block, dim):
    return parse_lines(block, dim), parse_compiled(parse_kernels, block, dim)


def assert_certain_rows(lines, block, dim):
    """What a parser is sure of is what float() and one rounding give."""
    for row, line in enumerate(block[:-1].split(b"\n")):
        if row not in lines.odd:
            word, *fields = bare(line).split(b" ")
            assert lines.words[row] == word
            with np.errstate(over="ignore"):
                expected = np.array([float(field) for field in fields]).astype(np.float32)
            np.testing.assert_array_equal(lines.vectors[row].view(np.uint32), expected.view(np.uint32))
            assert all(map(is_number, fields))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(DECIMALS, min_size=1, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["", " ", "\r", " \r"]),
)
def test_both_parsers_give_the_nearest_float32_or_say_they_are_not_sure(rows, end):
    dim = len(rows[0])
    block = "".join(f"w {' '.join(numbers)}{end}\n" for numbers in rows).encode()
    plain, compiled = parse_both(block, dim)
    assert_certain_rows(plain, block, dim)
    assert_certain_rows(compiled, block, dim)


@pytest.mark.parametrize("number", HARD)
def test_both_parsers_on_hard_numbers(number):
    block = f"w {number} 1\n".encode()
    for lines in parse_both(block, 2):
        assert_certain_rows(lines, block, 2)
        assert len(lines.words) == len(lines.vectors) == 1


def test_numbers_halfway_between_two_float32():
    """Off by a unit of float64 they would round the wrong way; so do their neighbours in float64."""
    rng = np.random.default_rng(3)
    low = (rng.standard_normal(2000) * 10.0 ** rng.integers(-30, 30, 2000)).astype(np.float32)
    middle = (low.astype(np.float64) + np.nextafter(low, np.float32(np.inf)).astype(np.float64)) / 2
    for values in (middle, np.nextafter(middle, 0), np.nextafter(middle, np.inf)):
        block = "".join(f"w {value!r} {value:.25e}\n" for value in values.tolist()).encode()
        plain, compiled = parse_both(block, 2)
        assert plain.odd == []
        assert_certain_rows(plain, block, 2)
        assert_certain_rows(compiled, block, 2)


def test_the_compiled_parser_is_sure_of_all_usual_numbers():
    rng = np.random.default_rng(0)
    values = (rng.standard_normal((200, 50)) * 10.0 ** rng.integers(-6, 6, (200, 50))).astype(np.float32)
    for form in ("{}", "{:.6f}", "{:.9g}", "{:.17g}", "{:.20e}"):
        lines = [f"word{i} {' '.join(map(form.format, row.tolist()))}\n" for i, row in enumerate(values)]
        block = "".join(lines).encode()
        plain, compiled = parse_both(block, 50)
        assert plain.odd == compiled.odd == []
        assert plain.words == compiled.words
        np.testing.assert_array_equal(plain.vectors.view(np.uint32), compiled.vectors.view(np.uint32))


@pytest.mark.parametrize(("line", "odd"), [
    ("a b 1 2", True), ("a 1", True), ("a 1 2 3", True), ("", True), ("a", True), ("a 1 x", True), ("a 1  2", True),
    ("a\t1\t2", True), ("a 1 2\t", True), (" 1 2", False), ("a 1 2 \r", False), ("a 1 nan", True)
])
def test_lines_out_of_the_ordinary_are_left_to_the_careful_parser(line, odd):
    block = f"x 5 6\n{line}\ny 7 8\n".encode()
    plain, compiled = parse_both(block, 2)
    assert (1 in plain.odd) == (1 in compiled.odd) == odd
    assert compiled.odd == [1] * odd
    assert compiled.words[::2] == plain.words[::2] == [b"x", b"y"]
    assert compiled.vectors[::2].tolist() == [[5, 6], [7, 8]]


def test_what_is_too_large_becomes_infinite_or_is_looked_at_again():
    plain, compiled = parse_both(b"a 1e39\n", 1)
    assert plain.odd or plain.vectors[0] == np.inf
    assert compiled.odd == [0]


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


@pytest.mark.parametrize("size", [0, 1 << 30])
def test_blocks_come_back_in_order(size):
    blocks = [f"{i} {i}.5\n".encode() * (1 + i % 3) for i in range(20)]
    found = list(parsed(iter(blocks), 1, size))
    assert [block for block, _ in found] == blocks
    assert [lines.vectors[-1, 0] for _, lines in found] == [i + 0.5 for i in range(20)]
