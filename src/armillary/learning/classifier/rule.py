"""A rule by hand: which class has more of its words in a text. It has no parameters and learns nothing.

Where the labels say good and bad, a list of good and one of bad words, English and Chinese, is at hand.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from armillary.errors import InputError, NotFound
from armillary.learning.classifier.material import Material, Words, words_of
from armillary.learning.supervised.figures import Part
from armillary.shapes import Int64

GOOD = ("1", "pos", "positive", "good", "true", "正面", "积极", "好评", "好")
BAD = ("0", "-1", "neg", "negative", "bad", "false", "负面", "消极", "差评", "坏", "差")
"""Labels that say good and bad."""


@dataclass(frozen=True)
class Ruled:
    """How well a rule does.

    Attributes:
        held: on the rows that the classifier is measured on.
        words: in its lists.
        undecided: rows where no class has more words than the others; they are taken for the commonest class.
    """

    held: Part
    words: int
    undecided: int


def ruled(material: Material, path: str | Path | None) -> Ruled | None:
    """How well a rule does on the held-out rows; None where no list of words suits the classes.

    Raises:
        NotFound: there is no file `path`.
        InputError: a line of it names no class.
    """
    lists = _lists(material.classes) if path is None else _read(Path(path), material.classes)
    if lists is None:
        return None
    answers = verdicts(material.held_texts, [lists.get(name, frozenset()) for name in material.classes])
    guessed = np.where(answers < 0, material.commonest, answers)
    return Ruled(Part.of(guessed == material.held_labels), sum(map(len, lists.values())), int((answers < 0).sum()))


def verdicts(texts: Sequence[Words], lists: Sequence[frozenset[str]]) -> Int64[np.ndarray, "n"]:
    """The class with the most words in each text, -1 where two have equally many."""
    found = np.full(len(texts), -1, np.int64)
    for row, words in enumerate(texts):
        counts = np.array([sum(word in listed for word in words) for listed in lists])
        if (counts == counts.max()).sum() == 1:
            found[row] = counts.argmax()
    return found


def _lists(classes: Sequence[str]) -> Mapping[str, frozenset[str]] | None:
    """Good and bad words for two classes that say so."""
    by_name = {name.lower(): name for name in classes}
    good, bad = ([by_name[one] for one in some if one in by_name] for some in (GOOD, BAD))
    if len(classes) != 2 or len(good) != 1 or len(bad) != 1:
        return None
    held = json.loads(resources.files(__package__).joinpath("words.json").read_text(encoding="utf-8"))
    return {good[0]: frozenset(held["good"]), bad[0]: frozenset(held["bad"])}


def _read(path: Path, classes: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Lines such as `good: fine lovely best`."""
    if not path.is_file():
        raise NotFound("there is no file {path}", path=str(path))
    found: dict[str, frozenset[str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        name, colon, words = line.replace("：", ":").partition(":")
        if not colon or name.strip() not in classes:
            raise InputError("line {number} of {path} begins with no class and a colon, as in {example}",
                             number=number, path=str(path), example=f"{classes[0]}: word word")
        found[name.strip()] = found.get(name.strip(), frozenset()) | frozenset(words_of(words))
    return found
