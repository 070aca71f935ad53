"""What whoever wants a model may ask for; all that is left unsaid is chosen by looking at the text."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from armillary.errors import InputError
from armillary.learning.gpt.reports import Progress, nobody
from armillary.learning.reports import never
from armillary.learning.watched import Seen, unseen

Kind = Literal["bytes", "characters", "pairs"]
Part = Literal["all", "W_E", "but-W_E", "lora"]
Recipe = Literal["published", "fast"]


@dataclass(frozen=True, kw_only=True)
class Basics:
    """What may be asked of any model that a text becomes.

    Attributes:
        minutes: how long it may learn; the model is made as large as is good for that time.
        steps: how many steps in place of what the pace of this machine gives: repeats an earlier plan bit for bit.
        d_model, n_layers, context, batch: the size; chosen if None.
        seed: of all that is drawn.
        snapshot_seconds: how often all is saved beside the output.
        resume: go on from what is saved there.
        force: replace what is there.
        progress: told how far it is.
        seen: shown the rows of W_E of the commonest tokens at each look.
        enough: asked after each step whether to end there, with what is learned.
    """

    minutes: float = 2.0
    steps: int | None = None
    d_model: int | None = None
    n_layers: int | None = None
    context: int | None = None
    batch: int | None = None
    seed: int = 1
    snapshot_seconds: float = 60.0
    resume: bool = False
    force: bool = False
    progress: Progress = nobody
    seen: Seen = unseen
    enough: Callable[[], bool] = never

    def __post_init__(self) -> None:
        if not 0 < self.minutes < 1e6:
            raise InputError("minutes is a number above 0, not {value}", value=self.minutes)


@dataclass(frozen=True, kw_only=True)
class Asked(Basics):
    """What is asked of a language model.

    Attributes:
        tokenizer: what a token is; chosen if None.
        recipe: what a new model is: of a kind that others open too, or one that learns faster (see `recipes`).
        start: a model to go on from: a file, a folder, a name on the shelf.
        train: which of its weights learn: all, only W_E, all but W_E, or low-rank additions to the matrices of blocks.
    """

    tokenizer: Kind | None = None
    recipe: Recipe = "published"
    start: str | Path | None = None
    train: Part = "all"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, kinds in (("tokenizer", get_args(Kind)), ("train", get_args(Part)), ("recipe", get_args(Recipe))):
            value = getattr(self, name)
            if value is not None and value not in kinds:
                raise InputError("{name} is one of {known}, not {value!r}",
                                 name=name, known=", ".join(kinds), value=value)
        if self.start is not None and (self.tokenizer or self.d_model or self.n_layers):
            raise InputError("a model that is gone on from has its tokenizer and its size already")
        if self.start is not None and self.recipe != "published":
            raise InputError("a recipe is for a new model; one that is gone on from is what it is")
        if self.start is None and self.train != "all":
            raise InputError("a part of the weights can learn where a model is gone on from (--from); in a new one all "
                             "of them must")
