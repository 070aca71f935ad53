"""Neurons: which texts drive one unit of an MLP most."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import torch

from armillary.errors import InputError
from armillary.trace.corpus import Corpus, layers
from armillary.trace.taps import Record
from armillary.transformer.model import Transformer


@dataclass(frozen=True, order=True)
class Driver:
    """A line that drives a unit.

    Attributes:
        activation: what the unit says at its strongest token.
        line: the number of the line.
        position: where the token stands.
        label: line, position and the token in its context.
    """

    activation: float
    line: int
    position: int
    label: str


@torch.inference_mode()
def drivers(
    model: Transformer, corpus: Corpus, block: int, unit: int, n: int = 10,
    told: Callable[[int, int], None] | None = None,
) -> tuple[Driver, ...]:
    """The `n` lines that drive unit `unit` of block `block`'s MLP most, the strongest first, each by its best token.

    What the unit says is `mlp_post`, the number that its row of W_out is multiplied by.

    Args:
        model: goes from left to right.
        corpus: the lines; those of a length go through the first blocks together, and only `n` are kept.
        block: from 0 on.
        unit: from 0 on.
        n: how many lines.
        told: hears how many tokens are done, of how many.

    Raises:
        InputError: there is no such block or unit, an MLP of experts, or a model that sees both ways.
    """
    if not 0 <= block < model.config.n_layers:
        raise InputError("there is no block {block}: this model's are 0 to {last}",
                         block=block, last=model.config.n_layers - 1)
    facts, place = model.config.blocks[block].mlp, f"blocks.{block}.mlp_post"
    if facts.experts:
        raise InputError("the MLP of block {block} is made of experts, whose units are no place", block=block)
    if not 0 <= unit < facts.d_mlp:
        raise InputError("{place} has parts 0 to {last}, not {part}", place=place, last=facts.d_mlp - 1, part=unit)
    best: list[tuple[float, int, int]] = []
    for rows, points in layers(model, corpus, block, told):
        record = Record([place])
        model.move(block, points, tap=record)
        for row, line in zip(rows, record.kept[place][:, :, unit], strict=True):
            top = line[corpus.frame : len(corpus.ids[row])].max(0)
            heapq.heappush(best, (float(top.values), -row, int(top.indices) + corpus.frame))
        best = heapq.nlargest(n, best)
        heapq.heapify(best)
    return tuple(
        Driver(activation, corpus.lines[-row][0], position, corpus.label(-row, position, corpus.read(-row)))
        for activation, row, position in sorted(best, reverse=True)
    )
