"""What whoever wants a classifier may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from armillary.errors import InputError
from armillary.learning.supervised.asked import Supervised

Part = Literal["all", "W_E", "but-W_E"]


@dataclass(frozen=True, kw_only=True)
class Asked(Supervised):
    """What is asked for.

    Attributes:
        text, label: the columns; found by their usual names if None.
        test: a table of the same columns to measure on, in place of rows that are held out.
        rows: learn from so many rows only, of each class its part.
        embedding: what W_E begins with: a space or a language model; small random numbers if None.
        d_model: numbers in a row of W_E; those of `embedding`, or 64.
        train: what learns: all, only W_E, or all but W_E.
        rule: a file with words for each class, a class a line; good and bad words, where the labels say these, if None.
        pairs: words whose cosines are told before and after.
    """

    text: str | None = None
    label: str | None = None
    test: str | Path | None = None
    rows: int | None = None
    embedding: str | Path | None = None
    d_model: int | None = None
    train: Part = "all"
    rule: str | Path | None = None
    pairs: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.train not in get_args(Part):
            raise InputError("{name} is one of {known}, not {value!r}",
                             name="train", known=", ".join(get_args(Part)), value=self.train)
        if self.d_model is not None and (self.embedding is not None or self.d_model < 1):
            raise InputError("d_model is 1 or more, and is not asked for where W_E begins with other points")
