"""Long lists of strings in a GGUF file: found and checked at once, and made into strings when they are asked for.

A string is its length in eight bytes, and its bytes in UTF-8. So where the second begins is known from the first alone;
but nearly all are shorter than 256 bytes, so that seven bytes of 0 behind another one mark where one begins. What is
found so is held against the lengths; where they disagree, these are followed for a while, string by string.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from armillary.formats.bounded import BoundedReader, Content
from armillary.shapes import Int64, UInt8

_LENGTH, _AT_ONCE, _FOLLOWED = 8, 1 << 15, 1024
"""Bytes of a length; bytes that are searched at once; strings that are followed before that is tried again."""


class Strings(Sequence[str]):
    """A list of strings in a file.

    Attributes:
        content: the bytes of the file.
        starts, ends: where each string lies there.
    """

    def __init__(self, content: Content, starts: Int64[np.ndarray, "n"], ends: Int64[np.ndarray, "n"]) -> None:
        self.content, self.starts, self.ends = content, starts, ends

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return list(Strings(self.content, self.starts[place], self.ends[place]))
        return self.content[int(self.starts[place]) : int(self.ends[place])].decode()

    def __iter__(self) -> Iterator[str]:
        content = self.content
        for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True):
            yield content[start:end].decode()


def read_strings(file: BoundedReader, count: int) -> Strings:
    """The next `count` strings of a file, and the cursor behind them.

    Raises:
        DamagedFile: they go beyond its end, or are not UTF-8.
    """
    ends = _ends(file, count)
    starts = np.concatenate([np.array([file.offset], np.int64), ends[:-1]])[:count] + _LENGTH
    _check(file, starts, ends)
    file.offset = int(ends[-1]) if count else file.offset
    return Strings(file.content, starts, ends)


def _ends(file: BoundedReader, count: int) -> Int64[np.ndarray, "n"]:
    """Where each of the next strings ends."""
    ends, done, at = np.empty(count, np.int64), 0, file.offset
    while done < count:
        near = np.frombuffer(file.content, np.uint8, min(_AT_ONCE, file.size - at), at)
        some = (at + _searched(near))[: count - done]
        if not len(some):
            some = np.array(_followed(file, at, min(_FOLLOWED, count - done)), np.int64)
        ends[done : done + len(some)] = some
        done, at = done + len(some), int(some[-1])
    return ends


def _searched(near: UInt8[np.ndarray, "b"]) -> Int64[np.ndarray, "m"]:
    """Where strings end, from the first on, as far as they are of the usual kind."""
    zero = near == 0
    two = zero[1:] & zero[:-1]
    four = two[2:] & two[:-2]
    seven = four[3:] & four[:-3]
    lengths = np.flatnonzero(seven[1:] & ~zero[: 1 - _LENGTH])
    ends: np.ndarray = lengths + _LENGTH + near[lengths]
    odd = np.flatnonzero((lengths != np.concatenate([[0], ends[:-1]])[: len(ends)]) | (ends > len(near)))
    return ends[: odd[0]] if len(odd) else ends


def _followed(file: BoundedReader, at: int, count: int) -> list[int]:
    """Where strings end, by the length of each."""
    length, content, last, ends = struct.Struct("<Q").unpack_from, file.content, file.size - _LENGTH, []
    for _ in range(count):
        if at > last or (size := length(content, at)[0]) > last - at:
            file.offset = at
            file.take(file.u64())  # says what is missing
        at += _LENGTH + size
        ends.append(at)
    return ends


def _check(file: BoundedReader, starts: Int64[np.ndarray, "n"], ends: Int64[np.ndarray, "n"]) -> None:
    """Whether all strings are UTF-8: with zeros between them they are if they are together."""
    if not len(starts):
        return
    text = bytearray(file.content[file.offset : int(ends[-1])])
    octets = np.frombuffer(text, np.uint8)
    for back in range(1, _LENGTH + 1):
        octets[starts - file.offset - back] = 0
    try:
        text.decode()
    except UnicodeDecodeError as error:
        file.offset += error.start
        raise file.damaged("has a text before byte {offset} that is not UTF-8") from error
