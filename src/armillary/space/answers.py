"""Answers to questions of a space: frozen, with labels, ready for a table or for JSON (`dataclasses.asdict`)."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Neighbour:
    """One point near another.

    Attributes:
        label: which.
        cosine: with the query; where the rule was "3cosmul", its quotient of similarities instead.
        rank: its place among all points that pass the filters, the query's own words counted; 1 is the nearest. 0 for
            a word of the query that lies at zero, where it has no place.
        score: what the ranks go by: the cosine, the dot product, the Euclidean distance or the angle in degrees, as
            was asked.
    """

    label: str
    cosine: float
    rank: int
    score: float


@dataclass(frozen=True)
class Neighbours:
    """The nearest points of a query, best first.

    Attributes:
        query: the expression that was asked.
        neighbours: the nearest points, the query's own words left out, as is the custom.
        excluded: those words, as far as they pass the filters, with the cosine and the rank that they would have had.
        rule: how the words of the expression were put together: sum, 3cosadd or 3cosmul.
    """

    query: str
    neighbours: tuple[Neighbour, ...]
    excluded: tuple[Neighbour, ...] = ()
    rule: str = "sum"

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self.neighbours)

    def __len__(self) -> int:
        return len(self.neighbours)

    def __str__(self) -> str:
        width = max((len(one.label) for one in self.neighbours), default=0)
        return "\n".join(f"{one.rank:>4} {one.label:<{width}} {one.cosine:.4f}" for one in self.neighbours)


@dataclass(frozen=True)
class Similarity:
    """How two points lie to each other, and where that stands among random pairs of the space.

    Attributes:
        cosine: from -1 to 1.
        dot: the dot product of the raw vectors.
        angle_degrees: from 0 to 180.
        percentile: the percentage of random pairs whose cosine is lower.
        random_mean: the mean cosine of random pairs.
        random_negative: the share of random pairs with a negative cosine, from 0 to 1.
        missing: words of the texts that the space does not hold, left out of them.
    """

    a: str
    b: str
    cosine: float
    dot: float
    angle_degrees: float
    percentile: float
    random_mean: float
    random_negative: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """A label and a number."""

    label: str
    score: float


@dataclass(frozen=True)
class Odd:
    """The word that does not belong; `scores` are cosines with the mean of all words, the lowest first."""

    odd: str
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Projected:
    """A word on an axis.

    Attributes:
        label: which.
        value: the dot product with the axis.
        low: the lower end of the 95 % bootstrap interval over the pairs; None with one pair.
        high: its upper end.
        cosine: with the axis.
    """

    label: str
    value: float
    low: float | None
    high: float | None
    cosine: float


@dataclass(frozen=True)
class Association:
    """One word embedding association test (Caliskan, Bryson and Narayanan, Science 2017).

    Attributes:
        name: the test's.
        effect: the effect size d, from -2 to 2.
        p: the one-sided permutation p-value.
        smallest_p: the smallest p that could have come out.
        exact: whether all permutations were counted.
        missing: words of the test that the space does not hold, left out of it.
    """

    name: str
    effect: float
    p: float
    smallest_p: float
    exact: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """A word after alignment: the cosine between its two points. The lower, the further it moved."""

    label: str
    cosine: float
