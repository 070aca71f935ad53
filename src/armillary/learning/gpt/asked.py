"""What whoever wants a language model may ask for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from armillary.errors import InputError
from armillary.learning.self_supervised.asked import SelfSupervised

Kind = Literal["bytes", "characters", "pairs"]
Part = Literal["all", "W_E", "but-W_E", "lora"]
Recipe = Literal["published", "fast"]


@dataclass(frozen=True, kw_only=True)
class Asked(SelfSupervised):
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
        if self.share and self.train != "all":
            raise InputError("of a model that processes share all weights learn; leave --share or --train out")
        if self.start is None and self.train != "all":
            raise InputError("a part of the weights can learn where a model is gone on from (--from); in a new one all "
                             "of them must")
