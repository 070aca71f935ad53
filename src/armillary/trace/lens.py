"""The lens: the points of any layer read as if they were the last (nostalgebraist 2020, "interpreting GPT").

The last norm and the unembedding are put behind layer 0, 1, 2 ...; what they say there is what the model would say if
the other blocks were left out. Between attention and MLP a block can be read too: half a layer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from armillary.errors import InputError
from armillary.shapes import Float, Float32, Int64
from armillary.trace.where import inside

if TYPE_CHECKING:
    from armillary.trace.run import Run

NUMBERS = 1 << 23
"""Scores that are held at once: 32 MB."""
TOGETHER = 16
"""Points whose scores are asked together: what is made of them takes the same few MB each time."""


@dataclass(frozen=True, eq=False)
class Lens:
    """What every layer would say after each of some positions.

    Attributes:
        depths: 0 is the start, 1 the layer after one block, 0.5 what stands between attention and MLP of block 0.
        positions: which positions.
        ids: the likeliest tokens (depths, positions, n), the likeliest first; names: what they are called.
        chances: their chances.
        token: a token that was asked about; that which is likeliest in the end, at the last position, if none was.
        token_ranks, token_chances: its rank from 1 on, and its chance (depths, positions).
        tokens: what the positions are called.
    """

    depths: tuple[float, ...]
    positions: tuple[int, ...]
    ids: Int64[np.ndarray, "layers m n"]
    names: tuple[tuple[tuple[str, ...], ...], ...]
    chances: Float32[np.ndarray, "layers m n"]
    token: int
    token_ranks: Int64[np.ndarray, "layers m"]
    token_chances: Float32[np.ndarray, "layers m"]
    tokens: tuple[str, ...]

    def _repr_html_(self) -> str:
        from armillary.trace.pictures import lens_svg  # nobody who draws nothing waits for it

        return lens_svg(self)


@torch.inference_mode()
def lens(
    run: "Run", positions: Sequence[int] | None = None, token: int | None = None, middles: bool = False, n: int = 1,
    told: Callable[[int, int], None] | None = None,
) -> Lens:
    """Read every layer of a run.

    Args:
        run: a text on its way.
        positions: after which positions; all, if unsaid.
        token: whose rank and chance to tell everywhere; if unsaid, the token that is likeliest in the end.
        middles: read between attention and MLP too.
        n: how many tokens to name.
        told: hears how many readings are done, of how many.

    Raises:
        InputError: a position outside the text, a token that is none, or a model without an unembedding.
    """
    chosen = [inside(one, len(run)) for one in (range(len(run)) if positions is None else positions)]
    d_vocab = run.model.config.d_vocab
    if token is None and run.tap is not None:  # which may change the scores themselves
        token = int(run.scores(chosen[-1:])[0].argmax())
    if token is not None and not 0 <= token < d_vocab:
        raise InputError("there is no token {id}: this model's are 0 to {last}", id=token, last=d_vocab - 1)
    depths, rows = _rows(run, chosen, middles)
    several, readings = max(1, NUMBERS // d_vocab), _empty(len(rows), n)
    for end in range(len(rows), 0, -several):  # the last first: it tells which token is likeliest in the end
        first = max(0, end - several)
        token = _fill(readings, run, rows[first:end], first, token)
        if told is not None:
            told(len(rows) - first, len(rows))
    shape = (len(depths), len(chosen))
    ids, chances, ranks, odds = readings
    ids, chances = ids.reshape(*shape, -1), chances.reshape(*shape, -1)
    names = tuple(tuple(tuple(map(run.token, some)) for some in layer) for layer in ids.tolist())
    tokens = tuple(run.read.names[position] for position in chosen)
    assert token is not None  # a text has a position, and a model a layer
    return Lens(depths, tuple(chosen), ids, names, chances, token, ranks.reshape(shape), odds.reshape(shape), tokens)


def _rows(run: "Run", chosen: Sequence[int], middles: bool) -> tuple[tuple[float, ...], Float[Tensor, "n d_model"]]:
    """The points to read, layer by layer, and how deep each layer lies."""
    n_layers = run.model.config.n_layers
    found = {float(layer): points[list(chosen)] for layer, points in enumerate(run.points)}
    if middles:
        places = [f"blocks.{block}.resid_mid" for block in range(n_layers)]
        kept = run.record(places)
        found |= {block + 0.5: kept[place][0, list(chosen)] for block, place in enumerate(places)}
    depths = tuple(sorted(found))
    return depths, torch.cat([found[depth] for depth in depths])


Reading = tuple[
    Int64[np.ndarray, "r n"], Float32[np.ndarray, "r n"], Int64[np.ndarray, "r"], Float32[np.ndarray, "r"]
]


def _empty(count: int, n: int) -> Reading:
    """Room for what is read, before any scores: what is kept between them lies in their way, and fits nobody after."""
    return (np.zeros((count, n), np.int64), np.zeros((count, n), np.float32), np.zeros(count, np.int64),
            np.zeros(count, np.float32))


def _fill(
    readings: Reading, run: "Run", points: Float[Tensor, "some d_model"], first: int, token: int | None
) -> int:
    """Read points into their place, from `first` on; gives the token told of, if none is said the last one's best."""
    model = run.model
    normed = points[None] if model.final_norm is None else model.final_norm(points[None])
    scores = model.scores(normed)[0].float()
    token = int(scores[-1].argmax()) if token is None else token
    for begin in range(0, len(points), TOGETHER):
        some = scores[begin : begin + TOGETHER]
        there = slice(first + begin, first + begin + len(some))
        for kept, found in zip(readings, _read(some, token, readings[0].shape[1]), strict=True):
            kept[there] = found
    return token


def _read(scores: Float[Tensor, "r d_vocab"], token: int, n: int) -> Reading:
    """The likeliest tokens with their chances, and the rank and the chance of one."""
    own = scores[:, token, None]
    _, ids = scores.max(-1, keepdim=True) if n == 1 else scores.topk(n, dim=-1)  # the one is found sooner
    shares = scores.log_softmax(-1)
    chances, odds = shares.gather(1, ids).exp(), shares[:, token].exp()
    above = torch.gt(scores, own, out=shares)  # ones and zeros as float32 are added up faster than truth values
    ranks = 1 + above.sum(-1).long()
    return ids.cpu().numpy(), chances.cpu().numpy(), ranks.cpu().numpy(), odds.cpu().numpy()
