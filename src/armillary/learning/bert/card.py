"""The card of a model that fills blanks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from armillary.count import count
from armillary.language import Note
from armillary.learning.bert.course import ends
from armillary.learning.bert.rates import Rates, token_rates, word_rates
from armillary.learning.gpt.card import Told, neighbours
from armillary.learning.gpt.course import Course
from armillary.learning.gpt.material import Material
from armillary.train.masked_token import gaps, gaps_guessed
from armillary.transformer.model import Transformer


@dataclass(frozen=True)
class Card(Told):
    """What was learned. `learned.json` in the folder holds it.

    Attributes:
        out: the folder.
        text: what the text was.
        tokenizer: what a token is.
        design: the model and its plan.
        steps: how many were made.
        hidden: tokens of the held-out text that were hidden, on which the losses are measured.
        model, unigram: nats a hidden token, of the model and of counting how often each comes.
        tokens: how often single tokens are found in lines that are held out.
        words: likewise, words of several tokens, masked together; None where there are too few.
        neighbours: the commonest tokens, each with those nearest to it in W_E.
        neighbours_before: the same before it learned: noise.
        parameters: by kind.
        trail: see `Course`.
        samples: see `Course`.
        seconds: it took, in all.
        sha256: of model.safetensors.
        command: repeats it, bit for bit on the same machine with as many threads.
        threads: that computed.
        notes: what was odd, or had to be said.
    """

    out: str
    text: Mapping[str, Any]
    tokenizer: str
    design: Mapping[str, Any]
    steps: int
    hidden: int
    model: float
    unigram: float
    tokens: Rates
    words: Rates | None
    neighbours: Mapping[str, Sequence[str]]
    neighbours_before: Mapping[str, Sequence[str]]
    parameters: Mapping[str, int]
    trail: Sequence[tuple[int, float, float]]
    samples: Sequence[tuple[int, str]]
    seconds: float
    sha256: str
    command: str
    threads: int
    notes: Sequence[Note] = field(default=())


def measured(course: Course, material: Material, start: Transformer, learned: str) -> dict[str, Any]:
    """What a card says of a model that has learned from the text `learned` and was `start` before."""
    model, held, context = course.model, material.held, course.lessons.context
    score = gaps_guessed(model, held, context, *ends(material))
    return {
        "hidden": score.tokens, "model": score.nats_per_token, "unigram": _unigram(course, material),
        "tokens": token_rates(model, material, context),
        "words": None if material.kind == "words" else word_rates(model, material, learned),
        "neighbours": neighbours(model, material), "neighbours_before": neighbours(start, material),
        "parameters": count(model.config).by_kind, "trail": course.trail, "samples": course.samples,
    }


def _unigram(course: Course, material: Material) -> float:
    """Nats a token, by how often each came, plus one (Laplace), of the same tokens that the model guesses."""
    _, mask = ends(material)
    d_vocab = course.model.config.d_vocab
    hidden = np.concatenate([wanted[chosen] for wanted, _, chosen in gaps(
        material.held, course.lessons.context, mask, d_vocab)])
    counts = np.bincount(material.learned, minlength=d_vocab) + 1
    return float(-np.log(counts[hidden] / counts.sum()).mean())
