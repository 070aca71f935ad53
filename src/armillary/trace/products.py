"""Every matrix of a block by name, and one number of it taken apart: the row, the column, the terms and their sum.

    found = matrices(run, block=5, head=3)
    found["scores"].window(slice(0, 8), slice(0, 8))        the numbers
    found["scores"].cell(7, 2)                              one of them, as a row times a column

Tokens are rows, so that the points x go from the left through the weights: x W. A matrix of a text is named as the
place where it stands; `x_attn` and `x_mlp` are what the two halves of a block read, normed where the model does;
`x_Q` and `x_K` are queries and keys before positions turn them. Where a norm or a cap stands between a product and a
place, the place is shown without factors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from armillary.errors import NotFound
from armillary.shapes import Float32
from armillary.trace.attention import Attention
from armillary.trace.run import Run
from armillary.trace.taps import array
from armillary.transformer.block import Block
from armillary.transformer.mlp import Mlp
from armillary.transformer.model import Transformer
from armillary.transformer.norm import Norm


@dataclass(frozen=True)
class Cell:
    """One number of a product: factor · Σ left · right + bias.

    Attributes:
        left: a row of the left factor.
        right: a column of the right one.
        factor, bias: what the sum is scaled by, and what is added.
        value: the number that the matrix holds.
    """

    left: tuple[float, ...]
    right: tuple[float, ...]
    factor: float
    bias: float
    value: float

    @property
    def sum(self) -> float:
        """The sum of the products, before it is scaled."""
        return float(np.dot(self.left, self.right))


@dataclass(frozen=True, eq=False)
class Pattern:
    """The pattern of a head, its rows made when they are asked for: all of a long text's would be millions."""

    seen: Attention
    head: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.seen), len(self.seen)

    def __getitem__(self, at: int | tuple[slice, slice]) -> Tensor:
        """A row; or some columns of some rows side by side."""
        rows, columns = at if isinstance(at, tuple) else (slice(at, at + 1), slice(None))
        found = torch.from_numpy(self.seen.pattern(self.head, rows=rows)).to(self.seen.v)[:, columns]
        return found if isinstance(at, tuple) else found[0]


@dataclass(frozen=True, eq=False)
class Factors:
    """What a matrix is the product of: factor · left right + bias.

    Attributes:
        names: what the left and the right one are called; the right one may be turned (`kᵀ`).
    """

    names: tuple[str, str]
    left: Tensor | Pattern
    right: Tensor
    bias: Tensor | None = None
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class Matrix:
    """A matrix of numbers.

    Attributes:
        name: what it is called.
        shape: how many rows and columns.
        rows: what a row is: a token of the text, or one of the numbers of a point.
        columns: what a column is: one of so many numbers, a token of the text, or one of the vocabulary.
        numbers: all of them; None where they are made of the factors when they are asked for.
        factors: what it is the product of, if it is one.
    """

    name: str
    rows: str
    columns: str
    numbers: Tensor | Pattern | None = None
    factors: Factors | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        if self.numbers is not None:
            return int(self.numbers.shape[0]), int(self.numbers.shape[1])
        assert self.factors is not None
        return int(self.factors.left.shape[0]), int(self.factors.right.shape[1])

    @torch.inference_mode()
    def window(self, rows: slice, columns: slice) -> Float32[np.ndarray, "r c"]:
        """The numbers of some rows and columns."""
        if self.numbers is not None:
            return array(self.numbers[rows, columns])
        assert self.factors is not None
        found = self.factors.left[rows, :] @ self.factors.right[:, columns] * self.factors.factor
        return array(found if self.factors.bias is None else found + self.factors.bias[columns])

    def cell(self, row: int, column: int) -> Cell | None:
        """One number taken apart; None of a matrix that is no product."""
        made = self.factors
        if made is None:
            return None
        value = self.window(slice(row, row + 1), slice(column, column + 1))
        bias = 0.0 if made.bias is None else float(made.bias[column])
        left, right = made.left[row].double().tolist(), made.right[:, column].double().tolist()
        return Cell(tuple(left), tuple(right), made.factor, bias, float(value[0, 0]))


@torch.inference_mode()
def matrices(run: Run, block: int, head: int) -> dict[str, Matrix]:
    """The matrices that one head and the block around it make of a text, in the order in which they are made.

    Raises:
        InputError: there is no such block or head.
    """
    seen = run.attention(block)
    seen.shared(head)
    module: Block = run.model.blocks[block]  # type: ignore[assignment]
    found = [
        _points("resid_pre", run.points[block]), *_asked(module, run.points[block], seen, head),
        *_listened(run.model, module, seen, head), *_worked(module, run.block(block, _kept(run, block))),
        *_scored(run.model, run),
    ]
    return {one.name: one for one in found}


def matrix(found: dict[str, Matrix], name: str) -> Matrix:
    """One of `matrices`.

    Raises:
        NotFound: none is called so.
    """
    if name not in found:
        raise NotFound("there is no matrix {name!r} in this block; it has {listed}", name=name, listed=", ".join(found))
    return found[name]


def _points(name: str, numbers: Tensor) -> Matrix:
    return Matrix(name, "token", "number", numbers)


def _weight(name: str, numbers: Tensor) -> Matrix:
    return Matrix(name, "number", "number", numbers)


def _product(name: str, factors: Factors, numbers: Tensor | None = None, columns: str = "number") -> Matrix:
    return Matrix(name, "token", columns, numbers, factors)


def _kept(run: Run, block: int) -> list[str]:
    experts = run.model.config.blocks[block].mlp.experts
    return ["attn_out", "resid_mid", "mlp_out", "resid_post", *([] if experts else ["mlp_pre", "mlp_post"])]


def _normed(norm: Norm | None, points: Tensor) -> Tensor:
    normed: Tensor = points if norm is None else norm(points)
    return normed


def _part(weight: Tensor | None, head: int, d_head: int) -> Tensor | None:
    """A head's columns of a matrix or numbers of a bias."""
    return None if weight is None else weight[..., head * d_head : (head + 1) * d_head]


def _asked(module: Block, points: Tensor, seen: Attention, head: int) -> Iterator[Matrix]:
    """What attention reads, and the queries, keys and values of a head."""
    attention, shared = module.attention, seen.shared(head)
    d_head = attention.facts.d_head
    x = _normed(module.before_attention, points)  # type: ignore[arg-type]
    yield _points("x_attn", x)
    turned = attention.facts.rotary is not None or attention.norm_Q is not None
    for letter, one, stood in (("Q", head, seen.q[head]), ("K", shared, seen.k[shared]), ("V", shared, seen.v[shared])):
        weight = _part(getattr(attention, f"W_{letter}"), one, d_head)
        assert weight is not None
        yield _weight(f"W_{letter}", weight)
        factors = Factors(("x_attn", f"W_{letter}"), x, weight, _part(getattr(attention, f"b_{letter}"), one, d_head))
        if turned and letter != "V":
            yield _product(f"x_{letter}", factors)
            yield _points(letter.lower(), stood)
        else:
            yield _product(letter.lower(), factors, stood)


def _listened(model: Transformer, module: Block, seen: Attention, head: int) -> Iterator[Matrix]:
    """Scores, pattern and what the head takes; then what all heads together add."""
    attention, shared = module.attention, seen.shared(head)
    pattern = Pattern(seen, head)
    made = Factors(("q", "kᵀ"), seen.q[head], seen.k[shared].T, None, float(attention.facts.scale))
    capped = torch.from_numpy(seen.scores(head)) if attention.facts.softcap else None
    yield Matrix("scores", "token", "token", capped, made if capped is None else None)
    yield Matrix("pattern", "token", "token", pattern)
    yield _product("z", Factors(("pattern", "v"), pattern, seen.v[shared]), seen.z[head])
    beside = seen.z.transpose(0, 1).flatten(1)
    yield _points("z_all", beside)
    yield _weight("W_O", attention.W_O)
    out = Factors(("z_all", "W_O"), beside, attention.W_O, attention.b_O)
    if model.config.wiring == "sandwich":
        yield _product("z_W_O", out)
    else:
        yield _product("attn_out", out)


def _worked(module: Block, kept: dict[str, Tensor]) -> Iterator[Matrix]:
    """The MLP: up, through the activation, down."""
    if "attn_out" in kept and module.after_attention is not None and not module.post:
        yield _points("attn_out", kept["attn_out"])
    yield _points("resid_mid", kept["resid_mid"])
    if "mlp_pre" in kept:
        mlp = cast(Mlp, module.mlp)
        x = _normed(module.before_mlp, kept["resid_mid"])  # type: ignore[arg-type]
        yield _points("x_mlp", x)
        if mlp.facts.gated:
            yield _weight("W_gate", mlp.W_gate)
            yield _product("mlp_pre", Factors(("x_mlp", "W_gate"), x, mlp.W_gate, mlp.b_gate), kept["mlp_pre"])
        yield _weight("W_in", mlp.W_in)
        up = Factors(("x_mlp", "W_in"), x, mlp.W_in, mlp.b_in)
        yield _product("x_W_in", up) if mlp.facts.gated else _product("mlp_pre", up, kept["mlp_pre"])
        yield _points("mlp_post", kept["mlp_post"])
        yield _weight("W_out", mlp.W_out)
        down = Factors(("mlp_post", "W_out"), kept["mlp_post"], mlp.W_out, mlp.b_out)
        if module.after_mlp is None or module.post:
            yield _product("mlp_out", down, kept["mlp_out"])
        else:
            yield _product("mlp_post_W_out", down)
    if "mlp_pre" not in kept or not (module.after_mlp is None or module.post):
        yield _points("mlp_out", kept["mlp_out"])
    yield _points("resid_post", kept["resid_post"])


def _scored(model: Transformer, run: Run) -> Iterator[Matrix]:
    """The scores of every token of the vocabulary, after the last block."""
    ends = model.unembedding
    if ends is None or ends.facts.transform or ends.facts.softcap:
        return
    columns = model.table.T if ends.facts.tied else ends.W_U
    yield _points("x_final", run.final)
    yield Matrix("W_U", "number", "vocabulary", columns)
    yield _product("logits", Factors(("x_final", "W_U"), run.final, columns, ends.b_U), columns="vocabulary")
