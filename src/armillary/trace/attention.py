"""Who listens to whom in one block: queries, keys, scores, patterns, values, head by head.

A pattern is a square of the text's length: 2,000 tokens make four million numbers a head. Only q, k, v and z are kept;
scores and patterns are made for one head when they are asked for.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from armillary.errors import InputError
from armillary.shapes import Float, Float32
from armillary.space import Space
from armillary.trace.taps import array
from armillary.trace.where import inside
from armillary.transformer import config
from armillary.transformer.attention import pattern_of, scores_of, seen_by

ALL = slice(None)


class Attention:
    """One block's heads over one text.

    Attributes:
        facts: what the heads are.
        block: which block.
        tokens: what the positions are called.
        q: queries (n_heads, t, d_head); k and v: keys and values (n_kv_heads, t, d_head); z: what each head took,
            (n_heads, t, d_head). Queries and keys are turned where positions are rotary.
    """

    def __init__(
        self, facts: config.Attention, block: int, tokens: Sequence[str], kept: Mapping[str, Tensor]
    ) -> None:
        """Take what stood at q, k, v and z."""
        self.facts, self.block, self.tokens = facts, block, tuple(tokens)
        self.q, self.k, self.v, self.z = (kept[name] for name in "qkvz")

    def __len__(self) -> int:
        return int(self.q.shape[1])

    def scores(self, head: int, divided: bool = True) -> Float32[np.ndarray, "t t"]:
        """How well each position (a column) answers each (a row), before the mask.

        Args:
            head: from 0 on.
            divided: as the model has them: scaled, as a rule divided by the root of d_head, and capped where it caps.
                False gives the bare products of query and key.

        Raises:
            InputError: there is no such head.
        """
        q, k = self._asking(head)
        bare: Tensor = q @ k.transpose(-1, -2)
        return array((scores_of(self.facts, q, k) if divided else bare)[0, 0])

    def score(self, head: int, query: int, key: int) -> float:
        """How well one position answers another, made without the others (errors as `scores`)."""
        q, k = self._asking(head)
        return float(scores_of(self.facts, q[:, :, query, None], k[:, :, key, None]))

    def pattern(self, head: int, divided: bool = True, rows: slice = ALL) -> Float32[np.ndarray, "r t"]:
        """How much each position (a row) listens to each (a column): rows add up to 1.

        Args:
            head: from 0 on.
            divided: False shows what the softmax would make of scores that are not scaled.
            rows: positions side by side, if not all; the others are not made.

        Raises:
            InputError: there is no such head.
        """
        q, k = self._asking(head)
        first, last, _ = rows.indices(len(self))
        end = last if self.facts.causal else len(self)  # nobody here sees what comes after the last
        q, k = q[:, :, first:last], k[:, :, :end]
        scores = scores_of(self.facts, q, k) if divided else q @ k.transpose(-1, -2)
        pattern = pattern_of(scores, seen_by(self.facts, last - first, end, q.device))
        return array(pad(pattern, (0, len(self) - end))[0, 0])

    def entropy(self, head: int, divided: bool = True) -> Float32[np.ndarray, "t"]:
        """How widely each position listens, in nats: 0 to one only, ln n evenly to n (arguments as `pattern`)."""
        pattern = self.pattern(head, divided)
        logs = np.log(pattern, out=np.zeros_like(pattern), where=pattern > 0)
        spread: np.ndarray = -(pattern * logs).sum(1)
        return spread

    def listened(self, position: int, n: int = 3) -> list[list[tuple[int, float]]]:
        """For each head, the `n` positions that one position listens to most, with their shares."""
        rows = [self.row(head, position) for head in range(self.facts.n_heads)]
        return [[(one, float(row[one])) for one in np.argsort(-row, kind="stable")[:n].tolist() if row[one] > 0]
                for row in rows]

    def row(self, head: int, position: int) -> Float32[np.ndarray, "t"]:
        """What one position listens to: a row of the pattern, made without the others (errors as `pattern`)."""
        position = inside(position, len(self))
        found: np.ndarray = self.pattern(head, rows=slice(position, position + 1))[0]
        return found

    def spots(self, head: int) -> Space:
        """The queries and keys of a head as points of one small space: `q quill@3` and `k quill@3`."""
        q, k = self._asking(head)
        named = [f"{name.strip() or '␣'}@{position}" for position, name in enumerate(self.tokens)]
        labels = [f"q {name}" for name in named] + [f"k {name}" for name in named]
        return Space(labels, array(torch.cat((q[0, 0], k[0, 0]))), origin={"block": self.block, "head": head})

    def shared(self, head: int) -> int:
        """Which of the key-value heads a head asks: several ask one where n_kv_heads is less than n_heads.

        Raises:
            InputError: there is no such head.
        """
        if not 0 <= head < self.facts.n_heads:
            raise InputError("there is no head {head}: block {block} has heads 0 to {last}",
                             head=head, block=self.block, last=self.facts.n_heads - 1)
        return head // (self.facts.n_heads // self.facts.n_kv_heads)

    def _repr_html_(self) -> str:
        from armillary.trace.pictures import block_svg  # nobody who draws nothing waits for it

        return block_svg(self)

    def _asking(self, head: int) -> tuple[Float[Tensor, "1 1 t d_head"], Float[Tensor, "1 1 t d_head"]]:
        shared = self.shared(head)
        return self.q[head][None, None], self.k[shared][None, None]
