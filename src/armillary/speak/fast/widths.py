"""Widths as kernels take them: multiples of 32. Where a model's own are none, zeros fill what is missing.

Points and the inside of an MLP are filled up at their end. A head of queries or keys has two halves, whose numbers are
turned in pairs; each half is filled up, and so is the end of a head of values. What heads give lies side by side as the
model's own W_O takes it, and is filled up once.
"""

from dataclasses import dataclass

import numpy as np

from armillary.shapes import Int
from armillary.speak.fast.layouts import GROUP, ROWS
from armillary.transformer.config import Config


@dataclass(frozen=True)
class Widths:
    """All of a model.

    Attributes:
        d_model: of points.
        d_mlp: of the inside of an MLP.
        d_head: of a head of queries, keys or values.
        heads: of what all heads give.
    """

    d_model: int
    d_mlp: int
    d_head: int
    heads: int


def filled(count: int, to: int = GROUP) -> int:
    """The next multiple."""
    return -(-count // to) * to


def widths(config: Config) -> Widths:
    """Those of a model."""
    heads, d_mlp = config.pattern[0].attention, config.pattern[0].mlp.d_mlp
    d_head = 2 * filled(-(-heads.d_head // 2), ROWS)
    return Widths(filled(config.d_model), filled(d_mlp), d_head, filled(heads.n_heads * heads.d_head))


def order(config: Config, name: str, count: int) -> Int[np.ndarray, "n"]:
    """Which of a model's own outputs each of the kernels' is; -1 for none.

    Args:
        config: of the model.
        name: of a matrix, a gain or a bias, ours.
        count: how many outputs it has.
    """
    where, what = name.split(".")[-2:]
    if what[2:] in ("Q", "K") or where in ("norm_Q", "norm_K"):
        return _of_heads(config, count, halves=2)
    if what[2:] == "V":
        return _of_heads(config, count, halves=1)
    return np.arange(count) if where.endswith("embedding") else _at_end(np.arange(count)[None], filled(count))


def put_in_order(numbers: np.ndarray, places: Int[np.ndarray, "m"]) -> np.ndarray:
    """Rows (or numbers) in another order, zeros where there is none."""
    found = np.ascontiguousarray(numbers[places])
    found[places < 0] = 0
    return found


def _of_heads(config: Config, count: int, halves: int) -> Int[np.ndarray, "n"]:
    d_head = config.pattern[0].attention.d_head
    return _at_end(np.arange(count).reshape(-1, d_head // halves), widths(config).d_head // halves)


def _at_end(parts: np.ndarray, width: int) -> np.ndarray:
    found: np.ndarray = np.pad(parts, [(0, 0), (0, width - parts.shape[1])], constant_values=-1).reshape(-1)
    return found
