"""Many texts, a point each: what an encoder makes of their tokens, pooled. Texts of a length are computed together."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from armillary.shapes import Bool, Float, Float32, Int
from armillary.transformer.model import Transformer

TEXTS = 32
"""At once, at most."""
TOKENS = 1 << 14
"""At once, at most: long texts go in smaller company."""


@torch.inference_mode()
def pooled(
    model: Transformer, texts: Sequence[Sequence[int]], first: bool = False, unit: bool = False,
    told: Callable[[int, int], None] | None = None,
) -> Float32[np.ndarray, "m d_model"]:
    """A point for each text.

    Args:
        model: sees both ways.
        texts: the ids of each, at least one.
        first: take the point of its first token; else the mean of all.
        unit: bring each to length 1.
        told: hears how many texts are done, of how many.
    """
    found = np.empty((len(texts), model.config.d_model), np.float32)
    done = 0
    for rows in together([len(text) for text in texts]):
        tokens, present = padded([texts[row] for row in rows])
        device = model.table.device
        points = model.points(tokens.to(device), present=None if present.all() else present.to(device))
        vectors = points[:, 0].float() if first else _mean(points.float(), present.to(device))
        found[rows] = (functional.normalize(vectors, dim=1) if unit else vectors).cpu().numpy()
        done += len(rows)
        if told is not None:
            told(done, len(texts))
    return found


def together(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Which texts are computed at once: the longest first, so that what is too much for the memory is seen at once."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    start = 0
    while start < len(order):
        several = max(1, min(TEXTS, TOKENS // lengths[order[start]]))
        yield order[start : start + several]
        start += several


def padded(texts: Sequence[Sequence[int]]) -> tuple[Int[Tensor, "b t"], Bool[Tensor, "b t"]]:
    """The tokens side by side, filled up on the right, and where they are real."""
    tokens = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.int64)
    present = torch.zeros(tokens.shape, dtype=torch.bool)
    for row, text in enumerate(texts):
        tokens[row, : len(text)] = torch.tensor(list(text))
        present[row, : len(text)] = True
    return tokens, present


def _mean(points: Float[Tensor, "b t d_model"], present: Bool[Tensor, "b t"]) -> Float[Tensor, "b d_model"]:
    real = present[:, :, None].to(points.dtype)
    mean: Tensor = (points * real).sum(1) / real.sum(1)
    return mean
