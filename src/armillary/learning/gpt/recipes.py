"""Recipes for a new language model: what it is, how its numbers begin, how it learns.

- published: an architecture that other programs open (Qwen 3's)
- fast: one that no other program opens, which learns the same in fewer steps (see `published.fast`)

Both leave the matrices of blocks to Muon, and the rest to AdamW, whose rate falls in a line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from armillary.published.configs import config_of
from armillary.published.fast import fast_keys
from armillary.published.writing import CONFIG, decoder_keys
from armillary.train.plan import Plan
from armillary.transformer.config import Config
from armillary.transformer.initial import drawn, hushed
from armillary.transformer.model import Transformer

Sizes = tuple[int, int, int, int, int, int]
"""d_vocab, d_model, blocks, heads, context, d_mlp."""


@dataclass(frozen=True)
class Recipe:
    """How a new model is made.

    Attributes:
        keys: its config.json, by its sizes.
        begun: it, at its beginning, by its config and a seed.
        d_mlp: numbers in its MLP, by d_model.
        rate: AdamW's, at its height.
    """

    keys: Callable[[int, int, int, int, int, int], dict[str, Any]]
    begun: Callable[[Config, int], Transformer]
    d_mlp: Callable[[int], int]
    rate: float

    def model(self, sizes: Sizes, seed: int) -> Transformer:
        """A model of these sizes that has learned nothing."""
        return self.begun(config_of(Path(CONFIG), self.keys(*sizes)), seed)

    def plan(self, steps: int) -> Plan:
        """How it learns."""
        return Plan(steps=steps, rate=self.rate, matrices=0.02, warm=20, betas=(0.8, 0.95), decay=0.0, course="linear",
                    cool=0.6, least=0.0)


def _gated(d_model: int) -> int:
    """Two thirds of four times d_model, as a gated MLP has three matrices for two (Shazeer 2020, arXiv:2002.05202)."""
    return -(-d_model * 8 // 3 // 32) * 32


def _fast(config: Config, seed: int) -> Transformer:
    """Tokens far apart, pairs near 0, blocks and scores at 0."""
    model = hushed(drawn(config, seed, rows=1.0, matrices=0.5 * config.d_model**-0.5))
    model.embedding.W_pair.mul_(0.02)
    return model


RECIPES = {
    "published": Recipe(decoder_keys, drawn, _gated, 3e-3),
    "fast": Recipe(fast_keys, _fast, lambda d_model: 4 * d_model, 1e-2),
}
