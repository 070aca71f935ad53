"""Small files of word vectors, good and bad, made by hand: these writers share no code with the product's."""

import struct

import numpy as np
from hypothesis import strategies as st

WORDS = ["king", "国王", "naïve café", "2000"]
VECTORS = [[0.5, -1.25, 3.0], [0.1, 1e-7, -2.5e10], [0.0, -0.0, 1.0], [7.0, 8.5, 0.3]]


def text(words=WORDS, vectors=VECTORS, header=True, end="\n"):
    lines = [f"{len(words)} {len(vectors[0])}"] if header else []
    lines += [" ".join([word, *map(str, vector)]) for word, vector in zip(words, vectors, strict=True)]
    return "".join(line + end for line in lines).encode()


def binary(words=("king", "国王", "queen"), vectors=VECTORS[:3], header=None, end=b"\n"):
    rows = [
        (word if isinstance(word, bytes) else word.encode()) + b" " + struct.pack(f"<{len(vector)}f", *vector) + end
        for word, vector in zip(words, vectors, strict=True)
    ]
    promised = header or (len(words), len(vectors[0]))
    return "{} {}\n".format(*promised).encode() + b"".join(rows)


def assert_rows(found, words=WORDS, vectors=VECTORS):
    assert list(found.labels) == list(words)
    expected = np.array(vectors, np.float64).astype(np.float32)
    assert found.vectors.dtype == np.float32
    assert found.vectors.flags.c_contiguous
    np.testing.assert_array_equal(found.vectors.view(np.uint32), expected.view(np.uint32))


def same(found, written):
    return list(found.labels) == list(written.labels) and np.array_equal(
        found.vectors.view(np.uint32), written.vectors.view(np.uint32)
    )


def rows(label):
    """Hypothesis: such labels, and as many rows of finite numbers."""
    numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)

    @st.composite
    def draw(pick):
        labels = pick(st.lists(label, min_size=1, max_size=6, unique=True))
        dim = pick(st.integers(1, 4))
        flat = pick(st.lists(numbers, min_size=len(labels) * dim, max_size=len(labels) * dim))
        return labels, np.array(flat, np.float32).reshape(-1, dim)

    return draw()
