"""What whoever wants a model that fills blanks may ask for."""

from dataclasses import dataclass
from typing import Literal, get_args

from armillary.errors import InputError
from armillary.learning.self_supervised.asked import SelfSupervised

Kind = Literal["pieces", "words"]


@dataclass(frozen=True, kw_only=True)
class Asked(SelfSupervised):
    """What is asked of a masked model.

    Attributes:
        tokenizer: what a token is: pieces of words, and each Chinese character; or whole words, Chinese ones too, as a
            dictionary cuts them, for questions about words: what is to be filled then needs blanks between its words.
    """

    tokenizer: Kind = "pieces"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tokenizer not in get_args(Kind):
            raise InputError("{name} is one of {known}, not {value!r}", name="tokenizer",
                             known=", ".join(get_args(Kind)), value=self.tokenizer)
