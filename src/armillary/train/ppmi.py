"""Vectors by counting alone: positive pointwise mutual information, shortened by a singular value decomposition.

Levy, Goldberg, Dagan 2015 ("Improving Distributional Similarity with Lessons Learned from Word Embeddings", TACL 3)
name the settings and find this family as good as the learned ones where all are tuned alike.

    PMI(w, c) = log( P(w, c) / (P(w) P'(c)) )      P'(c) ~ #(c)^smoothing: rare contexts weigh less
    PPMI      = max(PMI - log shift, 0)            shift k: what k negative samples do in skip-gram
    PPMI      ~ U S V'                             the best of rank d
    W         = U S^power                          1 keeps the lengths, 0 levels all d dimensions, 0.5 lies between

The decomposition is that of Halko, Martinsson, Tropp 2011 ("Finding structure with randomness", SIAM Review 53(2),
algorithms 4.4 and 5.1): a random subspace, turned towards the large singular vectors by multiplying.
"""

from dataclasses import asdict, dataclass

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float, Float64
from armillary.space import Space
from armillary.train.cooccurrence import Cooccurrences
from armillary.train.sparse import Sparse

_BLOCK = 1 << 22  # cells that are worked out at once
_RANK = 1e-10  # of the largest eigenvalue: what is smaller is rounding


@dataclass(frozen=True)
class PpmiPlan:
    """Settings of PPMI and its decomposition.

    Attributes:
        vector_size: d, dimensions kept.
        smoothing: the power of context counts; 1 is plain PMI.
        shift: k; log k is taken off before cutting at zero.
        power: of the singular values in the vectors.
        rounds: how often the subspace is multiplied by the matrix and its transpose; more come closer to the truth.
        spare: dimensions that the search has beyond d.
        seed: of the random subspace.
        workers: threads; None is one for each processor. They change no byte.
    """

    vector_size: int = 100
    smoothing: float = 0.75
    shift: float = 1.0
    power: float = 0.5
    rounds: int = 6
    spare: int = 20
    seed: int = 1
    workers: int | None = None


def fit_ppmi(counts: Cooccurrences, plan: PpmiPlan | None = None) -> Space:
    """The words as points: PPMI, then its truncated SVD.

    Raises:
        InputError: a setting makes no sense, or the matrix has fewer dimensions than are asked for.
    """
    plan = plan or PpmiPlan()
    u, values, _ = truncated_svd(ppmi(counts, plan.smoothing, plan.shift), plan)
    vectors = (u * values**plan.power).astype(np.float32)
    facts = {"method": "ppmi", **asdict(plan), "window": asdict(counts.window)}
    facts.pop("workers")
    return Space(counts.corpus.labels, vectors, counts=counts.corpus.counts, origin=facts)


def ppmi(counts: Cooccurrences, smoothing: float = 0.75, shift: float = 1.0) -> Sparse:
    """Positive pointwise mutual information of each word (row) with each context (column).

    Raises:
        InputError: shift is not above zero.
    """
    if shift <= 0:
        raise InputError("the shift must be above zero, not {shift}", shift=shift)
    v = len(counts.offsets) - 1
    words = np.diff(np.concatenate([[0], np.cumsum(counts.weights)])[counts.offsets]).astype(np.float64)
    contexts = np.zeros(v, np.int64)
    np.add.at(contexts, counts.columns, counts.weights)
    smoothed = contexts.astype(np.float64) ** smoothing
    with np.errstate(divide="ignore"):  # words and contexts without cells
        log_words, log_contexts = np.log(words), np.log(smoothed / smoothed.sum())
    rows = np.repeat(np.arange(v, dtype=np.int32), np.diff(counts.offsets))
    kept, values = [], []
    for first in range(0, len(counts), _BLOCK):
        cells = slice(first, first + _BLOCK)
        value = np.log(counts.weights[cells]) - log_words[rows[cells]] - log_contexts[counts.columns[cells]]
        value = (value - np.log(shift)).astype(np.float32)
        positive = value > 0
        kept.append(positive)
        values.append(value[positive])
    keep = np.concatenate([np.zeros(0, bool), *kept])
    offsets = np.concatenate([[0], np.cumsum(keep)])[counts.offsets]
    return Sparse(offsets, counts.columns[keep], np.concatenate([np.zeros(0, np.float32), *values]), v)


def truncated_svd(
    matrix: Sparse, plan: PpmiPlan
) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "d"], Float64[np.ndarray, "m d"]]:
    """The d = `plan.vector_size` largest singular values (descending) with their left and right vectors, as columns.

    The largest number of each left vector is positive, so that signs mean the same in every run. Products with the
    matrix are float32, all else is float64.

    Raises:
        InputError: the rank of the matrix is under d.
    """
    size = min(plan.vector_size + plan.spare, matrix.width, len(matrix.offsets) - 1)
    across = matrix.transposed()
    left = np.random.default_rng(plan.seed).standard_normal((matrix.width, size), np.float32)
    basis = _orthonormal(matrix.times(left, plan.workers))
    for _ in range(plan.rounds):
        other = _orthonormal(across.times(basis.astype(np.float32), plan.workers))
        basis = _orthonormal(matrix.times(other.astype(np.float32), plan.workers))
    basis = _orthonormal(basis)
    image = across.times(basis.astype(np.float32), plan.workers).astype(np.float64)
    squares, turn = np.linalg.eigh(image.T @ image)
    rank = int((squares > squares.max(initial=0.0) * _RANK).sum())
    d = plan.vector_size
    if not 1 <= d <= rank:
        raise InputError(
            "vectors of {d} numbers cannot be had from counts that span {rank} dimensions; take fewer", d=d, rank=rank
        )
    values, turn = np.sqrt(squares[: -d - 1 : -1]), turn[:, : -d - 1 : -1]
    u, v = basis @ turn, image @ turn / values
    signs = np.sign(u[np.abs(u).argmax(0), np.arange(d)])
    return u * signs, values, v * signs


def _orthonormal(block: Float[np.ndarray, "n k"]) -> Float64[np.ndarray, "n r"]:
    """An orthonormal basis of what the columns span, by way of their products with each other.

    Not `numpy.linalg.qr`, whose last digits depend on the number of threads. Products square what rounding does: taken
    again of what it gave, the basis is orthonormal to the last digits.
    """
    block = block.astype(np.float64)
    squares, turn = np.linalg.eigh(block.T @ block)
    spans = squares > squares.max(initial=0.0) * _RANK
    basis: np.ndarray = block @ (turn[:, spans] / np.sqrt(squares[spans]))
    return basis
