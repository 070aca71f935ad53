"""A conversation: turns laid out as one text that the model continues, and what is forgotten when they no longer fit.

A template says how turns are laid out: which special tokens stand between them. Ours are functions (`Template`); the
templates in files are little programs, and are never run (llama-cpp-python did, and could be made to run anything:
CVE-2024-34359). What looks like a special token in a message is text: nobody can end their own turn and speak for the
system.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from armillary.errors import InputError
from armillary.speak.engine import Engine, Reading
from armillary.speak.sample import Sampling
from armillary.speak.write import Ending, Limits, Spelling, Writing
from armillary.text.tokenizer import Tokenizer

Role = Literal["system", "user", "assistant"]
DRAWN, SHORT = Sampling(temperature=0.7), Limits(most=512)


@dataclass(frozen=True)
class Turn:
    """What one side said."""

    role: Role
    text: str


@dataclass(frozen=True)
class Mark:
    """A special token, as it is written."""

    text: str


Piece = Mark | str


@dataclass(frozen=True)
class Template:
    """How turns become one text.

    Attributes:
        name: what it is called.
        pieces: lays out turns, up to where the next answer begins.
        end: the special token that ends an answer.
    """

    name: str
    pieces: Callable[[Sequence[Turn]], Sequence[Piece]]
    end: str

    def ids(self, turns: Sequence[Turn], tokenizer: Tokenizer) -> list[int]:
        """The ids of `turns` and of the beginning of an answer.

        Raises:
            InputError: the tokenizer lacks a special token of this template.
        """
        found: list[int] = []
        for marked, run in groupby(self.pieces(turns), lambda piece: isinstance(piece, Mark)):
            if marked:
                found += [self._mark(tokenizer, piece.text) for piece in run if isinstance(piece, Mark)]
            else:
                found += self._text(tokenizer, "".join(str(piece) for piece in run))
        return found

    def stop(self, tokenizer: Tokenizer) -> int:
        """The id that ends an answer."""
        return self._mark(tokenizer, self.end)

    def _mark(self, tokenizer: Tokenizer, text: str) -> int:
        for one in tokenizer.vocabulary.added:
            if one.text == text:
                return one.id
        raise InputError("the template {name} needs the token {mark}, which this model's tokenizer does not have; "
                         "--template chooses another", name=self.name, mark=text)

    def _text(self, tokenizer: Tokenizer, text: str) -> list[int]:
        """The ids of a text, in which no mark of ours counts, be it special or only looked for first."""
        marks = {piece.text for piece in self.pieces([Turn("user", "")]) if isinstance(piece, Mark)} | {self.end}
        looked_for = {one.text for one in tokenizer.vocabulary.added if not one.special} & marks
        parts = [text]
        for mark in looked_for:  # cut in two, it is not found
            parts = [half for part in parts for half in _halves(part, mark)]
        return [one for part in parts if part for one in tokenizer.encode(part).tolist()]


def _halves(text: str, mark: str) -> Iterator[str]:
    """`text` in parts none of which holds `mark`."""
    first, *others = text.split(mark)
    for other in others:
        yield first + mark[:1]
        first = mark[1:] + other
    yield first


@dataclass
class Answer:
    """What the model said to a message.

    Attributes:
        text: the answer, filled while it is written.
        ending: why it ended (see `write.Ending`).
        tokens: how many the conversation takes in the context now.
        forgotten: how many turns, the oldest, the model did not see.
    """

    text: str = ""
    ending: Ending = ""
    tokens: int = 0
    forgotten: int = 0


class Chat:
    """A conversation with a model.

    Attributes:
        turns: everything that was said, forgotten or not.
        forgotten: how many turns after the system's, the oldest, no longer fit.
        context: the most tokens that the model sees at once.
    """

    def __init__(
        self, engine: Engine, tokenizer: Tokenizer, template: Template, system: str = "",
        how: Sampling = DRAWN, limits: Limits = SHORT,
    ) -> None:
        """Begin a conversation; `system` is what the model is told first."""
        self.turns: list[Turn] = [Turn("system", system)] if system else []
        self.forgotten = 0
        self.context = limits.context or engine.n_ctx
        self._system = len(self.turns)
        self._engine, self._tokenizer, self._template = engine, tokenizer, template
        self._how = how
        stops = limits.stops | {template.stop(tokenizer)}
        self._limits = replace(limits, stops=stops, context=self.context, on_full="stop", frame=0)
        self._reading: Reading | None = None
        self._read: list[int] = []

    def say(self, message: str, seed: int = 0) -> Generator[tuple[str, Answer], None, None]:
        """Say something; yields the answer piece by piece as it is written, with what is known of it so far.

        What was written stays part of the conversation even if the caller stops listening.

        Args:
            message: what the user says.
            seed: makes the answer repeatable.

        Raises:
            InputError: the message alone does not fit.
        """
        self.turns.append(Turn("user", message))
        try:
            ids = self._fitting()
        except InputError:
            self.turns.pop()
            raise
        writing = Writing(self._engine, ids, self._how, self._limits, seed, self._known(ids))
        spelling, answer = Spelling(self._tokenizer), Answer(forgotten=self.forgotten)
        try:
            for step in writing:
                piece = "" if writing.ending == "stop" else spelling.feed(step.id)
                answer.text += piece
                answer.ending, answer.tokens = writing.ending, len(writing.ids)
                yield piece, answer
            rest = spelling.end()
            answer.text += rest
            yield rest, answer
        finally:
            self.turns.append(Turn("assistant", answer.text))
            self._reading, self._read = writing.reading, writing.ids[: writing.reading.n_tokens]

    def _fitting(self) -> list[int]:
        """The ids of the turns that fit with room for an answer: the oldest go first, the system's words stay."""
        room = min(self._limits.most, self.context // 2)
        while True:
            kept = self.turns[: self._system] + self.turns[self._system + self.forgotten :]
            ids = self._template.ids(kept, self._tokenizer)
            if len(ids) + room <= self.context:
                return ids
            if len(kept) == self._system + 1:
                raise InputError("the message takes {count} tokens; the context of {context} has no room for it and an "
                                 "answer", count=len(ids), context=self.context)
            self.forgotten += 2  # a question and its answer

    def _known(self, ids: Sequence[int]) -> Reading | None:
        """What was read already, if the text goes on from it."""
        return self._reading if self._read and self._read == list(ids[: len(self._read)]) else None
