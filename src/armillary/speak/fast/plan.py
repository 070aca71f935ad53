"""A model as records for the kernels: where its matrices, gains and biases lie, and its facts as numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from armillary.speak.fast.fits import ACTIVATIONS
from armillary.speak.fast.kept import Tiles
from armillary.speak.fast.layouts import GROUP, ROWS
from armillary.speak.fast.records import BLOCK, MATRICES, MATRIX, MODEL
from armillary.speak.fast.room import Angles, Kept, address_of, aligned
from armillary.speak.fast.source import Source
from armillary.speak.fast.widths import filled, order, put_in_order, widths
from armillary.transformer.config import Block, Config
from armillary.transformer.weights import weights

_PARTS = {"before_attention": "before_attention", "after_attention": "after_attention", "before_mlp": "before_mlp",
          "after_mlp": "after_mlp", "norm_q": "attention.norm_Q", "norm_k": "attention.norm_K"}
EVERYWHERE = 1 << 40
"""The window of those who see all that came before."""


class Plan:
    """The records of a model, and the arrays whose addresses they hold.

    Attributes:
        model: a MODEL, without the room to work in.
        blocks: a BLOCK for each.
        matrices: a MATRIX for each.
    """

    def __init__(self, source: Source, tiles: Mapping[str, Tiles]) -> None:
        self._source, self._tiles = source, tiles
        self._vectors = {weight.name: self._vector(weight.name) for weight in weights(source.config)
                         if len(weight.shape) == 1 and not weight.tied_to}
        config = source.config
        self.blocks, self.matrices = np.zeros(config.n_layers, BLOCK), self._all_matrices(config)
        for layer, block in enumerate(config.blocks):
            self._describe(layer, block)
        self.model = np.zeros(1, MODEL)
        self._tell(config)

    def turn_by(self, angles: Angles) -> None:
        """Say where angles are."""
        for layer, block in enumerate(self._source.config.blocks):
            if block.attention.rotary:
                self.blocks[layer]["turns"] = angles.made[block.attention.rotary].ctypes.data

    def point_at(self, texts: Sequence[Kept]) -> None:
        """Say where the keys and values of texts are."""
        for kept in texts:
            kept.record["position"] = kept.n_tokens
        self._texts = np.concatenate([kept.record for kept in texts]) if len(texts) > 1 else texts[0].record
        self.model["texts"], self.model["together"] = address_of(self._texts), len(texts) > 1

    def _all_matrices(self, config: Config) -> np.ndarray:
        records = np.zeros(config.n_layers * len(MATRICES) + 1, MATRIX)
        for layer in range(config.n_layers):
            for place, name in enumerate(MATRICES):
                part = "attention" if name[-1] in "QKVO" else "mlp"
                ours = f"blocks.{layer}.{part}.{name}"
                if ours in self._tiles:
                    self._fill(records[layer * len(MATRICES) + place], ours)
        tied = config.unembedding is not None and config.unembedding.tied
        self._fill(records[-1], "embedding.W_E" if tied else "unembedding.W_U")
        return records

    def _fill(self, record: np.void, name: str) -> None:
        tiles = self._tiles[name]
        record["tiles"], record["bias"] = tiles.content.ctypes.data, self._address(name.replace(".W_", ".b_"))
        record["layout"], record["rows"], record["bytes"] = tiles.layout, tiles.count, tiles.bytes
        record["groups"] = tiles.inputs // GROUP

    def _describe(self, layer: int, block: Block) -> None:
        record, attention = self.blocks[layer], block.attention
        for ours, theirs in _PARTS.items():
            for part in ("gain", "bias"):
                record[f"{ours}_{part}"] = self._address(f"blocks.{layer}.{theirs}.{part}")
        record["window"], record["scale"] = attention.window or EVERYWHERE, attention.scale
        record["cap"] = attention.softcap or 0.0

    def _tell(self, config: Config) -> None:
        model, block = self.model, config.pattern[0]
        heads, unembedding, width = block.attention, config.unembedding, widths(config)
        facts = {
            "blocks": self.blocks.ctypes.data, "matrices": self.matrices.ctypes.data, "n_layers": config.n_layers,
            "d_model": width.d_model, "d_mlp": width.d_mlp, "n_heads": heads.n_heads,
            "n_kv_heads": heads.n_kv_heads, "d_head": width.d_head, "size": config.d_model,
            "head_size": heads.d_head, "heads_width": width.heads, "activation": ACTIVATIONS[block.mlp.activation],
            "gated": block.mlp.gated, "layer_norm": config.norm.kind == "layer", "epsilon": config.norm.epsilon,
            "final_gain": self._address("final_norm.gain"), "final_bias": self._address("final_norm.bias"),
            "cap": (unembedding and unembedding.softcap) or 0.0,
        }
        for name, value in facts.items():
            model[name] = value

    def _address(self, name: str) -> int:
        return self._vectors[name].ctypes.data if name in self._vectors else 0

    def _vector(self, name: str) -> np.ndarray:
        """A gain or a bias, with zeros where it is filled up."""
        numbers = self._source.vector(name)
        numbers = put_in_order(numbers, order(self._source.config, name, len(numbers)))
        found = aligned(filled(len(numbers), ROWS))
        found[: len(numbers)] = numbers
        return found
