"""How families name their tensors: ours -> theirs, with * for the number of a block and + for that of an expert."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from armillary.transformer.weights import Weight

LOOKED_UP = ("embedding", "positions", "types")
"""Kinds of tables whose rows are picked: nobody stores them the other way round."""


@dataclass(frozen=True)
class Names:
    """How a family names its tensors.

    Attributes:
        theirs: our name -> their name.
        prefixes: what may stand before theirs, as a file holds a whole model or its body.
        straight: matrices are stored as ours are, (in, out), and not as PyTorch's linear layers, (out, in).
        thirds: their tensors that hold W_Q, W_K and W_V side by side.
        aside: patterns of tensors that are no parameters (masks, angles) or belong to heads that are not opened.
        older: endings that older files have -> the endings that newer ones have.
    """

    theirs: Mapping[str, str]
    prefixes: tuple[str, ...] = ("",)
    straight: bool = False
    thirds: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    older: Mapping[str, str] = field(default_factory=dict)

    def of(self, weight: Weight) -> str:
        """Their name of one of our tensors."""
        layer = re.search(r"\d+", weight.name)
        name = self.theirs[re.sub(r"\d+", "*", weight.name, count=1)]
        return name.replace("*", layer[0]) if layer else name

    def plain(self, name: str) -> str:
        """A name of theirs without what may stand before it, and in its newest spelling."""
        prefix = max((one for one in self.prefixes if name.startswith(one)), key=len, default="")
        name = name.removeprefix(prefix)
        for old, new in self.older.items():
            if name.endswith(old):
                name = name.removesuffix(old) + new
        return name

    def transposed(self, weight: Weight) -> bool:
        """Whether theirs is stored the other way round."""
        if len(weight.shape) < 2 or weight.kind in LOOKED_UP:
            return False
        return not self.straight or weight.kind == "unembedding"

    def third(self, weight: Weight) -> int | None:
        """Which third of their tensor is ours, if ours is one of three."""
        if self.of(weight).rpartition(".")[0].endswith(self.thirds) and self.thirds:
            return "QKV".index(weight.name[-1])
        return None

    def is_aside(self, name: str) -> bool:
        """Whether a tensor of the file is left where it is."""
        return any(re.search(pattern, name) for pattern in self.aside)
