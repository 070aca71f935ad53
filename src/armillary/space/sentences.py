"""A text as a point: the mean of its words' vectors, frequent words weighing less if asked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from armillary.errors import InputError
from armillary.geometry.direction import remove
from armillary.geometry.sentence import (
    common_component,
    mean_of_words,
    probabilities_from_counts,
    probabilities_from_ranks,
    sif,
)
from armillary.shapes import Float32
from armillary.space.rows import Rows
from armillary.text.words import split_words

Weighting = Literal["mean", "sif"]


@dataclass(frozen=True, eq=False)
class Text:
    """A text as a point.

    Attributes:
        vector: (d,) the mean of its words' vectors.
        words: the words that the space holds, as it spells them.
        missing: the words that it does not.
    """

    vector: Float32[np.ndarray, "d"]
    words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def text_point(space: Rows, text: str, weighting: Weighting = "mean") -> Text:
    """The point of one text; a word that is not held as it is spelled is looked up in lower case.

    Word probabilities for `sif` come from the space's counts, or from its order by Zipf's law where it has none.

    Raises:
        InputError: the space holds none of its words.
    """
    known, missing = _known_words(space, text)
    if not known:
        raise InputError("the space holds no word of the text {text!r}", text=text[:60])
    vectors = np.stack([space.vector(word) for word in known])
    if weighting == "mean":
        return Text(mean_of_words(vectors).astype(np.float32), known, missing)
    likely = (
        probabilities_from_ranks(len(space)) if space.counts is None else probabilities_from_counts(space.counts)
    ).values
    rows = [space.labels.find(word) for word in known]
    # A word that only its n-grams know is rarer than all that were counted.
    chances = np.array([likely.min() if row is None else likely[row] for row in rows])
    return Text(sif(vectors, chances).astype(np.float32), known, missing)


def text_points(
    space: Rows, texts: Iterable[str], weighting: Weighting = "mean"
) -> tuple[Float32[np.ndarray, "m d"], Counter[str]]:
    """The points of many texts; with `sif` the direction that they all share is taken off, as its paper does.

    Returns:
        The points, and the words that the space does not hold, with how often they were left out.
    """
    found = [text_point(space, text, weighting) for text in texts]
    missing = Counter(word for text in found for word in text.missing)
    points = np.stack([text.vector for text in found])
    if weighting == "sif" and len(found) > 1:
        points = remove(points, common_component(points))
    return points, missing


def _known_words(space: Rows, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known: list[str] = []
    missing: list[str] = []
    for word in split_words(text):
        forms = (space.named(form) for form in (word, word.lower()))
        spelled = next((form for form in forms if form in space), None)
        if spelled is None and space.subwords is not None:
            spelled = word
        (missing if spelled is None else known).append(spelled or word)
    return tuple(known), tuple(missing)
