"""The card of a language model: how well it guesses, beside what counting gets, and what it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from armillary.learning.self_supervised import card
from armillary.learning.self_supervised.course import Course
from armillary.learning.self_supervised.material import Material
from armillary.speak.candidates import candidates
from armillary.speak.torch_engine import TorchEngine
from armillary.train.baselines import bigram, unigram
from armillary.train.measure import Score, guessed

_CONTINUED = 5


@dataclass(frozen=True)
class Guesses:
    """How well the held-out text is guessed."""

    nats_per_token: float
    bits_per_byte: float

    @classmethod
    def of(cls, score: Score) -> "Guesses":
        """The two figures of a score."""
        return cls(score.nats_per_token, score.bits_per_byte)


@dataclass(frozen=True, kw_only=True)
class Card(card.Card):
    """What was learned, beside what the cards of all texts say.

    Attributes:
        held_tokens: of the text that was held out, on which all that follows is measured.
        model, unigram, bigram: guesses of the model, and of two that only count.
        before: those of the model that was gone on from.
        next: after the first line of the text, the likeliest tokens and their chances.
        first_line: that line.
    """

    held_tokens: int
    model: Guesses
    unigram: Guesses
    bigram: Guesses
    before: Guesses | None
    next: Sequence[tuple[str, float]]
    first_line: str


def measured(course: Course, material: Material) -> dict[str, Any]:
    """What a card says of a model that has learned."""
    model, config = course.model, course.model.config
    learned, held, size = material.learned, material.held, material.held_bytes
    line = material.tokenizer.encode(material.first_line).tolist()[-config.n_ctx :]
    scores = TorchEngine(model).start().read(line)
    listed = candidates(scores, material.tokenizer, _CONTINUED)
    return {
        "held_tokens": len(held) - 1,
        "model": Guesses.of(guessed(model, held, course.lessons.context, size)),
        "unigram": Guesses.of(unigram(learned, held, config.d_vocab, size)),
        "bigram": Guesses.of(bigram(learned, held, config.d_vocab, size)),
        "first_line": material.first_line,
        "next": [(one.token, one.probability) for one in listed],
    }
