"""What can be asked of a space: who is near, how alike, who is odd, which way, what moved."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.errors import InputError, UnknownLabel
from armillary.geometry import angle
from armillary.geometry.analogy import Rule
from armillary.geometry.association import weat
from armillary.geometry.rows import Told, nobody
from armillary.geometry.scores import Metric
from armillary.shapes import Float32, Int64
from armillary.space.answers import Association, Neighbours, Odd, Score, Similarity
from armillary.space.direction import Direction, Pair
from armillary.space.expression import parse
from armillary.space.nearness import near_by_rule, near_point, near_points
from armillary.space.point import Point
from armillary.space.rows import Rows
from armillary.space.sentences import Text, Weighting, text_point

if TYPE_CHECKING:
    from armillary.geometry.scan import Scanner
    from armillary.space.evaluating import Rules
    from armillary.space.evaluating import Score as TestScore


class Questions(Rows):
    """The questions of a space, with labels in and labels out."""

    _scanner: "Scanner | None" = None

    def prepare(self) -> None:
        """Get ready for many single questions: `near` then gives the same answers several times faster.

        Takes about ten questions' time, and a byte for every number (extra `fast`).
        """
        from armillary.geometry.scan import Scanner  # threads and kernels: nobody who asks once should wait for them

        self._scanner = Scanner(self.vectors)

    def near(
        self,
        query: str | Point,
        n: int = 10,
        *,
        rule: Rule = "sum",
        metric: Metric = "cosine",
        among: Iterable[str] | None = None,
        restrict_vocab: int | None = None,
        min_count: int | None = None,
    ) -> Neighbours:
        """The n nearest points of a word, an expression (`king - man + woman`) or a point.

        The words of the query are left out of the list, as is the custom, and shown apart with the rank that they
        would have had: for most famous analogies that rank is 1.

        Args:
            query: a label, an expression, or a Point.
            n: how many.
            rule: how the words of an expression are put together: "sum" adds the vectors as they are, "3cosadd" at unit
                length, "3cosmul" multiplies similarities (see `geometry.analogy`).
            metric: what near means: cosine, dot, euclidean or angle. The cosine is told whichever is chosen.
            among: only these labels.
            restrict_vocab: only the first so many rows (in most published files the most frequent words).
            min_count: only labels seen at least so often.

        Raises:
            UnknownLabel: a word of the query, or of `among`, is not in the space.
            InputError: the query's vector is zero, a filter leaves nothing, `n` is under 1, or a rule other than "sum"
                is to use another metric than the cosine.
        """
        if n < 1:
            raise InputError("at least one neighbour must be asked for, not {top}", top=n)
        point = self.point(query)
        candidates = self._filtered(among, restrict_vocab, min_count)
        if rule != "sum":
            if metric != "cosine":
                raise InputError("the rule {rule} is defined by cosines; leave out the metric", rule=rule)
            return near_by_rule(self, point, n, rule, candidates)
        scanner = self._scanner if metric == "cosine" and candidates is None else None
        return near_point(self, point, n, metric, candidates, scanner)

    def near_many(self, queries: Sequence[str | Point], n: int = 10) -> list[Neighbours]:
        """What `near` gives for each of `queries`, from as few scans of the space as can be.

        Raises:
            UnknownLabel, InputError: as `near`, for the first query that cannot be answered.
        """
        if n < 1:
            raise InputError("at least one neighbour must be asked for, not {top}", top=n)
        points = [self.point(query) for query in queries]
        return near_points(self, points, n, self._scanner) if points else []

    def compare(self, a: str | Point, b: str | Point, weighting: Weighting = "mean") -> Similarity:
        """How alike two words, expressions or texts are, and where that stands among random pairs of the space."""
        one, other = self._meant(a, weighting), self._meant(b, weighting)
        first, second = one.vector, other.vector
        cosine = angle.cosine(first, second)
        return Similarity(
            a=str(getattr(a, "label", a)), b=str(getattr(b, "label", b)), cosine=cosine, dot=angle.dot(first, second),
            angle_degrees=angle.angle_degrees(first, second), percentile=self.random_pairs.percentile(cosine),
            random_mean=self.random_pairs.mean, random_negative=self.random_pairs.negative,
            missing=(*one.missing, *other.missing),
        )

    def meaning(self, text: str | Point, weighting: Weighting = "mean") -> Float32[np.ndarray, "d"]:
        """The vector of a label, of an expression, or else of a text: the mean of its words (see `sentences`)."""
        return self._meant(text, weighting).vector

    @cached_property
    def random_pairs(self) -> angle.RandomPairs:
        """The cosines of random pairs of points: what is ordinary in this space."""
        return angle.random_pairs(self.vectors)

    def odd(self, words: Sequence[str]) -> Odd:
        """The word that does not go with the others: the smallest cosine with the mean of all (at unit length)."""
        found = angle.odd_one_out(self._stacked(words))
        scores = [Score(word, float(score)) for word, score in zip(words, found.scores, strict=True)]
        return Odd(words[found.position], tuple(sorted(scores, key=lambda one: one.score)))

    def direction(self, pairs: Iterable[Pair]) -> Direction:
        """The axis from the first to the second words of `pairs`: `[("cat", "cats"), ("dog", "dogs")]`."""
        return Direction(self, list(pairs))

    def association(
        self, name: str, x: Sequence[str], y: Sequence[str], a: Sequence[str], b: Sequence[str]
    ) -> Association:
        """A word embedding association test: do targets X lean to attributes A, and Y to B?

        Words that the space does not hold are left out and named in the answer.
        """
        sets = [[label for word in words if (label := self.named(word)) in self] for words in (x, y, a, b)]
        missing = tuple(word for words in (x, y, a, b) for word in words if self.named(word) not in self)
        found = weat(*(self.vectors[self.rows(labels)] for labels in sets))
        return Association(name, found.effect, found.p, found.smallest, found.exact, missing)

    def evaluate(
        self, files: Sequence[str | Path], rules: "Rules | None" = None, told: Told = nobody
    ) -> "tuple[TestScore, ...]":
        """Analogy, similarity and category tests from files (see `evaluating`), by gensim's rules unless told other.

        `told` is called now and then with the analogy questions answered, and with how many there are in that file.
        """
        from armillary.space.evaluating import GENSIM, evaluate  # 15 ms that no other question has to wait for

        return evaluate(self, files, rules or GENSIM, told)

    def _meant(self, text: str | Point, weighting: Weighting) -> Text:
        """What `meaning` gives, and the words of a text that the space does not hold."""
        if isinstance(text, Point):
            return Text(text.vector)
        if (label := self.named(text)) in self:
            return Text(self.vector(label))
        if " " not in text.strip():
            return self._word_or_text(text.strip(), weighting)
        try:
            parse(text, self.named)
        except InputError:
            return text_point(self, text, weighting)
        return Text(self.point(text).vector)

    def _word_or_text(self, text: str, weighting: Weighting) -> Text:
        """One word; Chinese is written without spaces, so what is no word may still be a text."""
        try:
            return Text(self.vector(self.named(text)))
        except UnknownLabel:
            if not text.isascii():
                with suppress(InputError):
                    words = text_point(self, text, weighting)
                    if len(words.words) > 1:
                        return words
            raise

    def _filtered(
        self, among: Iterable[str] | None, restrict_vocab: int | None, min_count: int | None
    ) -> Int64[np.ndarray, "k"] | None:
        """The rows that pass the filters, ascending; None when there is no filter."""
        if among is None and restrict_vocab is None and min_count is None:
            return None
        kept: Any = np.arange(len(self)) if among is None else np.unique(self.rows(map(self.named, among)))
        if restrict_vocab is not None:
            kept = kept[kept < restrict_vocab]
        if min_count is not None:
            if self.counts is None:
                raise InputError("this space does not say how often its words were seen, so min_count cannot be asked")
            kept = kept[self.counts[kept] >= min_count]
        if not len(kept):
            raise InputError("the filters leave no point to look among")
        chosen: np.ndarray = kept.astype(np.int64)
        return chosen
