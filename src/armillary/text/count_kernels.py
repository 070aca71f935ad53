"""The compiled splitter: UTF-8 to words in one pass over the bytes (numba, extra `fast`).

Imported by `counting` alone, after it said where numba may keep what it compiled. The plain twin is
`counting.PlainCounter`; tests hold the two equal. `no_type_check` keeps the shape checks of the test run out of
compiled code.

Words are found first, each with where it starts and stops in the block, its last eight bytes (which tell most words
apart without a loop) and its hash; then `number_kernels` looks them up. Two functions, since numba counts references at
each call that takes an array, and that by word would cost as much as the work.
"""

from typing import no_type_check

import numba
import numpy as np

from armillary.shapes import Int64, UInt8

GAP, LETTER, MARK, APOSTROPHE, HAN_RUN, HAN_ONE = range(6)  # as in `classes`
_BEGUN = 6  # a byte of a character that has several
_NEWLINE = 10
_ONE = np.uint64(1)  # places are unsigned: a negative one counts from the end, which is looked after at every byte
_FIRST, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)

START, STOP, KEY, HASH = range(4)  # the columns of `found`

Bytes = UInt8[np.ndarray, "bytes"]
Found = Int64[np.ndarray, "f 4"]


@numba.njit(nogil=True, cache=True, inline="always")
@no_type_check
def _character(block: Bytes, at: int) -> tuple[int, int]:  # pragma: no cover: compiled
    """The code point that begins at `at`, and where it ends; the bytes are valid UTF-8."""
    first = np.int64(block[at])
    if first < 0x80:
        return first, at + 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (block[at + 1] & 0x3F), at + 2
    if first < 0xF0:
        return (first & 0xF) << 12 | (block[at + 1] & 0x3F) << 6 | (block[at + 2] & 0x3F), at + 3
    code = (first & 7) << 18 | (block[at + 1] & 0x3F) << 12 | (block[at + 2] & 0x3F) << 6 | (block[at + 3] & 0x3F)
    return code, at + 4


@numba.njit(nogil=True, cache=True)
@no_type_check
def _end_of_word(  # pragma: no cover: compiled
    block: Bytes, start: int, at: int, classes: UInt8[np.ndarray, "codes"]
) -> tuple[int, bool]:
    """Where the word ends that begins at `start` and is one of letters until `at`; or the next character, if none does.

    The second of the two says whether there is a word.
    """
    if at == start:
        code, at = _character(block, at)
        kind = classes[code]
        if kind not in (LETTER, HAN_RUN):
            return at, kind == HAN_ONE
        while kind == HAN_RUN:
            if at == len(block):
                return at, True
            code, after = _character(block, at)
            if classes[code] != HAN_RUN:
                return at, True
            at = after
    while at < len(block):
        code, after = _character(block, at)
        kind = classes[code]
        if kind == APOSTROPHE and after < len(block):
            code, after = _character(block, after)
            kind = classes[code] if classes[code] == LETTER else GAP
        if kind not in (LETTER, MARK):
            break
        at = after
    return at, True


@numba.njit(nogil=True, cache=True)
@no_type_check
def find_words(  # pragma: no cover: compiled
    block: Bytes, classes: UInt8[np.ndarray, "codes"], longest: int, found: Found
) -> tuple[int, int]:
    """Fill `found` with the words of `block`; a line break is one without bytes.

    Gives how many they are, and how many were left out as longer than `longest` bytes.
    """
    kinds = classes[:256].copy()  # by byte
    kinds[0x80:] = _BEGUN
    at, count, size, too_long = _ONE - _ONE, _ONE - _ONE, np.uint64(len(block)), 0
    while at < size:
        if kinds[block[at]] == GAP:
            if block[at] == _NEWLINE:
                found[count, START] = found[count, STOP] = np.int64(at)
                count += _ONE
            at += _ONE
            continue
        start, value, key = at, _FIRST, np.int64(0)
        while at < size and kinds[block[at]] == LETTER:
            value, key = (value ^ np.uint64(block[at])) * _PRIME, key << 8 | np.int64(block[at])
            at += _ONE
        if at == start or (at < size and kinds[block[at]] != GAP):
            hashed = at
            end, is_word = _end_of_word(block, np.int64(start), np.int64(at), classes)
            at = np.uint64(end)
            if not is_word:
                continue
            for place in range(hashed, at):
                value, key = (value ^ np.uint64(block[place])) * _PRIME, key << 8 | np.int64(block[place])
        if np.int64(at - start) > longest:
            too_long += 1
            continue
        found[count, START], found[count, STOP], found[count, KEY] = np.int64(start), np.int64(at), key
        found[count, HASH] = np.int64((value ^ value >> np.uint64(32)) & np.uint64(0xFFFFFFFF))
        count += _ONE
    return np.int64(count), too_long


@numba.njit(nogil=True, cache=True)
@no_type_check
def runs_of_han(  # pragma: no cover: compiled
    block: Bytes, classes: UInt8[np.ndarray, "codes"], edges: Int64[np.ndarray, "e"]
) -> int:
    """Where runs of HAN_RUN begin and end in `block`, in turn; gives the number of edges."""
    at, count, inside = 0, 0, False
    while at < len(block):
        if block[at] < 0x80:
            code, end = np.int64(block[at]), at + 1
        else:
            code, end = _character(block, at)
        if (classes[code] == HAN_RUN) != inside:
            edges[count] = at
            count += 1
            inside = not inside
        at = end
    if inside:
        edges[count] = at
        count += 1
    return count
