"""gensim 4's names for the questions of a space, with gensim's rules, so that its users feel at home.

The rules differ from `Space.near` in one point: an analogy adds the words at unit length (3CosAdd), not as they are.
"""

from collections.abc import Sequence

import numpy as np

from armillary.geometry.analogy import Rule, Terms, solve
from armillary.geometry.angle import n_similarity, odd_one_out
from armillary.geometry.ranks import closer_than
from armillary.shapes import Int64
from armillary.space.point import Point
from armillary.space.questions import Questions

Key = str | Point


class KeyedNames(Questions):
    """`most_similar` and its family."""

    def most_similar(
        self,
        positive: Key | Sequence[Key] = (),
        negative: Key | Sequence[Key] = (),
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]]:
        """(label, cosine) of the topn points nearest to `positive` less `negative`, the words of the question left out.

        3CosAdd: words count at unit length (Mikolov, Yih and Zweig 2013).
        """
        return self._solved(positive, negative, topn, restrict_vocab, "3cosadd")

    def most_similar_cosmul(
        self,
        positive: Key | Sequence[Key] = (),
        negative: Key | Sequence[Key] = (),
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]]:
        """(label, quotient) by 3CosMul: products of similarities in place of sums (Levy and Goldberg 2014)."""
        return self._solved(positive, negative, topn, restrict_vocab, "3cosmul")

    def similarity(self, a: Key, b: Key) -> float:
        """The cosine of two points."""
        return self.n_similarity([a], [b])

    def distance(self, a: Key, b: Key) -> float:
        """1 less the cosine of two points."""
        return 1 - self.similarity(a, b)

    def n_similarity(self, a: Sequence[Key], b: Sequence[Key]) -> float:
        """The cosine of the means of two sets of points."""
        return n_similarity(self._stacked(a), self._stacked(b))

    def doesnt_match(self, words: Sequence[Key]) -> str:
        """The word that does not go with the others (`odd` gives the scores too)."""
        word = words[odd_one_out(self._stacked(words)).position]
        return word.label if isinstance(word, Point) else word

    def closer_than(self, a: str, b: str) -> list[str]:
        """The labels that lie closer to `a` than `b` does, by cosine."""
        return [self.labels[row] for row in self._closer(a, b).tolist()]

    def rank(self, a: str, b: str) -> int:
        """1 + how many labels lie closer to `a` than `b` does."""
        return 1 + len(self._closer(a, b))

    def _closer(self, a: str, b: str) -> Int64[np.ndarray, "k"]:
        return closer_than(self.vectors, self.row(self.named(a)), self.row(self.named(b)), norms=self.norms)

    def _solved(
        self, positive: Key | Sequence[Key], negative: Key | Sequence[Key], topn: int, first: int | None, rule: Rule
    ) -> list[tuple[str, float]]:
        if topn < 1:
            return []  # as gensim
        added, taken = _several(positive), _several(negative)
        keys = [*added, *taken]
        rows = [-1 if isinstance(key, Point) else self.labels.find(self.named(key)) for key in keys]
        terms = Terms(
            points=self._stacked(keys),
            weights=np.array([1.0] * len(added) + [-1.0] * len(taken)),
            rows=np.array([-1 if row is None else row for row in rows], np.int64),
        )
        answer = solve(self.vectors[:first], terms, topn, rule=rule, norms=self.norms[:first])
        scores = answer.scores.tolist()
        return [(self.labels[row], score) for row, score in zip(answer.rows.tolist(), scores, strict=True)]


def _several(keys: Key | Sequence[Key]) -> Sequence[Key]:
    """As in gensim, a single word may stand for a list of one."""
    return [keys] if isinstance(keys, str | Point) else keys
