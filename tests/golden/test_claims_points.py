"""What is said of tokens as points, of the tables of SmolLM2 and of Gemma 3: the figures as they were measured."""

import numpy as np
import pytest
import torch

import armillary as ar
from armillary.space import Space

ENGLISH, CHINESE = "smollm2-135m-instruct", "gemma3-270m"


@pytest.fixture(scope="module")
def english() -> Space:
    return ar.open(ENGLISH).embedding


@pytest.fixture(scope="module")
def chinese() -> Space:
    return ar.open(CHINESE).embedding


@pytest.mark.shelf("cl100k_base")
def test_sixteen_tokens_become_a_matrix_of_16_rows_and_64_columns() -> None:
    tokenizer = ar.open("cl100k_base")
    ids = tokenizer.encode("小沈阳江西演唱会邀请了,")
    table = torch.randn(tokenizer.vocabulary.size, 64, generator=torch.Generator().manual_seed(0))
    assert table[torch.from_numpy(ids.astype(np.int64))].shape == (16, 64)
    assert (tokenizer.vocabulary.size, len(tokenizer.ranks)) == (100_277, 100_256)
    assert len(tokenizer.ranks) * 64 == 6_416_384


@pytest.mark.shelf(ENGLISH)
def test_queen_comes_first_even_with_king_kept(english: Space) -> None:
    found = english.near("king - man + woman", 1)
    assert [(one.label, round(one.cosine, 3), one.rank) for one in found] == [(" queen", 0.716, 1)]
    king = next(one for one in found.excluded if one.label == " king")
    assert (round(king.cosine, 3), king.rank) == (0.692, 2)


@pytest.mark.shelf(ENGLISH)
def test_dog_and_cat_and_pet_and_walk(english: Space) -> None:
    cosines = [round(english.compare("dog", word).cosine, 2) for word in ("cat", "pet", "walk")]
    assert cosines == [0.58, 0.54, 0.22]
    assert "woof" not in english
    assert " woof" not in english


@pytest.mark.shelf(ENGLISH)
def test_random_tokens_are_far_from_perpendicular(english: Space) -> None:
    assert round(english.random_pairs.mean, 2) == 0.44
    assert round(100 * english.random_pairs.negative) == 1


@pytest.mark.shelf(ENGLISH)
def test_a_word_and_the_end_of_a_word_are_two_tokens(english: Space) -> None:
    assert [one.label for one in english.near('"king"', 3)] == ["ked", "ks", "kers"]
    assert [one.label for one in english.near("king", 3)] == [" King", "King", " kings"]


@pytest.mark.shelf(CHINESE)
@pytest.mark.long
def test_the_chinese_space_that_pip_brings(chinese: Space) -> None:
    found = chinese.near("国王 - 男人 + 女人", 3)
    assert [(one.label, round(one.cosine, 3), one.rank) for one in found] == [
        ("女王", 0.527, 2), (" короля", 0.521, 3), ("公主", 0.508, 4)]
    assert (found.excluded[0].label, round(found.excluded[0].cosine, 3), found.excluded[0].rank) == ("国王", 0.817, 1)
    pairs = {("父亲", "母亲"): 0.81, ("忐", "忑"): 0.34, ("喜欢", "讨厌"): 0.52}
    assert {pair: round(chinese.compare(*pair).cosine, 2) for pair in pairs} == pairs
    assert [one.label for one in chinese.near("父亲", 2)] == ["父親", "母亲"]
    assert [one.label for one in chinese.near("母亲", 1)] == ["父亲"]
    assert "忑" not in [one.label for one in chinese.near("忐", 20)]
    assert round(chinese.random_pairs.mean, 2) == 0.20
