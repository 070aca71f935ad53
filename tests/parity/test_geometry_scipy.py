"""Angles, projections and alignment against SciPy, scikit-learn and gensim."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from scipy.linalg import orthogonal_procrustes
from scipy.stats import bootstrap, permutation_test
from sklearn.decomposition import PCA, TruncatedSVD

from armillary.geometry.alignment import procrustes
from armillary.geometry.angle import n_similarity, odd_one_out
from armillary.geometry.association import weat
from armillary.geometry.direction import axis, intervals
from armillary.geometry.projection import principal_components
from armillary.geometry.sentence import common_component


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@pytest.fixture(scope="module")
def keyed() -> KeyedVectors:
    vectors = KeyedVectors(12)
    vectors.add_vectors([f"w{row:03}" for row in range(200)], normal(200, 12) + 0.2)
    return vectors


def test_the_odd_one_out_is_gensim_s_with_its_scores(keyed: KeyedVectors) -> None:
    random = np.random.default_rng(5)
    for _ in range(100):
        rows = random.choice(200, size=random.integers(3, 9), replace=False)
        words = [keyed.index_to_key[row] for row in rows]
        answer = odd_one_out(keyed.vectors[rows])
        assert words[answer.position] == keyed.doesnt_match(words)
        ranked = {word: score for score, word in keyed.rank_by_centrality(words)}
        assert answer.scores == pytest.approx([ranked[word] for word in words], abs=1e-6)


def test_n_similarity_is_gensim_s(keyed: KeyedVectors) -> None:
    for a, b in (([0, 1, 2], [3]), ([4], [5, 6]), ([7, 8], [8, 9, 10])):
        theirs = keyed.n_similarity([keyed.index_to_key[i] for i in a], [keyed.index_to_key[i] for i in b])
        assert n_similarity(keyed.vectors[a], keyed.vectors[b]) == pytest.approx(float(theirs), abs=1e-6)


def test_the_rotation_is_scipy_s() -> None:
    source, target = normal(50, 7), normal(50, 7, seed=1)
    theirs, _ = orthogonal_procrustes(source.astype(np.float64), target.astype(np.float64))
    found = procrustes(source, target, unit=False)
    assert np.allclose(found.rotation, theirs)
    assert found.residual == pytest.approx(np.linalg.norm(source @ theirs - target) / np.linalg.norm(target))


@pytest.mark.parametrize("shape", [(300, 9), (9, 300)])
def test_principal_components_are_scikit_learn_s(shape: tuple[int, int]) -> None:
    vectors = normal(*shape) * np.linspace(1, 5, shape[1], dtype=np.float32) + 3
    theirs = PCA(n_components=3, svd_solver="full").fit(vectors.astype(np.float64))
    found = principal_components(vectors, 3)
    assert np.allclose(found.directions, theirs.components_, atol=1e-6)
    assert np.allclose(found.variance, theirs.explained_variance_ratio_)
    assert np.allclose(found.coordinates(vectors), theirs.transform(vectors.astype(np.float64)), atol=1e-4)


def test_the_common_component_is_scikit_learn_s_truncated_svd() -> None:
    texts = normal(40, 6) + 1
    theirs = TruncatedSVD(n_components=1, algorithm="arpack", random_state=0).fit(texts.astype(np.float64))
    assert abs(float(common_component(texts) @ theirs.components_[0])) == pytest.approx(1)


def test_the_association_s_p_is_scipy_s() -> None:
    x, y, a, b = normal(5, 6), normal(5, 6, seed=1), normal(4, 6, seed=2), normal(4, 6, seed=3)
    answer = weat(x, y, a, b)
    theirs = permutation_test(
        (answer.x, answer.y), lambda x, y: np.mean(x) - np.mean(y), alternative="greater", n_resamples=np.inf
    )
    assert answer.p == pytest.approx(theirs.pvalue)


def test_the_interval_is_near_scipy_s_percentile_bootstrap() -> None:
    pairs, word = axis(normal(25, 5), normal(25, 5, seed=1) + 1), normal(1, 5, seed=2)
    found = intervals(word, pairs, draws=9_999)
    assert found is not None
    values = pairs.differences @ word[0].astype(np.float64)
    theirs = bootstrap((values,), np.mean, method="percentile", rng=np.random.default_rng(0)).confidence_interval
    assert found.low[0] == pytest.approx(theirs.low, abs=0.05 * values.std())
    assert found.high[0] == pytest.approx(theirs.high, abs=0.05 * values.std())
