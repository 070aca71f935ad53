"""The plainest spaces: one-hot points, which say nothing of each other, and raw counts, which already do.

They are what the learned spaces are compared with. A one-hot point has as many dimensions as there are labels, a single
1 among zeros; any two of them stand at 90 degrees. Counts of n-grams say how often each word stood beside each of the
most frequent ones: with `Window(1, "equal", symmetric=False)` those are bigrams, what follows a word (Shannon 1948).
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from armillary.errors import InputError
from armillary.space import Space
from armillary.train.cooccurrence import Cooccurrences

_MOST = 1 << 28  # numbers in a dense table: 1 GiB


def one_hot(labels: Sequence[str]) -> Space:
    """Each label a dimension of its own: n points in n dimensions.

    Raises:
        InputError: more labels than a dense table has room for (16,384).
    """
    _check_room(len(labels), len(labels))
    return Space(labels, np.eye(len(labels), dtype=np.float32), origin={"method": "one-hot"})


def count_space(counts: Cooccurrences, contexts: int = 1000) -> Space:
    """Each word as how often it was counted with each of the `contexts` most frequent words: n points, one column each.

    Raises:
        InputError: no context, or more numbers than a dense table has room for.
    """
    v = len(counts.offsets) - 1
    contexts = min(contexts, v)
    if contexts < 1:
        raise InputError("at least one context must be taken, not {contexts}", contexts=contexts)
    _check_room(v, contexts)
    vectors = np.zeros((v, contexts), np.float32)
    rows = np.repeat(np.arange(v), np.diff(counts.offsets))
    near = counts.columns < contexts
    vectors[rows[near], counts.columns[near]] = counts.weights[near] / counts.window.scale
    facts = {"method": "counts", "contexts": contexts, "window": asdict(counts.window)}
    return Space(counts.corpus.labels, vectors, counts=counts.corpus.counts, origin=facts)


def _check_room(rows: int, columns: int) -> None:
    if rows * columns > _MOST:
        raise InputError(
            "{rows:,} points of {columns:,} numbers do not fit; take fewer, or learn vectors",
            rows=rows, columns=columns,
        )
