"""Every place of one reading at once: what stood there, or what it is made of.

    everything = lm.trace(text).everything()
    everything["blocks.5.z"], everything["blocks.5.scores"]

Some places follow from others by a single step, and are made when they are asked for, the same to the bit: scores, a
square of the text, from queries and keys; the points between attention and MLP, a sum; what an MLP that is not gated
has after its activation; and patterns, unless they are to be kept.
"""

import ctypes
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from torch import Tensor

from armillary.trace.taps import NOT_MADE, Record
from armillary.transformer import config
from armillary.transformer.attention import pattern_of, scores_of, seen_by
from armillary.transformer.config import Config
from armillary.transformer.mlp import ACTIVATIONS
from armillary.transformer.places import Tap, places

_TRIM, _MAPPED = -1, -4
"""What glibc calls M_TRIM_THRESHOLD and M_MMAP_MAX (mallopt(3))."""
_STAYS = 1 << 30


class Everything(Mapping[str, Tensor]):
    """A tap that keeps every place by reference, and gives scores and patterns, too.

    Attributes:
        kept: place -> what stood there; without what is made again.
    """

    def __init__(self, facts: Config, patterns: bool = True, changes: Tap | None = None) -> None:
        """Wait at every place of a model.

        Args:
            facts: the model's.
            patterns: whether patterns are kept as they stood.
            changes: a tap before this one: all but squares is kept then, for it may have changed anything, and a
                square that it wants as well.
        """
        again = {place for place in places(facts) if _follows(facts, place, patterns)}
        if changes is not None:
            again = {place for place in again if place.endswith(NOT_MADE) and not changes.wants(place)}
        wanted = [place for place in places(facts) if place not in again]
        self._facts, self._places = facts, tuple(places(facts))
        self._record = Record(wanted)
        self.kept = self._record.kept
        _stay()

    def __call__(self, place: str, x: Any) -> Any:
        """Keep x."""
        return self._record(place, x)

    def wants(self, place: str) -> bool:
        """Whether it keeps what stands there."""
        return self._record.wants(place)

    def __getitem__(self, place: str) -> Tensor:
        """What stood at a place, by its long name.

        Raises:
            KeyError: there is no such place.
        """
        before, _, name = place.rpartition(".")
        if place in self.kept or place not in self._places:
            return self.kept[place]
        if name == "resid_mid":
            return self[f"{before}.resid_pre"] + self[f"{before}.attn_out"]
        if name == "mlp_post":
            return ACTIVATIONS[_block(self._facts, before).mlp.activation](self[f"{before}.mlp_pre"])
        facts = self._heads(before)
        if name == "scores":
            return scores_of(facts, self.kept[f"{before}.q"], self.kept[f"{before}.k"])
        scores = self[f"{before}.scores"]
        t, s = scores.shape[-2:]
        return pattern_of(scores, seen_by(facts, t, s, scores.device)).to(scores.dtype)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _heads(self, before: str) -> config.Attention:
        """Of `blocks.3` or `blocks.3.cross`, whose squares they are."""
        block = _block(self._facts, before)
        if before.endswith("cross"):
            assert block.cross is not None
            return block.cross
        return block.attention


def _block(facts: Config, place: str) -> config.Block:
    """Of `blocks.3` and of all places in it."""
    return facts.blocks[int(place.split(".")[1])]


def _follows(facts: Config, place: str, patterns: bool) -> bool:
    """Whether what stands at a place is made of other places by a single step."""
    name = place.rpartition(".")[2]
    if name == "resid_mid":
        return facts.wiring != "post" and _block(facts, place).cross is None
    if name == "mlp_post":
        return not _block(facts, place).mlp.gated
    return name == "scores" or (name == "pattern" and not patterns)


@cache
def _stay() -> None:
    """Memory that was let go stays with this process, up to 1 GiB; where the C library is glibc.

    It would give that of a text's places back to the system and take it again for the next text, page by page: a tenth
    of the reading where a page takes two microseconds. glibc knows this for the whole process only, and cannot be set
    back to how it began, so nothing but a recording of everything asks for it; `malloc_trim(0)` gives back what lies
    free. With arrays of more than 32 MB left out, the scores of 512 tokens alone cost a twentieth (docs/log.md).
    """
    adjust = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if adjust is not None:
        adjust(_TRIM, _STAYS)
        adjust(_MAPPED, 0)
