"""From a list of merges to one rank a piece; and byte pairs merged step by step, as they are explained.

Files tell byte pairs in two ways. tiktoken ranks pieces: of all neighbours whose joint bytes are a piece, those of the
lowest rank merge first, the leftmost of equals. GPT-2's list ranks pairs: only what is listed merges. One machine can
run both, because of this: when merging ends, every piece stands there as it would if its own bytes were merged alone
(nothing merged across its edges, so its inside went its own way). Hence a piece can come up only if its bytes merge to
itself, and then always through the same last pair. Rank each such piece by that pair, forget all others, and merging by
pieces gives what merging by pairs gives, for every text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import AnyStr

import numpy as np

from armillary.shapes import Bool, Int64

_NONE = np.int64(1) << 40  # a rank that no pair has


def merge_steps(piece: bytes, ranks: Mapping[bytes, int], parts: Sequence[bytes] = ()) -> Iterator[list[bytes]]:
    """The parts of `piece` before the first merge and after each: the plain twin of tiktoken's core.

    Args:
        piece: the bytes of one piece of the pre-tokenisation.
        ranks: the rank of each piece of the vocabulary.
        parts: what `piece` is at first made of; its single bytes if unsaid.

    >>> [len(parts) for parts in merge_steps(b"low", {b"lo": 0, b"low": 1})]
    [3, 2, 1]
    """
    now = list(parts) or [piece[place : place + 1] for place in range(len(piece))]
    yield list(now)
    while True:
        pairs = [(ranks[a + b], place) for place, (a, b) in enumerate(pairwise(now)) if a + b in ranks]
        if not pairs:
            return
        _, place = min(pairs)
        now[place : place + 2] = [now[place] + now[place + 1]]
        yield list(now)


def ranks_of(
    atoms: Sequence[AnyStr], merges: Sequence[tuple[AnyStr, AnyStr]], order: Sequence[int] | None = None
) -> dict[AnyStr, int]:
    """One rank for each piece that merging can give.

    Args:
        atoms: what a text consists of before the first merge: single bytes, or whole characters (as text or in UTF-8).
        merges: pairs that may merge; of pairs with a part that nothing makes, nothing comes.
        order: the rank of each pair, the lowest first; their places in `merges` if unsaid.

    Returns:
        Atoms and products to ranks: the atoms' come first, and are 0, 1, 2, ...
    """
    node: dict[AnyStr, int] = defaultdict(count().__next__)  # whoever is new gets the next number
    n_atoms: int = len(_numbers(node, dict.fromkeys(atoms)))
    first, second = _numbers(node, (a for a, _ in merges)), _numbers(node, (b for _, b in merges))
    rank: Int64[np.ndarray, "p"] = np.arange(len(merges)) if order is None else np.array(order, np.int64)
    pairs = Pairs(first, second, _numbers(node, (a + b for a, b in merges)), rank)
    pieces: list[AnyStr] = list(node)
    sizes = np.fromiter(map(len, pieces), np.int64, len(pieces))
    made: list[int] = made_by(pairs, sizes, np.arange(len(pieces)) < n_atoms).tolist()
    ordered: list[AnyStr] = [pieces[one] for one in (*range(n_atoms), *made)]
    return {piece: place for place, piece in enumerate(ordered)}


def _numbers(node: Mapping[AnyStr, int], pieces: Iterable[AnyStr]) -> Int64[np.ndarray, "p"]:
    return np.fromiter(map(node.__getitem__, pieces), np.int64)


@dataclass(frozen=True)
class Pairs:
    """Merges of pieces that are known by numbers: first + second gives made, the lowest rank first.

    Attributes:
        first, second, made: pieces.
        rank: of each pair; several may have one.
    """

    first: Int64[np.ndarray, "p"]
    second: Int64[np.ndarray, "p"]
    made: Int64[np.ndarray, "p"]
    rank: Int64[np.ndarray, "p"]


def made_by(
    pairs: Pairs, sizes: Int64[np.ndarray, "n"], atoms: Bool[np.ndarray, "n"]
) -> Int64[np.ndarray, "m"]:
    """The pieces that merging can give, in the order in which they merge; atoms are not among them.

    Args:
        pairs: what may merge.
        sizes: the length of each piece.
        atoms: whether a piece is there before the first merge.
    """
    table = _Table(pairs, sizes, atoms)
    table.find_all()
    made: Int64[np.ndarray, "m"] = np.flatnonzero(table.rank >= 0)
    return made[np.argsort(table.rank[made], kind="stable")]


class _Table:
    """How each piece is made, when, and by which rank a neighbour must not interfere.

    Attributes:
        rank: of the pair that makes a piece; -1 for atoms and for what is not (yet) known to be made.
        time: the highest rank on the way to a piece. A piece is complete earlier than another if this is lower.
    """

    def __init__(self, pairs: Pairs, sizes: Int64[np.ndarray, "n"], atoms: Bool[np.ndarray, "n"]) -> None:
        self.first, self.second, self.made, self.order = pairs.first, pairs.second, pairs.made, pairs.rank
        self.sizes, size = sizes, len(sizes)
        self._index_pairs()
        self.rank, self.time = np.full(size, -1), np.full(size, -1)
        self.left, self.right = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.to_right, self.to_left = np.full(size, -1), np.full(size, -1)
        self.known = atoms.copy()

    def find_all(self) -> None:
        """Shortest products first, as longer ones are made of them."""
        sizes = self.sizes[self.made]
        by_size = np.argsort(sizes, kind="stable")
        for pairs in np.split(by_size, np.flatnonzero(np.diff(sizes[by_size])) + 1):
            pairs = pairs[self.known[self.first[pairs]] & self.known[self.second[pairs]]]
            pairs = pairs[~self.known[self.made[pairs]]]
            self._learn(pairs[self._undisturbed(self.first[pairs], self.second[pairs])])

    def _index_pairs(self) -> None:
        """Pairs as sorted numbers; of a pair that is listed twice, the lower rank counts."""
        keys = self.first * len(self.sizes) + self.second
        by_rank = np.lexsort((self.order, keys))
        places = by_rank[np.flatnonzero(np.diff(keys[by_rank], prepend=-1))]
        self.keys, self.key_ranks = keys[places], self.order[places]

    def _learn(self, pairs: Int64[np.ndarray, "p"]) -> None:
        """Take it down how the products of `pairs` are made."""
        made, first, second, rank = self.made[pairs], self.first[pairs], self.second[pairs], self.order[pairs]
        self.left[made], self.right[made], self.rank[made], self.known[made] = first, second, rank, True
        one, two = self.time[first], self.time[second]
        self.time[made] = np.maximum(rank, np.maximum(one, two))
        # While the right part waits for the left one to be complete, its right neighbour could take it; and likewise
        # on the other side. Of equal ranks the left merges first.
        self.to_right[made] = np.maximum(rank, np.where(one > two, one, -1))
        self.to_left[made] = np.maximum(rank, np.where(two >= one, two, -1))

    def _undisturbed(self, one: Int64[np.ndarray, "p"], two: Int64[np.ndarray, "p"]) -> Bool[np.ndarray, "p"]:
        """Whether merging `one` + `two` comes to just these two, with no merge across their border before.

        Time runs backwards: whichever side was complete last is taken apart, and the pieces that then touched
        must not have had a pair of a lower rank than what was merged instead.
        """
        fine = np.ones(len(one), bool)
        one, two, live = one.copy(), two.copy(), np.arange(len(one))
        while len(live):
            a, b = one[live], two[live]
            atoms = (self.time[a] < 0) & (self.time[b] < 0)
            live, a, b = live[~atoms], a[~atoms], b[~atoms]
            left_last = self.time[a] > self.time[b]
            limit = np.where(left_last, self.to_right[a], self.to_left[b] + 1)
            one[live] = a = np.where(left_last, self.right[a], a)
            two[live] = b = np.where(left_last, b, self.left[b])
            disturbed = self._pair_rank(a, b) < limit
            fine[live[disturbed]] = False
            live = live[~disturbed]
        return fine

    def _pair_rank(self, a: Int64[np.ndarray, "p"], b: Int64[np.ndarray, "p"]) -> Int64[np.ndarray, "p"]:
        wanted = a * len(self.sizes) + b
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[places] == wanted, self.key_ranks[places], _NONE)
