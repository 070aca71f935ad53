"""Which weights of a model learn: all, the table of tokens, all but that, or low-rank additions to matrices.

LoRA (Hu et al. 2021, arXiv:2106.09685): a matrix W stays as it is, and A B is added to it, where A has few columns and
B as many rows. Only these learn; B begins at 0, and so the model begins as it was.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from armillary.shapes import Float
from armillary.train.optimiser import is_inside
from armillary.transformer.model import Transformer

RANK = 8
_TABLE = "embedding.W_E"


def let_learn(model: Transformer, part: str, seed: int = 0) -> None:
    """Have a part of a model's weights learn, and the others not.

    Args:
        model: the model.
        part: "all", "W_E" (with it W_U, where the two are one), "but-W_E", or "lora".
        seed: of what LoRA's A is drawn with.
    """
    model.requires_grad_(False)
    if part == "lora":
        random = torch.Generator().manual_seed(seed)
        for module, name in list(_matrices(model)):
            shape = getattr(module, name).shape
            parametrize.register_parametrization(module, name, LowRank(shape, random))
        return
    for name, one in model.named_parameters():
        one.requires_grad_(part == "all" or (name.endswith(_TABLE) == (part == "W_E")))


def settle(model: Transformer) -> None:
    """Add what low-rank additions came to, so that the model is one like any other."""
    for module, name in list(_additions(model)):
        parametrize.remove_parametrizations(module, name, leave_parametrized=True)


class LowRank(nn.Module):
    """A B, to be added to a matrix: A (d_in, rank), B (rank, d_out)."""

    def __init__(self, shape: torch.Size, random: torch.Generator) -> None:
        super().__init__()
        d_in, d_out = shape
        self.A = nn.Parameter(torch.randn((d_in, RANK), generator=random) / math.sqrt(d_in))
        self.B = nn.Parameter(torch.zeros((RANK, d_out)))

    def forward(self, W: Float[Tensor, "d_in d_out"]) -> Float[Tensor, "d_in d_out"]:
        """The matrix with its addition."""
        return torch.addmm(W, self.A, self.B)


def _matrices(model: Transformer) -> Iterator[tuple[nn.Module, str]]:
    """The matrices of blocks, each as the module that it is in and its name there."""
    for path, one in model.named_parameters():
        if is_inside(path, one) and one.ndim == 2:
            place, _, name = path.rpartition(".")
            yield model.get_submodule(place), name


def _additions(model: Transformer) -> Iterator[tuple[nn.Module, str]]:
    for module in model.modules():
        added = getattr(module, "parametrizations", None)
        if isinstance(added, nn.ModuleDict):
            yield from ((module, name) for name in list(added))
