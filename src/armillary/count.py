"""The ledger: every parameter of a model, and what it costs to hold and to use, from its config alone.

    ledger = count(config)
    ledger.total                     124439808
    ledger.by_kind["query"]          7077888

Tied tensors are counted once. `eight` adds up as a well-known video lesson does: eight kinds of matrices, W_E and W_U
counted apart even where they are one, without positions, norms and biases.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from armillary.transformer.config import Attention, Block, Config, Mlp
from armillary.transformer.weights import KINDS, weights

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}
"""Bytes of one number."""
EIGHT = {
    "embedding": "embedding", "key": "key", "query": "query", "value": "value", "output": "output",
    "up-projection": "up-projection", "gate-projection": "up-projection", "down-projection": "down-projection",
    "unembedding": "unembedding",
}
"""Kind of tensor -> which of the eight it belongs to; a gate leads up as well."""
NOTHING = "none"
"""The kind of what has no parameters."""


@dataclass(frozen=True)
class Row:
    """A line of the ledger.

    Attributes:
        name: the tensor, or the part that has none.
        shape: its lengths; () for a part without parameters.
        formula: how its numbers are counted.
        parameters: how many numbers it adds.
        kind: what it is for: one of `KINDS`, or "none".
        tied: the tensor that this one is, or "".
    """

    name: str
    shape: tuple[int, ...]
    formula: str
    parameters: int
    kind: str
    tied: str = ""


@dataclass(frozen=True)
class Ledger:
    """A model counted.

    Attributes:
        config: the model.
        rows: every tensor, in the order in which a token meets them, then the parts that have no parameters.
    """

    config: Config
    rows: tuple[Row, ...]

    @cached_property
    def total(self) -> int:
        """All parameters, tied ones once."""
        return sum(row.parameters for row in self.rows)

    @cached_property
    def by_kind(self) -> dict[str, int]:
        """Kind -> parameters, for the kinds that the model has; they add up to the total."""
        sums = {kind: 0 for kind in KINDS if any(row.kind == kind for row in self.rows)}
        for row in self.rows:
            if row.kind != NOTHING:
                sums[row.kind] += row.parameters
        return sums

    @cached_property
    def eight(self) -> dict[str, int]:
        """The eight kinds of matrices, W_E and W_U counted apart even where they are one."""
        sums = dict.fromkeys(EIGHT.values(), 0)
        for row in self.rows:
            if row.kind in EIGHT and (row.kind == "unembedding" or not row.tied):
                sums[EIGHT[row.kind]] += math.prod(row.shape)
        return sums

    @cached_property
    def active(self) -> int:
        """Parameters that work on one token: all but those of the experts that are not picked."""
        return self.total - sum(_idle(block.mlp, self.config.d_model) for block in _all_blocks(self.config))

    @cached_property
    def bytes(self) -> dict[str, int]:
        """Type of number -> bytes of all parameters."""
        return {name: size * self.total for name, size in BYTES.items()}

    def cached(self, n_tokens: int = 1) -> int:
        """Numbers that the keys and values of `n_tokens` positions fill; a window keeps no more than it sees."""
        if not any(block.attention.causal for block in self.config.blocks):
            return 0
        return sum(2 * one.n_kv_heads * one.d_head * min(n_tokens, one.window or n_tokens)
                   for one in (block.attention for block in self.config.blocks))

    def flops(self, n_tokens: int = 1) -> int:
        """Floating-point operations to give token number `n_tokens` its scores, those before it cached.

        Two, a product and a sum, for each number of a matrix that the token is multiplied by, and for each number of
        the keys and values that it meets (Kaplan et al. 2020, arXiv:2001.08361, appendix B). Norms, activations,
        softmax and biases are left out, as they are there. An encoder has done its work before; its text is taken to
        be as long.
        """
        matrices = sum(_multiplied(row) for row in self.rows)
        idle = sum(_idle_matrices(block.mlp, self.config.d_model) for block in self.config.blocks)
        met = sum(2 * one.n_heads * one.d_head * min(n_tokens, one.window or n_tokens)
                  for one in _attentions(self.config))
        return 2 * (matrices - idle + met)


def count(config: Config) -> Ledger:
    """The ledger of a model."""
    rows = [Row(one.name, one.shape, one.formula, one.parameters, one.kind, one.tied_to) for one in weights(config)]
    return Ledger(config, (*rows, *(Row(name, (), "", 0, NOTHING) for name in _parts_without(config))))


def _parts_without(config: Config) -> Iterator[str]:
    """What a model does besides, with no parameters."""
    attentions = list(_attentions(config))
    if any(one.rotary for one in attentions):
        yield "rotary"
    if config.embedding.positions in ("sinusoidal", "halved"):
        yield "sinusoids"
    if any(one.causal for one in attentions):
        yield "mask"
    yield from ("softmax", "activation", "residual addition", "dropout")
    if any(one.softcap for one in attentions) or (config.unembedding and config.unembedding.softcap):
        yield "soft cap"


def _attentions(config: Config) -> Iterator[Attention]:
    for block in config.blocks:
        yield block.attention
        if block.cross:
            yield block.cross


def _all_blocks(config: Config) -> Iterator[Block]:
    yield from config.blocks
    if config.encoder:
        yield from _all_blocks(config.encoder)


def _idle(mlp: Mlp, d_model: int) -> int:
    """Parameters of the experts that one token does not use."""
    if mlp.experts is None:
        return 0
    biases = (2 if mlp.gated else 1) * mlp.d_mlp + d_model if mlp.bias else 0
    return _idle_matrices(mlp, d_model) + (mlp.experts.n_experts - mlp.experts.n_active) * biases


def _idle_matrices(mlp: Mlp, d_model: int) -> int:
    if mlp.experts is None:
        return 0
    return (mlp.experts.n_experts - mlp.experts.n_active) * (3 if mlp.gated else 2) * d_model * mlp.d_mlp


def _multiplied(row: Row) -> int:
    """How many numbers of this tensor one token of the decoder is multiplied by."""
    looked_up = row.kind in ("embedding", "positions", "types", "pairs")  # a row is picked, nothing is multiplied
    elsewhere = row.name.startswith(("encoder.", "pooler.")) or row.name.endswith((".cross.W_K", ".cross.W_V"))
    if looked_up or elsewhere or len(row.shape) < 2:
        return 0
    return math.prod(row.shape)
