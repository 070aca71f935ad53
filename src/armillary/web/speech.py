"""The next word: scores, what the settings of the drawing make of them, texts that go on, texts that surprise."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from armillary.errors import InputError
from armillary.speak.candidates import candidates, name
from armillary.speak.sample import NEVER, Sampling, chances, draw, keep_min_p, keep_top_k, keep_top_p, softmax
from armillary.speak.write import Limits, Spelling
from armillary.web.library import Library
from armillary.web.patience import LONG, still_wanted
from armillary.web.route import Route
from armillary.web.schema import Name, Range, Size

Seed = Annotated[int, Range(0, 2**31)]
Prompt = Annotated[str, Size(400_000)]
"""As long as the model's context, which counts tokens: a text beyond it is refused with both numbers."""


@dataclass(frozen=True)
class Settings:
    """How the next token is chosen (see `speak.sample.Sampling`)."""

    temperature: Annotated[float, Range(0, 100)] = 1.0
    top_k: Annotated[int, Range(0, 1_000_000)] = 0
    top_p: Annotated[float, Range(0.0001, 1)] = 1.0
    min_p: Annotated[float, Range(0, 1)] = 0.0

    @property
    def sampling(self) -> Sampling:
        """The same for the library."""
        return Sampling(self.temperature, self.top_k, self.top_p, self.min_p)


@dataclass(frozen=True)
class NextQuestion:
    """A text whose next token is asked for; `draws` tokens are drawn to see what chance does."""

    id: Name
    text: Prompt
    settings: Settings = Settings()
    n: Annotated[int, Range(1, 200)] = 20
    draws: Annotated[int, Range(0, 1000)] = 0
    seed: Seed = 0


@dataclass(frozen=True)
class Choice:
    """A token that may come next, at every step from its score to its chance.

    Attributes:
        logit: its score.
        scaled: divided by the temperature.
        plain: its chance by the scores as they are.
        kept_k, kept_p, kept_min: whether top k, then top p, then min p let it through.
        chance: its chance to be drawn.
        drawn: how often it was drawn.
    """

    id: int
    token: str
    logit: float
    scaled: float
    plain: float
    kept_k: bool
    kept_p: bool
    kept_min: bool
    chance: float
    drawn: int


@dataclass(frozen=True)
class NextWords:
    """The likeliest tokens, and how many there are after each step.

    Attributes:
        choices: by their scores, the highest first.
        total: how many have a score.
        left_k, left_p, left_min: how many are left after top k, top p, min p.
        entropy: of the chances, in bits.
        others: the chance of all that are not listed.
        denominator: the sum of e^(scaled - highest scaled) over those that are left.
        tokens: how many tokens the text has, of `n_ctx`.
    """

    choices: tuple[Choice, ...]
    total: int
    left_k: int
    left_p: int
    left_min: int
    entropy: float
    others: float
    denominator: float | None
    tokens: int
    n_ctx: int


@dataclass(frozen=True)
class WriteQuestion:
    """A text that is to go on.

    Attributes:
        after: the tokens that this question has been answered with so far, to be gone on from.
    """

    id: Name
    text: Prompt
    settings: Settings = Settings()
    most: Annotated[int, Range(1, 500)] = 40
    seed: Seed = 0
    after: Annotated[tuple[Annotated[int, Range(0, 2**31)], ...], Size(4_096)] = ()


@dataclass(frozen=True)
class Written:
    """A token that was written: what it adds to the text, its chance, how surprising it is in nats."""

    id: int
    token: str
    text: str
    chance: float
    nats: float
    ending: str


@dataclass(frozen=True)
class LossQuestion:
    """A text to be read."""

    id: Name
    text: Prompt


@dataclass(frozen=True)
class Surprise:
    """A token of a text; `nats` is None where nothing stands before it."""

    id: int
    token: str
    nats: float | None


@dataclass(frozen=True)
class Losses:
    """How surprising a text is."""

    tokens: tuple[Surprise, ...]
    nats_per_token: float
    bits_per_byte: float
    perplexity: float


def next_words(library: Library, asked: NextQuestion) -> NextWords:
    """What may come next, and what each setting does to it."""
    model = library.model(asked.id)
    scores = library.once(("scores", asked.id, asked.text), lambda: model.scores(asked.text))
    how = asked.settings
    scaled = scores / np.float32(how.temperature or 1.0)
    after_k = keep_top_k(scaled, how.top_k)
    after_p = keep_top_p(after_k, how.top_p)
    after_min = keep_min_p(after_p, how.min_p)
    odds, plain = chances(scores, how.sampling), softmax(scores)
    drawn = _draws(odds, asked.draws, asked.seed)
    best = candidates(scores, model.tokenizer, asked.n)
    kept_k, kept_p, kept_min = (each > NEVER for each in (after_k, after_p, after_min))
    choices = tuple(
        Choice(one.id, one.token, one.logit, float(scaled[one.id]), float(plain[one.id]), bool(kept_k[one.id]),
               bool(kept_p[one.id]), bool(kept_min[one.id]), float(odds[one.id]), drawn.get(one.id, 0))
        for one in best
    )
    positive, left = odds[odds > 0], after_min[kept_min].astype(np.float64)
    return NextWords(
        choices, len(scores), int(kept_k.sum()), int(kept_p.sum()), int(kept_min.sum()),
        float(-(positive * np.log2(positive)).sum()) + 0.0, max(0.0, 1 - sum(one.chance for one in choices)),
        float(np.exp(left - left.max()).sum()) if how.temperature else None, len(model.ids(asked.text)),
        model.config.n_ctx,
    )


def _draws(odds: np.ndarray, count: int, seed: int) -> dict[int, int]:
    """How often each token came when `count` were drawn."""
    random = np.random.default_rng(seed)
    found: dict[int, int] = {}
    for _ in range(count):
        one = draw(odds, random)
        found[one] = found.get(one, 0) + 1
    return found


def write(library: Library, asked: WriteQuestion) -> Iterator[Written]:
    """The text goes on, token by token."""
    model = library.model(asked.id)
    most = len(asked.after) + asked.most
    writing = model.write(asked.text, asked.settings.sampling, Limits(most=most), asked.seed)
    spelling = Spelling(model.tokenizer)

    def steps() -> Iterator[Written]:
        writing.go_on(asked.after)
        for one in asked.after:
            spelling.feed(one)  # a character may have been written in part
        for step in writing:
            text = "" if writing.ending == "stop" else spelling.feed(step.id)
            yield Written(step.id, name(model.tokenizer, step.id), text, step.chance, step.nats, writing.ending)

    return steps()


def losses(library: Library, asked: LossQuestion) -> Losses:
    """How surprising each token of a text is."""
    model = library.model(asked.id)
    count = len(model.ids(asked.text))
    if count > model.config.n_ctx:
        raise InputError("the text has {count} tokens, more than the context of {n_ctx} that this model has",
                         count=count, n_ctx=model.config.n_ctx)
    found = model.perplexity(asked.text, max(2, count), told=lambda done, of: still_wanted())
    ids = model.tokenizer.encode(asked.text).tolist()
    nats = [None] * (len(ids) - len(found.nats)) + found.nats.tolist()
    tokens = tuple(Surprise(one, name(model.tokenizer, one), loss) for one, loss in zip(ids, nats, strict=True))
    return Losses(tokens, found.nats_per_token, found.bits_per_byte, found.perplexity)


ROUTES = (
    Route("next", "What may come next, and what each setting does to it.", NextQuestion, NextWords, next_words,
          seconds=LONG),
    Route("write", "A text that goes on, an event a token.", WriteQuestion, Written, write, "events", seconds=LONG),
    Route("losses", "How surprising each token of a text is.", LossQuestion, Losses, losses, seconds=LONG),
)
