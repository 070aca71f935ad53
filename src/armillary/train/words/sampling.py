"""Random words: how often each is kept, how often each is drawn, and the stream of numbers behind both.

Every number comes out of a stream that (seed, shard, round) names, so that a training can go on from any round.
"""

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float64, Int64, UInt32

WHOLE = 2**32
_MASK = 2**64 - 1


def stream(seed: int, shard: int, turn: int) -> int:
    """The 63 bits that a shard's numbers of one round begin with (the mixing of SplitMix64, Steele et al. 2014)."""
    state = seed
    for part in (shard, turn):
        state = (state * 0x9E3779B97F4A7C15 + part + 1) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state >> 1 or 1


class Numbers:
    """Random numbers, 64 bits each (xorshift64*, Vigna 2016). The kernels hold a twin of it."""

    def __init__(self, state: int) -> None:
        self.state = state

    def bits(self) -> int:
        """The next 64 bits."""
        state = self.state
        state ^= state >> 12
        state = (state ^ (state << 25)) & _MASK
        self.state = state ^ (state >> 27)
        return (self.state * 2685821657736338717) & _MASK

    def high(self) -> int:
        """The next number from 0 to 2^32 - 1."""
        return self.bits() >> 32

    def below(self, limit: int) -> int:
        """The next number from 0 to limit - 1."""
        return (self.high() * limit) >> 32

    def draw(self, alias: UInt32[np.ndarray, "v 2"]) -> int:
        """The next row, as often as `alias_table` was told."""
        bits = self.bits()
        row = ((bits >> 32) * len(alias)) >> 32
        return row if bits % WHOLE < alias[row, 0] else int(alias[row, 1])


def kept(counts: Int64[np.ndarray, "v"], sample: float) -> Float64[np.ndarray, "v"]:
    """The share of its occurrences that each word keeps: (sqrt(f / sample) + 1) sample / f, f being its frequency.

    That is what word2vec's code does; the paper has 1 - sqrt(sample / f) as what is left out (Mikolov et al. 2013b).
    """
    if not sample:
        return np.ones(len(counts))
    share = sample * counts.sum() / counts
    chance: np.ndarray = np.minimum(1.0, np.sqrt(share) + share)
    return chance


def thresholds(share: Float64[np.ndarray, "v"]) -> UInt32[np.ndarray, "v"]:
    """A word is kept where a number from 0 to 2^32 - 1 is not above its threshold."""
    limits: np.ndarray = np.minimum(share * WHOLE, WHOLE - 1).astype(np.uint32)
    return limits


def weights(counts: Int64[np.ndarray, "v"], exponent: float) -> Float64[np.ndarray, "v"]:
    """The chance of each word to be drawn: counts to the power of `exponent`, summing to 1.

    Raises:
        InputError: the power leaves nothing to draw, or takes numbers to infinity.
    """
    with np.errstate(over="ignore", under="ignore"):
        powers = np.maximum(counts, 1).astype(np.float64) ** exponent
        total = powers.sum()
    if not np.isfinite(total) or not powers.min() > 0:
        raise InputError("ns_exponent {value} is too far from 1 for these counts", value=exponent)
    shares: np.ndarray = powers / total
    return shares


def alias_table(chances: Float64[np.ndarray, "v"]) -> UInt32[np.ndarray, "v 2"]:
    """A table to draw rows from in constant time (Walker 1974, built as Vose 1991 does).

    A line holds a threshold and another row: a draw takes a line at random and a number from 0 to 2^32 - 1; below the
    threshold it gives the line's own row, else the other one.
    """
    table = np.full((len(chances), 2), WHOLE - 1, dtype=np.uint32)
    table[:, 1] = np.arange(len(chances))
    rest = (chances * len(chances)).tolist()
    small = [row for row, part in enumerate(rest) if part < 1]
    large = [row for row, part in enumerate(rest) if part >= 1]
    while small and large:
        row, giver = small.pop(), large[-1]
        table[row] = min(round(rest[row] * WHOLE), WHOLE - 1), giver
        rest[giver] -= 1 - rest[row]
        if rest[giver] < 1:
            small.append(large.pop())
    return table
