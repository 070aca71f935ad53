"""The settings of one learning, said by name, sorted into those of the text, of the method, and of how it goes."""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import numpy as np

from armillary.errors import InputError
from armillary.learning.reports import Progress, never, nobody
from armillary.learning.watched import Seen, unseen
from armillary.opening import open_space as open_target
from armillary.space import Space
from armillary.train.cooccurrence import Window
from armillary.train.glove import GlovePlan
from armillary.train.ppmi import PpmiPlan
from armillary.train.words import Plan

Method = Literal["skipgram", "cbow", "glove", "ppmi"]
METHODS = get_args(Method)
HELD_OUT = 0.01
"""The part of the text that is held out where patience asks for some and nobody says how much."""

_NEURAL = ("start", "freeze", "held_out", "patience")
_KINDS: Mapping[str, type[Plan] | type[GlovePlan] | type[PpmiPlan]] = {
    "skipgram": Plan, "cbow": Plan, "glove": GlovePlan, "ppmi": PpmiPlan,
}
# GloVe's own alpha is a power of counts: whoever says alpha here means a learning rate, which is its eta.
_NOT_HERE: Mapping[str, set[str]] = {
    "skipgram": set(), "cbow": set(), "glove": {"alpha", *_NEURAL}, "ppmi": {"watch", *_NEURAL},
}
_GENSIM = {
    "sg": "method", "size": "vector_size", "iter": "epochs", "sentences": "source", "corpus_file": "source",
    "max_final_vocab": "max_vocab", "max_vocab_size": "max_vocab", "min_n": "minn", "max_n": "maxn",
}

T = TypeVar("T")


@dataclass(frozen=True)
class Conduct:
    """How a learning goes, beside the settings of its method.

    Attributes:
        start: vectors to begin with, or where they lie: a file, a folder, a name on the shelf.
        freeze: words whose vectors stay as they begin.
        held_out: the part of the text, in whole sentences, that is not learned from but measured after each epoch.
        patience: stop when the loss on held-out text has not fallen for so many epochs; 0 never stops before the end.
        watch: words whose way is recorded (see `Watched`).
        snapshot_seconds: how often all is saved beside the output while it learns.
        resume: go on from what is saved there.
        force: replace an output that is there, and a snapshot beside it.
        progress: told how far it is.
        seen: shown the watched words whenever their places are recorded.
        enough: asked after each step whether to end there, with what is learned.
    """

    start: Space | str | Path | None = None
    freeze: Sequence[str] = ()
    held_out: float = 0.0
    patience: int = 0
    watch: Sequence[str] = ()
    snapshot_seconds: float = 60.0
    resume: bool = False
    force: bool = False
    progress: Progress = nobody
    seen: Seen = unseen
    enough: Callable[[], bool] = never

    def __post_init__(self) -> None:
        if not 0 <= self.held_out <= 0.5:
            raise InputError("held_out is a part of the text from 0 to 0.5, not {value}", value=self.held_out)
        if self.patience < 0:
            raise InputError("patience is a number of epochs, not {value}", value=self.patience)


@dataclass(frozen=True)
class Job:
    """What is to be done.

    Attributes:
        method: one of METHODS.
        plan: its settings.
        window: what stands near, for the methods that count; None for the others.
        start: the vectors to begin with.
        conduct: how it goes.
    """

    method: str
    plan: Plan | GlovePlan | PpmiPlan
    window: Window | None
    start: Space | None
    conduct: Conduct

    def asked(self, text: Any) -> dict[str, Any]:
        """All that the result depends on, as JSON holds it: who resumes must ask for the same."""
        facts = {"method": self.method, **asdict(text), **asdict(self.plan)}
        if self.window is not None:
            facts["window"] = self.window.size
        start = "" if self.start is None else sha256(np.ascontiguousarray(self.start.vectors).data).hexdigest()
        conduct = self.conduct
        facts |= {"start": start, "freeze": sorted(conduct.freeze), "watch": list(conduct.watch),
                  "held_out": conduct.held_out, "patience": conduct.patience}
        facts = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in facts.items()}
        told: dict[str, Any] = json.loads(json.dumps(facts))
        return {name: value for name, value in told.items() if name != "workers"}


def sorted_out(method: str, settings: Mapping[str, Any], text: type[T]) -> tuple[Job, T]:
    """The job, and the settings of the text as a `text`, from settings by name; those that are None were not said.

    Raises:
        InputError: a setting that nothing has, or a value that makes no sense.
        NotFound, FileError: `start` cannot be opened.
    """
    if method not in METHODS:
        raise InputError("method is one of {known}, not {value!r}", known=", ".join(METHODS), value=method)
    said = {name: value for name, value in settings.items() if value is not None}
    kind = _KINDS[method]
    takes = {"window"} | {field.name for of in (kind, Conduct, text) for field in fields(of)}  # type: ignore[arg-type]
    takes -= {"method", *_NOT_HERE[method]}
    for name in said:
        if name not in takes:
            raise _no_such_setting(name, method, sorted(takes))
    conduct = _of(Conduct, {name: (value,) if name in ("freeze", "watch") and isinstance(value, str) else value
                            for name, value in said.items()})
    if conduct.patience and not conduct.held_out:
        conduct = replace(conduct, held_out=HELD_OUT)
    start = conduct.start if conduct.start is None or isinstance(conduct.start, Space) else open_target(conduct.start)
    if start is not None:
        said.setdefault("vector_size", start.dim)
    plan = _of(kind, {**said, "method": method})
    if isinstance(plan, Plan):
        return Job(method, plan, None, start, conduct), _of(text, said)
    window = Window(said.get("window", 15)) if method == "glove" else Window(said.get("window", 5), "linear")
    return Job(method, plan, window, start, conduct), _of(text, said)


def _of(kind: type[T], settings: Mapping[str, Any]) -> T:
    """A dataclass from those settings that it has."""
    mine = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in settings.items() if name in mine})


def _no_such_setting(name: str, method: str, known: Sequence[str]) -> InputError:
    near = [_GENSIM[name]] if name in _GENSIM else difflib.get_close_matches(name, known, 3, 0.65)
    return InputError(
        "{name} is no setting of {method} here; near it: {listed}" if near else "{name} is no setting of {method} here",
        name=name, method=method, listed=", ".join(near),
    )
