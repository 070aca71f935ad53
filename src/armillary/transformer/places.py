"""Every place inside a transformer by name, and what stands there: what a tap may look at or change.

A tap is called as `tap(place, x)` at each place on the way and gives what goes on from there: x itself, or something of
the same shape. Its `wants(place)` is asked where what stands there is not made on the fast path: the scores and pattern
of attention, which a fused kernel never writes down, and the scale of a LayerNorm.

The legend of shapes, in all of this folder:

    b   texts at once                         d_model, d_head, d_mlp, d_vocab   as in the config
    t   tokens given, the positions that ask  h   heads that ask
    s   positions seen, cached ones included  g   heads that are asked (n_kv_heads)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from armillary.transformer.config import Block, Config


@dataclass(frozen=True)
class Place:
    """A place: its name, the shape of what stands there, what it means."""

    name: str
    shape: str
    meaning: str


PLACES = (
    Place("embed", "b t d_model", "the points before the first block: rows of W_E, with what is added to them"),
    Place("resid_pre", "b t d_model", "the points before a block"),
    Place("norm_scale", "b t 1", "what a norm divides by"),
    Place("q", "b h t d_head", "queries, turned where positions are rotary"),
    Place("k", "b g t d_head", "keys, turned likewise"),
    Place("v", "b g t d_head", "values"),
    Place("scores", "b h t s", "query times key, scaled and capped, before the mask"),
    Place("pattern", "b h t s", "how much each position listens to each: rows add up to 1"),
    Place("z", "b h t d_head", "values weighted by the pattern"),
    Place("attn_out", "b t d_model", "what attention adds to the points"),
    Place("cross_out", "b t d_model", "what listening to the encoder adds"),
    Place("resid_mid", "b t d_model", "the points between attention and MLP"),
    Place("mlp_pre", "b t d_mlp", "numbers of the MLP before the activation; of a gated one, the gate's"),
    Place("mlp_post", "b t d_mlp", "after it, and after the product with the other half of a gated one"),
    Place("mlp_out", "b t d_model", "what the MLP adds to the points"),
    Place("resid_post", "b t d_model", "the points after a block"),
    Place("logits", "b t d_vocab", "a score for each token of the vocabulary"),
)


@runtime_checkable
class Tap(Protocol):
    """What may look on, or step in, at every place."""

    def __call__(self, place: str, x: Any) -> Any:
        """What goes on from `place`, where x stands."""

    def wants(self, place: str) -> bool:
        """Whether it must see this place, though the fast path does not pass it."""


class Within:
    """A tap whose places get a prefix: how a block's places become those of block 3."""

    def __init__(self, tap: Tap, prefix: str) -> None:
        self.tap = tap
        self.prefix = prefix

    def __call__(self, place: str, x: Any) -> Any:
        """What the tap inside gives, under the long name."""
        return self.tap(self.prefix + place, x)

    def wants(self, place: str) -> bool:
        """Whether the tap inside wants it, under its long name."""
        return self.tap.wants(self.prefix + place)


def within(tap: Tap | None, prefix: str) -> Tap | None:
    """`tap` with a prefix to its places; None stays None."""
    return None if tap is None else Within(tap, prefix)


def places(config: Config) -> Iterator[str]:
    """All places of a model by their long names, in the order in which a tap that wants everything is called."""
    if config.encoder:
        yield from (f"encoder.{place}" for place in places(config.encoder))
    if config.embedding.norm:
        yield "embedding.norm.norm_scale"
    yield "embed"
    for layer, block in enumerate(config.blocks):
        yield from (f"blocks.{layer}.{place}" for place in _block(config, block))
    if config.final_norm:
        yield "final_norm.norm_scale"
    if config.unembedding:
        if config.unembedding.transform:
            yield "unembedding.norm.norm_scale"
        yield "logits"


def _block(config: Config, block: Block) -> Iterator[str]:
    yield "resid_pre"
    yield from _part(config, "attention", "attn_out", _listening(block.attention.norm is not None))
    if block.cross:
        listening = _listening(block.cross.norm is not None)
        yield from _part(config, "cross", "cross_out", (f"cross.{place}" for place in listening))
    yield "resid_mid"
    yield from _part(config, "mlp", "mlp_out", [] if block.mlp.experts else ["mlp_pre", "mlp_post"])
    yield "resid_post"


def _part(config: Config, part: str, out: str, inner: Any) -> Iterator[str]:
    if config.wiring != "post":
        yield f"before_{part}.norm_scale"
    yield from inner
    if config.wiring == "post":
        yield out
    if config.wiring != "pre":
        yield f"after_{part}.norm_scale"
    if config.wiring != "post":
        yield out


def _listening(normed: bool) -> Iterator[str]:
    if normed:
        yield from ("norm_Q.norm_scale", "norm_K.norm_scale")
    yield from ("q", "k", "v", "scores", "pattern", "z")
