"""Where a token stands, as numbers: what each kind of position gives for every place.

A learned position is a row of W_pos, added to the point. A sinusoidal one is a row of sines and cosines, added likewise
(Vaswani et al. 2017, arXiv:1706.03762, section 3.5). A rotary one adds nothing: it is the angles by which pairs of the
numbers of q and k are turned (Su et al. 2021, arXiv:2104.09864).
"""

from typing import Literal

from armillary.transformer.config import Config

PositionKind = Literal["learned", "sinusoidal", "halved", "rotary", "none"]


def position_kind(config: Config) -> PositionKind:
    """How a model tells places apart; "halved" are sinusoids with all sines first."""
    if config.embedding.positions:
        return config.embedding.positions
    return "rotary" if any(block.attention.rotary for block in config.pattern) else "none"
