"""What a transformer is, by facts: no family's name, no weights, no torch.

A token's row of W_E, with its position, is a point. Blocks move it, each by attention and an MLP, and the unembedding
turns it into scores. These dataclasses say all that differs between the decoders, encoders and encoder-decoders that
others published; `published` fills them from a config.json, `weights` lists the tensors that follow from them, `model`
computes with them.

    Config ── embedding: Embedding          what a point starts from
           ├─ pattern: (Block, ...)         tiled over n_layers
           │           ├─ attention: Attention ── rotary: Rotary ── scaling
           │           ├─ cross: Attention  (a decoder that listens to an encoder)
           │           └─ mlp: Mlp ── experts: Experts
           ├─ unembedding: Unembedding      what it ends in
           └─ encoder: Config               (an encoder-decoder)
"""

import math
from dataclasses import dataclass, fields
from typing import Literal

from armillary.errors import InputError

MOST_LAYERS = 10_000
"""More blocks than this are no model but a file that lies."""
LARGEST = 2**31 - 1
"""No width, count or length may be larger."""

Activation = Literal["gelu", "gelu_tanh", "relu", "relu_squared", "silu", "tanh"]
Wiring = Literal["pre", "post", "sandwich"]


class _Checked:
    """Whole numbers are 1 or more and not absurd; other numbers are finite and above 0 (an epsilon may be 0)."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, bool):
                continue
            if isinstance(value, int) and not self._least(field.name) <= value <= LARGEST:
                raise InputError("{name} cannot be {value}", name=field.name, value=value)
            if isinstance(value, float) and not self._fits(field.name, value):
                raise InputError("{name} cannot be {value}", name=field.name, value=value)

    def _least(self, name: str) -> int:
        return 0 if name in ("n_types", "n_pairs") else 1

    def _fits(self, name: str, value: float) -> bool:
        return math.isfinite(value) and (value > 0 or (value == 0 and name == "epsilon"))


@dataclass(frozen=True, kw_only=True)
class Norm(_Checked):
    """How a point is brought to scale.

    "layer" takes the mean off, divides by the standard deviation, then has a gain and a bias (Ba et al. 2016,
    arXiv:1607.06450). "rms" divides by the root mean square, then has a gain only (Zhang and Sennrich 2019,
    arXiv:1910.07467).

    Attributes:
        kind: "layer" or "rms".
        epsilon: added under the root.
        one_plus: the stored gain is the gain less 1.
    """

    kind: Literal["layer", "rms"]
    epsilon: float
    one_plus: bool = False

    @property
    def has_bias(self) -> bool:
        """Whether something is added after the gain."""
        return self.kind == "layer"


@dataclass(frozen=True, kw_only=True)
class Stretched(_Checked):
    """Every position counts as position / factor (Chen et al. 2023, arXiv:2306.15595)."""

    factor: float


@dataclass(frozen=True, kw_only=True)
class Banded(_Checked):
    """Slow rotations are slowed by `factor`, fast ones kept, those between blended, as published with Llama 3.1."""

    factor: float
    low: float
    high: float
    original_n_ctx: int


@dataclass(frozen=True, kw_only=True)
class Yarn(_Checked):
    """YaRN: a ramp over the rotations, and scores scaled (Peng et al. 2023, arXiv:2309.00071).

    Attributes:
        factor: how many times longer the context became.
        original_n_ctx: how long it was.
        fast: rotations in the original context above which a rotation is kept.
        slow: those below which it is slowed by `factor`.
        magnitude: what both q and k are multiplied by.
    """

    factor: float
    original_n_ctx: int
    fast: float
    slow: float
    magnitude: float


@dataclass(frozen=True, kw_only=True)
class Rotary(_Checked):
    """Positions that turn q and k and add nothing to the points (Su et al. 2021, arXiv:2104.09864).

    Attributes:
        base: pair i of a head's numbers turns by position / base^(2i / d_head).
        scaling: how a model was stretched to a longer context.
    """

    base: float
    scaling: Stretched | Banded | Yarn | None = None


@dataclass(frozen=True, kw_only=True)
class Attention(_Checked):
    """Who listens to whom, and with how many heads.

    Attributes:
        n_heads: heads that ask.
        n_kv_heads: heads that are asked; n_heads / n_kv_heads of the former share one of the latter.
        d_head: numbers in a query, a key, a value.
        scale: what the dot product of query and key is multiplied by.
        causal: a position sees itself and those before it, not those after.
        window: how many positions it sees at most, itself included.
        rotary: how q and k are turned.
        norm: q and k of each head are normed before that.
        softcap: c, where a score s becomes c tanh(s / c).
        input_bias: q, k and v have biases.
        output_bias: the sum of the heads has one.
    """

    n_heads: int
    n_kv_heads: int
    d_head: int
    scale: float
    causal: bool = True
    window: int | None = None
    rotary: Rotary | None = None
    norm: Norm | None = None
    softcap: float | None = None
    input_bias: bool = False
    output_bias: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_heads % self.n_kv_heads:
            raise InputError("{heads} heads cannot share {shared} key-value heads evenly",
                             heads=self.n_heads, shared=self.n_kv_heads)
        if self.rotary and self.d_head % 2:
            raise InputError("rotary positions turn pairs: d_head cannot be {d_head}", d_head=self.d_head)


@dataclass(frozen=True, kw_only=True)
class Experts(_Checked):
    """Several MLPs of which a router picks a few for each token (Shazeer et al. 2017, arXiv:1701.06538).

    Attributes:
        n_experts: how many there are.
        n_active: how many work on one token.
        renormalised: the weights of those picked are made to add up to 1.
    """

    n_experts: int
    n_active: int
    renormalised: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_active > self.n_experts:
            raise InputError("{active} of {experts} experts cannot be active",
                             active=self.n_active, experts=self.n_experts)


@dataclass(frozen=True, kw_only=True)
class Mlp(_Checked):
    """What is done to each point by itself: up to d_mlp numbers, an activation, and down again.

    Attributes:
        d_mlp: numbers in between (in each expert, where there are experts).
        activation: what is done to each of them.
        gated: the activated numbers multiply a second set of as many (Shazeer 2020, arXiv:2002.05202).
        bias: both ways have biases.
        experts: there are several.
    """

    d_mlp: int
    activation: Activation
    gated: bool = False
    bias: bool = False
    experts: Experts | None = None


@dataclass(frozen=True, kw_only=True)
class Block(_Checked):
    """Attention, then an MLP; `cross` between them listens to the encoder."""

    attention: Attention
    mlp: Mlp
    cross: Attention | None = None


@dataclass(frozen=True, kw_only=True)
class Embedding(_Checked):
    """What a point starts from, besides its row of W_E.

    Attributes:
        positions: vectors to add: "learned" (W_pos), "sinusoidal" (Vaswani et al. 2017, arXiv:1706.03762; sines and
            cosines alternate), "halved" (the same numbers, all sines first), or None.
        n_types: rows of a table of segments, to add as well.
        n_pairs: rows of a table for a token and the one before it, to add as well; pairs may have to share a row.
        scale: what a row of W_E is multiplied by first.
        norm: the sum is normed.
    """

    positions: Literal["learned", "sinusoidal", "halved"] | None = None
    n_types: int = 0
    n_pairs: int = 0
    scale: float = 1.0
    norm: bool = False


@dataclass(frozen=True, kw_only=True)
class Unembedding(_Checked):
    """What a point ends in: a score for each token.

    Attributes:
        tied: W_U is W_E transposed, not a tensor of its own.
        bias: each token has a bias.
        transform: before that, a square matrix with a bias, this activation and a norm.
        softcap: c, where a score s becomes c tanh(s / c).
    """

    tied: bool
    bias: bool = False
    transform: Activation | None = None
    softcap: float | None = None


@dataclass(frozen=True, kw_only=True)
class Config(_Checked):
    """A transformer.

    Attributes:
        d_vocab: tokens in the vocabulary.
        d_model: numbers in a point.
        n_layers: blocks.
        n_ctx: positions that it was made for.
        norm: how points are normed, everywhere outside the heads.
        wiring: where: "pre" before attention and MLP, "post" after the sum, "sandwich" before both and after both.
        final_norm: a norm after the last block.
        embedding: what a point starts from.
        pattern: the facts of the blocks; block i is pattern[i mod its length].
        unembedding: what it ends in, if not in a point.
        pooler: the first point goes through one more square matrix and tanh.
        encoder: what the cross-attention listens to.
        shared_embedding: encoder and decoder have one W_E.
    """

    d_vocab: int
    d_model: int
    n_layers: int
    n_ctx: int
    norm: Norm
    embedding: Embedding
    pattern: tuple[Block, ...]
    wiring: Wiring = "pre"
    final_norm: bool = True
    unembedding: Unembedding | None = None
    pooler: bool = False
    encoder: "Config | None" = None
    shared_embedding: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_layers > MOST_LAYERS:
            raise InputError("{layers} blocks are more than the {most} that any model has",
                             layers=self.n_layers, most=MOST_LAYERS)
        if not 0 < len(self.pattern) <= self.n_layers:
            raise InputError("{pattern} kinds of blocks do not fit {layers} blocks",
                             pattern=len(self.pattern), layers=self.n_layers)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The facts of each block, in order."""
        return tuple(self.pattern[layer % len(self.pattern)] for layer in range(self.n_layers))
