"""fastText files put together field by field, so that tests can make any of them lie."""

import struct

import numpy as np

DIM, BUCKETS = 3, 4
WORDS = [(b"</s>", 9, 0), (b"the", 7, 0), ("国王".encode(), 2, 0)]


def dense(rows, columns, seed=0):
    numbers = np.random.default_rng(seed).normal(size=(rows, columns)).astype("<f4")
    return struct.pack("<2q", rows, columns) + numbers.tobytes()


def quantised(rows, columns, step=2, normed=True, seed=0):
    rng = np.random.default_rng(seed)
    pieces = -(-columns // step)
    last = columns - (pieces - 1) * step
    head = struct.pack("<?2qi", normed, rows, columns, rows * pieces)
    codes = rng.integers(0, 256, (rows, pieces)).astype("u1").tobytes()
    centroids = struct.pack("<4i", columns, pieces, step, last) + rng.normal(size=columns * 256).astype("<f4").tobytes()
    if not normed:
        return head + codes + centroids
    norms = rng.integers(0, 256, rows).astype("u1").tobytes()
    lengths = struct.pack("<4i", 1, 1, 1, 1) + rng.normal(size=256).astype("<f4").tobytes()
    return head + codes + centroids + norms + lengths


def arguments(version=12, dim=DIM, model=2, buckets=BUCKETS, minn=2, maxn=4):
    return struct.pack("<14id", 793712314, version, dim, 5, 5, 1, 5, 1, 2, model, buckets, minn, maxn, 100, 1e-4)


def dictionary(entries=WORDS, pruned=None, size=None, words=None, labels=None, kept=None):
    true_words = sum(kind == 0 for _, _, kind in entries)
    words = true_words if words is None else words
    labels = len(entries) - true_words if labels is None else labels
    kept = (-1 if pruned is None else len(pruned)) if kept is None else kept
    head = struct.pack("<3i2q", len(entries) if size is None else size, words, labels, 18, kept)
    body = b"".join(name + b"\0" + struct.pack("<qb", count, kind) for name, count, kind in entries)
    return head + body + b"".join(struct.pack("<2i", *pair) for pair in pruned or [])


def model(head=None, words=None, matrix=None, output=None, flags=(0, 0)):
    """A good small model, where parts are not replaced."""
    return b"".join([
        arguments() if head is None else head,
        dictionary() if words is None else words,
        bytes([flags[0]]),
        dense(len(WORDS) + BUCKETS, DIM) if matrix is None else matrix,
        bytes([flags[1]]),
        dense(len(WORDS), DIM) if output is None else output,
    ])


PRUNED = [(3, 0), (0, 1)]
"""Of the four buckets, number 3 has the first row and number 0 the second."""


def quantised_model(matrix=None, output=None, flags=(1, 0), pruned=PRUNED):
    """A quantised and pruned model."""
    return model(
        words=dictionary(pruned=pruned),
        matrix=quantised(len(WORDS) + len(pruned), DIM) if matrix is None else matrix,
        output=output,
        flags=flags,
    )
