"""The facts of the tour: what the explainers show, computed then and there on a real space of English words.

Each function is one stop and gives JSON facts; `cli.tour` tells them. The examples are those of a well-known video on
word embeddings and of lessons on "embedding = one-hot times a matrix"; where they are loose, the figures say so.
"""

from pathlib import Path
from typing import Any

import numpy as np

from armillary.geometry.alignment import random_rotation
from armillary.geometry.angle import cosine
from armillary.geometry.scores import row_norms
from armillary.learning.held_out import parted
from armillary.space import Space
from armillary.space.picture import Picture, slice_picture
from armillary.text.encoded import Encoded
from armillary.text.settings import CorpusSettings
from armillary.text.words import split_words
from armillary.train.corpus import read_corpus
from armillary.train.words import Plan, Training

TEXT = "The king looked down from the tower at the dogs and cats of the town."
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


SMALL_TEXT = 100_000
"""Words of a text up to which those that come twice are learned too."""
_PASSES = 4_000_000  # words that the tour learns from, epochs taken together: some seconds
_CHOSEN_FROM = 400


def learned(path: Path, word: str | None = None) -> dict[str, Any]:
    """A text, learned here and now: a word's neighbours before and after, and the loss on sentences held out.

    Args:
        path: the text.
        word: whose neighbours; None for the frequent word that ends up nearest to its own.

    Raises:
        UnknownLabel: the word is not in the text, or too rare there.
        MissingExtra: numba (extra `fast`) is not installed.
    """
    encoded = read_corpus(path, CorpusSettings(min_count=2))
    if encoded.words > SMALL_TEXT:
        encoded = read_corpus(path, CorpusSettings())
    epochs = max(3, min(40, _PASSES // encoded.words))
    text, held_out = parted(encoded, 0.02, seed=1)
    training = Training(text, Plan(vector_size=50, epochs=epochs))
    before, losses = training.space(), [training.loss_on(held_out)]
    if word is not None:
        before.row(word)
    for _ in training.steps():
        if len(training.losses) == len(losses):
            losses.append(training.loss_on(held_out))
    after = training.space()
    word = word or _in_best_company(after, encoded)
    return {
        "file": path.name, "words": encoded.words, "vocabulary": len(after), "dim": after.dim, "epochs": epochs,
        "word": word, "count": int(encoded.counts[after.row(word)]), "notes": [str(note) for note in encoded.notes],
        "loss_before": losses[0], "loss": losses[1:],
        "before": _near(before, word), "after": _near(after, word),
    }


def _near(space: Space, word: str) -> list[dict[str, Any]]:
    return [{"label": one.label, "cosine": one.cosine} for one in space.near(word, 6)]


def _in_best_company(space: Space, encoded: Encoded) -> str:
    """Of the most frequent words of four letters or two Chinese characters, the one with the nearest five others."""
    long = [row for row, label in enumerate(space.labels) if len(label) >= (4 if label.isascii() else 2)]
    rows = long[:_CHOSEN_FROM] or list(range(len(space)))
    unit = space.vectors / np.maximum(row_norms(space.vectors), 1e-9)[:, None]
    nearest = np.sort(unit[rows] @ unit.T, axis=1)[:, -6:-1]
    return str(encoded.labels[rows[int(nearest.sum(1).argmax())]])


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
