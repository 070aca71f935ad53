"""Turning one space onto another: orthogonal Procrustes, and what did not move along.

Spaces learned apart (two decades, two languages, two runs) differ by an arbitrary rotation, under which neighbours,
cosines and analogies stay as they are. Points known to match settle that rotation; what is then still apart, has moved.
"""

from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.geometry.rows import blocks, lengths, unit_rows
from armillary.shapes import Float, Float32, Float64, Int64


@dataclass(frozen=True, eq=False)
class Alignment:
    """The rotation (or reflection) that brings one space onto another, and how well it does.

    Attributes:
        rotation: (d, d) orthogonal; a row of the source times this lies in the target.
        cosines: (n,) the cosine of each matched pair after the alignment.
        residual: the length of what is left over, as a share of the target's: 0 is perfect.
        rank: how many directions the matched rows settle; under d, the rest of the rotation is arbitrary.
        source_mean: (d,) what is taken off the source's rows first; zeros when not centred.
        target_mean: (d,) what is put on afterwards; zeros when not centred.
        unit: whether rows are brought to length 1 before all else.
    """

    rotation: Float64[np.ndarray, "d d"]
    cosines: Float64[np.ndarray, "n"]
    residual: float
    rank: int
    source_mean: Float64[np.ndarray, "d"]
    target_mean: Float64[np.ndarray, "d"]
    unit: bool

    def apply(self, vectors: Float[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
        """Rows of the source brought into the target, prepared as the matched rows were; a zero row counts as it is."""
        moved = np.empty(vectors.shape, np.float32)
        for rows in blocks(*vectors.shape):
            block = vectors[rows].astype(np.float64)
            if self.unit:
                norms = lengths(block)
                block /= np.where(norms > 0, norms, 1)[:, None]
            moved[rows] = (block - self.source_mean) @ self.rotation + self.target_mean
        return moved

    def moved_most(self, n: int) -> Int64[np.ndarray, "k"]:
        """The positions of the `n` matched pairs that are farthest apart (smallest cosine first)."""
        return np.argsort(self.cosines, kind="stable")[:n]


def procrustes(
    source: Float[np.ndarray, "n d"], target: Float[np.ndarray, "m e"], unit: bool = True, centred: bool = False
) -> Alignment:
    """The orthogonal matrix that brings the rows of `source` closest to the rows of `target` (Schonemann, 1966).

    By default rows are brought to length 1 and not centred, as for semantic change by Hamilton, Leskovec and Jurafsky
    (2016): frequent words with long vectors would settle the rotation alone. Lexicons across languages gain from
    centring after that (Artetxe, Labaka and Agirre, 2016).

    Raises:
        InputError: the rows do not match in number or width, there are none, or one is zero (once prepared).
    """
    if source.shape != target.shape or not len(source):
        raise InputError(
            "alignment needs rows that match one to one: {source} rows of {source_width} numbers against "
            "{target} rows of {target_width}",
            source=len(source), source_width=source.shape[1], target=len(target), target_width=target.shape[1],
        )
    a, source_mean = _prepared(source, unit, centred)
    b, target_mean = _prepared(target, unit, centred)
    left, singular, right = np.linalg.svd(a.T @ b)
    rotation = left @ right
    turned = a @ rotation
    return Alignment(
        rotation=rotation,
        cosines=np.clip(np.einsum("nd,nd->n", unit_rows(turned), unit_rows(b)), -1, 1),
        residual=float(np.linalg.norm(turned - b) / np.linalg.norm(b)),
        rank=int((singular > singular[0] * len(singular) * np.finfo(np.float32).eps).sum()),
        source_mean=source_mean, target_mean=target_mean, unit=unit,
    )


def _prepared(
    vectors: Float[np.ndarray, "n d"], unit: bool, centred: bool
) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "d"]]:
    """The rows as the alignment sees them, and the mean that was taken off."""
    wide = unit_rows(vectors) if unit else vectors.astype(np.float64)
    mean = wide.mean(axis=0) if centred else np.zeros(wide.shape[1])
    return wide - mean, mean


def random_rotation(d: int, seed: int = 0) -> Float64[np.ndarray, "d d"]:
    """A rotation of `d` dimensions, all equally likely (Haar measure on SO(d); Mezzadri, 2007).

    A space times this has other numbers in every column, and the same cosines, neighbours and analogies.
    """
    columns, triangle = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))
    rotation = columns * np.sign(np.diag(triangle))  # without this, QR prefers some rotations to others
    if np.linalg.slogdet(rotation)[0] < 0:
        rotation[:, 0] *= -1  # a mirror image becomes a rotation
    return rotation
