"""What a shard learns from and changes: given alike to the compiled kernels and to their plain twin."""

from typing import NamedTuple

import numpy as np

from armillary.shapes import Float32, Float64, Int32, Int64, UInt32

LONGEST = 1000
"""Words of a sentence that are learned from together; a longer one is cut."""
BLOCK = 4
"""Inputs that are changed together (see `block`), and centres that share random words."""
GROUP = 6
"""Outputs that are changed together."""
LOG2_E = 1.44269504
POWERS_OF_TWO = (1.3333558e-3, 9.6181291e-3, 5.5504109e-2, 2.4022651e-1, 6.9314718e-1, 1.0)
"""2^f for f from -0.5 to 0.5, the highest power first: ln(2)^k / k!."""
STEEPEST = 120.0
"""Scores are cut where 2^z would leave float32."""


class Text(NamedTuple):
    """A stretch of the text.

    Attributes:
        ids: (t,) rows, below zero at the end of a sentence.
        keep: (v,) see `sampling.thresholds`.
    """

    ids: Int32[np.ndarray, "t"]
    keep: UInt32[np.ndarray, "v"]


class Net(NamedTuple):
    """Both matrices, flat, each with one row more than there are words, where goes what must change nothing.

    Attributes:
        inputs: (v + 1) * size numbers: the vectors.
        outputs: (v + 1) * size numbers: what they are compared with.
        into: (v,) the row that changes of an input go to: its own, or v for a word that is frozen.
        size: numbers in a row, a multiple of 16; those after `vector_size` stay 0.
    """

    inputs: Float32[np.ndarray, "n"]
    outputs: Float32[np.ndarray, "n"]
    into: Int64[np.ndarray, "v"]
    size: int


class Targets(NamedTuple):
    """What a centre is told apart by: random words, or the turns on its way down a tree.

    Attributes:
        alias: (v, 2) the table to draw random words from.
        negative: how many are drawn; 0 where there is a tree.
        starts: (v + 1,) where each word's way begins in `nodes` (hierarchical softmax), else empty.
        nodes: output rows of all ways, one after the other.
        turns: the label at each: 1 or 0.
    """

    alias: UInt32[np.ndarray, "v 2"]
    negative: int
    starts: Int64[np.ndarray, "_"]
    nodes: Int32[np.ndarray, "w"]
    turns: Float32[np.ndarray, "w"]


class Copies(NamedTuple):
    """Both matrices as often as there are shards, and the ones they are merged in first; see `Net`.

    Attributes:
        inputs: (c, n) one copy a line.
        outputs: (c, n) the same.
        into: see `Net`.
        size: numbers in a row.
        part: how much of the sum of what the copies learned is taken.
    """

    inputs: Float32[np.ndarray, "c n"]
    outputs: Float32[np.ndarray, "c n"]
    into: Int64[np.ndarray, "v"]
    size: int
    part: np.float32


class Work(NamedTuple):
    """The rounds of a step, for threads to share: first all shards of a round, then what is merged after it.

    Attributes:
        ids: the whole text.
        keep: see `Text`.
        stretches: (r, s, 2) from where to where each shard learns in each round.
        states: (r, s) the state that its random numbers begin with.
        rates: (r,) the learning rate.
        pieces: (p, 3) what is merged: rows of the inputs (0) or outputs (1), from where to where.
        ends: (r + 1,) where the pieces of each round begin.
        taken: (2 r,) how many shards, how many pieces of each round threads have asked for.
        done: (2 r,) how many are done.
        found: (r, s, 2) the pairs that each shard learned from, and the sum of their losses in nats.
    """

    ids: Int32[np.ndarray, "t"]
    keep: UInt32[np.ndarray, "v"]
    stretches: Int64[np.ndarray, "r s 2"]
    states: Int64[np.ndarray, "r s"]
    rates: Float64[np.ndarray, "r"]
    pieces: Int64[np.ndarray, "p 3"]
    ends: Int64[np.ndarray, "e"]
    taken: Int64[np.ndarray, "q"]
    done: Int64[np.ndarray, "q"]
    found: Float64[np.ndarray, "r s 2"]


class How(NamedTuple):
    """How to learn.

    Attributes:
        window: the farthest reach.
        rate: the learning rate; 0 changes nothing and measures the loss.
        state: see `sampling.stream`.
        cbow: the mean of the context predicts the centre, instead of each of its words.
    """

    window: int
    rate: float
    state: int
    cbow: bool


class Tally(NamedTuple):
    """What was learned from: pairs of an input and a centre, and the sum of their losses in nats."""

    pairs: int
    loss: float
