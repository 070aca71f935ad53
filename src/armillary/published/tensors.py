"""A model filled from the tensors of a file: every tensor used, every parameter filled, each of the right shape.

Nothing is read before all names and shapes are known to fit. What needs no other type of number stays mapped from the
file, as it lies there; the rest is converted some rows at a time, and laid out as it is read fastest (see `product`).
A model need not keep the numbers of its blocks: each then reads its own to compute, and lets them go again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import nn

from armillary.errors import DamagedFile, UnknownFormat
from armillary.published.names import Names
from armillary.published.source import Source
from armillary.transformer.config import Config
from armillary.transformer.model import Transformer
from armillary.transformer.weights import Weight, weights


@dataclass(frozen=True)
class Holding:
    """How the numbers of a model are held.

    Attributes:
        dtype: their type, with which it computes.
        device: where they are.
        keep: all stay in memory. If not, those of a block are read each time that it computes: a second text takes as
            long as the first, but a model that does not fit into memory can be read too.
    """

    dtype: torch.dtype = torch.float32
    device: str = "cpu"
    keep: bool = True


KEPT = Holding()


def fill(config: Config, source: Source, how: Holding = KEPT) -> Transformer:
    """The model of `config` with the numbers of `source`.

    Raises:
        DamagedFile: a tensor is missing, has another shape than the config says, or holds NaN or infinity (in a block
            that is not kept, this is found when it computes).
        UnknownFormat: a tensor is left over, or is tied and yet has numbers of its own.
    """
    listed = [weight for weight in weights(config) if not weight.tied_to]
    for weight in listed:
        _check(source, weight)
    tied = [name for name in source.left() if name in _tied_names(config, source.names)]
    if left := [name for name in source.left() if name not in tied]:
        raise UnknownFormat(source.path, "holds {count} tensors that its config has no place for, such as {name!r}",
                            count=len(left), name=left[0])
    model, shared = Transformer(config), _Room()
    for block, several in groupby(listed, _block):
        lent = block and not how.keep
        part = _Part(model, source, tuple(several), how, shared if lent else None)
        if lent:
            part.lend(model.get_submodule(block))
        else:
            part.read()
    for name in tied:
        ours = model.table if len(source.found[name].shape) == 2 else model.get_parameter("unembedding.b_U")
        if source.found[name].shape != tuple(ours.shape) or not _same(source, name, ours):
            raise UnknownFormat(source.path, "has numbers of its own at {name!r}, which its config calls tied",
                                name=name)
    return model.eval()


_Room = dict[str, torch.Tensor]
"""Memory that blocks take turns in, by the names of weights without the number of a block."""


@dataclass(frozen=True)
class _Part:
    """Weights of a model that are read together."""

    model: Transformer
    source: Source
    weights: Sequence[Weight]
    how: Holding
    shared: _Room | None

    @torch.inference_mode(mode=False)  # so that what is made here may be written again, whoever computes
    def read(self, *_: Any) -> None:
        """Give them their numbers."""
        scoring = {weight.tied_to for weight in weights(self.model.config)}
        for weight in self.weights:
            numbers = _as_it_lies(self.source, weight, self.how.dtype)
            if numbers is None:
                numbers = self._room(weight, weight.name in scoring)
                _copy(self.source, weight, numbers)
            lying = numbers if numbers.is_contiguous() else numbers.mT  # aminmax copies what does not lie in order
            if not torch.stack(torch.aminmax(lying)).isfinite().all():  # NaN is the least and the greatest, if there
                raise DamagedFile(self.source.path, "has NaN or infinity in {name!r}",
                                  name=self.source.names.of(weight))
            self.model.put(weight.name, numbers.to(self.how.device))

    def let_go(self, *_: Any) -> None:
        """Take their numbers away again."""
        for weight in self.weights:
            self.model.put(weight.name, torch.empty(weight.shape, device="meta"))

    def lend(self, block: nn.Module) -> None:
        """Give them their numbers when `block` computes, and only so long."""
        block.register_forward_pre_hook(self.read)
        block.register_forward_hook(self.let_go, always_call=True)

    def _room(self, weight: Weight, scoring: bool) -> torch.Tensor:
        """Memory, as it is read fastest: row by row, or of a W_E whose transpose makes scores, column by column."""
        name = re.sub(r"\d+", "*", weight.name, count=1)
        room = None if self.shared is None else self.shared.get(name)
        if room is None or room.shape != weight.shape:
            shape = weight.shape[::-1] if scoring else weight.shape
            room = torch.empty(shape, dtype=self.how.dtype)
            room = room.T if scoring else room
        if self.shared is not None:
            self.shared[name] = room
        return room


def _block(weight: Weight) -> str:
    """The block that a weight is in; "" if it is in none."""
    found = re.match(r"(encoder\.)?blocks\.\d+", weight.name)
    return found[0] if found else ""


def _same(source: Source, name: str, ours: torch.Tensor) -> bool:
    """Whether their tensor has the numbers of ours, as far as our type can tell."""
    first = 0
    for piece in source.pieces(name):
        if not torch.equal(piece.to(ours), ours[first : first + len(piece)]):
            return False
        first += len(piece)
    return True


def _tied_names(config: Config, names: Names) -> set[str]:
    """Tensors that a file may repeat though they are tied."""
    again = {names.of(weight) for weight in weights(config) if weight.tied_to}
    return again | {name.replace(".weight", ".bias") for name in again}


def _parts(source: Source, weight: Weight) -> list[str]:
    """Their tensors that make up one of ours: one, or one for each expert where those lie apart."""
    name = source.names.of(weight)
    return [name.replace("+", str(expert)) for expert in range(weight.shape[0])] if "+" in name else [name]


def _check(source: Source, weight: Weight) -> None:
    """Their shape is the one that our tensor calls for."""
    names = _parts(source, weight)
    shape = weight.shape[1:] if "+" in source.names.of(weight) else weight.shape
    if source.names.third(weight) is not None:
        shape = (*shape[:-1], 3 * shape[-1])
    if source.names.transposed(weight):
        shape = (*shape[:-2], shape[-1], shape[-2])
    for name in names:
        if (there := source.shape(name)) != shape:
            raise DamagedFile(source.path, "has {name!r} of shape {there}, and its config calls for {shape}",
                              name=name, there=str(there), shape=str(shape))


def _ours(source: Source, weight: Weight, theirs: torch.Tensor) -> torch.Tensor:
    """The part of their tensor that is ours, turned as ours is; a view."""
    ours = theirs.mT if source.names.transposed(weight) else theirs
    third = source.names.third(weight)
    return ours if third is None else ours.chunk(3, dim=-1)[third]


def _as_it_lies(source: Source, weight: Weight, dtype: torch.dtype) -> torch.Tensor | None:
    """Our tensor mapped from the file; None where its numbers must be converted or brought together."""
    if "+" in source.names.of(weight):
        return None
    mapped = source.mapped(source.names.of(weight), dtype)
    return None if mapped is None else _ours(source, weight, mapped)


def _copy(source: Source, weight: Weight, into: torch.Tensor) -> None:
    """Copy the numbers of theirs into ours, some rows at a time where theirs is ours alone."""
    apart = "+" in source.names.of(weight)
    for name, ours in zip(_parts(source, weight), into if apart else [into], strict=True):
        if source.names.third(weight) is not None:
            ours.copy_(_ours(source, weight, torch.cat(list(source.pieces(name)))))
            source.release(name)
            continue
        turned, first = ours.mT if source.names.transposed(weight) else ours, 0
        for piece in source.pieces(name):
            turned[first : first + len(piece)] = piece
            first += len(piece)
            source.release(name)  # the original need not stay in memory
