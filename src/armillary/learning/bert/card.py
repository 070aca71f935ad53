"""The card of a model that fills blanks."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary.learning.bert.course import ends
from armillary.learning.bert.rates import Rates, token_rates, word_rates
from armillary.learning.self_supervised import card
from armillary.learning.self_supervised.course import Course
from armillary.learning.self_supervised.material import Material
from armillary.train.masked_token import gaps, gaps_guessed


@dataclass(frozen=True, kw_only=True)
class Card(card.Card):
    """What was learned, beside what the cards of all texts say.

    Attributes:
        hidden: tokens of the held-out text that were hidden, on which the losses are measured.
        model, unigram: nats a hidden token, of the model and of counting how often each comes.
        tokens: how often single tokens are found in lines that are held out.
        words: likewise, words of several tokens, masked together; None where there are too few.
    """

    hidden: int
    model: float
    unigram: float
    tokens: Rates
    words: Rates | None


def measured(course: Course, material: Material) -> dict[str, Any]:
    """What a card says of a model that has learned."""
    model, held, context = course.model, material.held, course.lessons.context
    score = gaps_guessed(model, held, context, *ends(material))
    return {
        "hidden": score.tokens, "model": score.nats_per_token, "unigram": _unigram(course, material),
        "tokens": token_rates(model, material, context),
        "words": None if material.kind == "words" else word_rates(model, material, material.learned_text),
    }


def _unigram(course: Course, material: Material) -> float:
    """Nats a token, by how often each came, plus one (Laplace), of the same tokens that the model guesses."""
    _, mask = ends(material)
    d_vocab = course.model.config.d_vocab
    hidden = np.concatenate([wanted[chosen] for wanted, _, chosen in gaps(
        material.held, course.lessons.context, mask, d_vocab)])
    counts = np.bincount(material.learned, minlength=d_vocab) + 1
    return float(-np.log(counts[hidden] / counts.sum()).mean())
