"""The compiled table of words: from the bytes of a word to its number, and from one number to another (extra `fast`).

Imported by its callers alone, after they said where numba may keep what it compiled. The plain twins are
`counting.PlainCounter` and `numbering.Renumbering`; tests hold them equal.

A table of words is four arrays: `slots` (a power of two of them, the number of a word or -1: open addressing, linear
probing); `hashes` by word; `entries` by word and one more: where it begins in `letters`, its count and its last eight
bytes; and `letters`, all words one after the other, each with a newline.

A table is larger than a processor's cache and words come in no order, so nearly all of the time would go into waiting
for memory. Words are found before they are looked up (`count_kernels`), so what the next ones need can be asked for
while the ones before them are compared.
"""

from importlib import import_module
from typing import Any, no_type_check

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from armillary.shapes import Int32, Int64, UInt8, UInt32
from armillary.text.count_kernels import HASH, KEY, START, STOP, Bytes, Found

_NEWLINE, _END = 10, -1
_AHEAD = 8  # words: some 40 ns each, so that memory has answered by then
BEGIN, COUNT = 0, 1  # the columns of `entries` besides KEY

Slots = Int32[np.ndarray, "slots"]
Hashes = UInt32[np.ndarray, "words"]
Table = tuple[Slots, Hashes, Int64[np.ndarray, "words+1 3"], UInt8[np.ndarray, "letters"]]

cgutils: Any = import_module("numba.core.cgutils")  # its functions have no types


@intrinsic
def bring(typing, array, offset):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Ask for the cache line of the number at `offset` of `array`, which will be needed soon."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        line = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        whole = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [line.type, whole, whole, whole])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [line, whole(0), whole(3), whole(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@numba.njit(nogil=True, cache=True, inline="always")
@no_type_check
def _look_ahead(  # pragma: no cover: compiled
    found: Found, place: int, slots: Slots, entries: Int64[np.ndarray, "words+1 3"]
) -> None:
    """Ask for what a word soon to be looked up needs: first its slot, then what is likely its entry."""
    if place + 2 * _AHEAD < len(found):
        bring(slots, found[place + 2 * _AHEAD, HASH] & (len(slots) - 1))
        likely = np.int64(slots[found[place + _AHEAD, HASH] & (len(slots) - 1)])
        bring(entries, max(likely, 0) * entries.shape[1])


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
        _look_ahead(found, place, slots, entries)
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
def renumber(  # pragma: no cover: compiled
    ids: Int32[np.ndarray, "t"], numbers: Int32[np.ndarray, "w"], longest: int, state: tuple[int, bool],
    out: Int32[np.ndarray, "_"],
) -> tuple[int, int, bool]:
    """Fill `out` as `numbering.Renumbering` says; `state`: words since the last sentence end, whether some stayed.

    Gives how many numbers `out` holds, and the state after them.
    """
    (words, some), count = state, 0
    for place in range(len(ids)):
        if ids[place] == _END or words == longest:
            if some:
                out[count] = _END
                count += 1
            words, some = 0, False
        if ids[place] == _END:
            continue
        words += 1
        number = numbers[ids[place]]
        if number >= 0:
            out[count] = number
            count += 1
            some = True
    return count, words, some
