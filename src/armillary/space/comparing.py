"""Two spaces side by side: one turned onto the other, and the words that did not come along."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.errors import InputError
from armillary.geometry.alignment import procrustes
from armillary.shapes import Int64
from armillary.space.answers import Moved
from armillary.space.direction import Pair

if TYPE_CHECKING:
    from armillary.space.space import Space
else:
    Space = Any  # at run time the import would go in a circle


@dataclass(frozen=True, eq=False)
class Aligned:
    """A space turned onto another.

    Attributes:
        space: every point of the source, in the target's coordinates.
        shared: how many pairs of points settled the rotation.
        residual: the length of what is left over, as a share of the target's: 0 is perfect.
        settled: how many directions the pairs settle; under d, the rest of the rotation is arbitrary.
        moved: the pairs, the farthest apart first; for equal labels these are the words that moved most.
    """

    space: Space
    shared: int
    residual: float
    settled: int
    moved: tuple[Moved, ...]


def align(source: Space, target: Space, pairs: Sequence[Pair] | None = None, centred: bool = False) -> Aligned:
    """Turn `source` onto `target` by orthogonal Procrustes over the labels that both hold, or over `pairs` of labels.

    Pairs of which a space lacks one side, or holds a zero point, are left out.

    Raises:
        InputError: the spaces differ in width, or no pair is left.
    """
    if source.dim != target.dim:
        raise InputError("spaces of {a} and {b} numbers cannot be turned onto each other", a=source.dim, b=target.dim)
    rows = _shared(source, target) if pairs is None else _paired(source, target, pairs)
    rows = rows[(source.norms[rows[:, 0]] > 0) & (target.norms[rows[:, 1]] > 0)]
    if not len(rows) and pairs is None:
        raise InputError("the two spaces share no label; give pairs of words that mean the same")
    if not len(rows):
        raise InputError("of no pair do both words lie in these spaces, first word in the first, second in the second")
    found = procrustes(source.vectors[rows[:, 0]], target.vectors[rows[:, 1]], centred=centred)
    turned = type(source)(
        source.labels, found.apply(source.vectors), counts=source.counts, tokens=source.tokens,
        origin={"aligned": dict(source.origin), "onto": dict(target.origin), "shared": len(rows)},
    )
    order = found.moved_most(len(rows))
    moved = tuple(Moved(source.labels[int(rows[i, 0])], float(found.cosines[i])) for i in order.tolist())
    return Aligned(turned, len(rows), found.residual, found.rank, moved)


def _shared(source: Space, target: Space) -> Int64[np.ndarray, "p 2"]:
    there = {label: row for row, label in enumerate(target.labels)}
    pairs = [(row, there[label]) for row, label in enumerate(source.labels) if label in there]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _paired(source: Space, target: Space, pairs: Sequence[Pair]) -> Int64[np.ndarray, "p 2"]:
    found = [(source.labels.find(source.named(a)), target.labels.find(target.named(b))) for a, b in pairs]
    return np.array([pair for pair in found if None not in pair], np.int64).reshape(-1, 2)
