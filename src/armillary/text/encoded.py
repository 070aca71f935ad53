"""A text as numbers: what reading a corpus gives, and all that learning needs to know of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.language import Note
from armillary.shapes import Int32, Int64

END = -1  # stands in the ids where a sentence (a line, a basket) ends


@dataclass(frozen=True, eq=False)
class Encoded:
    """A corpus, encoded.

    Attributes:
        ids: (t,) the word at each place, as its row in `labels`; END after each sentence. Often memory-mapped.
        labels: v distinct words, the most frequent first; of equally frequent ones the smaller by code points.
        counts: (v,) how often each occurs in `ids`.
        notes: what was odd about the text, each counted (undecodable bytes, words left out as too rare).
    """

    ids: Int32[np.ndarray, "t"]
    labels: Sequence[str]
    counts: Int64[np.ndarray, "v"]
    notes: tuple[Note, ...] = ()

    @property
    def words(self) -> int:
        """How many words `ids` holds, sentence ends not counted."""
        return int(self.counts.sum())
