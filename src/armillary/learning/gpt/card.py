"""The card of a model that was learned: how well it guesses, beside what counting gets, and what it does."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.count import count
from armillary.formats.aside import file_aside
from armillary.formats.bounded import open_regular
from armillary.language import Note
from armillary.learning.gpt.course import Course, commonest
from armillary.learning.gpt.material import Material
from armillary.space import Space
from armillary.speak.candidates import candidates
from armillary.speak.torch_engine import TorchEngine
from armillary.text.token_labels import token_labels
from armillary.train.baselines import bigram, unigram
from armillary.train.measure import Score, guessed
from armillary.transformer.model import Transformer

NAME = "learned.json"
_CONTINUED, _NEIGHBOURS, _WORDS = 5, 4, 6


@dataclass(frozen=True)
class Guesses:
    """How well the held-out text is guessed."""

    nats_per_token: float
    bits_per_byte: float

    @classmethod
    def of(cls, score: Score) -> "Guesses":
        """The two figures of a score."""
        return cls(score.nats_per_token, score.bits_per_byte)


class Told:
    """What every card can do, whatever was learned."""

    parameters: Mapping[str, int]
    sha256: str
    command: str
    notes: Sequence[Note]

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(cast(Any, self)), "notes": [str(note) for note in self.notes]}

    def write(self, folder: Path) -> None:
        """Write it into the folder of the model, without the time that it took: equal runs give equal files."""
        facts = {name: value for name, value in self.facts().items() if name not in ("out", "seconds")}
        with file_aside(folder / NAME, force=True) as file:
            file.write((json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())


@dataclass(frozen=True)
class Card(Told):
    """What was learned. `learned.json` in the folder holds it.

    Attributes:
        out: the folder.
        text: what the text was.
        tokenizer: what a token is.
        design: the model and its plan.
        steps: how many were made.
        held_tokens: of the text that was held out, on which all that follows is measured.
        model, unigram, bigram: guesses of the model, and of two that only count.
        before: those of the model that was gone on from.
        next: after the first line of the text, the likeliest tokens and their chances.
        first_line: that line.
        neighbours: the commonest tokens, each with those nearest to it in W_E.
        neighbours_before: the same before it learned: of a new model, noise.
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
    held_tokens: int
    model: Guesses
    unigram: Guesses
    bigram: Guesses
    before: Guesses | None
    next: Sequence[tuple[str, float]]
    first_line: str
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


def measured(course: Course, material: Material, start: Transformer) -> dict[str, Any]:
    """What a card says of a model that has learned and was `start` before."""
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
        "neighbours": neighbours(model, material), "neighbours_before": neighbours(start, material),
        "parameters": count(config).by_kind,
        "trail": course.trail, "samples": course.samples,
    }


def neighbours(model: Transformer, material: Material) -> dict[str, list[str]]:
    """The commonest tokens that have letters, each with its nearest in W_E among those that the text has."""
    labels = token_labels(material.tokenizer, model.config.d_vocab)
    seen = commonest(material, 1000)
    table = model.table.detach().numpy()
    space = Space([labels[row] for row in seen], np.ascontiguousarray(table[seen]))
    words = sorted((labels[row] for row in seen[:200] if any(map(str.isalpha, labels[row]))), key=_shortness)[:_WORDS]
    if len(seen) <= _NEIGHBOURS:
        return {}
    return {word: [one.label for one in space.near(word, n=_NEIGHBOURS)] for word in words}


def _shortness(label: str) -> int:
    """Words go before single letters; among equals, the order stays that of how common they are."""
    return 0 if len(label.strip()) > 1 or not label.strip().isascii() else 1


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
