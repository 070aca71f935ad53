"""What is to be learned, and how: the settings of skip-gram and CBOW under gensim 4's names."""

import json
import math
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Literal, get_args

from armillary.errors import InputError
from armillary.text.ngrams import LONGEST_NGRAM

Method = Literal["skipgram", "cbow"]

MOST_SHARDS = 8
"""Shards unless the plan says how many. More cores than shards do not help; 16 learned as well from eight million words
of Wikipedia, but for SimLex-999, which lost half a point more; and each takes a copy of both matrices."""
MOST_NGRAM_SHARDS = 2
"""With n-grams: on four million words of Wikipedia 8 lost ten points of WordSim-353 against 1, 2 up to three."""
SHARD_WORDS = 10_000
"""A shard is worth having from so many places of the text on."""
RATES = {"skipgram": 0.025, "cbow": 0.05}
"""The learning rate at first unless the plan says, as word2vec's code has it. gensim has 0.025 for both; after five
epochs on eight million words CBOW has hardly begun with that."""
ROUNDS = 160
"""Rounds in an epoch, at least: how often what the shards learned is brought together."""


@dataclass(frozen=True)
class Plan:
    """The settings of one training. The names and defaults are gensim 4's, but for CBOW's alpha.

    Attributes:
        method: "skipgram" (each word near the centre predicts the centre) or "cbow" (their mean does).
        vector_size: numbers in a vector.
        window: words on each side, at most; each centre draws its own reach from 1 to this.
        negative: random words told apart from each centre.
        hs: hierarchical softmax in place of negative sampling.
        ns_exponent: the power of the counts that random words are drawn by.
        sample: words more frequent than this are left out at random, the more the more frequent; 0 keeps all.
        epochs: times through the text.
        alpha: the learning rate at first; None for the method's own (see RATES).
        min_alpha: the learning rate at the end; it falls on a straight line.
        minn: characters in the shortest n-gram that words are composed of (fastText); 0 for words alone.
        maxn: characters in the longest; 0 for words alone.
        bucket: how many buckets n-grams are hashed into; only those that the text uses take memory.
        seed: of everything random.
        shards: parts of the text that learn side by side, each on a copy of the matrices; 0 for as many as fit. The
            result depends on it.
        period: places of the text that a shard learns from before what is frequent is merged; 0 for a fitting number.
            The result depends on it.
        workers: threads; 0 for one a processor. The result does not depend on it.
    """

    method: Method = "skipgram"
    vector_size: int = 100
    window: int = 5
    negative: int = 5
    hs: bool = False
    ns_exponent: float = 0.75
    sample: float = 1e-3
    epochs: int = 5
    alpha: float | None = None
    min_alpha: float = 1e-4
    minn: int = 0
    maxn: int = 0
    bucket: int = 2_000_000
    seed: int = 1
    shards: int = 0
    period: int = 0
    workers: int = 0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise InputError("method is skipgram or cbow, not {method!r}", method=self.method)
        least = {"vector_size": 1, "window": 1, "negative": 0 if self.hs else 1, "epochs": 1, "seed": 0, "shards": 0,
                 "period": 0, "workers": 0, "minn": 0, "maxn": 0, "bucket": 1}
        most = {"vector_size": 10_000, "window": 1000, "negative": 1000, "shards": 1024, "seed": 2**63 - 1,
                "maxn": LONGEST_NGRAM}
        for name, low in least.items():
            value, high = getattr(self, name), most.get(name, 2**31 - 1)
            if not low <= value <= high:
                raise InputError("{name} lies between {low} and {high}; it is {value}",
                                 name=name, low=low, high=high, value=value)
        if not (1 <= self.minn <= self.maxn or self.minn == self.maxn == 0):
            raise InputError("minn is from 1 to maxn, or both are 0 for no n-grams; minn is {minn} and maxn is {maxn}",
                             minn=self.minn, maxn=self.maxn)
        for name in ("ns_exponent", "sample", "alpha", "min_alpha"):
            value = getattr(self, name)
            if value is None:
                continue
            if not math.isfinite(value) or (name != "ns_exponent" and value < 0):
                raise InputError("{name} is a finite number, not below zero; it is {value}", name=name, value=value)

    def settled(self, places: int, shards: int, merged: float) -> "Plan":
        """This plan with nothing left open, for a text of so many places.

        `merged` is how many rows are merged in a round. Merging one costs what learning from 0.4 places does,
        so that eight places for each row keep the merging at five parts in a hundred. N-grams, which many words have,
        are merged eight times as often, which takes ten in a hundred.
        """
        shards = self.shards or shards
        period = self.period or max(200, min(int((1 if self.maxn else 8) * merged), -(-places // (shards * ROUNDS))))
        return replace(self, shards=shards, period=period, alpha=self.rate(0.0))

    def facts(self) -> dict[str, Any]:
        """All settings that the result depends on, as JSON holds them."""
        return {name: value for name, value in asdict(self).items() if name != "workers"}

    def digest(self, corpus: str) -> str:
        """SHA-256 over the settings and the corpus, to tell whether a training may be resumed with them."""
        return sha256(json.dumps([self.facts(), corpus], sort_keys=True).encode()).hexdigest()

    def rate(self, fraction: float) -> float:
        """The learning rate when so much of the training (0 to 1) is done."""
        alpha = RATES[self.method] if self.alpha is None else self.alpha
        return alpha - (alpha - self.min_alpha) * fraction


def shards_for(places: int, ngrams: bool = False) -> int:
    """How many shards a text of so many places is parted into, unless the plan says."""
    return max(1, min(MOST_NGRAM_SHARDS if ngrams else MOST_SHARDS, places // SHARD_WORDS))
