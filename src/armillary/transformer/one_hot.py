"""A token as a one-hot vector times W_E, and three ways to say the same: a lookup, nn.Embedding, a Linear without bias.

The product is the row, bit for bit: all its other terms are 0 times a number, which is 0, and adding 0 changes nothing.
Two things break that. 0 times infinity is NaN, so one row that is not finite spoils every product; and 0 + (-0.0) is
0.0, so a row's own -0.0 loses its sign. The lookup and nn.Embedding read one row and multiply nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional

from armillary.shapes import Float, Int

_REPEATS, _SECONDS = 5, 0.2


@dataclass(frozen=True)
class Way:
    """One way from tokens to points.

    Attributes:
        name: which.
        points: (t, d_model) what it gives.
        seconds: how long it took, the fastest of up to five times.
        multiplications: how many it takes.
    """

    name: str
    points: Float[Tensor, "t d_model"]
    seconds: float
    multiplications: int

    def equals(self, other: "Way") -> bool:
        """Whether it gives the same bits, which numbers that are equal need not have: 0.0 and -0.0."""
        whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[self.points.element_size()]
        return torch.equal(self.points.contiguous().view(whole), other.points.contiguous().view(whole))


def ways(tokens: Int[Tensor, " t"], table: Float[Tensor, "d_vocab d_model"]) -> tuple[Way, ...]:
    """The points of `tokens` in four ways, each timed by itself; the first is the one-hot product."""
    d_vocab, d_model = table.shape
    one_hot = functional.one_hot(tokens, d_vocab).to(table.dtype)
    embedding = nn.Embedding(d_vocab, d_model, _weight=table)
    linear = nn.Linear(d_vocab, d_model, bias=False, device="meta")
    linear.weight = nn.Parameter(table.T, requires_grad=False)  # a Linear holds its matrix transposed
    products = len(tokens) * d_vocab * d_model
    return (
        _timed("one-hot @ W_E", lambda: one_hot @ table, products),
        _timed("W_E[tokens]", lambda: table[tokens], 0),
        _timed("nn.Embedding", lambda: embedding(tokens), 0),
        _timed("nn.Linear", lambda: linear(one_hot), products),
    )


def _timed(name: str, give: Callable[[], Tensor], multiplications: int) -> Way:
    taken: list[float] = []
    while len(taken) < _REPEATS and sum(taken) < _SECONDS:
        begun = perf_counter()
        points = give()
        taken.append(perf_counter() - begun)
    return Way(name, points, min(taken), multiplications)
