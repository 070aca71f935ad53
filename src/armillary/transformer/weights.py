"""Every tensor of a transformer, from its config alone: name, shape, and what it is for.

The model makes its parameters from this list, the readers of published files fill them, and `count` adds them up; so
they cannot disagree. Points are rows: a point x with d_in numbers times a W of shape (d_in, d_out) gives d_out numbers.
Files of PyTorch store most of these transposed.

    embedding.W_E                        blocks.0.attention.W_Q           unembedding.W_U
    embedding.W_pos                      blocks.0.attention.b_Q           unembedding.b_U
    blocks.0.before_attention.gain       blocks.0.mlp.W_in                final_norm.gain
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from armillary.transformer.config import Attention, Block, Config, Mlp, Norm

Dim = tuple[str, int]
"""A length and its name, such as ("d_model", 768)."""

KINDS = (
    "embedding", "positions", "types", "pairs", "query", "key", "value", "output", "up-projection", "gate-projection",
    "down-projection", "router", "norms", "biases", "transform", "unembedding", "pooler",
)
"""What a tensor is for, in the order in which a token meets them."""


@dataclass(frozen=True)
class Weight:
    """One tensor.

    Attributes:
        name: where it is in the model.
        dims: its lengths by name.
        kind: one of KINDS.
        tied_to: the tensor that it is, if it has no numbers of its own.
    """

    name: str
    dims: tuple[Dim, ...]
    kind: str
    tied_to: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its lengths."""
        return tuple(size for _, size in self.dims)

    @property
    def formula(self) -> str:
        """How its numbers are counted: `d_model × n_heads × d_head`."""
        return " × ".join(name for name, _ in self.dims)

    @property
    def parameters(self) -> int:
        """How many numbers it has of its own: none if it is tied."""
        return 0 if self.tied_to else math.prod(self.shape)


def weights(config: Config) -> Iterator[Weight]:
    """The tensors of a model, in the order in which a token meets them; those that are tied too."""
    if config.encoder:
        for one in weights(config.encoder):
            yield Weight(f"encoder.{one.name}", one.dims, one.kind, one.tied_to and f"encoder.{one.tied_to}")
    yield from _embedding(config)
    for layer, block in enumerate(config.blocks):
        for one in _block(config, block):
            yield Weight(f"blocks.{layer}.{one.name}", one.dims, one.kind)
    if config.final_norm:
        yield from _norm(config.norm, "final_norm", _d_model(config))
    yield from _ending(config)


def _d_model(config: Config) -> Dim:
    return "d_model", config.d_model


def _embedding(config: Config) -> Iterator[Weight]:
    d_vocab, d_model = ("d_vocab", config.d_vocab), _d_model(config)
    shared = "encoder.embedding.W_E" if config.shared_embedding else ""
    yield Weight("embedding.W_E", (d_vocab, d_model), "embedding", shared)
    if config.embedding.positions == "learned":
        yield Weight("embedding.W_pos", (("n_ctx", config.n_ctx), d_model), "positions")
    if config.embedding.n_types:
        yield Weight("embedding.W_type", (("n_types", config.embedding.n_types), d_model), "types")
    if config.embedding.n_pairs:
        yield Weight("embedding.W_pair", (("n_pairs", config.embedding.n_pairs), d_model), "pairs")
    if config.embedding.norm:
        yield from _norm(config.norm, "embedding.norm", d_model)


def _block(config: Config, block: Block) -> Iterator[Weight]:
    d_model = _d_model(config)
    parts = [("attention", _attention(block.attention, d_model)), ("mlp", _mlp(block.mlp, d_model))]
    if block.cross:
        parts.insert(1, ("cross", _attention(block.cross, d_model)))
    for part, found in parts:
        if config.wiring != "post":
            yield from _norm(config.norm, f"before_{part}", d_model)
        for one in found:
            yield Weight(f"{part}.{one.name}", one.dims, one.kind)
        if config.wiring != "pre":
            yield from _norm(config.norm, f"after_{part}", d_model)


def _attention(attention: Attention, d_model: Dim) -> Iterator[Weight]:
    d_head = ("d_head", attention.d_head)
    asking = ("n_heads × d_head", attention.n_heads * attention.d_head)
    asked = ("n_kv_heads × d_head", attention.n_kv_heads * attention.d_head)
    if attention.n_kv_heads == attention.n_heads:
        asked = asking
    for letter, kind, width in (("Q", "query", asking), ("K", "key", asked), ("V", "value", asked)):
        yield Weight(f"W_{letter}", (d_model, width), kind)
        if attention.input_bias:
            yield Weight(f"b_{letter}", (width,), "biases")
        if attention.norm and letter in "QK":
            yield from _norm(attention.norm, f"norm_{letter}", d_head)
    yield Weight("W_O", (asking, d_model), "output")
    if attention.output_bias:
        yield Weight("b_O", (d_model,), "biases")


def _mlp(mlp: Mlp, d_model: Dim) -> Iterator[Weight]:
    d_mlp = ("d_mlp", mlp.d_mlp)
    many: tuple[Dim, ...] = ()
    if mlp.experts:
        many = (("n_experts", mlp.experts.n_experts),)
        yield Weight("W_router", (d_model, *many), "router")
    if mlp.gated:
        yield Weight("W_gate", (*many, d_model, d_mlp), "gate-projection")
        if mlp.bias:
            yield Weight("b_gate", (*many, d_mlp), "biases")
    yield Weight("W_in", (*many, d_model, d_mlp), "up-projection")
    if mlp.bias:
        yield Weight("b_in", (*many, d_mlp), "biases")
    yield Weight("W_out", (*many, d_mlp, d_model), "down-projection")
    if mlp.bias:
        yield Weight("b_out", (*many, d_model), "biases")


def _norm(norm: Norm, name: str, width: Dim) -> Iterator[Weight]:
    yield Weight(f"{name}.gain", (width,), "norms")
    if norm.has_bias:
        yield Weight(f"{name}.bias", (width,), "norms")


def _ending(config: Config) -> Iterator[Weight]:
    d_vocab, d_model = ("d_vocab", config.d_vocab), _d_model(config)
    if config.pooler:
        yield Weight("pooler.W", (d_model, d_model), "pooler")
        yield Weight("pooler.b", (d_model,), "pooler")
    if config.unembedding is None:
        return
    if config.unembedding.transform:
        yield Weight("unembedding.W_transform", (d_model, d_model), "transform")
        yield Weight("unembedding.b_transform", (d_model,), "transform")
        yield from _norm(config.norm, "unembedding.norm", d_model)
    own = "encoder.embedding.W_E" if config.shared_embedding else "embedding.W_E"
    yield Weight("unembedding.W_U", (d_model, d_vocab), "unembedding", own if config.unembedding.tied else "")
    if config.unembedding.bias:
        yield Weight("unembedding.b_U", (d_vocab,), "biases")
