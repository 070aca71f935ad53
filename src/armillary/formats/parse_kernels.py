"""The compiled twins of `text_rows.parse_lines` and `word2vec_binary.scan_rows` (numba, extra `fast`).

Imported through `compiled.kernels` alone, which says first where numba may keep what it compiled. `no_type_check` keeps
the shape checks of the test run out of compiled code.
"""

from typing import no_type_check

import numba
import numpy as np

from armillary.shapes import Bool, Float32, Int64, UInt8

_SPACE, _RETURN, _NEWLINE, _POINT, _PLUS, _MINUS, _ZERO = 32, 13, 10, 46, 43, 45, 48
_REACH = 80
_POWERS = np.array([float(f"1e{k}") for k in range(-_REACH, _REACH + 1)])
"""Powers of ten, each the nearest float64."""
_DIGITS = 18
"""Digits that an int64 surely holds; those after them change the value by less than one part in 10^17."""
_BELOW, _ABOVE = 1 - 2.0**-50, 1 + 2.0**-50


@numba.njit(nogil=True, cache=True)
@no_type_check
def parse_lines(  # pragma: no cover: compiled
    block: UInt8[np.ndarray, "bytes"],
    vectors: Float32[np.ndarray, "n d"],
    word_starts: Int64[np.ndarray, "n"],
    word_ends: Int64[np.ndarray, "n"],
    odd: Bool[np.ndarray, "n"],
) -> None:
    """Parse n lines, the last of which ends in a newline too; `odd` marks those that Python must look at again.

    A number m * 10^k with m < 10^18 is computed in float64 with an error under 4 units of 2^-53. When everything within
    8 units rounds to one float32, the float64 nearest to the number does too, for rounding is monotone (Clinger 1990
    gives the case without error). Else, and where a line is not `word SPACE number SPACE number...`, the row is odd.
    """
    at = 0
    for row in range(len(vectors)):
        word_starts[row] = at
        while block[at] != _SPACE and block[at] != _NEWLINE:
            at += 1
        word_ends[row] = at
        good = block[at] == _SPACE
        column = 0
        while good and column < vectors.shape[1]:
            at, value, good = _number(block, at + 1)
            vectors[row, column] = value
            column += 1
            good = good and (block[at] == _SPACE or column == vectors.shape[1])
        while block[at] == _SPACE or block[at] == _RETURN:
            at += 1
        odd[row] = not good or block[at] != _NEWLINE
        while block[at] != _NEWLINE:
            at += 1
        at += 1


@numba.njit(nogil=True, cache=True, inline="always")
@no_type_check
def _number(block: UInt8[np.ndarray, "bytes"], at: int) -> tuple[int, np.float32, bool]:  # pragma: no cover: compiled
    """The number at `at`: where it ends, its value, and whether both are certain."""
    start = at
    negative = block[at] == _MINUS
    if negative or block[at] == _PLUS:
        at += 1
    mantissa, power, digits, seen = np.int64(0), np.int64(0), 0, 0
    fraction = False
    while True:
        digit = np.int64(block[at]) - _ZERO
        if 0 <= digit <= 9:
            seen += 1
            if digits < _DIGITS:
                mantissa = mantissa * 10 + digit
                digits += mantissa != 0
                power -= fraction
            else:
                power += not fraction
        elif block[at] == _POINT and not fraction:
            fraction = True
        else:
            break
        at += 1
    good = seen > 0
    if block[at] | 32 == 101:  # e or E
        at, exponent, exponent_good = _exponent(block, at + 1)
        power += exponent
        good = good and exponent_good
    if not good or abs(power) > _REACH or at - start > 128:
        return at, np.float32(0), False
    value = np.float64(mantissa) * _POWERS[power + _REACH]
    low, high = np.float32(value * _BELOW), np.float32(value * _ABOVE)
    return at, -low if negative else low, low == high and np.isfinite(high)


@numba.njit(nogil=True, cache=True)
@no_type_check
def _exponent(block: UInt8[np.ndarray, "bytes"], at: int) -> tuple[int, np.int64, bool]:  # pragma: no cover: compiled
    """The exponent at `at`: where it ends, its value (not all of it where it is huge), whether it has a digit."""
    negative = block[at] == _MINUS
    if negative or block[at] == _PLUS:
        at += 1
    start, value = at, np.int64(0)
    while 48 <= block[at] <= 57:
        if value < 100_000:
            value = value * 10 + np.int64(block[at]) - _ZERO
        at += 1
    return at, -value if negative else value, at > start


@numba.njit(nogil=True, cache=True)
@no_type_check
def scan_rows(  # pragma: no cover: compiled
    block: UInt8[np.ndarray, "bytes"],
    width: int,
    longest: int,
    starts: Int64[np.ndarray, "n"],
    ends: Int64[np.ndarray, "n"],
) -> int:
    """Where the words of the whole rows in `block` begin and end; gives the number of rows."""
    at, row = 0, 0
    while True:
        while at < len(block) and block[at] == _NEWLINE:
            at += 1
        end = at
        last = min(len(block), at + longest + 1)
        while end < last and block[end] != _SPACE:
            end += 1
        if end >= last or end + 1 + width > len(block):
            return row
        starts[row], ends[row] = at, end
        row += 1
        at = end + 1 + width
