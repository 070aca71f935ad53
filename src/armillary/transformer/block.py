"""One block: the points listen to each other, then each is worked on by itself; both are added to what was there."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from armillary.shapes import Bool, Float
from armillary.transformer import config
from armillary.transformer.attention import Attention
from armillary.transformer.cache import Kept
from armillary.transformer.config import Config
from armillary.transformer.mlp import Experts, Mlp
from armillary.transformer.norm import Norm
from armillary.transformer.places import Tap, within


@dataclass(frozen=True)
class Memory:
    """What an encoder made of a source.

    Attributes:
        points: after its last block.
        present: False where a source only fills up to the length of others.
    """

    points: Float[Tensor, "b r d_model"]
    present: Bool[Tensor, "b r"] | None = None


@dataclass(frozen=True)
class Around:
    """What a block needs besides its points.

    Attributes:
        turns: cosines and sines of the positions, where they are rotary.
        kept: this block's earlier keys and values.
        present: see `Attention.forward`.
        memory: what the cross-attention listens to.
        last: only what becomes of the last point is wanted.
    """

    turns: tuple[Tensor, Tensor] | None = None
    kept: Kept | None = None
    present: Bool[Tensor, "b t"] | None = None
    memory: Memory | None = None
    last: bool = False


class Block(nn.Module):
    """Attention and MLP, wired as the config says.

    - pre: x + part(norm(x)), most decoders
    - post: norm(x + part(x)), 2017 and the encoders after it
    - sandwich: x + norm(part(norm(x)))
    """

    def __init__(self, config: Config, facts: config.Block) -> None:
        super().__init__()
        self.post = config.wiring == "post"
        parts = ["attention", *(["cross"] if facts.cross else []), "mlp"]
        for part in parts:
            self.add_module(f"before_{part}", None if self.post else Norm(config.norm))
            self.add_module(f"after_{part}", None if config.wiring == "pre" else Norm(config.norm))
        self.attention = Attention(facts.attention)
        self.cross = Attention(facts.cross) if facts.cross else None
        self.mlp = Experts(facts.mlp, facts.mlp.experts) if facts.mlp.experts else Mlp(facts.mlp)

    def forward(
        self, x: Float[Tensor, "b t d_model"], around: Around, tap: Tap | None = None
    ) -> Float[Tensor, "b _ d_model"]:
        """The points after the block: all, or the last."""
        if tap is not None:
            x = tap("resid_pre", x)

        def attend(point: Tensor) -> Tensor:
            asking = point[:, -1:] if around.last else point
            out: Tensor = self.attention(asking, point, around.turns, around.kept, around.present, tap)
            return out

        def cross(point: Tensor) -> Tensor:
            assert self.cross is not None
            assert around.memory is not None
            heard = around.memory
            out: Tensor = self.cross(point, heard.points, present=heard.present, tap=within(tap, "cross."))
            return out

        x = self._add(x, "attention", attend, "attn_out", tap)
        if self.cross is not None:
            x = self._add(x, "cross", cross, "cross_out", tap)
        if tap is not None:
            x = tap("resid_mid", x)
        x = self._add(x, "mlp", lambda point: self.mlp(point, tap), "mlp_out", tap)
        return x if tap is None else tap("resid_post", x)

    def _add(self, x: Tensor, name: str, part: Callable[[Tensor], Tensor], place: str, tap: Tap | None) -> Tensor:
        """The points with what a part adds to them, normed where the wiring says."""
        before, after = getattr(self, f"before_{name}"), getattr(self, f"after_{name}")
        out = part(x if before is None else before(x, within(tap, f"before_{name}.")))
        if after is not None and not self.post:
            out = after(out, within(tap, f"after_{name}."))
        if tap is not None:
            out = tap(place, out)
        x = (x if x.shape == out.shape else x[:, -out.shape[1] :]) + out  # all of them, or the last
        normed: Tensor = after(x, within(tap, f"after_{name}.")) if self.post else x
        return normed
