"""What came of the learning of a translator."""

from collections.abc import Sequence
from dataclasses import dataclass

from armillary.learning import card
from armillary.learning.supervised.figures import Part


@dataclass(frozen=True)
class Example:
    """A held-out source, what it should become, and what the translator says."""

    source: str
    target: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Card(card.Card):
    """What was learned, beside what all cards say.

    Attributes:
        columns: of sources and of targets.
        pairs: that were learned from.
        characters: all that the sources of these have.
        d_model, n_layers, n_heads, n_ctx, d_vocab: the model's.
        held: held-out sources of which the target is said exactly, to the last character.
        commonest: the same of who always says the commonest target.
        shown: the first of them.
        missed: the first of those that are not.
        command: repeats it, bit for bit on the same machine with as many threads.
        threads: that computed.
    """

    columns: tuple[str, str]
    pairs: int
    characters: str
    d_model: int
    n_layers: int
    n_heads: int
    n_ctx: int
    d_vocab: int
    held: Part
    commonest: Part
    shown: Sequence[Example]
    missed: Sequence[Example]
    command: str
    threads: int
