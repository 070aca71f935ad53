"""How a text is to be split and counted."""

from dataclasses import dataclass
from typing import Literal

from armillary.errors import InputError
from armillary.text.classes import Split
from armillary.text.words import Chinese

Scoring = Literal["original", "npmi"]

THRESHOLDS = {"original": 10.0, "npmi": 0.5}
"""What a pair of words must score to become a phrase, unless something else is said."""


@dataclass(frozen=True)
class CorpusSettings:
    """How a text becomes numbers.

    Attributes:
        split: "words" finds words as `text.words` says; "spaces" splits at white space alone, for text that is split.
        lower: whether words are lower-cased.
        chinese: whether runs of Chinese characters are cut into words by rjieba, or into characters.
        min_count: words that come less often are left out.
        max_vocab: how many words to keep at most, the most frequent ones; None for all.
        stop: words to leave out.
        phrases: how many times pairs of words that belong together are joined (`new_york`; twice for up to four words).
        scoring: how pairs are scored: "original" as word2vec does, or "npmi"; see `text.phrases`.
        threshold: what a pair must score to be joined; None for the scoring's own of THRESHOLDS.
        max_sentence_length: a sentence with more words is cut, as gensim does.
    """

    split: Split = "words"
    lower: bool = True
    chinese: Chinese = "words"
    min_count: int = 5
    max_vocab: int | None = None
    stop: frozenset[str] = frozenset()
    phrases: int = 0
    scoring: Scoring = "original"
    threshold: float | None = None
    max_sentence_length: int = 10_000

    def __post_init__(self) -> None:
        for name, least in (("min_count", 1), ("max_vocab", 1), ("max_sentence_length", 1), ("phrases", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError("{name} must be at least {least}, not {value}", name=name, least=least, value=value)
        for name, known in (("split", ("words", "spaces")), ("chinese", ("words", "characters")),
                            ("scoring", tuple(THRESHOLDS))):
            value = getattr(self, name)
            if value not in known:
                raise InputError("{name} is one of {known}, not {value!r}",
                                 name=name, known=", ".join(known), value=value)
