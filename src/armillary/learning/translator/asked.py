"""What whoever wants a translator may ask for."""

from dataclasses import dataclass

from armillary.errors import InputError
from armillary.learning.supervised.asked import Supervised


@dataclass(frozen=True, kw_only=True)
class Asked(Supervised):
    """What is asked for.

    Attributes:
        source, target: the columns; found by their usual names, or the first and the second of two, if None.
        d_model: numbers in a point.
        n_layers: blocks of the encoder, and of the decoder as many.
    """

    source: str | None = None
    target: str | None = None
    d_model: int = 96
    n_layers: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.d_model < 8 or self.d_model % 8:
            raise InputError("d_model, the numbers in a point, is a multiple of 8 here, not {value}",
                             value=self.d_model)
        if self.n_layers < 1:
            raise InputError("a translator has one block at least on each side, not {value}", value=self.n_layers)
