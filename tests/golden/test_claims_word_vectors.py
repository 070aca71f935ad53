"""What the explainers claim of learned word vectors (rows "word vectors" of the claims), on vectors learned here."""

from pathlib import Path

import numpy as np
import pytest

from armillary.space import Space
from armillary.text.settings import CorpusSettings
from armillary.train.corpus import read_corpus
from armillary.train.words import Plan, fit

pytest.importorskip("numba")

NOVELS = ("hongloumeng", "sanguoyanyi", "shuihuzhuan", "xiyouji")
EVERYTHING = (*NOVELS, "zhwiki-2016-simplified")
ALWAYS_TOGETHER = ("霹雳", "琥珀", "袈裟", "囫囵", "蟭蟟")
"""Written in the novels with these two characters only, 18 to 162 times."""
RATE = 0.025
"""At CBOW's own rate, twice as high, they are each other's nearest too, but chance moves each farther: 0.86 to 0.96."""


def learned(data: Path, names: tuple[str, ...], cache: Path, settings: CorpusSettings, plan: Plan) -> Space:
    """The vectors of Chinese texts."""
    files = [data / "corpora/zh" / f"{name}.txt.xz" for name in names]
    *_, last = fit(read_corpus(files, settings, cache=cache), plan)
    return last.training.space()


def random_pairs(space: Space, n: int) -> float:
    """The mean cosine of pairs of rows that have nothing to do with each other."""
    units = space.vectors / np.linalg.norm(space.vectors, axis=1, keepdims=True)
    one, other = np.random.default_rng(0).integers(0, len(units), (2, n))
    return float((units[one] * units[other]).sum(axis=1).mean())


def counts(space: Space, labels: str) -> list[int]:
    """How often each character was seen."""
    assert space.counts is not None
    return [int(space.counts[space.key_to_index[label]]) for label in labels]


def nearest(space: Space, label: str) -> str:
    """The label next to this one."""
    return space.most_similar(label, topn=1)[0][0]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the texts are kept once they are numbers."""
    return tmp_path_factory.mktemp("corpora")


@pytest.mark.long
@pytest.mark.parametrize(("method", "least"), [("skipgram", 0.95), ("cbow", 0.9)])
def test_characters_that_only_occur_together_have_nearly_one_vector(
    data: Path, cache: Path, method: str, least: float
) -> None:
    plan = Plan(method=method, epochs=3, shards=2, alpha=RATE)
    space = learned(data, NOVELS, cache, CorpusSettings(chinese="characters"), plan)
    assert random_pairs(space, 20_000) < 0.4
    for pair in ALWAYS_TOGETHER:
        one, other = pair
        assert space.similarity(one, other) > least
        assert (nearest(space, one), nearest(space, other)) == (other, one)


@pytest.mark.large
@pytest.mark.long(68)
@pytest.mark.parametrize(("method", "least"), [("skipgram", 0.9), ("cbow", 0.7)])
def test_the_explainers_pairs_and_the_one_that_is_none(data: Path, cache: Path, method: str, least: float) -> None:
    plan = Plan(method=method, shards=2, alpha=RATE)
    space = learned(data, EVERYTHING, cache, CorpusSettings(chinese="characters"), plan)
    assert counts(space, "忐忑蜿蜒徘徊") == [15, 15, 933, 933, 120, 126]
    for pair in ("忐忑", "蜿蜒", "徘徊", "乒乓", "霹雳", "醍醐"):
        one, other = pair
        assert space.similarity(one, other) > least
        assert (nearest(space, one), nearest(space, other)) == (other, one)
    assert counts(space, "蝴蝶") == [195, 1110]  # 蝶 has other company too: 蝶泳, 彩蝶, names
    assert space.similarity("蝴", "蝶") < space.similarity("忐", "忑")


@pytest.mark.large
@pytest.mark.long(60)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_like_and_dislike_are_close_when_learned_from_context(data: Path, cache: Path, seed: int) -> None:
    space = learned(data, EVERYTHING, cache, CorpusSettings(), Plan(seed=seed, shards=2))
    assert space.similarity("喜欢", "讨厌") > 0.7 > 0.45 > random_pairs(space, 20_000)
    assert "讨厌" in [label for label, _ in space.most_similar("喜欢", topn=3)]
