"""What the kernels do, in plain NumPy: the same numbers from the same levels, but for the order of sums.

Tests hold the two to each other; nothing else uses it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from armillary.shapes import Float32, Int8
from armillary.speak.fast.kept import Tiles
from armillary.speak.fast.layouts import GROUP, LAYOUTS, ROWS, VECTOR, Layout
from armillary.speak.fast.rotary import turns
from armillary.speak.fast.source import Source
from armillary.transformer.config import Attention, Block, Norm

Points = Float32[np.ndarray, "t d"]


@dataclass(frozen=True, eq=False)
class Levels:
    """Rows of numbers as levels: (rows, groups, 32) from -127 to 127, and (rows, groups) the step of each group."""

    levels: Int8[np.ndarray, "t g 32"]
    steps: Float32[np.ndarray, "t g"]


def quantised(x: Points) -> Levels:
    """Levels of each 32 numbers: the largest is 127 or -127."""
    groups = x.reshape(len(x), -1, GROUP)
    most = np.abs(groups).max(axis=2)
    inverse = np.divide(np.float32(127), most, out=np.zeros_like(most), where=most > 0)
    return Levels(np.rint(groups * inverse[..., None]).astype(np.int8), most / np.float32(127))


def unpacked(tiles: Tiles) -> Float32[np.ndarray, "n d"]:
    """The numbers that tiles stand for."""
    layout = LAYOUTS[tiles.layout]
    groups = tiles.content.reshape(tiles.count, -1, layout.group_bytes)
    if layout.plain:
        rows = groups.reshape(-1).view(layout.plain).reshape(tiles.count, -1, GROUP, ROWS).transpose(0, 3, 1, 2)
        numbers = rows.astype(np.uint32) << 16 if layout.plain == "<u2" else rows.astype(np.float32)
        return np.ascontiguousarray(numbers).view(np.float32).reshape(-1, tiles.inputs)[: tiles.rows]
    codes, (scales, *least) = _codes(layout, groups), _scales(layout, groups)
    parted = codes.reshape(*codes.shape[:3], layout.parts, -1).astype(np.float32)
    numbers = (parted - np.float32(layout.offset or 0)) * scales[..., None]
    if least:
        numbers = numbers + least[0][..., None]
    found: np.ndarray = numbers.reshape(-1, tiles.inputs)[: tiles.rows]
    return found


def _codes(layout: Layout, groups: np.ndarray) -> np.ndarray:
    """(tile, row, group, input) whole numbers."""
    raw = groups[..., : layout.code_bytes].reshape(*groups.shape[:2], 1, layout.base, VECTOR)
    shifts = np.arange(0, 8, layout.base, dtype=np.uint8)[:, None, None]
    codes = (raw >> shifts & np.uint8((1 << layout.base) - 1)).reshape(*groups.shape[:2], 8, VECTOR)
    for plane in range(layout.planes):
        at = layout.code_bytes + plane * VECTOR
        bits = np.unpackbits(groups[..., at : at + VECTOR].reshape(*groups.shape[:2], 8, 8), axis=-1, bitorder="little")
        codes = codes | bits << np.uint8(layout.base + plane)
    vectors = codes.reshape(*groups.shape[:2], 8, ROWS, 4).transpose(0, 3, 1, 2, 4)
    return vectors.reshape(groups.shape[0], ROWS, groups.shape[1], GROUP)


def _scales(layout: Layout, groups: np.ndarray) -> list[np.ndarray]:
    """(tile, row, group, part) scales, and least numbers where there are some."""
    halves = np.ascontiguousarray(groups[..., layout.scales_at :]).view(np.float16).astype(np.float32)
    kinds = halves.reshape(*groups.shape[:2], -1, layout.parts, ROWS).transpose(2, 0, 4, 1, 3)
    return list(kinds)


def product(x: Points, tiles: Tiles) -> Float32[np.ndarray, "t n"]:
    """Rows times a matrix; of quantised ones, the rows' levels."""
    if not LAYOUTS[tiles.layout].plain:
        levels = quantised(x)
        x = (levels.levels.astype(np.float32) * levels.steps[..., None]).reshape(x.shape)
    found: np.ndarray = x @ unpacked(tiles).T
    return found


def forward(source: Source, tiles: dict[str, Tiles], ids: list[int]) -> Float32[np.ndarray, "t v"]:
    """The scores after each token."""
    config, table = source.config, source.matrix("embedding.W_E")
    x = table.numbers(ids) * np.float32(config.embedding.scale)
    if config.embedding.positions:
        x = x + source.matrix("embedding.W_pos").numbers(slice(0, len(ids)))
    work = _Work(source, tiles)
    for layer, block in enumerate(config.blocks):
        name = f"blocks.{layer}"
        x = x + work.after(f"{name}.after_attention", work.attention(f"{name}.attention", block.attention,
                                                                     work.norm(f"{name}.before_attention", x)))
        x = x + work.after(f"{name}.after_mlp", work.mlp(f"{name}.mlp", block, work.norm(f"{name}.before_mlp", x)))
    tied = config.unembedding is not None and config.unembedding.tied
    scores = product(work.norm("final_norm", x), tiles["embedding.W_E" if tied else "unembedding.W_U"])
    cap = config.unembedding.softcap if config.unembedding else None
    return np.tanh(scores / np.float32(cap)) * np.float32(cap) if cap else scores


class _Work:
    """The parts of a block."""

    def __init__(self, source: Source, tiles: dict[str, Tiles]) -> None:
        self._source, self._tiles, self._config = source, tiles, source.config

    def norm(self, name: str, x: np.ndarray, facts: Norm | None = None) -> np.ndarray:
        facts = facts or self._config.norm
        mean = x.mean(-1, keepdims=True) if facts.kind == "layer" else np.float32(0)
        scale = np.sqrt(np.square(x - mean).mean(-1, keepdims=True) + np.float32(facts.epsilon))
        normed: np.ndarray = (x - mean) / scale * self._source.vector(f"{name}.gain")
        return normed + self._source.vector(f"{name}.bias") if facts.has_bias else normed

    def after(self, name: str, x: np.ndarray) -> np.ndarray:
        return self.norm(name, x) if self._config.wiring == "sandwich" else x

    def times(self, x: np.ndarray, part: str, name: str, bias: bool) -> np.ndarray:
        made = product(x, self._tiles[f"{part}.W_{name}"])
        return made + self._source.vector(f"{part}.b_{name}") if bias else made

    def mlp(self, name: str, block: Block, x: np.ndarray) -> np.ndarray:
        facts = block.mlp
        inner = ACTIVATIONS[facts.activation](self.times(x, name, "gate" if facts.gated else "in", facts.bias))
        if facts.gated:
            inner = inner * self.times(x, name, "in", facts.bias)
        return self.times(inner, name, "out", facts.bias)

    def attention(self, name: str, facts: Attention, x: np.ndarray) -> np.ndarray:
        q, k, v = (self.times(x, name, letter, facts.input_bias).reshape(len(x), -1, facts.d_head) for letter in "QKV")
        if facts.norm:
            q, k = self.norm(f"{name}.norm_Q", q, facts.norm), self.norm(f"{name}.norm_K", k, facts.norm)
        if facts.rotary:
            q, k = (_turned(one, turns(facts.rotary, facts.d_head, len(x))) for one in (q, k))
        shared = facts.n_heads // facts.n_kv_heads
        k, v = (one.astype(np.float16).astype(np.float32).repeat(shared, axis=1) for one in (k, v))
        scores = np.einsum("thd,shd->hts", q * np.float32(facts.scale), k)
        if facts.softcap:
            scores = np.tanh(scores / np.float32(facts.softcap)) * np.float32(facts.softcap)
        behind = np.arange(len(x))[:, None] - np.arange(len(x))
        scores = np.where((behind >= 0) & (behind < (facts.window or len(x))), scores, np.float32(-np.inf))
        powers = np.exp(scores - scores.max(-1, keepdims=True))
        heads = np.einsum("hts,shd->thd", powers / powers.sum(-1, keepdims=True), v).reshape(len(x), -1)
        return self.times(heads, name, "O", facts.output_bias)


def _turned(x: np.ndarray, angles: np.ndarray) -> np.ndarray:
    cosine, sine = np.split(angles[:, None], 2, axis=-1)
    first, second = np.split(x, 2, axis=-1)
    return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(np.float32(0.7978845608028654) * (x + np.float32(0.044715) * x**3))),
    "relu": lambda x: np.maximum(x, 0),
}
