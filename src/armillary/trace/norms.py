"""What a norm does to one point: mean and deviation before, after it is brought to scale, and after its gain.

A LayerNorm takes the mean away and divides by the deviation; then gain and bias, which were learned, stretch and move
it, so that mean 0 and deviation 1 need not last. An RMSNorm divides by the root of the mean square and does not centre:
whatever mean there was, stays in proportion (Ba et al. 2016; Zhang and Sennrich 2019).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from armillary.shapes import Float
from armillary.trace.where import inside
from armillary.transformer.norm import Norm

if TYPE_CHECKING:
    from armillary.trace.run import Run


@dataclass(frozen=True)
class Spread:
    """The mean of some numbers, and how far they lie around it (standard deviation)."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Normed:
    """One norm and one point.

    Attributes:
        place: "5.before_attention", "final_norm".
        kind: "layer" or "rms".
        before: the point.
        scaled: brought to scale, and centred by a LayerNorm.
        after: with gain and bias: what goes on.
        gain: the gain itself; bias: the bias, of a LayerNorm.
    """

    place: str
    kind: str
    before: Spread
    scaled: Spread
    after: Spread
    gain: Spread
    bias: Spread | None


@torch.inference_mode()
def norms(run: "Run", position: int = -1) -> list[Normed]:
    """What each norm of the model does to the point at a position, from the first block on.

    Norms after a part whose own output is not kept (those of sandwich wiring) are left out.

    Raises:
        InputError: a position outside the text.
    """
    position = inside(position, len(run))
    return [_normed(place, norm, point) for place, norm, point in _met(run, position)]


def _met(run: "Run", position: int) -> Iterator[tuple[str, Norm, Float[Tensor, " d_model"]]]:
    """Each norm with the point that it is given."""
    config, model = run.model.config, run.model
    names = ("resid_pre", "attn_out", "resid_mid", "mlp_out")
    kept = run.record([f"blocks.{block}.{name}" for block in range(config.n_layers) for name in names], position)
    for block in range(config.n_layers):
        x = {name: kept[f"blocks.{block}.{name}"].flatten() for name in names}
        module: Any = model.blocks[block]
        if config.wiring == "post":
            yield f"{block}.after_attention", module.after_attention, x["resid_pre"] + x["attn_out"]
            yield f"{block}.after_mlp", module.after_mlp, x["resid_mid"] + x["mlp_out"]
        else:
            yield f"{block}.before_attention", module.before_attention, x["resid_pre"]
            yield f"{block}.before_mlp", module.before_mlp, x["resid_mid"]
    if model.final_norm is not None:
        yield "final_norm", model.final_norm, run.points[-1][position]


def _normed(place: str, norm: Norm, point: Float[Tensor, " d_model"]) -> Normed:
    x, epsilon, centres = point.double(), norm.facts.epsilon, norm.facts.kind == "layer"
    centred = x - x.mean() if centres else x
    scaled = centred / (centred.square().mean() + epsilon).sqrt()
    gain = norm.gain.double() + (1 if norm.facts.one_plus else 0)
    bias = _spread(norm.bias.double()) if norm.facts.has_bias else None
    return Normed(place, norm.facts.kind, _spread(x), _spread(scaled), _spread(norm(point[None])[0].double()),
                  _spread(gain), bias)


def _spread(x: Float[Tensor, " n"]) -> Spread:
    return Spread(float(x.mean()), float(x.std(correction=0)))
