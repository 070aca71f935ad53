"""Texts as points: the mean of their words, frequent words weighing less if asked; English and Chinese."""

import numpy as np
import pytest

from armillary.errors import InputError, UnknownLabel
from armillary.space import Space
from armillary.space.sentences import text_point, text_points
from armillary.text.ngrams import Subwords


def test_a_text_is_the_mean_of_its_words(royal: Space) -> None:
    found = text_point(royal, "The King, and (the) queen!")
    assert found.words == ("king", "queen")
    assert found.missing == ("The", "and", "the")
    assert np.allclose(found.vector, (royal.vector("king") + royal.vector("queen")) / 2)
    assert found.vector.dtype == np.float32


def test_a_word_that_stands_twice_counts_twice(royal: Space) -> None:
    found = text_point(royal, "king king queen")
    assert np.allclose(found.vector, (2 * royal.vector("king") + royal.vector("queen")) / 3)


def test_chinese_is_cut_into_words(royal: Space) -> None:
    found = text_point(royal, "国王和女人")
    assert found.words == ("国王", "女人")
    assert found.missing == ("和",)


def test_order_is_lost(royal: Space) -> None:
    a, b = (text_point(royal, text).vector for text in ("dog cats man", "man cats dog"))
    assert np.allclose(a, b)
    assert royal.compare("dog cats man", "man cats dog").cosine == pytest.approx(1)


def test_sif_weighs_words_by_their_counts(royal: Space) -> None:
    p = royal.counts / royal.counts.sum()
    weights = 1e-3 / (1e-3 + p[[0, 6]])
    expected = (weights[0] * royal.vector("king") + weights[1] * royal.vector("dog")) / 2
    assert np.allclose(text_point(royal, "king dog", "sif").vector, expected)


def test_sif_without_counts_goes_by_rank() -> None:
    space = Space(["the", "cat", "sat"], np.eye(3, dtype=np.float32))
    vector = text_point(space, "the cat sat", "sif").vector
    assert vector[0] < vector[1] < vector[2]


def test_sif_of_many_texts_takes_off_what_they_share(royal: Space) -> None:
    texts = ["king queen", "man woman", "cat dog"]
    points, missing = text_points(royal, texts, "sif")
    alone = np.stack([text_point(royal, text, "sif").vector for text in texts])
    shared = np.linalg.svd(alone.astype(np.float64), full_matrices=False)[2][0]
    assert np.abs(points @ shared).max() < 1e-6
    assert np.allclose(points, alone - np.outer(alone @ shared, shared), atol=1e-6)
    assert np.allclose(text_points(royal, texts[:1], "sif")[0], alone[:1]), "one text shares with nobody"
    assert points.dtype == np.float32
    assert not missing
    assert text_points(royal, ["king nobody", "nobody dog cat here"])[1] == {"nobody": 2, "here": 1}


def test_unseen_words_count_where_there_are_n_grams() -> None:
    grams = np.random.default_rng(0).standard_normal((50, 2), np.float32)
    space = Space(["cat"], np.ones((1, 2), np.float32), subwords=Subwords(grams, 3, 4, 50))
    found = text_point(space, "cat catlike")
    assert found.words == ("cat", "catlike")
    assert np.allclose(found.vector, (space.vector("cat") + space.vector("catlike")) / 2)
    weighed = text_point(space, "cat catlike", "sif").vector
    assert np.isfinite(weighed).all()


def test_a_text_without_a_known_word_is_refused(royal: Space) -> None:
    for text in ("colourless green ideas", "", "?!", "和"):
        with pytest.raises(InputError, match="no word of the text"):
            text_point(royal, text)


def test_what_a_string_means(royal: Space) -> None:
    """A label, else an expression, else a text."""
    assert np.array_equal(royal.meaning("new york"), royal.vector("new york"))
    assert np.array_equal(royal.meaning("king - man"), royal.point("king - man").vector)
    assert np.allclose(royal.meaning("king queen"), text_point(royal, "king queen").vector)
    assert np.array_equal(royal.meaning('"new york" - king'), royal.point('"new york" - king').vector)
    assert np.array_equal(royal.meaning(royal["king"]), royal.vector("king"))
    assert np.allclose(royal.meaning("国王女人"), text_point(royal, "国王女人").vector)
    assert np.array_equal(royal.meaning("  king "), royal.vector("king"))
    assert np.allclose(royal.meaning("The king’s dog - a mean one - and a cat"),
                       text_point(royal, "The king’s dog - a mean one - and a cat").vector)


def test_a_token_keeps_its_space() -> None:
    space = Space([" king", "king"], np.eye(2, dtype=np.float32))
    assert space.compare(" king", "king").cosine == 0
    assert np.array_equal(space.meaning(" king"), [1, 0])
    assert np.array_equal(space.meaning('" king" - king'), [1, -1])


def test_one_unknown_word_is_named_not_taken_for_a_text(royal: Space) -> None:
    with pytest.raises(UnknownLabel, match="'kong'"):
        royal.compare("kong", "king")
    with pytest.raises(UnknownLabel, match="'国玉'"):
        royal.compare("国玉", "king")
    with pytest.raises(UnknownLabel, match="'kong'"):
        royal.compare("kong - king", "king")


def test_compare_tells_all_about_two_points(royal: Space) -> None:
    found = royal.compare("king", "cat")
    a, b = royal.vector("king").astype(float), royal.vector("cat").astype(float)
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert (found.a, found.b) == ("king", "cat")
    assert found.cosine == pytest.approx(cosine)
    assert found.dot == pytest.approx(a @ b)
    assert found.angle_degrees == pytest.approx(np.degrees(np.arccos(cosine)))
    assert 0 <= found.percentile <= 100
    assert found.random_mean == royal.random_pairs.mean
    assert royal.compare("king", "king").angle_degrees == 0
    assert royal.compare(royal["king"] - royal["man"], "king").a == "king - man"
