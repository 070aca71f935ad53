"""Attention: every position asks, and takes from the others a mean of their values, weighted by how well they answer.

    q, k, v  = x W_Q, x W_K, x W_V              heads side by side
    pattern  = softmax(scale · q kᵀ), masked    who listens to whom
    out      = (pattern v) W_O                  the heads' answers, summed

One fused kernel does the two lines in the middle, unless somebody wants to see them, or scores are capped.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from armillary.shapes import Bool, Float
from armillary.transformer import config
from armillary.transformer.cache import Kept
from armillary.transformer.norm import Norm
from armillary.transformer.places import Tap, within
from armillary.transformer.product import times
from armillary.transformer.rotary import turn

_TOGETHER = 128
"""Queries that ask together on the processor, where the fused kernel looks at 512 keys though a query sees but some."""


class Attention(nn.Module):
    """The heads of one block; see `config.Attention`. W_Q (d_model, h d_head), W_K and W_V (d_model, g d_head)."""

    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor
    b_Q: Tensor | None
    b_K: Tensor | None
    b_V: Tensor | None
    b_O: Tensor | None

    def __init__(self, facts: config.Attention) -> None:
        super().__init__()
        self.facts = facts
        for name in ("b_Q", "b_K", "b_V", "b_O"):
            self.register_parameter(name, None)
        self.norm_Q = Norm(facts.norm) if facts.norm else None
        self.norm_K = Norm(facts.norm) if facts.norm else None

    def forward(
        self,
        x: Float[Tensor, "b t d_model"],
        source: Float[Tensor, "b r d_model"],
        turns: tuple[Tensor, Tensor] | None = None,
        kept: Kept | None = None,
        present: Bool[Tensor, "b s"] | None = None,
        tap: Tap | None = None,
    ) -> Float[Tensor, "b t d_model"]:
        """What the heads add to each point.

        Args:
            x: the points that ask: of a text that goes on in one direction all, or the last ones.
            source: the points that are asked: x itself, or an encoder's.
            turns: cosines and sines of the positions of source, where they are rotary.
            kept: earlier keys and values.
            present: False at positions that only fill a text up to the length of others.
            tap: see `places`.
        """
        q = self._heads(x, self.W_Q, self.b_Q)
        k = self._heads(source, self.W_K, self.b_K)
        v = self._heads(source, self.W_V, self.b_V)
        if self.norm_Q is not None and self.norm_K is not None:
            q, k = self.norm_Q(q, within(tap, "norm_Q.")), self.norm_K(k, within(tap, "norm_K."))
        if turns is not None:
            q, k = turn(q, *(angles[-q.shape[2] :] for angles in turns)), turn(k, *turns)
        if tap is not None:
            q, k, v = tap("q", q), tap("k", k), tap("v", v)
        if kept is not None:
            k, v = kept.extend(k, v)
        z = self._listen(q, k, v, present, tap)
        if tap is not None:
            z = tap("z", z)
        return times(z.transpose(1, 2).flatten(2), self.W_O, self.b_O)

    def _heads(self, x: Tensor, W: Tensor, b: Tensor | None) -> Float[Tensor, "b h t d_head"]:
        side_by_side = times(x, W, b)
        return side_by_side.view(*side_by_side.shape[:2], -1, self.facts.d_head).transpose(1, 2)

    def _listen(
        self,
        q: Float[Tensor, "b h t d_head"],
        k: Float[Tensor, "b g s d_head"],
        v: Float[Tensor, "b g s d_head"],
        present: Bool[Tensor, "b s"] | None,
        tap: Tap | None,
    ) -> Float[Tensor, "b h t d_head"]:
        in_pieces = q.is_cpu and q.shape[2] > _TOGETHER and self.facts.causal and present is None
        if tap is not None and (tap.wants("scores") or tap.wants("pattern")):
            if in_pieces and not tap.wants("scores") and not q.requires_grad:
                return self._shown(q, k, v, tap)
            return self._explicit(q, k, v, self._seen(q, k, present), tap)
        if self.facts.softcap:
            return self._explicit(q, k, v, self._seen(q, k, present), tap)
        if in_pieces:
            return self._in_pieces(q, k, v)
        return self._fused(q, k, v, present)

    def _in_pieces(self, q: Tensor, k: Tensor, v: Tensor) -> Float[Tensor, "b h t d_head"]:
        """Some queries together, without the keys that none of them sees."""
        rounded = q.dtype == torch.bfloat16 and not q.requires_grad  # of a record the products would keep too much
        listen = self._by_products if rounded else self._kernel
        v = v.contiguous()
        found = [listen(q[:, :, rows], k[:, :, keys], v[:, :, keys], hides).transpose(1, 2)
                 for rows, keys, hides in self._pieces(q, k)]
        return torch.cat(found, dim=1).transpose(1, 2)

    def _pieces(self, q: Tensor, k: Tensor) -> Iterator[tuple[slice, slice, Tensor | None]]:
        """Queries that ask together, the keys that are not ahead of all of them nor behind their windows, and a mask.

        Seen from the last of its keys, one mask is every piece's; the kernel would make numbers of a Boolean one anew.
        """
        t, s = q.shape[2], k.shape[2]
        seen = seen_by(self.facts, _TOGETHER, s, q.device)
        mask = None if seen is None else torch.zeros(seen.shape, dtype=q.dtype).masked_fill_(~seen, float("-inf"))
        for first in range(0, t, _TOGETHER):
            last = min(t, first + _TOGETHER)
            begin, end = max(0, s - t + first + 1 - (self.facts.window or s)), s - t + last
            yield slice(first, last), slice(begin, end), None if mask is None else mask[first - last :, begin - end :]

    def _fused(
        self, q: Tensor, k: Tensor, v: Tensor, present: Bool[Tensor, "b s"] | None
    ) -> Float[Tensor, "b h t d_head"]:
        """All queries together."""
        t, s = q.shape[2], k.shape[2]
        # The kernel knows this commonest of masks, and need not be given it.
        if self.facts.causal and 1 < t == s <= (self.facts.window or s) and present is None:
            return self._kernel(q, k, v, None, causal=True)
        seen = self._seen(q, k, present)
        if t > 1:
            return self._kernel(q, k, v, seen)
        # Side by side the heads that share a key read it once.
        return self._kernel(_shared(q, k), k, v, seen).view(q.shape)

    def _kernel(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool = False
    ) -> Float[Tensor, "b h t d_head"]:
        """By one fused kernel, which writes down neither scores nor pattern."""
        z: Tensor = functional.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=causal, scale=self.facts.scale, enable_gqa=q.shape[1] != k.shape[1]
        )
        return z

    def _by_products(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Float[Tensor, "b h t d_head"]:
        """By two products, in bfloat16 faster than the kernel, and as near to float32 (docs/log.md)."""
        return _taken(torch.softmax(self._masked(q, k, mask), dim=-1), v)

    def _masked(self, q: Tensor, k: Tensor, mask: Tensor | None) -> Float[Tensor, "b h t s"]:
        """Scores, minus infinity where the mask says so."""
        scores = scores_of(self.facts, q, k)
        return scores if mask is None else scores.add_(mask)

    def _shown(self, q: Tensor, k: Tensor, v: Tensor, tap: Tap) -> Float[Tensor, "b h t d_head"]:
        """By two products in pieces, so that the pattern is the one square that is written down."""
        pattern, found = v.new_empty(*q.shape[:3], k.shape[2]), []
        for rows, keys, hides in self._pieces(q, k):
            shares = torch.softmax(self._masked(q[:, :, rows], k[:, :, keys], hides), dim=-1, dtype=torch.float32)
            there = pattern[:, :, rows]
            there[..., keys] = shares
            there[..., : keys.start] = there[..., keys.stop :] = 0
            found.append(_taken(shares.to(v.dtype), v[:, :, keys]).transpose(1, 2))
        tapped = tap("pattern", pattern)
        return torch.cat(found, dim=1).transpose(1, 2) if tapped is pattern else _taken(tapped, v)

    def _seen(self, q: Tensor, k: Tensor, present: Bool[Tensor, "b s"] | None) -> Bool[Tensor, "..."] | None:
        """Which keys each query sees; None if all do."""
        seen = seen_by(self.facts, q.shape[2], k.shape[2], q.device)
        if present is None:
            return seen
        return present[:, None, None, :] if seen is None else seen & present[:, None, None, :]

    def _explicit(
        self, q: Tensor, k: Tensor, v: Tensor, seen: Bool[Tensor, "..."] | None, tap: Tap | None
    ) -> Float[Tensor, "b h t d_head"]:
        """The same by the formula; only where asked for, or where the fused kernel cannot."""
        scores = scores_of(self.facts, q, k)
        shown = tap is not None and tap.wants("scores")
        if tap is not None and shown:
            scores = tap("scores", scores)
        pattern = pattern_of(scores, seen, ours=not shown).to(v.dtype)
        if tap is not None and tap.wants("pattern"):
            pattern = tap("pattern", pattern)
        return _taken(pattern, v)


def scores_of(
    facts: config.Attention, q: Float[Tensor, "b h t d_head"], k: Float[Tensor, "b g s d_head"]
) -> Float[Tensor, "b h t s"]:
    """How well each key answers each query, before the mask: scale · q kᵀ, capped where the model caps."""
    products = (_shared(q, k) * facts.scale) @ k.transpose(-1, -2)
    scores: Tensor = products.view(*q.shape[:3], k.shape[2])
    return torch.tanh(scores / facts.softcap) * facts.softcap if facts.softcap else scores


def _shared(asking: Float[Tensor, "b h t n"], asked: Float[Tensor, "b g s d_head"]) -> Float[Tensor, "b g rows n"]:
    """The heads that share one that is asked below each other, so that it need not be repeated for each."""
    return asking.reshape(asking.shape[0], asked.shape[1], -1, asking.shape[3])


def _taken(pattern: Float[Tensor, "b h t s"], v: Float[Tensor, "b g s d_head"]) -> Float[Tensor, "b h t d_head"]:
    """Values in the mean that a pattern says."""
    z: Tensor = _shared(pattern, v) @ v
    return z.view(*pattern.shape[:3], v.shape[3])


def pattern_of(
    scores: Float[Tensor, "b h t s"], seen: Bool[Tensor, "..."] | None, ours: bool = False
) -> Float[Tensor, "b h t s"]:
    """Scores as shares that add up to 1, in float32.

    What is not seen becomes minus infinity before the softmax; a zero put there after it would leave rows that add up
    to less than 1. Where the scores are `ours`, which nobody else has, it is marked in them: a square less to write.
    """
    if seen is not None and ours and not scores.requires_grad:
        scores.masked_fill_(~seen, float("-inf"))
    elif seen is not None:
        scores = torch.where(seen, scores, float("-inf"))
    return torch.softmax(scores, dim=-1, dtype=torch.float32)


def seen_by(facts: config.Attention, t: int, s: int, device: torch.device) -> Bool[Tensor, "t s"] | None:
    """Which of s positions each of the last t sees; None if all do."""
    window = facts.window or s
    if not facts.causal or (t == 1 and s <= window):
        return None
    behind = torch.arange(s - t, s, device=device)[:, None] - torch.arange(s, device=device)
    return (behind >= 0) & (behind < window)
