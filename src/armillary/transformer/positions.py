"""Where a token stands, as numbers: what each kind of position gives for every place.

A learned position is a row of W_pos, added to the point. A sinusoidal one is a row of sines and cosines, added likewise
(Vaswani et al. 2017, arXiv:1706.03762, section 3.5). A rotary one adds nothing: it is the angles by which pairs of the
numbers of q and k are turned (Su et al. 2021, arXiv:2104.09864).
"""

from typing import Literal

import numpy as np

from armillary.errors import InputError
from armillary.extras import need
from armillary.shapes import Float32
from armillary.transformer.config import Config

PositionKind = Literal["learned", "sinusoidal", "halved", "rotary", "none"]


def position_kind(config: Config) -> PositionKind:
    """How a model tells places apart; "halved" are sinusoids with all sines first."""
    if config.embedding.positions:
        return config.embedding.positions
    return "rotary" if any(block.attention.rotary for block in config.pattern) else "none"


def position_numbers(config: Config, n: int, block: int = 0) -> Float32[np.ndarray, "n columns"]:
    """What the first n places are told apart by, where no numbers of a file are needed for it.

    Returns:
        Of sinusoidal positions (n, d_model), what is added to the points. Of rotary ones (n, d_head), the cosines and
        then the sines of the angles by which the pairs of q and k turn in the heads of a block.

    Raises:
        InputError: positions were learned, places are not told apart, or there is no such block.
        MissingExtra: torch is not installed.
    """
    need("torch")
    import torch  # with it the very numbers that the model computes with

    from armillary.transformer.embed import sinusoids
    from armillary.transformer.rotary import turns

    kind, places = position_kind(config), torch.arange(n)
    if kind == "learned":
        raise InputError("the positions of this model were learned: a config does not hold them, its file does")
    if kind in ("sinusoidal", "halved"):
        return sinusoids(places, config.d_model, alternate=kind == "sinusoidal").numpy()
    if not 0 <= block < config.n_layers:
        raise InputError("there is no block {block}; they go from 0 to {last}", block=block, last=config.n_layers - 1)
    attention = config.blocks[block].attention
    if attention.rotary is None:
        raise InputError("block {block} of this model does not tell places apart", block=block)
    return torch.cat(turns(attention.rotary, attention.d_head, places), dim=1).numpy()
