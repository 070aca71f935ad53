"""The compiled kernels (numba, extra `fast`): a shard's stretch of text, and the merging of shards.

`plain` says the same in plain Python, and a test holds the two equal, bit for bit.
"""

from typing import no_type_check

import numpy as np

from armillary.train.words import cbow_kernels, skipgram_kernels
from armillary.train.words.draws import compiled
from armillary.train.words.shard import How, Net, Targets, Text


def learn(text: Text, net: Net, targets: Targets, how: How) -> tuple[int, float]:
    """Learn from a stretch of text: the pairs, and the sum of their losses in nats."""
    method = cbow_kernels if how.cbow else skipgram_kernels
    found: tuple[int, float] = method.learn(text, net, targets, how)
    return found


@compiled
@no_type_check
def merge(base, replicas, rows, part, size):  # noqa: ANN001, ANN201
    """Bring together what the replicas learned of rows[0] to rows[1] (see `plain.merge`), in the order of the replicas.

    `base` is flat, `replicas` (s, ...) are too; all end with the same rows.
    """
    change = np.empty(size, np.float32)
    for row in range(rows[0], rows[1]):
        here = slice(row * size, (row + 1) * size)
        merged, moved = base[here], 0
        change[:] = 0
        for shard in range(len(replicas)):
            moved |= _gather(change, replicas[shard, here], merged)
        if moved:
            for k in range(size):
                merged[k] += part * change[k]
            for shard in range(len(replicas)):
                replicas[shard, here] = merged


@compiled
@no_type_check
def _gather(change, row, merged):  # noqa: ANN001, ANN202
    """Add what a replica learned of a row; 1 if it learned anything, else 0: of a row as it was nothing is written."""
    moved = np.int32(0)
    for k in range(len(change)):
        step = row[k] - merged[k]
        change[k] += step
        moved |= np.int32(step != 0)
    return moved
