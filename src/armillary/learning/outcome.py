"""What came of a learning."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from armillary.formats.store import Store
from armillary.language import Note
from armillary.space import Space


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a learning.

    Attributes:
        space: the points.
        words: of the text that was learned from.
        loss: after each epoch, mean nats of a pair on a part of the text (GloVe: see `train.glove.GloveStep`); none for
            PPMI.
        held_out: the same on text that was held out, if any.
        words_per_second: of the text, while learning; None for the methods that count.
        seconds: the whole took, from the call to the result; of this session, where it was resumed.
        notes: what was odd, or decided otherwise than usual.
        watched: the folder with the ways of the watched words.
    """

    space: Space
    words: int
    loss: Sequence[float] = ()
    held_out: Sequence[float] = ()
    words_per_second: float | None = None
    seconds: float = 0.0
    notes: Sequence[Note] = field(default=())
    watched: Path | None = None

    @property
    def sha256(self) -> str:
        """SHA-256 of the vectors: float32, little-endian, row after row."""
        return sha256(np.ascontiguousarray(self.space.vectors, "<f4").data).hexdigest()


Made = tuple[Outcome, Store | None]
"""What came of it, and what was recorded of watched words."""
