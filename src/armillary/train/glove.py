"""GloVe: vectors whose dot products are the logarithms of cooccurrence counts.

Pennington, Socher, Manning 2014 ("GloVe: Global Vectors for Word Representation", EMNLP), by weighted least squares:

    sum over cells of f(X_ij) (w_i . c_j + b_i + b'_j - log X_ij)^2        f(x) = min(1, (x / x_max)^alpha)

and AdaGrad, in the form of the authors' program: squares begin at 1 and add up the steps, learning rate included; those
of the biases begin at eta^2, which makes them learn as if eta were 1. The points are w + c, as published.

Schedule: words are dealt out to P parts (word i to part i % P), so the table falls into P x P blocks, each shuffled
once. A round takes the P blocks (p, p + shift): no two share a word or a context, so threads may learn from them at the
same time, and the bytes do not depend on how many threads there are (Gemulla et al. 2011, "Large-Scale Matrix
Factorization with Distributed Stochastic Gradient Descent", KDD). An epoch is P rounds in an order drawn anew. P is
chosen so that what a block works on stays in the cache, which makes it fast as well.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from armillary import extras
from armillary.errors import InputError
from armillary.shapes import Float32, Float64, Int32, Int64
from armillary.space import Space
from armillary.train.cooccurrence import Cooccurrences
from armillary.train.in_order import default_workers, in_order

_LANES = 16
_CACHE = 1 << 20  # bytes that a block works on
_CHUNK = 1 << 22  # cells whose logarithms are held while they are placed

Cells = tuple[
    Int32[np.ndarray, "e"], Int32[np.ndarray, "e"], Float32[np.ndarray, "e"], Float32[np.ndarray, "e"]
]


@dataclass(frozen=True)
class GlovePlan:
    """Settings of GloVe, with the paper's values.

    Attributes:
        vector_size: numbers in a vector.
        epochs: passes over the table; the paper takes 50, and 100 from 300 numbers on.
        x_max: counts from which on a cell weighs in full.
        alpha: the power by which smaller counts weigh less.
        eta: the learning rate at the start.
        seed: of the first numbers and of all orders.
        parts: P of the schedule; None chooses it by the cache. The bytes depend on it.
        workers: threads, P at most; None is one for each processor. They change no byte.
    """

    vector_size: int = 100
    epochs: int = 25
    x_max: float = 100.0
    alpha: float = 0.75
    eta: float = 0.05
    seed: int = 1
    parts: int | None = None
    workers: int | None = None


@dataclass(eq=False)
class GloveStep:
    """What one epoch came to. The next epoch learns on in the same `table`: copy it to keep it.

    Attributes:
        epoch: epochs done.
        loss: the mean over cells, weighted by f, of (w . c + b + b' - log X)^2 as each cell was met: squared nats. Its
            square root is by how much the logarithm of a count is missed.
        table: (2 v, 2, w) words, then contexts: numbers, and the sums of their squared steps.
        counts: what is learned from.
        plan: how, with `parts` filled in.
    """

    epoch: int
    loss: float
    table: Float32[np.ndarray, "v2 2 w"]
    counts: Cooccurrences
    plan: GlovePlan

    def space(self) -> Space:
        """The points as they are now: w + c."""
        v, d = len(self.table) // 2, self.plan.vector_size
        facts = {"method": "glove", **asdict(self.plan), "window": asdict(self.counts.window)}
        facts |= {"epochs": self.epoch, "loss": self.loss}
        facts.pop("workers")
        vectors = self.table[:v, 0, :d] + self.table[v:, 0, :d]
        return Space(self.counts.corpus.labels, vectors, counts=self.counts.corpus.counts, origin=facts)


def fit_glove(
    counts: Cooccurrences, plan: GlovePlan | None = None, after: GloveStep | None = None
) -> Iterator[GloveStep]:
    """Learn; gives a step after each epoch. With `after` it goes on from there and equals a run that never stopped.

    Needs numba (extra `fast`). Holds 16 bytes for a cell, and 16 for a word and each of its numbers (rounded up to 16).

    Raises:
        MissingExtra: numba is not installed.
        InputError: a setting makes no sense, there is nothing to learn from, or the loss is not finite any more.
    """
    plan = _checked(counts, plan or GlovePlan())
    kernels = _kernels()
    parts, workers = plan.parts or 1, min(plan.workers or default_workers(), plan.parts or 1)
    cells = _arranged(counts, plan, kernels)
    weight = float(np.add.reduce(cells[1][3], dtype=np.float64))
    table = _first_table(len(counts.offsets) - 1, plan) if after is None else after.table.copy()
    shape = (len(table) // 2, table.shape[2], plan.vector_size)
    flat, eta, losses = table.reshape(-1), np.float32(plan.eta), np.zeros(parts * parts)
    with ThreadPoolExecutor(workers) as pool:
        for epoch in range(after.epoch if after else 0, plan.epochs):
            for shift in np.random.default_rng([plan.seed, epoch]).permutation(parts):
                blocks = np.arange(parts) * parts + (np.arange(parts) + shift) % parts
                shares = [blocks[worker::workers] for worker in range(workers)]
                for _ in pool.map(lambda s: kernels.train_blocks(s, cells, flat, shape, eta, losses), shares):
                    pass
            loss = float(losses.sum()) / weight
            if not np.isfinite(loss):
                raise InputError("the loss of epoch {epoch} is not finite; take a smaller eta", epoch=epoch + 1)
            yield GloveStep(epoch + 1, loss, table, counts, plan)


def first_vectors(counts: Cooccurrences, plan: GlovePlan) -> Float32[np.ndarray, "v d"]:
    """The points that learning begins with: random ones."""
    v, d = len(counts.offsets) - 1, plan.vector_size
    table = _first_table(v, plan)
    vectors: np.ndarray = table[:v, 0, :d] + table[v:, 0, :d]
    return vectors


def _checked(counts: Cooccurrences, plan: GlovePlan) -> GlovePlan:
    """The plan with its parts filled in."""
    if not len(counts):
        raise InputError("no two words stand near each other: there is nothing to learn from")
    for name in ("vector_size", "epochs", "x_max", "alpha", "eta"):
        if not getattr(plan, name) > 0:
            raise InputError("{name} must be above zero, not {value}", name=name, value=getattr(plan, name))
    v = len(counts.offsets) - 1
    bytes_used = 2 * v * 2 * _width(plan.vector_size) * 4
    parts = plan.parts or min(max(16, bytes_used // _CACHE), 128)
    return GlovePlan(**{**asdict(plan), "parts": max(1, min(parts, v))})


def _width(size: int) -> int:
    """Numbers in a row of the table: a vector, its bias and a 1, rounded up to whole lanes."""
    return -(-(size + 2) // _LANES) * _LANES


def _first_table(v: int, plan: GlovePlan) -> Float32[np.ndarray, "v2 2 w"]:
    """Numbers between -0.5 / d and 0.5 / d, squares of 1 (biases eta^2); the 1 beside each bias, and zeros behind."""
    d, width = plan.vector_size, _width(plan.vector_size)
    table = np.zeros((2 * v, 2, width), np.float32)
    random = np.random.default_rng(plan.seed).random((2 * v, d + 1), np.float32)
    table[:, 0, : d + 1] = (random - np.float32(0.5)) / np.float32(d)
    table[v:, 0, d + 1] = table[v:, 0, d]  # contexts have their bias behind the 1
    table[:v, 0, d + 1] = table[v:, 0, d] = 1
    table[:, 1] = 1
    table[:v, 1, d] = table[v:, 1, d + 1] = plan.eta**2
    return table


def _arranged(counts: Cooccurrences, plan: GlovePlan, kernels: Any) -> tuple[Int64[np.ndarray, "b1"], Cells]:
    """Where each block begins, and rows, columns, log counts and weights of all cells, shuffled inside their blocks."""
    parts, e = plan.parts or 1, len(counts)
    sizes = kernels.count_blocks(counts.offsets, counts.columns, parts)
    starts = np.concatenate([[0], sizes]).cumsum()
    cells = (np.empty(e, np.int32), np.empty(e, np.int32), np.empty(e, np.float32), np.empty(e, np.float32))
    following = starts[:-1].copy()
    cuts = np.searchsorted(counts.offsets, np.arange(0, e, _CHUNK)[1:]).tolist()
    for span in pairwise(sorted({0, *cuts, len(counts.offsets) - 1})):
        near = slice(counts.offsets[span[0]], counts.offsets[span[1]])
        values = counts.weights[near] / counts.window.scale
        table = (counts.offsets, counts.columns, np.log(values).astype(np.float32), _pull(values, plan))
        kernels.place_cells(table, span, parts, following, cells)

    def shuffle(block: int) -> None:
        span = slice(starts[block], starts[block + 1])
        order = np.random.default_rng([plan.seed, block]).permutation(sizes[block])
        for part in cells:
            part[span] = part[span][order]

    for _ in in_order(shuffle, range(parts * parts), plan.workers or default_workers()):
        pass
    return starts, cells


def _pull(values: Float64[np.ndarray, "e"], plan: GlovePlan) -> Float32[np.ndarray, "e"]:
    """f(x): how much a cell weighs."""
    pull: np.ndarray = np.minimum(1, (values / plan.x_max) ** plan.alpha).astype(np.float32)
    return pull


def _kernels() -> Any:
    extras.numba_cache()
    extras.need("numba")
    from armillary.train import glove_kernels

    return glove_kernels
