"""How well a space answers analogy questions, and how far its cosines agree with people's judgements.

With gensim 4's rules (the first 300,000 rows, spelling folded, unknown words skipped) the numbers are gensim's; labels
are folded and turned into rows by the caller.
"""

from dataclasses import dataclass

import numpy as np

from armillary.geometry.correlation import pearson, spearman, spearman_interval
from armillary.geometry.neighbours import nearest
from armillary.geometry.rows import Told, nobody
from armillary.geometry.scores import exact_scores, row_norms
from armillary.shapes import Bool, Float32, Float64, Int64

RESTRICT_VOCAB = 300_000

# So many answers are looked through for one whose folded spelling is not in the question.
_LOOKED_THROUGH = 5

# Questions to a matrix product.
_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Analogies:
    """What was answered to each analogy question.

    Attributes:
        answers: (q,) the row answered, folded; -1 where the question was skipped.
        asked: (q,) all four words are there; the others are skipped.
        correct: (q,) the answer is the expected word.
    """

    answers: Int64[np.ndarray, "q"]
    asked: Bool[np.ndarray, "q"]
    correct: Bool[np.ndarray, "q"]

    def by_section(self, sections: Int64[np.ndarray, "q"], count: int) -> Int64[np.ndarray, "s 3"]:
        """For each of `count` sections how many questions were answered correctly, asked, and skipped."""
        columns = (self.correct, self.asked, ~self.asked)
        return np.stack([np.bincount(sections[column], minlength=count) for column in columns], axis=1)


@dataclass(frozen=True)
class Agreement:
    """How far the cosines of pairs agree with people's scores.

    Attributes:
        spearman: rank correlation.
        low: the lower end of its 95 % bootstrap interval.
        high: the upper end.
        pearson: linear correlation.
        pairs: how many pairs were compared.
        skipped: how many were not, since a word is missing (or is a row of zeros).
    """

    spearman: float
    low: float
    high: float
    pearson: float
    pairs: int
    skipped: int


def answer_analogies(
    vectors: Float32[np.ndarray, "n d"],
    questions: Int64[np.ndarray, "q 4"],
    *,
    norms: Float32[np.ndarray, "n"] | None = None,
    folds: Int64[np.ndarray, "n"] | None = None,
    restrict_vocab: int = RESTRICT_VOCAB,
    told: Told = nobody,
) -> Analogies:
    """Answer "a is to b as c is to ?" by 3CosAdd, hundreds of questions to a matrix product.

    The answer is the nearest row to the mean of the unit vectors of b, c and -a whose folded spelling is not that of a,
    b or c, looked for among the first `restrict_vocab` rows. As in gensim, five rows other than a, b, c are looked
    through for it.

    Args:
        vectors: the points.
        questions: rows a, b, c and the expected one; -1 for a word that is not there.
        norms: `row_norms(vectors)` where at hand.
        folds: for each row, the first row of the same folded spelling, where spellings are folded; then `questions`
            must hold such first rows. gensim folds by `str.upper`.
        restrict_vocab: a question with a word beyond so many rows is skipped.
        told: how many questions are answered, and of how many.
    """
    vectors = vectors[:restrict_vocab]
    norms = row_norms(vectors) if norms is None else norms[:restrict_vocab]
    folds = np.arange(len(vectors)) if folds is None else folds[:restrict_vocab]
    asked = np.asarray(((questions >= 0) & (questions < len(vectors))).all(axis=1))
    answers = np.full(len(questions), -1, dtype=np.int64)
    rows = np.flatnonzero(asked)
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        told(start, len(rows))
        some = questions[rows[part]]
        queries, directed = _three_cos_add(vectors, norms, some)
        asked[rows[part]] = directed
        some, kept = some[directed], rows[part][directed]
        found = nearest(vectors, queries[directed], _LOOKED_THROUGH, norms=norms, banned=some[:, :3]).rows
        answers[kept] = _first_new(np.where(found >= 0, np.append(folds, -1)[found], -1), some)
    return Analogies(answers, asked, asked & (answers == questions[:, 3]))


def agreement(
    vectors: Float32[np.ndarray, "n d"],
    pairs: Int64[np.ndarray, "p 2"],
    judged: Float64[np.ndarray, "p"],
    *,
    restrict_vocab: int = RESTRICT_VOCAB,
    unknown_is_zero: bool = False,
    draws: int = 1000,
    seed: int = 0,
) -> Agreement:
    """Correlate the cosines of pairs with people's scores.

    Args:
        vectors: the points.
        pairs: two rows each; -1 for a word that is not there.
        judged: people's scores.
        restrict_vocab: a pair with a word beyond so many rows is skipped.
        unknown_is_zero: take 0 as the cosine of such pairs in place of skipping them (gensim's `dummy4unknown`).
        draws: bootstrap draws of the interval.
        seed: of the draws.

    Raises:
        InputError: under two pairs are left, or all their cosines or scores are equal.
    """
    known = np.asarray(((pairs >= 0) & (pairs < min(len(vectors), restrict_vocab))).all(axis=1))
    cosines = np.zeros(len(pairs))
    known[known] = vectors[pairs[known]].any(axis=2).all(axis=1)
    points, others = vectors[pairs[known, 0]], pairs[known, 1]
    cosines[known] = exact_scores(vectors, points, others, np.arange(len(others)))
    used = np.ones_like(known) if unknown_is_zero else known
    a, b = judged[used], cosines[used]
    rank = spearman(a, b)
    low, high = spearman_interval(a, b, draws, seed)
    return Agreement(rank, low, high, pearson(a, b), int(used.sum()), int((~used).sum()))


def _three_cos_add(
    vectors: Float32[np.ndarray, "n d"], norms: Float32[np.ndarray, "n"], questions: Int64[np.ndarray, "q 4"]
) -> tuple[Float32[np.ndarray, "q d"], Bool[np.ndarray, "q"]]:
    """The queries, and which of them point anywhere (rows of zeros do not)."""
    asked = questions[:, :3]
    directed = (norms[asked] > 0).all(axis=1)
    lengths = np.where(norms > 0, norms, 1)[asked].astype(np.float64)
    units = vectors[asked].astype(np.float64) / lengths[:, :, None]
    queries = (units[:, 1] + units[:, 2] - units[:, 0]).astype(np.float32)
    return queries, directed & queries.any(axis=1)


def _first_new(found: Int64[np.ndarray, "q k"], questions: Int64[np.ndarray, "q 4"]) -> Int64[np.ndarray, "q"]:
    """The first row found that is not in the question, or the last one found where all are."""
    new = (found >= 0) & ~(found[:, :, None] == questions[:, None, :3]).any(axis=2)
    last = np.maximum((found >= 0).sum(axis=1) - 1, 0)
    place = np.where(new.any(axis=1), new.argmax(axis=1), last)
    return np.take_along_axis(found, place[:, None], axis=1)[:, 0]
