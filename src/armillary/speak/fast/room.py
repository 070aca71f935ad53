"""The room that a model computes in, and what a text has read: keys and values."""

from typing import Any

import numpy as np

from armillary.shapes import Float, Float32
from armillary.speak.fast.layouts import GROUP, ROWS
from armillary.speak.fast.rotary import turns
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


def workspace(config: Config, rows: int) -> dict[str, np.ndarray]:
    """Arrays of `rows` rows for what is computed, by the names of `records.MODEL`."""
    heads, d_mlp = config.pattern[0].attention, config.pattern[0].mlp.d_mlp
    asking, all_heads = heads.n_heads * heads.d_head, (heads.n_heads + 2 * heads.n_kv_heads) * heads.d_head
    widest = max(config.d_model, d_mlp, asking)
    widths = {"points": config.d_model, "normed": config.d_model, "change": config.d_model, "qkv": all_heads,
              "queries": asking, "heads": asking, "gate": d_mlp, "steps": widest // GROUP * 4}
    found = {name: aligned(rows, width) for name, width in widths.items()}
    return {**found, "levels": aligned(rows, widest, dtype=np.int8)}


class Kept:
    """Keys and values of all that a text has read, in room that doubles.

    Attributes:
        n_tokens: how many tokens.
        keys: (block, key-value head, tile of 16 positions, d_head, 16)
        values: (block, key-value head, tile of 16 numbers of the head, position, 16)
    """

    def __init__(self, config: Config) -> None:
        heads = config.pattern[0].attention
        self._blocks, self._heads, self._d_head = config.n_layers, heads.n_kv_heads, heads.d_head
        self.n_tokens = 0
        self.keys, self.values = self._room(0)

    @property
    def capacity(self) -> int:
        """Positions that there is room for."""
        return int(self.values.shape[3])

    def make_room(self, count: int) -> None:
        """See that there is room for so many positions."""
        if count <= self.capacity:
            return
        capacity = max(FIRST_ROOM, self.capacity)
        while capacity < count:
            capacity *= 2
        keys, values = self._room(capacity)
        tiles = -(-self.n_tokens // ROWS)
        keys[:, :, :tiles] = self.keys[:, :, :tiles]
        values[:, :, :, : self.n_tokens] = self.values[:, :, :, : self.n_tokens]
        self.keys, self.values = keys, values

    def _room(self, capacity: int) -> tuple[Float[np.ndarray, "b g t d r"], Float[np.ndarray, "b g u c r"]]:
        shape, tiles = (self._blocks, self._heads), self._d_head // ROWS
        return (aligned(*shape, capacity // ROWS, self._d_head, ROWS, dtype=np.float16),
                aligned(*shape, tiles, capacity, ROWS, dtype=np.float16))


class Angles:
    """Cosines and sines of rotary positions, made for as many positions as were ever needed."""

    def __init__(self, config: Config) -> None:
        self._d_head = config.pattern[0].attention.d_head
        self.made: dict[Rotary, Float32[np.ndarray, "t d"]] = {
            block.attention.rotary: np.empty((0, self._d_head), np.float32)
            for block in config.pattern if block.attention.rotary
        }

    def reach(self, count: int) -> None:
        """See that they go as far."""
        for rotary, made in self.made.items():
            if len(made) < count:
                self.made[rotary] = turns(rotary, self._d_head, count)
