"""The room that a model computes in, and what a text has read: keys and values."""

from ctypes import addressof, c_char
from typing import Any

import numpy as np

from armillary.shapes import Float32
from armillary.speak.fast.layouts import GROUP, ROWS
from armillary.speak.fast.records import TEXT
from armillary.speak.fast.rotary import turns
from armillary.speak.fast.widths import widths
from armillary.transformer.config import Config, Rotary

FIRST_ROOM = 256
"""Positions that there is room for at first; it doubles."""


def aligned(*shape: int, dtype: Any = np.float32) -> np.ndarray:
    """Zeros that begin at a multiple of 64 bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    space = np.zeros(size + 64, np.uint8)
    start = -space.ctypes.data % 64
    found: np.ndarray = space[start : start + size].view(dtype).reshape(shape)
    return found


def address_of(array: np.ndarray) -> int:
    """Where an array that may be written to lies: between two tokens 30 us faster than `array.ctypes.data`."""
    return addressof(c_char.from_buffer(array.data)) if array.size else 0


def workspace(config: Config, rows: int) -> dict[str, np.ndarray]:
    """Arrays of `rows` rows for what is computed, by the names of `records.MODEL`."""
    heads, width = config.pattern[0].attention, widths(config)
    asking, all_heads = heads.n_heads * width.d_head, (heads.n_heads + 2 * heads.n_kv_heads) * width.d_head
    widest = max(width.d_model, width.d_mlp, width.heads)
    sizes = {"points": width.d_model, "normed": width.d_model, "change": width.d_model, "qkv": all_heads,
             "queries": asking, "heads": width.heads, "gate": width.d_mlp, "steps": widest // GROUP * 4}
    found = {name: aligned(rows, size) for name, size in sizes.items()}
    return {**found, "levels": aligned(rows, widest, dtype=np.int8)}


NUMBER_OF = {"float16": np.float16, "int8": np.int8}
"""What keys and values may be kept as."""
_ALONG = {"keys": 2, "values": 3, "key_sizes": 2, "value_sizes": 2}
"""Which axis of each array goes along positions (of keys, along tiles of 16)."""


class Kept:
    """Keys and values of all that a text has read, in room that doubles.

    Attributes:
        n_tokens: how many tokens.
        capacity: positions that there is room for.
        record: a TEXT that says so to kernels, but for where its next token stands.
        arrays: by the names of `records.TEXT`:
            keys (block, key-value head, tile of 16 positions, d_head, 16)
            values (block, key-value head, tile of 16 numbers of the head, position, 16)
            key_sizes, value_sizes (block, key-value head, position), of int8 only
    """

    def __init__(self, config: Config, numbers: str = "float16") -> None:
        self._config, self._numbers = config, NUMBER_OF[numbers]
        self.n_tokens = 0
        self.record = np.zeros(1, TEXT)
        self._hold(self._room(0))

    def make_room(self, count: int) -> None:
        """See that there is room for so many positions."""
        if count <= self.capacity:
            return
        capacity = max(FIRST_ROOM, self.capacity)
        while capacity < count:
            capacity *= 2
        room = self._room(capacity)
        for name, array in self.arrays.items():
            there = (slice(None),) * _ALONG[name] + (slice(0, array.shape[_ALONG[name]]),)
            room[name][there] = array
        self._hold(room)

    def _hold(self, arrays: dict[str, np.ndarray]) -> None:
        self.arrays, self.capacity = arrays, int(arrays["values"].shape[3])
        self.record["capacity"] = self.capacity
        for name, array in arrays.items():
            self.record[name] = array.ctypes.data

    def _room(self, capacity: int) -> dict[str, np.ndarray]:
        d_head = widths(self._config).d_head
        shape = self._config.n_layers, self._config.pattern[0].attention.n_kv_heads
        found = {"keys": aligned(*shape, capacity // ROWS, d_head, ROWS, dtype=self._numbers),
                 "values": aligned(*shape, d_head // ROWS, capacity, ROWS, dtype=self._numbers)}
        if self._numbers == np.int8:
            found |= {name: aligned(*shape, capacity) for name in ("key_sizes", "value_sizes")}
        return found


class Angles:
    """Cosines and sines of rotary positions, made for as many positions as were ever needed."""

    def __init__(self, config: Config) -> None:
        self._d_head, self._room = config.pattern[0].attention.d_head, widths(config).d_head
        self.made: dict[Rotary, Float32[np.ndarray, "t d"]] = {
            block.attention.rotary: np.empty((0, self._room), np.float32)
            for block in config.pattern if block.attention.rotary
        }

    def reach(self, count: int) -> bool:
        """See that they go as far; whether they lie elsewhere now."""
        short = [rotary for rotary, made in self.made.items() if len(made) < count]
        for rotary in short:
            halves = turns(rotary, self._d_head, count).reshape(count, 2, -1)
            missing = self._room // 2 - halves.shape[2]
            self.made[rotary] = np.pad(halves, [(0, 0), (0, 0), (0, missing)]).reshape(count, -1)
        return bool(short)
