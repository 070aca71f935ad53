"""A named axis in a space: built from pairs of words, words placed on it, kept as the pairs it was made of."""

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, InputError
from armillary.formats.aside import file_aside
from armillary.geometry import direction as axes
from armillary.language import printable
from armillary.shapes import Float32
from armillary.space.answers import Projected
from armillary.space.rows import Rows

Pair = tuple[str, str]


class Direction:
    """The axis from the first words of some pairs to their second words (see `geometry.direction`).

    Attributes:
        space: where it lies.
        pairs: what it was made of.
        axis: its vector, the differences of the pairs, and how far these agree.
    """

    def __init__(self, space: Rows, pairs: Sequence[Pair]) -> None:
        self.space = space
        self.pairs = tuple(pairs)
        if not self.pairs:
            raise InputError("a direction needs at least one pair of words, such as cat:cats")
        start, end = (np.stack([space.point(pair[side]).vector for pair in self.pairs]) for side in (0, 1))
        self.axis = axes.axis(start, end)

    @property
    def vector(self) -> Float32[np.ndarray, "d"]:
        """(d,) the mean difference of the pairs."""
        return self.axis.vector.astype(np.float32)

    @property
    def coherence(self) -> float | None:
        """The mean cosine between the pairs' differences: 1 when all point the same way; None with one pair."""
        return self.axis.coherence

    @cached_property
    def separation(self) -> axes.Separation | None:
        """The permutation test that the pairs point the same way; None under three pairs."""
        return axes.separation(self.axis)

    def project(self, words: Iterable[str], seed: int = 0) -> tuple[Projected, ...]:
        """Where words (or expressions) lie on the axis, the highest first, with bootstrap intervals over the pairs."""
        asked = list(words)
        if not asked:
            return ()
        vectors = np.stack([self.space.point(word).vector for word in asked])
        placed = axes.project(vectors, self.axis)
        bounds = axes.intervals(vectors, self.axis, seed=seed)
        found = [
            Projected(
                label, float(placed.value[i]), None if bounds is None else float(bounds.low[i]),
                None if bounds is None else float(bounds.high[i]), float(placed.cosine[i]),
            )
            for i, label in enumerate(asked)
        ]
        return tuple(sorted(found, key=lambda one: -one.value))

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write the pairs as JSON, so that the same axis can be drawn in any space."""
        with file_aside(Path(path), force) as file:
            file.write(json.dumps({"pairs": self.pairs}, ensure_ascii=False, indent=1).encode() + b"\n")

    def __repr__(self) -> str:
        shown = " ".join(f"{a}:{b}" for a, b in self.pairs[:4]) + (" …" if len(self.pairs) > 4 else "")
        agree = "" if self.coherence is None else f", coherence {self.coherence:.2f}"
        return printable(f"Direction({shown}{agree})")


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a saved direction.

    Raises:
        DamagedFile: not what `Direction.save` writes.
    """
    try:
        pairs = json.loads(path.read_text(encoding="utf-8"))["pairs"]
        return [(str(a), str(b)) for a, b in pairs]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedFile(path, "is no saved direction; make it again with --save") from error
