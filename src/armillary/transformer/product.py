"""x W: the product that all the work of a transformer is.

A single point needs every number of W once, so that its time is that of reading W. On processors of the x86 kind the
matrix product of torch reads on one core then. The same product as a sum of W's rows, each weighted by one number of x
(an "embedding bag"), reads on all of them; it is taken where W's rows lie in memory one after the other.

Elsewhere torch leaves a product of float32 to MKL. oneDNN, which comes with torch too, reads a W whose columns lie in a
row twice as fast for a single point, and in bfloat16 is as fast or faster; torch shows it by the name under which its
compiler asks it. For many points of float32 it is faster too, but adds up with three times the error (docs/log.md). It
keeps no record for gradients. MKL in turn is a fifth to a third faster, with the same bits, where a W as wide as a
vocabulary is cut into stretches of columns.
"""

import platform
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from armillary.shapes import Float

_PARTS = 4
"""W is cut into so many parts for the cores to share; always as many, so that sums are always the same."""
_COLUMNS, _WIDE = 1024, 16
"""Columns of a stretch, which stays in a core's cache; how many of them are a W that is cut."""
_IS_X86 = platform.machine().lower() in ("x86_64", "amd64")
_FAST = (torch.float32, torch.bfloat16) if _IS_X86 else ()
_ONEDNN = getattr(torch.ops.mkldnn, "_linear_pointwise", None) if _IS_X86 else None


def times(
    x: Float[Tensor, "*n d_in"], W: Float[Tensor, "d_in d_out"], b: Float[Tensor, " d_out"] | None = None
) -> Float[Tensor, "*n d_out"]:
    """Each point times W, plus b."""
    d_in, d_out = W.shape
    one = x.numel() == d_in and x.dtype in _FAST and x.is_cpu and d_out % _PARTS == 0 and W.is_contiguous()
    if not one or torch.is_grad_enabled():  # many points reuse W, and backwards the product is faster
        return _product(x, W, b)
    by_rows = x.dtype == torch.float32  # read in one stretch each; in half precision sums of parts would be rounded
    parts, weights = (W, x.view(-1)) if by_rows else (W.view(d_in * _PARTS, -1), torch.cat((x.view(-1),) * _PARTS))
    sums = torch.embedding_bag(parts, *_bags(d_in, by_rows), mode=0, per_sample_weights=weights)[0]
    summed = (sums.sum(0) if by_rows else sums).view(*x.shape[:-1], d_out)
    return summed if b is None else summed + b


def _product(x: Tensor, W: Tensor, b: Tensor | None) -> Tensor:
    """By the library that is best at it."""
    if not x.is_cpu or x.dtype != W.dtype or not x.numel() or torch.is_grad_enabled():
        return functional.linear(x, W.T, b)
    if _ONEDNN is not None and (x.dtype == torch.bfloat16 or (x.dtype == torch.float32 and x.numel() == W.shape[0])):
        found: Tensor = _ONEDNN(x, W.T, b, "none", [], "")
        return found
    return _in_stretches(x, W, b) if W.shape[1] > _WIDE * _COLUMNS else functional.linear(x, W.T, b)


def _in_stretches(x: Tensor, W: Tensor, b: Tensor | None) -> Tensor:
    """Some columns of W after the other, written where they belong."""
    found = x.new_empty(*x.shape[:-1], W.shape[1])
    points, rows = x.reshape(-1, W.shape[0]), found.view(-1, W.shape[1])
    for first in range(0, W.shape[1], _COLUMNS):
        there = slice(first, first + _COLUMNS)
        if b is None:
            torch.mm(points, W[:, there], out=rows[:, there])
        else:
            torch.addmm(b[there], points, W[:, there], out=rows[:, there])
    return found


@cache
def _bags(d_in: int, by_rows: bool) -> tuple[Tensor, Tensor]:
    """The rows of each part, and where each part begins: some rows of W; or all, of some columns that are cut off."""
    if by_rows:
        return torch.arange(d_in), torch.arange(_PARTS) * d_in // _PARTS
    rows = torch.arange(d_in * _PARTS).view(d_in, _PARTS).T.reshape(-1)
    return rows, torch.arange(0, d_in * _PARTS, d_in)
