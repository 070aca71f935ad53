"""Learning side by side with the same outcome every time: shards, rounds, and how what they learned is merged.

The text is cut into S shards. Each learns on a copy of both matrices, a stretch of `period` places in a round; between
rounds the copies are merged in a fixed order. Which thread does what changes nothing: the outcome depends on S, not on
the number of threads. A round ends by merging what is frequent, and the rarer a word the seldomer: rows of the first
tier every round, those of the second every other round, ... and all of them every so many rounds (`slowest`) and at the
end of an epoch, where a step ends.

How much of what the copies learned is taken? Where each learned something else, their sum is what one after the other
would have learned; where each came to the same place, the sum goes past it, S times as far, and learning goes wild. So
each copy learns at S / 2 times the rate, and a merged row goes twice the mean of the way:

    row += 2 / S * sum over copies of (copy - row)

What only one copy met counts as it does with one shard. What all met has come to rest in each copy, in whichever
directions it does, and twice the way to there is the farthest from which it still comes back. (Rates that grow with
what is averaged: Goyal et al. 2017, "Accurate, Large Minibatch SGD".)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from armillary.train.words.plan import Plan
from armillary.train.words.sampling import stream
from armillary.train.words.shard import Text, Work

FIRST_TIER = 128
SLOWEST = 64
"""Rounds after which all rows are merged. Every 16 rounds took a tenth more time and gave nothing; every 128 lost a
point of SimLex-999, which asks for many rare words, on eight million words with eight shards."""
SLOWEST_NGRAMS = 128
"""The same where words are made of n-grams: the rows are many, and the frequent ones must be merged more often."""
OVERSHOOT = 2
"""A merged row goes so many times the mean of the way."""
PIECE = 4096
"""Rows that a thread merges before it looks for more work."""


@dataclass(frozen=True)
class Tier:
    """Rows `first` to `last`, merged every so many rounds."""

    first: int
    last: int
    every: int


def slowest(plan: Plan) -> int:
    """Rounds after which all rows are merged."""
    return SLOWEST_NGRAMS if plan.maxn else SLOWEST


@cache
def tiers(rows: int, slowest: int) -> list[Tier]:
    """All rows, the most frequent first: each tier as large as all before it, and merged half as often."""
    found, first, last, every = [], 0, FIRST_TIER, 1
    while first < rows:
        last = rows if every == slowest else min(last, rows)
        found.append(Tier(first, last, every))
        first, last, every = last, 2 * last, 2 * every
    return found


def merged_rows(rows: int, slowest: int) -> float:
    """How many rows a round merges, on average."""
    return sum(((tier.last - tier.first) / tier.every for tier in tiers(rows, slowest)), 0.0)


@cache
def pieces(tier: Tier) -> list[tuple[int, int]]:
    """The rows of a tier in parts of about equal size, from where to where: work for threads."""
    rows = tier.last - tier.first
    parts = 1 + rows // PIECE
    return list(pairwise(tier.first + rows * part // parts for part in range(parts + 1)))


@dataclass(frozen=True)
class Schedule:
    """Which shard learns from which places in which round.

    Attributes:
        places: of the whole text.
        plan: settled.
    """

    places: int
    plan: Plan

    @property
    def rounds(self) -> int:
        """Rounds in an epoch."""
        longest = -(-self.places // self.plan.shards)
        return -(-longest // self.plan.period)

    @property
    def stride(self) -> float:
        """How many times the learning rate a shard learns at; the merged rows take so much less of it."""
        return max(1.0, self.plan.shards / OVERSHOOT)

    def stretch(self, shard: int, turn: int) -> slice:
        """The places that a shard learns from in a round (counted through all epochs)."""
        begin, end = (self.places * part // self.plan.shards for part in (shard, shard + 1))
        first = begin + turn % self.rounds * self.plan.period
        return slice(min(first, end), min(first + self.plan.period, end))

    def steps(self, turn: int) -> Iterator[range]:
        """The rounds of each step from round `turn` on; at a step's end everything is merged."""
        while turn < self.rounds * self.plan.epochs:
            in_epoch, step = turn % self.rounds, slowest(self.plan)
            end = turn - in_epoch + min(self.rounds, (in_epoch // step + 1) * step)
            yield range(turn, end)
            turn = end

    def due(self, turn: int, rows: int) -> list[Tier]:
        """The tiers that are merged after a round."""
        in_epoch = turn % self.rounds + 1
        found = tiers(rows, slowest(self.plan))
        return [tier for tier in found if in_epoch % tier.every == 0 or in_epoch == self.rounds]

    def fraction(self, turn: int) -> float:
        """How much of the whole training is done before round `turn`, from 0 to 1."""
        epoch, in_epoch = divmod(turn, self.rounds)
        return (epoch + min(1.0, in_epoch * self.plan.period * self.plan.shards / self.places)) / self.plan.epochs

    def work(self, rounds: range, text: Text, words: int, more: int) -> Work:
        """What there is to do in some rounds; the inputs have a row for each word, and so many more for n-grams."""
        count, shards = len(rounds), range(self.plan.shards)
        stretches = [[self.stretch(shard, turn) for shard in shards] for turn in rounds]
        pieces = [list(self._pieces(turn, words, more)) if len(shards) > 1 else [] for turn in rounds]
        return Work(
            *text,
            stretches=np.array([[(one.start, one.stop) for one in line] for line in stretches]),
            states=np.array([[stream(self.plan.seed, shard, turn) for shard in shards] for turn in rounds]),
            rates=np.array([self.plan.rate(self.fraction(turn)) * self.stride for turn in rounds]),
            pieces=np.array([piece for line in pieces for piece in line], np.int64).reshape(-1, 3),
            ends=np.cumsum([0, *map(len, pieces)]),
            taken=np.zeros(2 * count, np.int64), done=np.zeros(2 * count, np.int64),
            found=np.zeros((count, len(shards), 2)),
        )

    def _pieces(self, turn: int, words: int, more: int) -> Iterator[tuple[int, int, int]]:
        """What is merged after a round, in parts that threads can share: see `Work.pieces`."""
        for matrix, first, rows in ((0, 0, words), (1, 0, words), (0, words, more)):
            for tier in self.due(turn, rows):
                yield from ((matrix, first + begin, first + end) for begin, end in pieces(tier))
