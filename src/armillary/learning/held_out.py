"""A part of the text that is not learned from: whole sentences, the same ones every time."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Int32
from armillary.text.encoded import END, Encoded
from armillary.text.spool import Spool, sentences

_LONGEST = 1 << 20  # no sentence of a corpus is longer, and of baskets few are


def parted(encoded: Encoded, share: float, seed: int) -> tuple[Encoded, Int32[np.ndarray, "h"]]:
    """The text to learn from, and the ids of what is held out: each sentence with the chance `share`, one at least.

    Both lie on the disk, as the whole did, in files without a name. Labels stay as they are; counts are those of what
    is learned from.

    Raises:
        InputError: so few sentences that nothing is left to learn from.
        FileError: the disk is full.
    """
    drawn = np.random.default_rng(seed).random(np.count_nonzero(encoded.ids == END))
    chosen, done = drawn <= max(share, drawn.min(initial=1.0)), 0
    folder = Path(tempfile.gettempdir())
    counts = np.zeros(len(encoded.labels), np.int64)
    with Spool(folder) as kept, Spool(folder) as held:
        for block in sentences(encoded.ids, _LONGEST):
            ends = np.flatnonzero(block == END)
            out = np.zeros(len(block), bool)
            lengths = np.diff(ends, prepend=-1)
            out[: lengths.sum()] = np.repeat(chosen[done : done + len(ends)], lengths)
            done += len(ends)
            rest = block[~out]
            kept.append(rest)
            held.append(block[out])
            counts += np.bincount(rest[rest >= 0], minlength=len(counts))
        ids, apart = kept.ids(), held.ids()
    if not counts.any():
        raise InputError("the text has too few sentences to hold out {share:.1%} of them", share=share)
    return replace(encoded, ids=ids, counts=counts), apart
