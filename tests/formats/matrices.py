"""What the tests of all matrix formats share: points made by hypothesis, and how they compare."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from armillary.formats.points import Points

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ONE_LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\ufeff"), max_size=8)
NO_TABS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\ufeff\t"), max_size=8)


@st.composite
def parts(draw, labels=ANY_TEXT, counted=False):
    """What `Points(*parts)` takes: 1 to 6 points of 1 to 4 finite numbers, under distinct labels.

    Not the Points themselves: the type checks of the test run draw random numbers, which no strategy may.
    """
    names = draw(st.lists(labels, min_size=1, max_size=6, unique=True))
    shape = (len(names), draw(st.integers(1, 4)))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    vectors = draw(arrays.arrays(np.float32, shape, elements=finite))
    counts = draw(arrays.arrays(np.int64, len(names), elements=st.integers(0, 2**62))) if counted else None
    return names, vectors, counts


def some_points():
    """Three points, counted."""
    return Points(["king", "国王", "a b"], np.arange(6, dtype=np.float32).reshape(3, 2) / 3, np.array([9, 5, 1]))


def assert_equal(found, wanted):
    """The same labels, vectors bit for bit, and counts."""
    assert list(found.labels) == list(wanted.labels)
    assert found.vectors.dtype == np.float32
    assert found.vectors.flags.c_contiguous
    assert found.vectors.tobytes() == wanted.vectors.tobytes()
    assert (found.counts is None) == (wanted.counts is None)
    if found.counts is not None:
        np.testing.assert_array_equal(found.counts, wanted.counts)


def cuts(path, step=1):
    """The file's content cut at each byte, written over it one after the other; then the whole with a byte too many.

    Between its first and last 100 bytes it is cut at each `step`.
    """
    whole = path.read_bytes()
    size = len(whole)
    for end in sorted({*range(min(100, size)), *range(0, size, step), *range(max(0, size - 100), size)}):
        path.write_bytes(whole[:end])
        yield end
    path.write_bytes(whole + b"\0")
    yield len(whole) + 1
    path.write_bytes(whole)
