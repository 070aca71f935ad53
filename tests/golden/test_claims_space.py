"""What the explainers claim of word vectors, held to figures measured on GloVe 6B 50d: right, loose or wrong.

Each test is named after one claim. Tolerances are tight: a figure in a document may be trusted to its last digit.
"""

import numpy as np
import pytest

from armillary.geometry.alignment import random_rotation
from armillary.geometry.angle import angle_degrees
from armillary.space import Space
from armillary.space.sentences import text_point
from armillary.tour import words as tour

pytestmark = pytest.mark.shelf("glove-6b-50d")


def close(value: float, digits: float = 0.0005) -> object:
    return pytest.approx(value, abs=digits)


def order(space: Space, query: str, n: int = 15) -> list[str]:
    return [one.label for one in space.near(query, n)]


def test_it_is_the_glove_of_400_000_words_in_50_dimensions(glove: Space) -> None:
    assert (len(glove), glove.dim) == (400_000, 50)
    assert list(glove.labels[:8]) == ["the", ",", ".", "of", "to", "and", "in", "a"]
    assert glove["the"].vector[:3].tolist() == [close(0.418), close(0.24968), close(-0.41242)]


def test_one_hot_carries_no_relation(glove: Space) -> None:
    one, other = np.eye(5)[0], np.eye(5)[3]
    assert angle_degrees(one, other) == pytest.approx(90)
    assert np.linalg.norm(one - other) == pytest.approx(np.sqrt(2))
    facts = tour.one_hot_knows_nothing(glove)
    angles = {(pair["a"], pair["b"]): pair["angle_degrees"] for pair in facts["pairs"]}
    assert angles["dog", "cat"] == close(22.809, 0.001)
    assert angles["dog", "the"] == close(61.823, 0.001)
    assert angles["king", "queen"] == close(38.381, 0.001)


@pytest.mark.parametrize("word", ["king", "the", "woof"])
def test_one_hot_times_matrix_is_the_row_bit_for_bit(glove: Space, word: str) -> None:
    facts = tour.one_hot_times_matrix(glove, word)
    assert facts["equal_bit_for_bit"]
    assert np.array(facts["vector"], np.float32).tobytes() == glove.vector(word).tobytes()


def test_towers_neighbours(glove: Space) -> None:
    assert order(glove, "tower", 6) == ["towers", "gate", "building", "built", "roof", "skyscraper"]
    assert glove.similarity("tower", "towers") == close(0.8771)


def test_king_man_woman_is_king_and_then_queen(glove: Space) -> None:
    found = glove.near("king - man + woman", 1)
    assert (found.neighbours[0].label, found.neighbours[0].rank) == ("queen", 2)
    assert found.neighbours[0].cosine == close(0.8610)
    assert (found.excluded[0].label, found.excluded[0].rank) == ("king", 1)
    assert found.excluded[0].cosine == close(0.8860)


FAMILY = {
    ("king", "queen"): 0.597, ("son", "daughter"): 0.814, ("nephew", "niece"): 0.753, ("uncle", "aunt"): 0.692,
    ("father", "mother"): 0.674, ("husband", "wife"): 0.403,
}


def test_family_words_show_the_step_better(glove: Space) -> None:
    steps = {(one["from"], one["to"]): one["cosine"] for one in tour.family(glove)["pairs"]}
    assert steps == {pair: close(cosine) for pair, cosine in FAMILY.items()}
    assert sorted(steps, key=steps.__getitem__)[:2] == [("husband", "wife"), ("king", "queen")], "the famous one"


def test_italy_germany_hitler_is_mussolini(glove: Space) -> None:
    found = glove.near("italy - germany + hitler", 1)
    assert (found.neighbours[0].label, found.neighbours[0].rank) == ("mussolini", 1)
    assert found.neighbours[0].cosine == close(0.8471)


def test_germany_japan_sushi_is_not_bratwurst_which_is_107th(glove: Space) -> None:
    found = glove.near("germany - japan + sushi", 200)
    assert [one.label for one in found.neighbours[:3]] == ["gourmet", "fries", "sausages"]
    assert {one.label: one.rank for one in found}["bratwurst"] == 107
    assert {one.label: one.rank for one in found.excluded}["sushi"] == 7


def test_cat_is_near_dog_first_monster_13th_beast_15th(glove: Space) -> None:
    found = order(glove, "cat")
    assert (found[0], found[12], found[14]) == ("dog", "monster", "beast")


def test_cats_less_cat_is_plural_in_20_of_20(glove: Space) -> None:
    facts = tour.plural_direction(glove)
    assert (facts["plurals_above_singulars"], facts["pairs"]) == (20, 20)
    assert {("mouse", "mice"), ("child", "children")} <= set(tour.PLURALS)
    axis = glove.direction([("cat", "cats")])
    values = {one.label: one.value for one in axis.project([word for pair in tour.PLURALS for word in pair])}
    assert all(values[many] > values[one] for one, many in tour.PLURALS)


NUMBERS = {
    "one": -2.3995, "two": 0.7914, "three": 1.2682, "four": 1.4923, "five": 1.7524, "six": 1.7370, "seven": 2.3431,
    "eight": 2.1202, "nine": 2.6221, "ten": 2.2662,
}


def test_one_to_five_rise_on_it_and_six_eight_and_ten_do_not(glove: Space) -> None:
    numbers = tour.plural_direction(glove)["numbers"]
    assert numbers == {word: close(value) for word, value in NUMBERS.items()}
    assert list(numbers)[:5] == sorted(list(numbers)[:5], key=numbers.__getitem__)
    for later, before in (("six", "five"), ("eight", "seven"), ("ten", "nine")):
        assert numbers[later] < numbers[before]


@pytest.mark.parametrize(("word", "cosine"), [("cat", 0.9218), ("pet", 0.7725), ("walk", 0.5296), ("woof", 0.2174)])
def test_dog_cat_pet_walk_woof(glove: Space, word: str, cosine: float) -> None:
    assert glove.similarity("dog", word) == close(cosine)


def test_random_pairs_are_not_perpendicular(glove: Space) -> None:
    assert glove.random_pairs.mean == close(0.1116)
    assert glove.random_pairs.negative == close(0.2678)
    assert len(glove.random_pairs.cosines) == 20_000


def test_antonyms_are_near(glove: Space) -> None:
    found = glove.compare("good", "bad")
    assert found.cosine == close(0.7965)
    assert found.percentile > 99.9


def test_a_rotation_changes_every_column_and_no_answer(glove: Space) -> None:
    some = glove.first(20_000)
    turned = Space(list(some), some.vectors @ random_rotation(50, seed=7).astype(np.float32))
    assert np.abs(turned.vectors - some.vectors).max(axis=0).min() > 0.5, "every column is another"
    for query in ("tower", "king - man + woman", "cat"):
        assert order(turned, query, 8) == order(some, query, 8)
    assert turned.similarity("dog", "cat") == close(some.similarity("dog", "cat"), 1e-6)
    axes = [space.direction([("cat", "cats")]).project(tour.NUMBERS) for space in (some, turned)]
    assert [one.value for one in axes[1]] == [close(one.value, 1e-5) for one in axes[0]]


def test_sums_and_means_have_the_same_cosines(glove: Space) -> None:
    texts = "the king of france", "a dog in the house", "one two three"
    means = [text_point(glove, text).vector for text in texts]
    sums = [np.sum([glove.vector(word) for word in text.split()], axis=0) for text in texts]
    unit = [[vector / np.linalg.norm(vector) for vector in kind] for kind in (means, sums)]
    assert np.allclose(np.array(unit[0]) @ np.array(unit[0]).T, np.array(unit[1]) @ np.array(unit[1]).T, atol=1e-6)


@pytest.mark.parametrize("weighting", ["mean", "sif"])
def test_order_is_lost(glove: Space, weighting: str) -> None:
    found = glove.compare("dog bites man", "man bites dog", weighting)
    assert found.cosine == pytest.approx(1, abs=1e-6)
    assert glove.compare("dog bites man", "cat eats fish", weighting).cosine < 0.95
