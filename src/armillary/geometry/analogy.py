"""Arithmetic with points, and the honest answer: where the query's own words stand when nobody hides them.

Three rules are in use, and they disagree:

- "sum" adds the points as they are: king - man + woman is that very vector, numbers and all. This is what the
  explainers draw and what an expression means here. (GloVe 6B 50d, all words kept: king 0.886, queen 0.861;
  Germany - Japan + sushi has bratwurst 107th.)
- "3cosadd" takes the mean of unit vectors, as word2vec's tools and gensim's `most_similar` do: Mikolov, Yih and Zweig,
  Linguistic Regularities in Continuous Space Word Representations, 2013. (king 0.885, queen 0.852; bratwurst 97th.)
- "3cosmul" multiplies similarities: Levy and Goldberg, Linguistic Regularities in Sparse and Explicit Word
  Representations, 2014, equation 4, with cosines moved to [0, 1] and 1e-6 added to the denominator, as gensim's
  `most_similar_cosmul`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from armillary.errors import InputError
from armillary.geometry.neighbours import nearest
from armillary.geometry.ranks import ranks
from armillary.geometry.rows import blocks, unit_rows
from armillary.geometry.scores import exact_scores, row_norms
from armillary.shapes import Float32, Float64, Int64

Rule = Literal["sum", "3cosadd", "3cosmul"]

_EPSILON = 1e-6


@dataclass(frozen=True, eq=False)
class Terms:
    """What is added and taken away.

    Attributes:
        points: (t, d) the point of each term.
        weights: (t,) its factor: 1 where it is added, -1 where it is taken away, or any other.
        rows: (t,) the row it is in the space, -1 for a point that is none.
    """

    points: Float32[np.ndarray, "t d"]
    weights: Float64[np.ndarray, "t"]
    rows: Int64[np.ndarray, "t"]


@dataclass(frozen=True, eq=False)
class Answer:
    """The nearest rows that are not in the question, and the question's own rows beside them.

    `ranks` and `own_ranks` count from 1 in the order with all rows kept; without the question's rows, `rows` stand 1st,
    2nd, 3rd, ...

    Attributes:
        rows: (k,) best first.
        scores: (k,) their cosines; under "3cosmul" its quotients.
        ranks: (k,) their ranks with the question's rows kept.
        own_rows: (o,) the question's rows, ascending; rows of zeros left out.
        own_scores: (o,) their scores.
        own_ranks: (o,) their ranks.
    """

    rows: Int64[np.ndarray, "k"]
    scores: Float32[np.ndarray, "k"]
    ranks: Int64[np.ndarray, "k"]
    own_rows: Int64[np.ndarray, "o"]
    own_scores: Float32[np.ndarray, "o"]
    own_ranks: Int64[np.ndarray, "o"]


def combine(terms: Terms, rule: Literal["sum", "3cosadd"] = "sum") -> Float32[np.ndarray, "d"]:
    """The point that the terms make: their weighted sum, or the unit vector along the weighted mean of unit vectors.

    As in gensim, "3cosadd" gives unit length to terms that are rows of the space, and takes other points as they are.

    Raises:
        InputError: no terms, or a zero row under "3cosadd".
    """
    if not len(terms.points):
        raise InputError("an expression needs at least one term")
    points = terms.points.astype(np.float64)
    if rule == "sum":
        return (terms.weights @ points).astype(np.float32)
    own = terms.rows >= 0
    points[own] = unit_rows(points[own])
    total = terms.weights @ points
    length = np.linalg.norm(total)
    return (total / (length if length > 0 else 1)).astype(np.float32)


def solve(
    vectors: Float32[np.ndarray, "n d"],
    terms: Terms,
    top: int,
    *,
    rule: Rule = "sum",
    norms: Float32[np.ndarray, "n"] | None = None,
    among: Int64[np.ndarray, "s"] | None = None,
) -> Answer:
    """The `top` rows nearest to what the terms make, and where the terms' own rows stand.

    Args:
        vectors: the points; `vectors[:s]` restricts the answer, and own rows, to the first s.
        terms: the question.
        top: how many answers at most.
        rule: one of the three above.
        norms: `row_norms(vectors)` where at hand.
        among: answer, and rank, among these rows only.

    Raises:
        InputError: no terms; terms that cancel to zero; under "3cosmul", nothing added; see also `nearest`.
    """
    norms = row_norms(vectors) if norms is None else norms
    if among is not None:
        chosen = np.unique(among)
        inside = Terms(terms.points, terms.weights, _places(terms.rows, chosen))
        answer = _solve(vectors[chosen], inside, top, rule, norms[chosen])
        return Answer(
            chosen[answer.rows], answer.scores, answer.ranks,
            chosen[answer.own_rows], answer.own_scores, answer.own_ranks,
        )
    return _solve(vectors, terms, top, rule, norms)


def _solve(
    vectors: Float32[np.ndarray, "n d"], terms: Terms, top: int, rule: Rule, norms: Float32[np.ndarray, "n"]
) -> Answer:
    own = np.unique(terms.rows[(terms.rows >= 0) & (terms.rows < len(vectors))])
    own = own[norms[own] > 0]
    if rule == "3cosmul":
        every = products(vectors, terms)
        order = np.argsort(-every, kind="stable")[: np.count_nonzero(norms)]
        rows, scores, own_scores = order, every[order], every[own]
        places = np.empty(len(vectors), dtype=np.int64)
        places[order] = np.arange(1, len(order) + 1)
        own_ranks = places[own]
    else:
        query = combine(terms, rule)
        found = nearest(vectors, query[None], top + len(own), norms=norms)
        rows, scores = found.rows[0], found.scores[0]
        own_scores = exact_scores(vectors, query[None], own, np.zeros(len(own), dtype=np.int64))
        own_ranks = ranks(vectors, query, own, norms=norms)
    left = np.flatnonzero(~np.isin(rows, own))[:top]
    return Answer(rows[left], scores[left], left + 1, own, own_scores, own_ranks)


def products(vectors: Float32[np.ndarray, "n d"], terms: Terms) -> Float32[np.ndarray, "n"]:
    """3CosMul of every row: the product of (1 + cosine) / 2 over what is added, over that of what is taken away + 1e-6.

    A weight w raises its factor to |w|. A row of zeros gets -inf.

    Raises:
        InputError: nothing is added, or a term is zero.
    """
    if not (terms.weights > 0).any():
        raise InputError("3CosMul needs at least one word that is added")
    directions = unit_rows(terms.points).T
    added = terms.weights > 0
    result = np.empty(len(vectors), dtype=np.float32)
    for part in blocks(*vectors.shape):
        points = vectors[part].astype(np.float64)
        lengths = np.linalg.norm(points, axis=1)
        cosines = (points @ directions) / np.where(lengths > 0, lengths, 1)[:, None]
        factors = ((1 + cosines.clip(-1, 1)) / 2) ** np.abs(terms.weights)
        scores = factors[:, added].prod(axis=1) / (factors[:, ~added].prod(axis=1) + _EPSILON)
        result[part] = np.where(lengths > 0, scores, -np.inf)
    return result


def _places(rows: Int64[np.ndarray, "t"], chosen: Int64[np.ndarray, "s"]) -> Int64[np.ndarray, "t"]:
    """Where each row is in `chosen`; len(chosen), which is no row, where it is not. -1 stays."""
    place = np.searchsorted(chosen, rows)
    found = np.append(chosen, -1)[place] == rows
    return np.where(rows < 0, -1, np.where(found, place, len(chosen)))
