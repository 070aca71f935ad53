"""What every reader of `formats` gives and every writer takes: labels, vectors, and what was odd about the file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.language import Note
from armillary.shapes import Float32, Int64
from armillary.text.ngrams import Subwords


@dataclass(frozen=True, eq=False)
class Points:
    """The content of a file of labelled points.

    Attributes:
        labels: n distinct labels.
        vectors: (n, d) float32, C-contiguous, all finite.
        counts: (n,) how often each label was seen, or None where the file does not say.
        subwords: n-gram vectors that give unseen words a point (fastText), or None.
        format: the format's name, as `armillary info` prints it.
        notes: what was odd and accepted, each counted (duplicates, undecodable bytes, rows dropped).
    """

    labels: Sequence[str]
    vectors: Float32[np.ndarray, "n d"]
    counts: Int64[np.ndarray, "n"] | None = None
    subwords: Subwords | None = None
    format: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Accept:
    """What a reader may let pass that it refuses by default; each has a flag of the same name.

    Attributes:
        short: a file with fewer rows than its header promises.
        drop_nonfinite: leave out rows with NaN or infinity, counted in a note.
        huge: lift the limits on line length and on what a compressed file may unpack to.
    """

    short: bool = False
    drop_nonfinite: bool = False
    huge: bool = False


STRICT = Accept()
