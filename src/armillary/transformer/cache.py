"""Keys and values kept, so that a text that grows by a token costs one token's work."""

from torch import Tensor

from armillary.shapes import Float, Int
from armillary.transformer.config import Config


class Kept:
    """One block's keys and values, in room that doubles; with a window, what nobody sees any more is dropped."""

    def __init__(self, window: int | None) -> None:
        self.window = window
        self.length = 0
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def extend(
        self, k: Float[Tensor, "b g t d_head"], v: Float[Tensor, "b g t d_head"]
    ) -> tuple[Float[Tensor, "b g s d_head"], Float[Tensor, "b g s d_head"]]:
        """Keep the new ones; gives all that the new positions may see."""
        start = 0 if self.window is None else max(0, self.length - self.window + 1)
        if self.keys is None or self.values is None or self.length + k.shape[2] > self.keys.shape[2]:
            self.keys, self.values = self._moved(self.keys, start, k), self._moved(self.values, start, v)
            self.length, start = self.length - start, 0
        end = self.length + k.shape[2]
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, start:end], self.values[:, :, start:end]

    def _moved(self, old: Tensor | None, start: int, new: Tensor) -> Tensor:
        """Room for what is kept from `start` on, which it holds, and for what is new."""
        kept = self.length - start
        room = new.new_empty((*new.shape[:2], kept + max(kept, new.shape[2]), new.shape[3]))
        if old is not None:
            room[:, :, :kept] = old[:, :, start : self.length]
        return room


class Cache:
    """What a decoder keeps of the tokens that it has seen.

    Attributes:
        n_tokens: how many.
        last: the last of them, for a model that looks at pairs.
        blocks: keys and values of each block.
    """

    def __init__(self, config: Config) -> None:
        self.n_tokens = 0
        self.last: Int[Tensor, "b 1"] | None = None
        self.blocks = [Kept(block.attention.window) for block in config.blocks]
