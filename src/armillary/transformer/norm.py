"""LayerNorm and RMSNorm: a point brought to scale, then stretched by what was learned."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from armillary.shapes import Float
from armillary.transformer import config
from armillary.transformer.places import Tap
from armillary.transformer.way_back import rms_normed


class Norm(nn.Module):
    """x, less its mean in a LayerNorm, divided by its scale, times the gain, plus the bias.

    The gain (and of a LayerNorm the bias) has one number for each of a point; see `config.Norm`.
    """

    gain: Tensor
    bias: Tensor

    def __init__(self, facts: config.Norm) -> None:
        super().__init__()
        self.facts = facts

    def forward(self, x: Float[Tensor, "*n d"], tap: Tap | None = None) -> Float[Tensor, "*n d"]:
        """The normed points; half precision is normed in float32."""
        if self.facts.kind == "rms":
            return self._rms(x, tap)
        if tap is None or not tap.wants("norm_scale"):
            return functional.layer_norm(x, x.shape[-1:], self.gain, self.bias, self.facts.epsilon)
        normed, mean, inverse = torch.native_layer_norm(x, x.shape[-1:], self.gain, self.bias, self.facts.epsilon)
        scale = 1 / inverse
        changed = tap("norm_scale", scale)
        return normed if changed is scale else (x - mean) / changed * self.gain + self.bias

    def held(self, x: Float[Tensor, "*n d"], scale: Float[Tensor, "..."]) -> Float[Tensor, "*n d"]:
        """The norm if its scale were `scale`, without the bias: linear, so that of a sum is the sum of its parts'."""
        centred = x - x.mean(-1, keepdim=True) if self.facts.kind == "layer" else x
        gain = 1 + self.gain.float() if self.facts.one_plus else self.gain
        return centred / scale * gain

    def _rms(self, x: Tensor, tap: Tap | None) -> Tensor:
        if x.requires_grad and x.dtype == torch.float32 and (tap is None or not tap.wants("norm_scale")):
            return rms_normed(x, 1 + self.gain if self.facts.one_plus else self.gain, self.facts.epsilon)
        wide = x.float()
        inverse = torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.facts.epsilon)
        if tap is not None and tap.wants("norm_scale"):
            scale = 1 / inverse
            changed = tap("norm_scale", scale)
            inverse = inverse if changed is scale else 1 / changed
        # Where half precision is rounded differs between the two: published models were made with either.
        if self.facts.one_plus:
            return (wide * inverse * (1 + self.gain.float())).to(x.dtype)
        return self.gain * (wide * inverse).to(x.dtype)
