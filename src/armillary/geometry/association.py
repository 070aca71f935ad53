"""The word embedding association test: do two sets of words lean towards two others?

Caliskan, Bryson and Narayanan, Semantics derived automatically from language corpora contain human-like biases, 2017.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from armillary.errors import InputError
from armillary.geometry.rows import unit_rows
from armillary.shapes import Float, Float64

_ENUMERATED = 200_000  # two sets of 10 words have 184,756 partitions, counted in well under a second
_DRAWN_AT_ONCE = 10_000


@dataclass(frozen=True, eq=False)
class Association:
    """The answer of the test.

    Attributes:
        effect: the difference of the two targets' mean leanings, in standard deviations of all leanings.
        p: the share of partitions of the targets' words (into sets of their sizes) that lean at least as far.
        smallest: the smallest p that could have come out.
        exact: whether all partitions were counted, or a seeded sample drawn.
        x: (n_x,) how each word of X leans: its mean cosine with A less its mean cosine with B.
        y: (n_y,) the same for Y.
    """

    effect: float
    p: float
    smallest: float
    exact: bool
    x: Float64[np.ndarray, "x"]
    y: Float64[np.ndarray, "y"]


def weat(
    x: Float[np.ndarray, "x d"],
    y: Float[np.ndarray, "y d"],
    a: Float[np.ndarray, "a d"],
    b: Float[np.ndarray, "b d"],
    draws: int = 9_999,
    seed: int = 0,
) -> Association:
    """Whether target words X lean to attributes A, and Y to B, more than chance would have it.

    The standard deviation is that of a sample (n - 1), as in May et al.
    (2019) and the R packages; dividing by n instead makes the effect larger by the root of n / (n - 1). The p-value has
    one side and counts ties against the effect. X and Y may differ in size: their means are compared, which for equal
    sizes orders partitions as the paper's sums do. Up to 200,000 partitions are all counted; else `draws` are
    drawn, and the one seen is counted with them (Phipson and Smyth, 2010).

    Raises:
        InputError: fewer than two words in X or Y, none in A or B, a zero vector, or all words lean the same.
    """
    for name, needed, got in (("X", 2, len(x)), ("Y", 2, len(y)), ("A", 1, len(a)), ("B", 1, len(b))):
        if got < needed:
            raise InputError(
                "the association test needs at least {needed} words in {name}, {got} are left",
                needed=needed, name=name, got=got,
            )
    pole = unit_rows(a).mean(axis=0) - unit_rows(b).mean(axis=0)
    leanings = unit_rows(np.concatenate([x, y])) @ pole
    deviation = leanings.std(ddof=1)
    if deviation < 1e-12:
        raise InputError("all words of X and Y lean the same way by the same amount: there is no effect to measure")
    of_x, of_y = leanings[: len(x)], leanings[len(x) :]
    exact = comb(len(leanings), len(x)) <= _ENUMERATED
    sums = _all_sums(leanings, len(x)) if exact else _drawn_sums(leanings, len(x), draws, seed)
    reached = sums >= of_x.sum() - 1e-12  # the total is fixed, so X's sum settles the rest
    return Association(
        effect=float((of_x.mean() - of_y.mean()) / deviation),
        p=float(reached.mean()), smallest=1 / len(sums), exact=exact, x=of_x, y=of_y,
    )


def _all_sums(leanings: Float64[np.ndarray, "w"], size: int) -> Float64[np.ndarray, "b"]:
    """The sum over every set of `size` words."""
    sums = (sum(chosen) for chosen in combinations(leanings.tolist(), size))
    return np.fromiter(sums, np.float64, comb(len(leanings), size))


def _drawn_sums(
    leanings: Float64[np.ndarray, "w"], size: int, draws: int, seed: int
) -> Float64[np.ndarray, "b"]:
    """The sum over the first `size` words as they are, then over `draws` random sets of that size."""
    random = np.random.default_rng(seed)
    sums = [leanings[:size].sum()[None]]
    for start in range(0, draws, _DRAWN_AT_ONCE):
        order = random.random((min(_DRAWN_AT_ONCE, draws - start), len(leanings))).argsort(axis=1)
        sums.append(leanings[order[:, :size]].sum(axis=1))
    return np.concatenate(sums)
