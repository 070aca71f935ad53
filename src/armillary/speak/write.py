"""A text that goes on: scores, a token drawn, its score read on, and again.

    writing = Writing(engine, ids, Sampling(temperature=0.0), Limits(most=50))
    for step in writing:            one token each
        ...
    writing.ending                  why it ended

What a model has read and what the text is are two things once the text is longer than the context: the model then sees
a window of it. Nothing of what lies before is left in it, since keys and values are computed anew from the window.
"""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from armillary.errors import InputError
from armillary.speak.engine import Engine, Reading, Scores
from armillary.speak.sample import Sampling, chances, draw
from armillary.text.tokenizer import Tokenizer

PLAIN = Sampling()
OnFull = Literal["stop", "slide"]
Ending = Literal["", "most", "stop", "full"]
"""Not ended; as many tokens as were asked for; the model said that it was done; the context is full."""


@dataclass(frozen=True)
class Limits:
    """How long a text may become.

    Attributes:
        most: tokens to write.
        stops: ids with which the model says that it is done.
        context: the most tokens that the model may see at once; its own n_ctx if 0.
        on_full: what to do when so many are there: "stop", or "slide": forget the first half of what it sees, read the
            second half anew, and go on.
        frame: how many tokens at the beginning always stay (a model is used to the token that begins a text).
    """

    most: int = 100
    stops: frozenset[int] = frozenset()
    context: int = 0
    on_full: OnFull = "stop"
    frame: int = 0


ALL = Limits()


@dataclass(frozen=True)
class Step:
    """One token written.

    Attributes:
        id: the token.
        chance: that it was drawn, with the settings of the drawing.
        nats: how surprising the model finds it: -ln of its chance by the scores as they are.
    """

    id: int
    chance: float
    nats: float


class Writing:
    """A text that a model continues; iterate for the steps, as often as it is not ended.

    Attributes:
        ids: the text so far.
        given: how many of them were there at the beginning.
        forgotten: how many of the first (after the frame) the model no longer sees.
        ending: why it ended.
        reading: what the model has read of it.
        engine: what computes scores.
    """

    def __init__(
        self, engine: Engine, ids: Sequence[int], how: Sampling = PLAIN, limits: Limits = ALL, seed: int = 0,
        reading: Reading | None = None,
    ) -> None:
        """Begin with `ids`.

        Args:
            engine: what computes scores.
            ids: the text so far.
            how: the settings of the drawing.
            limits: how long it may become.
            seed: makes every draw repeatable.
            reading: that of a beginning of `ids`, which need not be read again.

        Raises:
            InputError: no ids, a context that the model does not have, or one that the text has filled already.
        """
        self.context = limits.context or engine.n_ctx
        if not limits.frame + 1 < self.context <= engine.n_ctx:
            raise InputError("a context of {context} tokens cannot be had: this model's goes from {least} to {most}",
                             context=self.context, least=limits.frame + 2, most=engine.n_ctx)
        if not len(ids):
            raise InputError("there is no text to go on from, and this model has no token that begins one")
        if len(ids) >= self.context and limits.on_full == "stop":
            raise InputError("the text has {count} tokens and fills the context of {context}; with --on-full slide "
                             "the model reads its end", count=len(ids), context=self.context)
        self.ids, self.given, self.forgotten = list(ids), len(ids), 0
        self.ending: Ending = ""
        self.engine, self._how, self._limits = engine, how, limits
        self._random = np.random.default_rng(seed)
        self.reading = reading or engine.start()

    def go_on(self, written: Sequence[int]) -> None:
        """Take up a text where it was left: after `written`, what this seed had drawn by then; no reading has begun.

        What comes next is what would have come had nobody stopped; `Limits.most` counts `written` too.
        """
        for one in written:
            self._random.standard_exponential(self.engine.d_vocab)  # the waits of a draw that was made (see `draw`)
            self.ids.append(one)
            self.ending = self._ended(one)

    @property
    def written(self) -> list[int]:
        """The ids that were added."""
        return self.ids[self.given :]

    @property
    def window(self) -> list[int]:
        """The ids that the model sees."""
        frame = self._limits.frame
        return self.ids[:frame] + self.ids[frame + self.forgotten :]

    def __iter__(self) -> Iterator[Step]:
        while not self.ending:
            ids = self.unread()  # may begin another reading
            yield self.take(self.reading.read(ids))

    def take(self, scores: Scores) -> Step:
        """Write the token that is drawn by the scores after all that there is."""
        odds = chances(scores, self._how, self.ids)
        one = draw(odds, self._random)
        self.ids.append(one)
        self.ending = self._ended(one)
        return Step(one, float(odds[one]), surprise(scores, one))

    def unread(self) -> list[int]:
        """What is to be read before the next token is drawn: the last one, or a window from its beginning."""
        over = len(self.window) - self.context
        if over > 0:
            first = not self.reading.n_tokens  # a text that was too long from the start keeps as much as fits
            self.forgotten += over if first else over + (self.context - self._limits.frame) // 2
            self.reading = self.engine.start()
        return self.window[self.reading.n_tokens :]

    def _ended(self, one: int) -> Ending:
        if one in self._limits.stops:
            return "stop"
        if len(self.ids) - self.given >= self._limits.most:
            return "most"
        if len(self.window) >= self.context and self._limits.on_full == "stop":
            return "full"
        return ""


def surprise(scores: Scores, one: int) -> float:
    """-ln of the chance that the scores give a token, in nats."""
    shifted = scores.astype(np.float64) - scores.max()
    return float(np.log(np.exp(shifted).sum()) - shifted[one])


class Spelling:
    """Tokens to text as they come: a character that is spread over several is given once it is whole."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, one: int) -> str:
        """The characters that are whole with this token; those that stand for nothing are given as their number."""
        piece = self._tokenizer.spelled(one)
        return self._decoder.decode(f"<{one}>".encode() if piece is None else piece)

    def end(self) -> str:
        """What is left of a character that was never whole: U+FFFD."""
        return self._decoder.decode(b"", final=True)
