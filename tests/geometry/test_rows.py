import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.geometry.rows import blocks, lengths, unit_rows


@given(st.integers(0, 10_000), st.integers(0, 5_000_000))
def test_blocks_cover_every_row_once_and_stay_small(n: int, width: int) -> None:
    parts = list(blocks(n, width))
    assert [row for part in parts for row in range(part.start, part.stop)] == list(range(n))
    assert all((part.stop - part.start) * width <= max(1 << 21, width) for part in parts)


def test_lengths_do_not_overflow_float32() -> None:
    assert lengths(np.array([[3e30, 4e30]], np.float32)) == pytest.approx([5e30])


def test_unit_rows_names_the_zero_row_by_its_place() -> None:
    with pytest.raises(InputError, match="vector 2 of those given is zero"):
        unit_rows(np.array([[1, 2], [0, 0]], np.float32))


def test_unit_rows_leaves_its_input_alone() -> None:
    vectors = np.array([[3, 4]], np.float32)
    assert np.allclose(unit_rows(vectors), [[0.6, 0.8]])
    assert vectors.tolist() == [[3, 4]]
