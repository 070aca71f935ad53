"""Learn: a text from the page becomes vectors or a language model, one at a time, into the folder of the server.

What learns is imported when it is first asked for: a server's first picture does not wait for it.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from armillary.errors import InputError
from armillary.extras import have, need, numba_cache
from armillary.formats.aside import file_aside
from armillary.language import Note
from armillary.web.library import Library
from armillary.web.route import Nothing, Route
from armillary.web.schema import Expression, Range, Size
from armillary.web.unfinished import Unfinished, results
from armillary.web.workshop import Happened, Kind, Learning, Workshop

if TYPE_CHECKING:
    from armillary.learning import Report
    from armillary.learning.self_supervised.reports import Going

MOST = 8_000_000
"""Characters of a text, and bytes of the question that brings it."""
WATCHED = 100
"""Words, the commonest, whose ways are kept beside those that are asked for."""
_NAME = re.compile(r"[^\W_][\w-]{0,59}")


@dataclass(frozen=True)
class Vectors:
    """How vectors are learned (see `learn_vectors`); `watch` are words whose ways are kept."""

    method: Literal["skipgram", "cbow", "glove"] = "skipgram"
    vector_size: Annotated[int, Range(2, 300)] = 50
    window: Annotated[int, Range(1, 20)] = 5
    epochs: Annotated[int, Range(1, 200)] = 10
    min_count: Annotated[int, Range(1, 1000)] = 3
    seed: Annotated[int, Range(0, 2**31)] = 1
    watch: Annotated[tuple[Expression, ...], Size(100)] = ()


@dataclass(frozen=True)
class Gpt:
    """How a language model is learned (see `learn_gpt`); what is None is chosen by looking at the text."""

    minutes: Annotated[float, Range(0.05, 60)] = 1.0
    steps: Annotated[int, Range(10, 100_000)] | None = None
    tokenizer: Literal["bytes", "characters", "pairs"] | None = None
    seed: Annotated[int, Range(0, 2**31)] = 1


@dataclass(frozen=True)
class BeginQuestion:
    """A text that something is to be learned from, and what it is to be called."""

    kind: Kind
    name: Annotated[str, Size(60, 1)]
    text: Annotated[str, Size(MOST, 1)]
    vectors: Vectors = Vectors()
    gpt: Gpt = Gpt()


@dataclass(frozen=True)
class FollowQuestion:
    """From which place on what happened is to be told."""

    since: Annotated[int, Range(0, 10_000_000)] = 0


@dataclass(frozen=True)
class StopQuestion:
    """An end is asked for; what is learned is kept."""


@dataclass(frozen=True)
class Current:
    """The last learning: running, done or failed; `stopping` if an end was asked for."""

    name: str
    kind: str
    state: str
    stopping: bool


@dataclass(frozen=True)
class Learned:
    """Something that was learned here; `replay` tells whether its way was kept."""

    id: str
    kind: str
    replay: bool


@dataclass(frozen=True)
class Learns:
    """Whether there is a folder to learn into, what can be learned, what is being learned, and what was."""

    folder: str
    vectors: bool
    gpt: bool
    now: Current | None
    learned: tuple[Learned, ...]


def learns(library: Library, _: Nothing) -> Learns:
    """What stands in the workshop."""
    from armillary.learning.output import watched_of

    shop = library.workshop
    now = None if shop is None else shop.now
    told = None if now is None else Current(now.name, now.kind, now.state, now.stopped and now.state == "running")
    known = tuple(
        Learned(item.id, "vectors" if item.kind == "space" else "gpt", watched_of(item.path).exists())
        for item in library.of_kind("space", "model")
        if (shop is not None and item.path.parent == shop.folder) or watched_of(item.path).exists()
    )
    return Learns("" if shop is None else shop.folder.name, have("numba"), have("torch"), told, known)


def begin(library: Library, asked: BeginQuestion) -> Current:
    """Begin to learn."""
    shop = shop_of(library)
    if not _NAME.fullmatch(asked.name):
        raise InputError("a name is letters, digits, - and _, and begins with a letter or digit")
    if asked.kind == "gpt":
        need("torch")
    else:
        numba_cache()
        need("numba")
    text = shop.folder / f"{asked.name}.txt"
    out = shop.folder / (asked.name if asked.kind == "gpt" else f"{asked.name}.space")
    learning = Learning(asked.name, asked.kind)
    learn = _gpt if asked.kind == "gpt" else _vectors
    held: list[Unfinished] = []
    shop.begin(learning, lambda: held.append(_put(asked, text)),
               lambda: _learned(library, held[0], out, partial(learn, asked, learning, text, out)))
    return Current(asked.name, asked.kind, "running", False)


def stop(library: Library, _: StopQuestion) -> Learns:
    """Ask for an end."""
    shop_of(library).stop()
    return learns(library, Nothing())


def follow(library: Library, asked: FollowQuestion) -> AsyncIterator[Happened]:
    """What happens."""
    return shop_of(library).follow(asked.since)


def shop_of(library: Library) -> Workshop:
    """The one place where this server writes.

    Raises:
        InputError: it has none.
    """
    if library.workshop is None:
        raise InputError("this explorer has no folder to learn into; start it with --learn-into FOLDER")
    return library.workshop


def _put(asked: BeginQuestion, text: Path) -> Unfinished:
    """Write the text, unless something of that name is there."""
    folder, name = text.parent, asked.name
    if any((folder / one).exists() for one in (*results(name), text.name)):
        raise InputError("{name} is there already; choose another name", name=name)
    try:
        content = asked.text.encode()
    except UnicodeEncodeError:
        raise InputError("the text holds half a character (a lone surrogate)") from None
    unfinished = Unfinished(text)
    try:
        with file_aside(text) as file:
            file.write(content)
    except BaseException:
        unfinished.end(learned=False)
        raise
    return unfinished


def _learned(library: Library, unfinished: Unfinished, out: Path, learn: Callable[[], Any]) -> str:
    """Learn, and open what was learned; where that fails, nothing stays."""
    learned = False
    try:
        learn()
        learned = True
    finally:
        unfinished.end(learned)
    return library.add(out)


def _vectors(asked: BeginQuestion, learning: Learning, text: Path, out: Path) -> None:
    learning.tell(Happened("going", stage="reading"))
    from armillary.learning import vectors_learned
    from armillary.text.settings import CorpusSettings
    from armillary.train.corpus import read_corpus

    how = asked.vectors
    labels = read_corpus(text, CorpusSettings(min_count=how.min_count)).labels
    known = set(labels)
    lacking = [word for word in how.watch if word not in known]
    if lacking:
        learning.tell(Happened("note"), Note("not in the text often enough to be followed: {words}",
                                             {"words": ", ".join(lacking)}))
    watch = [*dict.fromkeys([*(word for word in how.watch if word in known), *labels[:WATCHED]])]

    def progress(told: "Report | Note") -> None:
        if isinstance(told, Note):
            return learning.tell(Happened("note"), told)
        ends = told.epoch_loss is not None
        return learning.tell(Happened(
            "look" if ends else "going", "", told.stage, told.fraction, told.epoch, told.epochs,
            told.epoch_loss if ends else told.loss, told.held_out, told.words_per_second, told.seconds_left,
        ))

    vectors_learned(text, out, {
        "method": how.method, "vector_size": how.vector_size, "window": how.window, "epochs": how.epochs,
        "min_count": how.min_count, "seed": how.seed, "watch": watch, "progress": progress, "seen": learning.seen,
        "enough": learning.enough, "snapshot_seconds": float("inf"), "force": True,
    })


def _gpt(asked: BeginQuestion, learning: Learning, text: Path, out: Path) -> None:
    learning.tell(Happened("going", stage="reading"))
    from armillary.learning.gpt.asked import Asked
    from armillary.learning.gpt.learn import gpt_learned

    def progress(told: "Going | Note") -> None:
        if isinstance(told, Note):
            return learning.tell(Happened("note"), told)
        return learning.tell(Happened(
            "going" if told.sample is None else "look", told.sample or "", "learning", told.step / told.steps,
            told.step, told.steps, told.loss, told.held_out, told.tokens_per_second, told.seconds_left,
        ))

    how = asked.gpt
    gpt_learned(text, out, Asked(
        minutes=how.minutes, steps=how.steps, tokenizer=how.tokenizer, seed=how.seed, progress=progress,
        seen=learning.seen, enough=learning.enough, snapshot_seconds=float("inf"), force=True,
    ))


ROUTES = (
    Route("learn", "What can be learned here, what is being learned, and what was.", Nothing, Learns, learns),
    Route("learn/begin", "Begin to learn from a text; needs the token.", BeginQuestion, Current, begin, most=4 * MOST),
    Route("learn/stop", "Ask the learning under way to end; what is learned is kept; needs the token.", StopQuestion,
          Learns, stop, most=1000),
    Route("learn/follow", "What happens in a learning, an event each.", FollowQuestion, Happened, follow, "events"),
)
