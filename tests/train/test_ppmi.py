"""PPMI against the definition, its SVD against scipy's, and what must not change the result."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from armillary import extras
from armillary.errors import InputError
from armillary.train.cooccurrence import Window, cooccurrences
from armillary.train.counted import count_space, one_hot
from armillary.train.ppmi import PpmiPlan, fit_ppmi, ppmi, truncated_svd
from armillary.train.sparse import Sparse
from tests.train.test_cooccurrence import drawn, encoded

TABLE = cooccurrences(drawn(5, 200, 20_000), Window(3, "linear"))


def dense(matrix: Sparse) -> np.ndarray:
    return csr_array((matrix.values, matrix.columns, matrix.offsets), (len(matrix.offsets) - 1, matrix.width)).toarray()


def slow_ppmi(counts: np.ndarray, smoothing: float, shift: float) -> np.ndarray:
    """The definition, a cell at a time."""
    result = np.zeros_like(counts)
    total, contexts = counts.sum(), counts.sum(0) ** smoothing
    for w in range(len(counts)):
        for c in range(len(counts)):
            if counts[w, c]:
                joint, word, context = counts[w, c] / total, counts[w].sum() / total, contexts[c] / contexts.sum()
                result[w, c] = max(0.0, np.log(joint / (word * context)) - np.log(shift))
    return result


@pytest.fixture(params=["compiled", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "plain":
        monkeypatch.setattr(extras, "have", lambda module: False)
    return str(request.param)


@pytest.mark.parametrize(("smoothing", "shift"), [(0.75, 1.0), (1.0, 1.0), (0.75, 5.0)])
def test_ppmi_is_its_definition(smoothing: float, shift: float) -> None:
    for counts in (TABLE, cooccurrences(drawn(6, 80, 3000), Window(2, symmetric=False))):
        expected = slow_ppmi(counts.dense(), smoothing, shift)
        assert np.allclose(dense(ppmi(counts, smoothing, shift)), expected, atol=1e-6)


def test_only_positive_cells_are_kept() -> None:
    matrix = ppmi(TABLE)
    assert (matrix.values > 0).all()
    assert 0 < len(matrix.values) < len(TABLE)


def test_the_svd_is_that_of_scipy(way: str) -> None:
    matrix = ppmi(TABLE)
    u, values, v = truncated_svd(matrix, PpmiPlan(10, rounds=30))
    left, expected, _ = svds(dense(matrix).astype(np.float64), k=10)
    assert np.allclose(values, expected[::-1], rtol=1e-4)
    assert np.allclose(np.abs((u * left[:, ::-1]).sum(0))[:5], 1, atol=1e-3)
    assert np.allclose(u.T @ u, np.eye(10), atol=1e-5)
    assert np.allclose(v.T @ v, np.eye(10), atol=1e-3)
    assert (u[np.abs(u).argmax(0), range(10)] > 0).all()


def test_few_rounds_come_close() -> None:
    matrix = ppmi(TABLE)
    values = truncated_svd(matrix, PpmiPlan(10))[1]
    assert np.allclose(values, svds(dense(matrix).astype(np.float64), k=10)[1][::-1], rtol=0.01)


def test_the_product_is_that_of_the_dense_matrix(way: str) -> None:
    matrix, other = ppmi(TABLE), np.random.default_rng(0).random((200, 7), np.float32)
    expected = dense(matrix) @ other
    assert np.allclose(matrix.times(other), expected, rtol=1e-5)
    assert np.array_equal(matrix.times(other, 1), matrix.times(other, 3))
    assert np.array_equal(dense(matrix.transposed()), dense(matrix).T)


def test_compiled_and_plain_products_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, other = ppmi(TABLE), np.random.default_rng(0).random((200, 7), np.float32)
    compiled = matrix.times(other)
    monkeypatch.setattr(extras, "have", lambda module: False)
    assert np.array_equal(compiled, matrix.times(other))


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_the_power_of_the_singular_values(power: float) -> None:
    plan = PpmiPlan(8, power=power)
    space = fit_ppmi(TABLE, plan)
    values = truncated_svd(ppmi(TABLE), plan)[1]
    assert np.allclose(np.linalg.norm(space.vectors, axis=0), values**power, rtol=1e-4)
    assert space.origin["method"] == "ppmi"
    assert "workers" not in space.origin


def test_words_in_the_same_places_come_out_alike() -> None:
    sentences = [f"the {pet} drinks milk" for pet in ("cat", "dog")] * 5 + ["a king rules the land"] * 5
    space = fit_ppmi(cooccurrences(encoded(*sentences), Window(2)), PpmiPlan(4))
    assert space.similarity("cat", "dog") > 0.99
    assert space.similarity("cat", "king") < 0.5


def test_more_dimensions_than_there_are() -> None:
    counts = cooccurrences(encoded("a b", "c d"), Window(1))
    with pytest.raises(InputError, match="span 4 dimensions; take fewer"):
        fit_ppmi(counts, PpmiPlan(5))
    with pytest.raises(InputError, match="span 0 dimensions"):
        fit_ppmi(counts, PpmiPlan(2, shift=1e9))
    with pytest.raises(InputError, match="above zero"):
        ppmi(counts, shift=0.0)


SCRIPT = """
import hashlib
from armillary.train.ppmi import *
from armillary.train.cooccurrence import *
from tests.train.test_cooccurrence import drawn
space = fit_ppmi(cooccurrences(drawn(5, 1000, 10_000), Window(3)), PpmiPlan(30, workers={workers}))
print(hashlib.sha256(space.vectors.tobytes()).hexdigest())
"""


def test_threads_change_no_byte() -> None:
    sums = set()
    for workers in ("1", "2"):
        threads = {name: workers for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
        script = SCRIPT.replace("{workers}", workers)
        done = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, **threads}, capture_output=True, text=True, check=True
        )
        sums.add(done.stdout)
    assert len(sums) == 1


def test_one_hot_points_say_nothing_of_each_other() -> None:
    space = one_hot(["cat", "dog", "king"])
    assert space.similarity("cat", "dog") == space.similarity("cat", "king") == 0
    with pytest.raises(InputError, match="do not fit"):
        one_hot(["x"] * 20_000)


def test_counts_are_a_space() -> None:
    table = cooccurrences(encoded("a b c", "c a"), Window(1, "equal", symmetric=False))
    space = count_space(table, 2)
    assert space["a"].vector.tolist() == [0, 0]
    assert space["b"].vector.tolist() == [0, 1]
    assert space["c"].vector.tolist() == [1, 0]
    with pytest.raises(InputError, match="at least one context"):
        count_space(table, 0)
