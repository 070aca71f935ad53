"""gensim's names give gensim's answers: held to gensim itself, on vectors of very different lengths."""

import warnings

import numpy as np
import pytest

from armillary.errors import InputError, UnknownLabel
from armillary.space import Space

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from gensim.models import KeyedVectors


pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")  # gensim's own


@pytest.fixture(scope="module")
def both() -> tuple[Space, KeyedVectors]:
    random = np.random.default_rng(3)
    vectors = (random.standard_normal((500, 20)) * random.uniform(0.1, 9, (500, 1)) + 0.3).astype(np.float32)
    labels = [f"w{i}" for i in range(500)]
    theirs = KeyedVectors(20)
    theirs.add_vectors(labels, vectors.copy())
    return Space(labels, vectors), theirs


def same(ours: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> None:
    assert [label for label, _ in ours] == [label for label, _ in theirs]
    assert np.allclose([score for _, score in ours], [score for _, score in theirs], atol=1e-5)


ASKED = [
    {"positive": "w3"},
    {"positive": ["w3"]},
    {"positive": ["w3", "w9"], "negative": ["w77"]},
    {"positive": ["w3", "w9"], "negative": "w77", "topn": 3},
    {"negative": ["w5"], "topn": 5},
    {"positive": ["w400", "w2"], "negative": ["w499"], "restrict_vocab": 50},
    {"positive": ["w1"], "topn": 499},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_most_similar(both: tuple[Space, KeyedVectors], asked: dict) -> None:
    same(both[0].most_similar(**asked), both[1].most_similar(**asked))


@pytest.mark.parametrize("asked", [one for one in ASKED if "positive" in one and "restrict_vocab" not in one], ids=str)
def test_most_similar_cosmul(both: tuple[Space, KeyedVectors], asked: dict) -> None:
    same(both[0].most_similar_cosmul(**asked), both[1].most_similar_cosmul(**asked))


def test_cosmul_honours_restrict_vocab_which_gensim_takes_and_ignores(both: tuple[Space, KeyedVectors]) -> None:
    ours, theirs = both
    asked = {"positive": ["w400", "w2"], "negative": ["w499"]}
    allowed = [one for one in theirs.most_similar_cosmul(**asked, topn=500) if int(one[0][1:]) < 50]
    same(ours.most_similar_cosmul(**asked, restrict_vocab=50), allowed[:10])
    assert theirs.most_similar_cosmul(**asked, restrict_vocab=50) == theirs.most_similar_cosmul(**asked)


def test_what_is_asked_by_position_is_what_gensim_asks(both: tuple[Space, KeyedVectors]) -> None:
    same(both[0].most_similar(["w3", "w9"], ["w77"], 4), both[1].most_similar(["w3", "w9"], ["w77"], 4))


def test_similarity_distance_and_sets(both: tuple[Space, KeyedVectors]) -> None:
    ours, theirs = both
    random = np.random.default_rng(0)
    for a, b in random.integers(500, size=(50, 2)):
        one, other = f"w{a}", f"w{b}"
        assert ours.similarity(one, other) == pytest.approx(float(theirs.similarity(one, other)), abs=1e-5)
        assert ours.distance(one, other) == pytest.approx(float(theirs.distance(one, other)), abs=1e-5)
    sets = ["w1", "w2", "w3"], ["w400", "w9"]
    assert ours.n_similarity(*sets) == pytest.approx(float(theirs.n_similarity(*sets)), abs=1e-5)


def test_doesnt_match(both: tuple[Space, KeyedVectors]) -> None:
    ours, theirs = both
    random = np.random.default_rng(1)
    for size in (3, 4, 9):
        for _ in range(20):
            words = [f"w{i}" for i in random.choice(500, size, replace=False)]
            assert ours.doesnt_match(words) == theirs.doesnt_match(words) == ours.odd(words).odd


def test_rank_and_closer_than(both: tuple[Space, KeyedVectors]) -> None:
    ours, theirs = both
    random = np.random.default_rng(2)
    for a, b in random.integers(500, size=(40, 2)):
        if a == b:
            continue
        one, other = f"w{a}", f"w{b}"
        assert ours.rank(one, other) == theirs.rank(one, other)
        assert sorted(ours.closer_than(one, other)) == sorted(theirs.closer_than(one, other))


def test_points_may_stand_for_words(both: tuple[Space, KeyedVectors]) -> None:
    ours, theirs = both
    point = ours["w3"] - ours["w9"]
    same(ours.most_similar(point, topn=5), theirs.most_similar(positive=[point.vector], topn=5))
    assert ours.similarity("w3", point) == ours.compare("w3", point).cosine
    assert ours.doesnt_match([ours["w1"], "w2", "w3"]) in ("w1", "w2", "w3")


def test_expressions_are_no_keys_here(both: tuple[Space, KeyedVectors]) -> None:
    """gensim's names take labels: a label with a space in it must not be read as a sum."""
    with pytest.raises(UnknownLabel):
        both[0].most_similar("w3 - w9")
    with pytest.raises(UnknownLabel):
        both[0].similarity("w3 + w4", "w5")


@pytest.mark.parametrize("ask", ["most_similar", "most_similar_cosmul"])
def test_nothing_asked_is_an_error(both: tuple[Space, KeyedVectors], ask: str) -> None:
    with pytest.raises(InputError):
        getattr(both[0], ask)()
    with pytest.raises(UnknownLabel):
        getattr(both[0], ask)(["w3", "nobody"])


def test_cosmul_with_nothing_added_says_so(both: tuple[Space, KeyedVectors]) -> None:
    with pytest.raises(InputError, match="at least one word that is added"):
        both[0].most_similar_cosmul(negative=["w3"])


@pytest.mark.parametrize("topn", [0, -1])
@pytest.mark.parametrize("ask", ["most_similar", "most_similar_cosmul"])
def test_no_answers_asked_are_none_as_in_gensim(both: tuple[Space, KeyedVectors], ask: str, topn: int) -> None:
    assert getattr(both[0], ask)("w1", topn=topn) == list(getattr(both[1], ask)("w1", topn=topn)) == []


def test_sets_of_nothing_and_too_few_words_are_refused(both: tuple[Space, KeyedVectors]) -> None:
    with pytest.raises(InputError):
        both[0].n_similarity([], ["w1"])
    for words in ([], ["w1"], ["w1", "w2"]):
        with pytest.raises(InputError):
            both[0].doesnt_match(words)
        with pytest.raises(InputError):
            both[0].odd(words)
