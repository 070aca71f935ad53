"""The prepared scanner: the same answers as `nearest`, always; its kernel says what NumPy says."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from armillary.errors import InputError, MissingExtra
from armillary.geometry import scan
from armillary.geometry.neighbours import nearest
from armillary.geometry.scan import Scanner, encode, encode_query

pytest.importorskip("numba")

few = st.sampled_from([-2.0, -1.0, 0.0, 1.0, 3.0])
every = st.floats(width=32, allow_nan=False, allow_infinity=False)


def same(vectors, query, top, banned):
    found = Scanner(vectors).nearest(query, top, banned)
    expected = nearest(vectors, query[None], top, banned=banned[None])
    assert np.array_equal(found.rows, expected.rows)
    assert np.array_equal(found.scores, expected.scores)


@st.composite
def questions(draw, numbers):
    n, d = draw(st.integers(0, 200)), draw(st.integers(1, 6))
    vectors = draw(arrays(np.float32, (n, d), elements=numbers, fill=numbers))
    query = draw(arrays(np.float32, d, elements=numbers))
    if not query.any():
        query[0] = 1
    banned = draw(arrays(np.int64, draw(st.integers(0, 3)), elements=st.integers(-1, 9)))
    return vectors, query, draw(st.integers(1, 12)), banned


@given(asked=questions(few))
@settings(max_examples=80, deadline=None)
def test_ties_equal_rows_and_rows_of_zeros(asked):
    same(*asked)


@given(asked=questions(every))
@settings(max_examples=80, deadline=None)
def test_any_numbers_that_float32_holds(asked):
    same(*asked)


@given(seed=st.integers(0, 2**32 - 1), width=st.sampled_from([3, 50, 65, 300]), apart=st.sampled_from([8, 12, 16, 20]))
@settings(max_examples=40, deadline=None)
def test_near_ties(seed, width, apart):
    """Rows around one point, too close for int8 codes, and at last for float32 products, to tell apart."""
    random = np.random.default_rng(seed)
    vectors = np.repeat(random.standard_normal((1, width)).astype(np.float32), 500, axis=0)
    stretched = 1 + random.integers(-9, 9, 500).astype(np.float32) * 2.0**-apart
    vectors[np.arange(500), random.integers(0, width, 500)] *= stretched
    vectors[100:120] = vectors[:20] * np.float32(4)
    same(vectors, vectors[0] + np.float32(0.01), 10, np.array([0]))


@pytest.mark.parametrize("width", [1, 50, 300, 700])
def test_the_bounds_hold_for_every_row_and_few_rows_are_scored(width):
    random = np.random.default_rng(width)
    vectors = random.standard_normal((3000, width)).astype(np.float32)
    vectors[10] = 0
    query = random.standard_normal(width).astype(np.float32)
    codes, scales, errors = encode(vectors)
    levels, step, error = encode_query(query, codes.shape[1])
    unit = vectors.astype(np.float64)
    unit[np.arange(3000) != 10] /= np.linalg.norm(unit, axis=1)[np.arange(3000) != 10, None]
    direction = query / np.linalg.norm(query.astype(np.float64))
    rough = (codes.astype(np.int64) @ levels.astype(np.int64)) * scales.astype(np.float64) * step
    assert np.abs(codes.astype(np.int64)).max() <= 127
    assert (np.abs(rough - unit @ direction) <= errors * (1 + error) + error + 1e-12).all()
    assert (np.linalg.norm(unit - codes[:, :width] * scales[:, None].astype(np.float64), axis=1) <= errors).all()
    assert (127 * np.abs(levels.astype(np.int64)).sum()) < 2**31
    if width > 1:
        assert len(Scanner(vectors)._candidates(query, 10)) < 100


@pytest.mark.parametrize("width", [516, 517, 3000])
def test_no_sum_of_products_leaves_int32(width):
    """Constant rows and a constant query make the largest sum that codes and levels can make."""
    vectors = np.ones((1000, width), dtype=np.float32)
    vectors[1::2] = -1
    same(vectors, vectors[0], 3, np.array([0]))
    assert Scanner(vectors).nearest(vectors[0], 3).rows.tolist() == [[0, 2, 4]]


def test_the_kernel_says_what_numpy_says():
    random = np.random.default_rng(0)
    vectors = random.standard_normal((150, 20)).astype(np.float32)
    vectors[[3, 140]] = 0
    scanner, query = Scanner(vectors), vectors[5]
    upper, lows, highs = np.full(192, -np.inf, dtype=np.float32), np.empty(3, np.float32), np.empty(3, np.float32)
    scanner._bound(query, (upper, lows, highs))
    codes, scales, errors = encode(vectors)
    levels, step, error = encode_query(query, codes.shape[1])
    middle = (codes.astype(np.int32) @ levels.astype(np.int32)).astype(np.float32) * (scales * np.float32(step))
    spread = errors * np.float32(1 + error) + np.float32(error + scan._SLACK)
    high, low = np.where(scales > 0, middle + spread, -np.inf), np.where(scales > 0, middle - spread, -np.inf)
    assert upper[:150] == pytest.approx(high, abs=1e-7)
    assert lows == pytest.approx([part.max() for part in np.split(low, [64, 128])], abs=1e-7)
    assert highs == pytest.approx([part.max() for part in np.split(high, [64, 128])], abs=1e-7)


def test_several_threads_may_ask_at_once():
    vectors = np.random.default_rng(1).standard_normal((5000, 30)).astype(np.float32)
    scanner = Scanner(vectors)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda row: scanner.nearest(vectors[row], 3).rows[0, 0], range(40)))
    assert found == list(range(40))


def test_the_kernel_is_loaded_before_the_first_question(monkeypatch):
    scanned = []
    kernels = SimpleNamespace(GROUP=64, scan=lambda space, asked, part, bounds: scanned.append(part))
    monkeypatch.setattr(scan, "_kernels", lambda: kernels)
    Scanner(np.eye(2, dtype=np.float32))
    assert set(scanned) == {(0, 0)}


def test_what_cannot_be_asked_is_refused():
    scanner = Scanner(np.eye(2, dtype=np.float32))
    with pytest.raises(InputError, match="zeros"):
        scanner.nearest(np.zeros(2, dtype=np.float32), 1)
    with pytest.raises(InputError, match="at least one"):
        scanner.nearest(np.ones(2, dtype=np.float32), 0)


def test_without_numba_the_message_has_the_line_that_installs_it(monkeypatch):
    def missing(module):
        raise MissingExtra(module, "fast")

    monkeypatch.setattr("armillary.extras.need", missing)
    with pytest.raises(MissingExtra, match=r"pip install 'armillary\[fast\]'"):
        Scanner(np.eye(2, dtype=np.float32))
