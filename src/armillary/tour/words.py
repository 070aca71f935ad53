"""The tour's first half: what the explainers show, computed then and there on a real space of English words.

Each function is one stop and gives JSON facts; `cli.tour` tells them. The examples are those of a well-known video on
word embeddings and of lessons on "embedding = one-hot times a matrix"; where they are loose, the figures say so.
"""

from typing import Any

import numpy as np

from armillary.geometry.alignment import random_rotation
from armillary.geometry.angle import cosine
from armillary.space import Space
from armillary.space.picture import Picture, slice_picture
from armillary.text.words import split_words

TEXT = "The king looked down from the tower at the dogs and cats of the"
FAMILY = [("king", "queen"), ("son", "daughter"), ("nephew", "niece"), ("uncle", "aunt"), ("father", "mother"),
          ("husband", "wife")]
PLURALS = [("cat", "cats"), ("dog", "dogs"), ("car", "cars"), ("house", "houses"), ("tree", "trees"), ("book", "books"),
           ("bird", "birds"), ("king", "kings"), ("day", "days"), ("student", "students"), ("teacher", "teachers"),
           ("river", "rivers"), ("city", "cities"), ("country", "countries"), ("mouse", "mice"), ("child", "children"),
           ("man", "men"), ("woman", "women"), ("foot", "feet"), ("wolf", "wolves")]
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def words_are_rows(space: Space, text: str = TEXT) -> dict[str, Any]:
    """Each word of a text with its row number and the first numbers of that row."""
    words = []
    for word in split_words(text):
        label = word if word in space else word.lower()
        row = space.labels.find(label)
        numbers = None if row is None else [round(x, 4) for x in space.vectors[row, :5].tolist()]
        words.append({"word": word, "row": row, "numbers": numbers})
    return {"text": text, "rows": len(space), "dim": space.dim, "words": words}


def one_hot_times_matrix(space: Space, word: str = "king") -> dict[str, Any]:
    """A one-hot vector times the whole matrix, beside the row itself: the same bits."""
    row = space.row(word)
    one_hot = np.zeros(len(space), np.float32)
    one_hot[row] = 1
    product = one_hot @ space.vectors
    equal = product.tobytes() == space.vectors[row].tobytes()
    return {"word": word, "row": row, "vector": product.tolist(), "equal_bit_for_bit": equal}


def one_hot_knows_nothing(space: Space) -> dict[str, Any]:
    """Pairs of words as one-hot vectors (always 90 degrees, a root of 2 apart) and as points of the space."""
    pairs = [("dog", "cat"), ("dog", "the"), ("king", "queen")]
    return {
        "one_hot": {"angle_degrees": 90.0, "distance": float(np.sqrt(2.0))},
        "pairs": [
            {"a": a, "b": b, "angle_degrees": space.compare(a, b).angle_degrees,
             "distance": float(np.linalg.norm((space[a] - space[b]).vector))}
            for a, b in pairs
        ],
    }


def neighbours(space: Space) -> dict[str, Any]:
    """Who is near `tower`, and where beast and monster stand among the neighbours of `cat`."""
    beasts = {one.label: place for place, one in enumerate(space.near("cat", 15), 1)}
    return {
        "word": "tower",
        "of": len(space),
        "neighbours": [{"label": one.label, "cosine": one.cosine} for one in space.near("tower", 8)],
        "places_near_cat": {label: beasts.get(label) for label in ("dog", "monster", "beast")},
    }


def analogies(space: Space) -> dict[str, Any]:
    """The famous sums, with the words of the question kept in the ranking."""
    asked = [("king - man + woman", "queen"), ("italy - germany + hitler", "mussolini"),
             ("germany - japan + sushi", "bratwurst")]
    answers = []
    for expression, hoped in asked:
        found = space.near(expression, 200)
        rank = next((one.rank for one in found if one.label == hoped), None)
        answers.append({
            "expression": expression,
            "neighbours": [{"label": one.label, "cosine": one.cosine} for one in found.neighbours[:3]],
            "excluded": [{"label": one.label, "cosine": one.cosine, "rank": one.rank} for one in found.excluded],
            "hoped_for": hoped, "hoped_for_rank": rank,
        })
    return {"analogies": answers}


def family(space: Space) -> dict[str, Any]:
    """How well the step from man to woman fits the steps between other family words."""
    step = (space["woman"] - space["man"]).vector
    return {
        "step": "woman - man",
        "pairs": [{"from": a, "to": b, "cosine": cosine(step, (space[b] - space[a]).vector)} for a, b in FAMILY],
    }


def plural_direction(space: Space) -> dict[str, Any]:
    """The direction cats - cat: the number words on it, and singulars against plurals."""
    axis = space.direction([("cat", "cats")])
    numbers = {one.label: one.value for one in axis.project(NUMBERS)}
    values = {one.label: one.value for one in axis.project([word for pair in PLURALS for word in pair])}
    return {
        "axis": "cats - cat",
        "numbers": {word: numbers[word] for word in NUMBERS},
        "plurals_above_singulars": sum(values[many] > values[one] for one, many in PLURALS),
        "pairs": len(PLURALS),
    }


def angles(space: Space) -> dict[str, Any]:
    """Likeness as cosine, held against random pairs; antonyms are near."""
    pairs = [("dog", "cat"), ("dog", "pet"), ("dog", "walk"), ("dog", "woof"), ("good", "bad")]
    found = [space.compare(a, b) for a, b in pairs]
    return {
        "pairs": [{"a": one.a, "b": one.b, "cosine": one.cosine, "angle_degrees": one.angle_degrees,
                   "percentile": one.percentile} for one in found],
        "random_mean": space.random_pairs.mean,
        "random_negative": space.random_pairs.negative,
    }


def columns_mean_nothing(space: Space, words: int = 20_000) -> dict[str, Any]:
    """The most frequent words, turned at random: other numbers in every column, the same neighbours."""
    before = space.first(min(words, len(space)))
    after = Space(before.labels, before.vectors @ random_rotation(space.dim, seed=0).astype(np.float32))
    nearest = [tuple(one.label for one in each.near("tower", 5)) for each in (before, after)]
    return {
        "word": "tower",
        "numbers_before": before["tower"].vector[:4].tolist(),
        "numbers_after": after["tower"].vector[:4].tolist(),
        "neighbours_before": list(nearest[0]),
        "neighbours_after": list(nearest[1]),
        "largest_change_of_a_cosine": _largest_change(before, after),
    }


def _largest_change(before: Space, after: Space) -> float:
    """The largest difference that turning makes to any cosine between the first 500 words."""
    grams = []
    for space in (before, after):
        unit = space.vectors[:500].astype(np.float64)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        grams.append(unit @ unit.T)
    return float(np.abs(grams[0] - grams[1]).max())


def order_is_lost(space: Space) -> dict[str, Any]:
    """Two texts of the same words in another order are one point."""
    found = space.compare("dog bites man", "man bites dog")
    return {"a": found.a, "b": found.b, "cosine": found.cosine}


def slice_of_family(space: Space) -> Picture:
    """Man, woman and their family in the space that three steps span."""
    words = [word for pair in FAMILY for word in pair]
    axes = ["woman - man", "king - man", "uncle - man"]
    return slice_picture(space, words, axes, [("man", "woman"), *FAMILY])


STOPS = {
    "words_are_rows": words_are_rows,
    "one_hot_times_matrix": one_hot_times_matrix,
    "one_hot_knows_nothing": one_hot_knows_nothing,
    "neighbours": neighbours,
    "analogies": analogies,
    "family": family,
    "plural_direction": plural_direction,
    "angles": angles,
    "columns_mean_nothing": columns_mean_nothing,
    "order_is_lost": order_is_lost,
}
