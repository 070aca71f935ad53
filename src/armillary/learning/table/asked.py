"""What whoever wants to learn from a table may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from armillary.errors import InputError
from armillary.learning.supervised.asked import Supervised

Kind = Literal["number", "class"]
Form = Literal["network", "line"]


@dataclass(frozen=True, kw_only=True)
class Asked(Supervised):
    """What is asked for.

    Attributes:
        target: the column that is guessed.
        columns: those that it is guessed from; all others if none is named.
        categories: columns of numbers that are taken as categories.
        kind: whether a number or a class is guessed; by its cells if None.
        model: an MLP over points of categories, or a line: one weight for each column of numbers, and one more.
        one_hot: categories as one-hot rows in place of points.
        width: numbers in the point of a category; by the number of categories if None.
        hidden: numbers in the hidden layer.
    """

    target: str
    columns: Sequence[str] = ()
    categories: Sequence[str] = ()
    kind: Kind | None = None
    model: Form = "network"
    one_hot: bool = False
    width: int | None = None
    hidden: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, kinds in (("kind", (*get_args(Kind), None)), ("model", get_args(Form))):
            if getattr(self, name) not in kinds:
                raise InputError("{name} is one of {known}, not {value!r}", name=name,
                                 known=", ".join(filter(None, kinds)), value=getattr(self, name))
        if (self.width is not None and self.width < 1) or self.hidden < 1:
            raise InputError("the width of a point and the hidden layer are 1 or more")
        if self.target in self.columns:
            raise InputError("the column {name!r} cannot be guessed from itself", name=self.target)
        if self.model == "line" and (self.one_hot or self.width or self.kind == "class"):
            raise InputError("a line has a weight for each column of numbers, and guesses a number; it has no points")
