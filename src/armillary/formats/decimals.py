"""Many decimal numbers at once, by NumPy's arithmetic on eight characters in one machine word.

Of each field the sixteen bytes up to its end are taken as two words. What lies before the field is cleared, its point
is found and cleared, and three multiplications make eight digits one number (D. Lemire, "Quickly parsing eight digits",
2018). With at most fifteen characters, the digits are a whole number and their scale a power of ten that float64 both
holds exactly, so that the quotient is the float64 nearest to what is written (W. Clinger, "How to read floating point
numbers accurately", 1990). Fields that are longer, or written in any other way, are uncertain, and left to `float`.
"""

import numpy as np

from armillary.shapes import Bool, Float64, Int64, UInt8

WORD = np.dtype("<u8")
"""Eight bytes, the first of them the lowest."""
PAD = 16
"""Bytes that must lie before the first field's end."""
_MINUS, _POINT, _ZERO = b"-.0"
_LONGEST = 16  # bytes of a field and its end
_POINT_BITS = _POINT ^ _ZERO


def _eight(byte: int) -> np.uint64:
    """A word of eight equal bytes."""
    return np.uint64(byte * 0x0101010101010101)


_LAST_BYTE = np.uint64(0xFF << 56)
_LAST_POINT = np.uint64(_POINT_BITS << 56)
_GATHER = np.uint64(0x0102040810204080)  # moves the lowest bits of eight bytes into the highest byte
# Digits side by side make pairs, pairs make fours, fours make eight: what to keep, the factor, the shift.
_JOINS = [
    (_eight(0x0F), np.uint64(1 + (10 << 8)), np.uint64(8)),
    (np.uint64(0x00FF00FF00FF00FF), np.uint64(1 + (100 << 16)), np.uint64(16)),
    (np.uint64(0x0000FFFF0000FFFF), np.uint64(1 + (10000 << 32)), np.uint64(32)),
]
_SCALES = np.full(1 << _LONGEST, np.nan)
"""Ten to the number of places after the point, by the bits of the bytes that are points: the last, and one other."""
_SCALES[1 << 15 | 1 << np.arange(16)] = 10.0 ** np.arange(15, -1, -1)


class Decimals:
    """Reads fields, block by block, in memory that is taken once: new memory would cost more than the arithmetic."""

    def __init__(self) -> None:
        self._make_room(0)

    def read(
        self, text: UInt8[np.ndarray, "bytes"], ends: Int64[np.ndarray, "ends"]
    ) -> tuple[Float64[np.ndarray, "fields"], Bool[np.ndarray, "fields"]]:
        """The numbers in the fields of `text`, and which of them are certain; the next call writes over both.

        Args:
            text: (bytes,) whole words; the first field ends at PAD or later.
            ends: where the fields end: the place of the byte before the first, then of the byte after each.
        """
        count = len(ends) - 1
        if count > len(self._length):
            self._make_room(count)
        fields, points, spare = self._fields[:, :count], self._points[:, :count], self._spare[:, :count]
        length, (scale, value, whole) = self._length[:count], self._floats[:, :count]
        negative, certain, flag = self._flags[:, :count]
        np.add(ends[:-1], 1, out=length)
        np.equal(text.take(length, out=negative.view(np.uint8), mode="clip"), _MINUS, out=negative)
        np.subtract(ends[1:], ends[:-1], out=length)
        length -= negative
        _load(text.view(WORD), ends[1:], fields, spare, points)
        _clear(fields, length, points)
        _find_points(fields, points, spare)
        _check(fields, spare, certain)
        _join(fields)
        _scale(points, scale)
        certain &= np.less_equal(length, _LONGEST, out=flag)
        certain &= np.greater(scale, 0, out=flag)
        length -= np.greater(scale, 1, out=flag)
        certain &= np.greater(length, 1, out=flag)  # at least one digit
        _quotient(fields.view(np.int64), scale, value, whole)
        np.left_shift(negative, np.uint64(63), out=spare[0], casting="unsafe")
        value.view(np.uint64)[:] ^= spare[0]
        return value, certain

    def _make_room(self, count: int) -> None:
        """For so many fields, and some more: the next block will be much like this one."""
        count += count >> 3
        self._fields, self._points = np.empty((2, 2, count), np.uint64)
        self._spare = np.empty((3, count), np.uint64)
        self._length = np.empty(count, np.int64)
        self._floats = np.empty((3, count))
        self._flags = np.empty((3, count), np.bool_)


def _load(words: np.ndarray, last: Int64[np.ndarray, "n"], fields: np.ndarray, spare: np.ndarray,
          shifts: np.ndarray) -> None:
    """Fill `fields` with the sixteen bytes that end at `last`, which three words of the text hold."""
    place, shift = shifts.view(np.int64)
    np.right_shift(last, 3, out=place)
    for row in (2, 1, 0):
        words.take(place, out=spare[row], mode="clip")
        place -= 1
    np.bitwise_and(last, 7, out=shift)
    shift <<= 3
    np.subtract(56, shift, out=shift)
    np.left_shift(spare[1:], shifts[1], out=fields)
    np.subtract(64, shift, out=shift)
    spare[:2] >>= shifts[1]
    fields |= spare[:2]


def _clear(fields: np.ndarray, length: Int64[np.ndarray, "n"], shifts: np.ndarray) -> None:
    """Turn digits into their values, clear the bytes before the last `length`, and end with a point."""
    bits = shifts.view(np.int64)
    np.multiply(length, -8, out=bits[0])
    np.add(bits[0], 64, out=bits[1])
    bits[0] += 128
    np.maximum(bits, 0, out=bits)
    fields ^= _eight(_ZERO)
    fields >>= shifts
    fields <<= shifts
    fields[1] &= ~_LAST_BYTE
    fields[1] |= _LAST_POINT


def _find_points(fields: np.ndarray, points: np.ndarray, spare: np.ndarray) -> None:
    """Set bytes of `points` to 1 where those of `fields` are points, which become 0.

    A byte that no number holds may carry into the next and hide a point there; its field is uncertain in any case.
    """
    lifted = spare[:2]
    np.add(fields, _eight(0x80 - _POINT_BITS), out=lifted)  # 0x80: a point; above: something else; below: a digit
    np.right_shift(lifted, np.uint64(7), out=points)
    lifted ^= _eight(1)
    points &= lifted
    points &= _eight(1)
    np.multiply(points, np.uint64(_POINT_BITS), out=lifted)
    fields ^= lifted


def _check(fields: np.ndarray, spare: np.ndarray, certain: Bool[np.ndarray, "n"]) -> None:
    """Set `certain` where all bytes are 0 to 9."""
    np.add(fields, _eight(0x80 - 10), out=spare[:2])
    spare[:2] |= fields
    spare[0] |= spare[1]
    spare[0] &= _eight(0x80)
    np.equal(spare[0], 0, out=certain)


def _join(fields: np.ndarray) -> None:
    """Turn eight digits into the number that they write."""
    for kept, factor, shift in _JOINS:
        fields &= kept
        fields *= factor
        fields >>= shift


def _scale(points: np.ndarray, scale: Float64[np.ndarray, "n"]) -> None:
    """Ten to the number of places after the first of two points."""
    points *= _GATHER
    points >>= np.uint64(56)
    points[1] <<= np.uint64(8)
    points[1] |= points[0]
    _SCALES.take(points[1].view(np.int64), out=scale, mode="clip")


def _quotient(digits: Int64[np.ndarray, "2 n"], scale: Float64[np.ndarray, "n"], value: Float64[np.ndarray, "n"],
              whole: Float64[np.ndarray, "n"]) -> None:
    """The value of sixteen digits, of which one is the cleared point: it stands for a nought that must go."""
    value[:] = digits[0]
    value *= 1e8
    whole[:] = digits[1]
    value += whole
    np.divide(value, scale, out=whole)
    whole *= 0.1  # the digit after the whole part is the nought, so that no rounding can carry into it
    np.floor(whole, out=whole)
    whole *= 9
    whole *= scale
    value -= whole
    value /= scale
