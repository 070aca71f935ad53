"""What a head is, whatever the text: two maps of low rank between points.

    value map   W_V W_O     what a head writes when it listens to a point
    query map   W_Q W_Kᵀ    how well a point that asks and one that answers fit

Each is d_model x d_model, but its rank is d_head at most: it is kept as its two factors (Elhage et al. 2021, "A
Mathematical Framework for Transformer Circuits"). The singular directions follow from two small QR decompositions, and
the large product is never made.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from armillary.errors import InputError
from armillary.shapes import Float
from armillary.transformer.block import Block
from armillary.transformer.config import Config
from armillary.transformer.model import Transformer
from armillary.transformer.norm import Norm

Listed = tuple[tuple[int, float], ...]
"""Tokens with what speaks for them, the strongest first."""


@dataclass(frozen=True, eq=False)
class LowRank:
    """A matrix as the product of two factors: first @ second.

    Attributes:
        first: d_model numbers down to d_head.
        second: d_head numbers up to d_model.
    """

    first: Float[Tensor, "d_in d_head"]
    second: Float[Tensor, "d_head d_out"]

    @property
    def numbers(self) -> int:
        """How many numbers the factors hold."""
        return self.first.numel() + self.second.numel()

    @property
    def full(self) -> int:
        """How many the product would hold."""
        return self.first.shape[0] * self.second.shape[1]

    def singular(self) -> tuple[Float[Tensor, "d_in d_head"], Float[Tensor, " d_head"], Float[Tensor, "d_head d_out"]]:
        """The directions that it reads, by how much it stretches each, and the directions that it writes."""
        reads, upper = torch.linalg.qr(self.first.float())
        writes, lower = torch.linalg.qr(self.second.float().T)
        left, strengths, right = torch.linalg.svd(upper @ lower.T)
        return reads @ left, strengths, right @ writes.T


@dataclass(frozen=True)
class Channel:
    """One singular direction of a head in words: what it reads, and what it then writes (or, of a query map, asks).

    Attributes:
        strength: by how much the head stretches it.
        reads: tokens whose rows of W_E lie most along what it reads, with their cosines.
        writes: tokens whose columns of W_U lie most along what it writes; of a query map, rows of W_E that answer.
    """

    strength: float
    reads: Listed
    writes: Listed


def value_map(model: Transformer, block: int, head: int) -> LowRank:
    """W_V W_O of a head: from the point listened to, to what is added.

    Raises:
        InputError: there is no such block or head.
    """
    return LowRank(_part(model, block, head, "V"), _part(model, block, head, "O"))


def query_map(model: Transformer, block: int, head: int) -> LowRank:
    """W_Q W_Kᵀ of a head: from the point that asks, to the one that answers, before positions turn them.

    Raises:
        InputError: there is no such block or head.
    """
    return LowRank(_part(model, block, head, "Q"), _part(model, block, head, "K").T)


@torch.inference_mode()
def channels(model: Transformer, found: LowRank, unembedded: bool = True, count: int = 4, n: int = 8) -> list[Channel]:
    """The strongest singular directions of a head as tokens.

    A direction has no sign of its own: reading its opposite writes the opposite. It is told with the sign that its
    likeliest token reads with.

    Args:
        model: whose tables name the directions.
        found: its `value_map` or `query_map`.
        unembedded: what is written is scored by W_U, as of a value map; else by W_E, as of a query map.
        count: how many directions.
        n: how many tokens for each end of one.
    """
    reads, strengths, writes = found.singular()
    written = _columns(model).T if unembedded else model.table
    told = []
    for one in range(min(count, len(strengths))):
        along = _cosines(model.table, reads[:, one])
        sign = 1.0 if float(along.max()) >= -float(along.min()) else -1.0
        ends = _listed(sign * along, n), _listed(sign * _cosines(written, writes[one]), n)
        told.append(Channel(float(strengths[one]), *ends))
    return told


@torch.inference_mode()
def written(model: Transformer, block: int, head: int, token: int, n: int = 10) -> Listed:
    """The tokens whose scores a head raises most where it listens wholly to a token as it starts: its row of W_E.

    The row goes through the norm before attention, as a point would; what is written goes through the norms that lie
    between it and the scores, with their scales held at 1, and past all later blocks (see `contributions`).

    Raises:
        InputError: there is no such block, head or token, or the model has no unembedding.
    """
    if not 0 <= token < model.config.d_vocab:
        raise InputError("there is no token {id}: this model's are 0 to {last}",
                         id=token, last=model.config.d_vocab - 1)
    found, module = value_map(model, block, head), cast(Block, model.blocks[block])
    point = model.table[None, None, token]
    if module.before_attention is not None:
        point = cast(Norm, module.before_attention)(point)
    added = (point[0] @ found.first) @ found.second
    for norm in (module.after_attention, model.final_norm):
        added = added if norm is None else cast(Norm, norm).held(added, torch.ones(1, device=added.device))
    return _listed((added @ _columns(model))[0], n)


def sizes(config: Config) -> dict[str, int]:
    """How many numbers the value map of a head has: written out, and as its two factors.

    GPT-3's: 12,288 x 12,288 = 150,994,944 against 2 x 128 x 12,288 = 3,145,728.
    """
    d_model, d_head = config.d_model, config.pattern[0].attention.d_head
    return {"full": d_model * d_model, "factors": 2 * d_head * d_model}


def _part(model: Transformer, block: int, head: int, letter: str) -> Tensor:
    """A head's columns of W_Q, W_K or W_V, or its rows of W_O."""
    if not 0 <= block < model.config.n_layers:
        raise InputError("there is no block {block}: this model's are 0 to {last}",
                         block=block, last=model.config.n_layers - 1)
    facts = model.config.blocks[block].attention
    if not 0 <= head < facts.n_heads:
        raise InputError("there is no head {head}: block {block} has heads 0 to {last}",
                         head=head, block=block, last=facts.n_heads - 1)
    one = head // (facts.n_heads // facts.n_kv_heads) if letter in "KV" else head
    own = slice(one * facts.d_head, (one + 1) * facts.d_head)
    whole = model.blocks[block].get_parameter(f"attention.W_{letter}")
    return whole[own] if letter == "O" else whole[:, own]


def _columns(model: Transformer) -> Float[Tensor, "d_model d_vocab"]:
    facts = model.config.unembedding
    if facts is None or model.unembedding is None:
        raise InputError("this model has no unembedding: it ends in points, not in scores")
    columns: Tensor = model.table.T if facts.tied else model.unembedding.W_U
    return columns


def _cosines(rows: Float[Tensor, "d_vocab d_model"], direction: Float[Tensor, " d_model"]) -> Float[Tensor, " d_vocab"]:
    cosines: Tensor = rows @ direction.to(rows.dtype) / rows.norm(dim=1).clamp_min(1e-12) / direction.norm()
    return cosines


def _listed(scores: Float[Tensor, " d_vocab"], n: int) -> Listed:
    best = scores.float().topk(min(n, len(scores)))
    return tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))
