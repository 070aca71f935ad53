"""The compiled splitter: UTF-8 to words to numbers in one pass over the bytes (numba, extra `fast`).

Imported by `counting` alone, after it said where numba may keep what it compiled. The plain twin is
`counting.PlainCounter`; tests hold the two equal. `no_type_check` keeps the shape checks of the test run out of
compiled code.

Words are found first, each with where it starts and stops in the block, its last eight bytes (which tell most words
apart without a loop) and its hash; then they are looked up. Two functions, since numba counts references at each call
that takes an array, and that by word would cost as much as the work.

A table of words is four arrays: `slots` (a power of two of them, the number of a word or -1: open addressing, linear
probing); `hashes` by word; `entries` by word and one more: where it begins in `letters`, its count and its last eight
bytes; and `letters`, all words one after the other, each with a newline.
"""

from typing import no_type_check

import numba
import numpy as np

from armillary.shapes import Int32, Int64, UInt8, UInt32

GAP, LETTER, MARK, APOSTROPHE, HAN_RUN, HAN_ONE = range(6)  # as in `classes`
_NEWLINE, _END = 10, -1
_FIRST, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)

START, STOP, KEY, HASH = range(4)  # the columns of `found`
BEGIN, COUNT = 0, 1  # the other columns of `entries`

Bytes = UInt8[np.ndarray, "bytes"]
Found = Int64[np.ndarray, "f 4"]
Slots = Int32[np.ndarray, "slots"]
Hashes = UInt32[np.ndarray, "words"]
Table = tuple[Slots, Hashes, Int64[np.ndarray, "words+1 3"], UInt8[np.ndarray, "letters"]]


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
    at, count, too_long = 0, 0, 0
    while at < len(block):
        if block[at] < 0x80 and classes[block[at]] == GAP:
            if block[at] == _NEWLINE:
                found[count, START] = found[count, STOP] = at
                count += 1
            at += 1
            continue
        start, value, key = at, _FIRST, np.int64(0)
        while at < len(block) and block[at] < 0x80 and classes[block[at]] == LETTER:
            value, key = (value ^ np.uint64(block[at])) * _PRIME, key << 8 | np.int64(block[at])
            at += 1
        if at == start or (at < len(block) and (block[at] >= 0x80 or classes[block[at]] != GAP)):
            hashed = at
            at, is_word = _end_of_word(block, start, at, classes)
            if not is_word:
                continue
            for place in range(hashed, at):
                value, key = (value ^ np.uint64(block[place])) * _PRIME, key << 8 | np.int64(block[place])
        if at - start > longest:
            too_long += 1
            continue
        found[count, START], found[count, STOP], found[count, KEY] = start, at, key
        found[count, HASH] = np.int64((value ^ value >> np.uint64(32)) & np.uint64(0xFFFFFFFF))
        count += 1
    return count, too_long


@numba.njit(nogil=True, cache=True)
@no_type_check
def number_words(  # pragma: no cover: compiled
    block: Bytes, found: Found, table: Table, known: int, longest: int, ids: Int32[np.ndarray, "t"]
) -> tuple[int, int]:
    """Fill `ids` with the numbers of the words in `found`, until its end or until the table of `known` words is full.

    Gives how many were numbered, and how many words the table now holds.
    """
    slots, hashes, entries, letters = table
    for place in range(len(found)):
        if known == len(hashes) or entries[known, BEGIN] + longest >= len(letters):
            return place, known
        start, stop, key, short = found[place, START], found[place, STOP], found[place, KEY], found[place, HASH]
        if start == stop:
            ids[place] = _END
            continue
        slot, rest = short & (len(slots) - 1), stop - start - 8  # bytes that the key does not hold
        while slots[slot] >= 0:
            word = np.int64(slots[slot])
            begin = entries[word, BEGIN]
            if entries[word, KEY] == key and entries[word + 1, BEGIN] - begin == stop - start + 1:
                same = 0
                while same < rest and letters[begin + same] == block[start + same]:
                    same += 1
                if same >= rest:
                    break
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] < 0:
            slots[slot], hashes[known], begin = known, short, entries[known, BEGIN]
            for at in range(stop - start):
                letters[begin + at] = block[start + at]
            letters[begin + stop - start] = _NEWLINE
            entries[known, KEY], entries[known, COUNT] = key, 0
            entries[known + 1, BEGIN] = begin + stop - start + 1
            known += 1
        ids[place] = slots[slot]
        entries[slots[slot], COUNT] += 1
    return len(found), known


@numba.njit(nogil=True, cache=True)
@no_type_check
def place(slots: Int32[np.ndarray, "slots"], hashes: UInt32[np.ndarray, "words"]) -> None:  # pragma: no cover: compiled
    """Put all words into `slots`, which are empty."""
    for word in range(len(hashes)):
        slot = np.int64(hashes[word]) & (len(slots) - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = word


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
