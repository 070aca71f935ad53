"""What adds up to one score: the embedding, each head, each MLP, the biases.

Blocks only add to the points. So the last point is a sum, and with the last norm's scale held, the score of a token is
a sum too: each part, normed alike, times the token's column of W_U (direct logit attribution; Elhage et al. 2021, "A
Mathematical Framework for Transformer Circuits"). It says what a part writes towards the token directly, not what it
does through later blocks.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from armillary.errors import InputError
from armillary.shapes import Float
from armillary.trace.where import inside
from armillary.transformer.model import Transformer

if TYPE_CHECKING:
    from armillary.trace.run import Run

Named = tuple[str, Float[Tensor, " d_model"]]


@dataclass(frozen=True)
class Contribution:
    """What one part adds to the score.

    Attributes:
        part: "embed", "5.z.3" (a head), "5.b_O", "5.mlp_out", "biases" (the last norm's and the unembedding's).
        score: how much.
    """

    part: str
    score: float


@dataclass(frozen=True)
class Contributions:
    """What adds up to one score.

    Attributes:
        token: the token that is scored; name: what it is called.
        position: after which position.
        parts: in the order of the model.
        score: the model's own score, before any cap.
        error: by how much the sum of the parts misses it: rounding.
        scale: what the last norm divides by, held for all parts.
    """

    token: int
    name: str
    position: int
    parts: tuple[Contribution, ...]
    score: float
    error: float
    scale: float

    def _repr_html_(self) -> str:
        from armillary.trace.pictures import contributions_svg  # nobody who draws nothing waits for it

        return contributions_svg(self)


@torch.inference_mode()
def contributions(run: "Run", position: int = -1, token: int | None = None) -> Contributions:
    """Take one score apart.

    Args:
        run: a text on its way. What its changes put onto the points is a part too, named by the place.
        position: the position after which the token is to come.
        token: which; the likeliest, if unsaid.

    Raises:
        InputError: a position outside the text, or a token that the model does not have; a model whose score is no
            sum: it norms after each sum, or puts a layer of its own before the unembedding.
    """
    model, position = run.model, inside(position, len(run))
    columns, biases = _unembedding(model)
    if token is None:
        token = int(run.scores([position])[0].argmax())
    if not 0 <= token < columns.shape[1]:
        raise InputError("there is no token {id}: this model's are 0 to {last}", id=token, last=columns.shape[1] - 1)
    column, offset = columns[:, token].double(), 0.0 if biases is None else float(biases[token])
    kept = run.record(list(_wanted(run)), position)
    named = list(_parts(run, kept))
    written, norm, scale = torch.stack([part for _, part in named]).double(), model.final_norm, torch.ones(())
    if norm is not None:
        scale = kept["final_norm.norm_scale"].double().flatten()
        written = norm.held(written, scale)
        offset += float(norm.bias.double() @ column) if norm.facts.has_bias else 0.0
    scores = (written @ column).tolist()
    parts = [Contribution(name, score) for (name, _), score in zip(named, scores, strict=True)]
    parts += [Contribution("biases", offset)] if offset else []
    own = float(run.final[position].double() @ column) + (0.0 if biases is None else float(biases[token]))
    error = abs(math.fsum(part.score for part in parts) - own)
    return Contributions(token, run.token(token), position, tuple(parts), own, error, float(scale))


def _unembedding(model: Transformer) -> tuple[Float[Tensor, "d_model d_vocab"], Float[Tensor, " d_vocab"] | None]:
    """W_U, and b_U where there is one."""
    facts, unembedding = model.config.unembedding, model.unembedding
    if facts is None or unembedding is None:
        raise InputError("this model has no unembedding: it ends in points, not in scores")
    if model.config.wiring == "post" or facts.transform:
        raise InputError("a score of this model is no sum of parts: it norms after each sum, or has a layer of its own "
                         "before the unembedding")
    return model.table.T if facts.tied else unembedding.W_U, unembedding.b_U


def _wanted(run: "Run") -> Iterator[str]:
    """The places that are needed."""
    config = run.model.config
    yield "embed"
    for block in range(config.n_layers):
        for name in ("resid_pre", "z", "attn_out", "resid_mid", "mlp_out", "resid_post"):
            yield f"blocks.{block}.{name}"
        if config.wiring == "sandwich":
            yield f"blocks.{block}.after_attention.norm_scale"
    if config.final_norm:
        yield "final_norm.norm_scale"


def _parts(run: "Run", kept: Mapping[str, Tensor]) -> Iterator[Named]:
    """What was added to the point, in order: heads one by one, unless a change put something else in their place."""
    x = {place: there.flatten() for place, there in kept.items() if not place.endswith((".z", "norm_scale"))}

    def changed(place: str, expected: Tensor) -> Iterator[Named]:
        if run.tap is not None and run.tap.wants(place):
            yield place.removeprefix("blocks."), x[place] - expected

    yield "embed", x["embed"]
    before = x["embed"]
    for block in range(run.model.config.n_layers):
        prefix = f"blocks.{block}."
        yield from changed(f"{prefix}resid_pre", before)
        if run.tap is not None and run.tap.wants(f"{prefix}attn_out"):
            yield f"{block}.attn_out", x[f"{prefix}attn_out"]
        else:
            yield from _heads(run.model, block, kept)
        yield from changed(f"{prefix}resid_mid", x[f"{prefix}resid_pre"] + x[f"{prefix}attn_out"])
        yield f"{block}.mlp_out", x[f"{prefix}mlp_out"]
        yield from changed(f"{prefix}resid_post", x[f"{prefix}resid_mid"] + x[f"{prefix}mlp_out"])
        before = x[f"{prefix}resid_post"]


def _heads(model: Transformer, block: int, kept: Mapping[str, Tensor]) -> Iterator[Named]:
    """What each head of a block adds, through its rows of W_O; then what the biases on the way add."""
    z = kept[f"blocks.{block}.z"][0, :, 0]
    module: Any = model.blocks[block]
    bias, norm = module.attention.b_O, module.after_attention
    written = torch.einsum("hd,hdm->hm", z, module.attention.W_O.view(*z.shape, -1))
    if norm is not None:
        scale = kept[f"blocks.{block}.after_attention.norm_scale"].flatten()
        written = norm.held(written, scale)
        bias = None if bias is None else norm.held(bias, scale)
        if norm.facts.has_bias:
            bias = norm.bias if bias is None else bias + norm.bias
    yield from ((f"{block}.z.{head}", one) for head, one in enumerate(written))
    if bias is not None:
        yield f"{block}.b_O", bias
