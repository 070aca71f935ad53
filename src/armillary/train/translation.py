"""Next token of a translation: a decoder guesses each token of the target from those before it and from all the source.

Through its cross-attention the decoder listens to what an encoder made of the source (Vaswani et al. 2017,
arXiv:1706.03762). The source may be a text, or pieces of something else: patches of an image, frames of a sound.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from armillary.errors import InputError
from armillary.shapes import Bool, Float, Int
from armillary.train.epochs import Epochs
from armillary.train.objective import Batch
from armillary.transformer.cache import Cache
from armillary.transformer.model import Transformer

Source = np.ndarray
"""The ids of its tokens, whole numbers (r,); or of pieces of something else their numbers, float32 (r, d_source)."""
_UNWANTED = -100  # what fills targets up: nothing is guessed there
_TOGETHER = 8  # steps whose pairs are dealt out by length, so that little must be filled up
_AT_ONCE = 256  # sources that are translated at once


@dataclass(frozen=True)
class Marks:
    """Tokens that are no text.

    Attributes:
        begin: stands before each target, and fills up what is short.
        end: stands after it.
    """

    begin: int
    end: int


class Translation:
    """Pairs of a source and a target, all of them once in each epoch, in an order of its own; see `Objective`.

    Attributes:
        nothing: ln(d_vocab).
    """

    def __init__(
        self, sources: Sequence[Source], targets: Sequence[Sequence[int]], marks: Marks, batch: int, d_vocab: int,
        seed: int = 1,
    ) -> None:
        """Take pairs.

        Args:
            sources: what is read.
            targets: the ids of what shall be said of each, without marks.
            marks: begin and end of a target.
            batch: pairs in a step.
            d_vocab: tokens that there are to guess from.
            seed: of the order.

        Raises:
            InputError: no pairs, not as many of the two, or an empty source.
        """
        if not sources or len(sources) != len(targets) or not all(map(len, sources)):
            raise InputError("{sources} sources and {targets} targets do not go together, or one source is empty",
                             sources=len(sources), targets=len(targets))
        self.nothing = math.log(d_vocab)
        self._sources, self._targets, self._marks, self._seed = sources, targets, marks, seed
        self._together = max(1, min(_TOGETHER, len(sources) // batch))
        self._epochs = Epochs(len(sources), batch * self._together, seed)
        self._lengths = np.array([len(one) for one in sources])

    def batch(self, step: int) -> Batch:
        """The pairs of a step.

        "source" (b, r) or (b, r, d_source) and "present" (b, r), where it is real; "tokens" (b, t), each target after
        its begin, and "wanted" (b, t), each before its end.
        """
        rows = self._rows(step)
        source, present = side_by_side([self._sources[row] for row in rows])
        length = 1 + max(len(self._targets[row]) for row in rows)
        tokens = torch.full((len(rows), length), self._marks.begin)
        wanted = torch.full((len(rows), length), _UNWANTED)
        for place, row in enumerate(rows):
            target = torch.tensor(list(self._targets[row]), dtype=torch.int64)
            tokens[place, 1 : len(target) + 1] = target
            wanted[place, : len(target)] = target
            wanted[place, len(target)] = self._marks.end
        return {"source": source, "present": present, "tokens": tokens, "wanted": wanted}

    def loss(self, model: Transformer, batch: Batch) -> tuple[Tensor, int]:
        """Nats, in sum, of the tokens that came and of the end, and how many they are."""
        memory = model.read(batch["source"], batch["present"])
        scores = model(batch["tokens"], source=memory).flatten(0, 1)
        wanted = batch["wanted"].flatten()
        nats = functional.cross_entropy(scores, wanted, ignore_index=_UNWANTED, reduction="sum")
        return nats, int((wanted != _UNWANTED).sum())

    def _rows(self, step: int) -> list[int]:
        """Pairs whose sources are about as long: some steps' are drawn together, and sorted."""
        several, mine = divmod(step, self._together)
        drawn = self._epochs.rows(several)
        drawn = drawn[np.argsort(self._lengths[drawn], kind="stable")]
        order = np.random.default_rng((self._seed, several, 1)).permutation(self._together)
        found: list[int] = np.array_split(drawn, self._together)[order[mine]].tolist()
        return found


def side_by_side(
    sources: Sequence[Source],
) -> tuple[Int[Tensor, "b r"] | Float[Tensor, "b r d_source"], Bool[Tensor, "b r"]]:
    """Sources filled up on the right, and where they are real."""
    longest = max(map(len, sources))
    kind = np.int64 if sources[0].ndim == 1 else np.float32
    filled = np.zeros((len(sources), longest, *sources[0].shape[1:]), kind)
    present = np.zeros((len(sources), longest), bool)
    for row, source in enumerate(sources):
        filled[row, : len(source)] = source
        present[row, : len(source)] = True
    return torch.from_numpy(filled), torch.from_numpy(present)


@torch.no_grad()
def translations(model: Transformer, sources: Sequence[Source], marks: Marks, most: int) -> Iterator[list[int]]:
    """What the model says of each source, the likeliest token each time, without marks.

    Args:
        model: an encoder-decoder.
        sources: of one kind.
        marks: begin and end of a target.
        most: tokens at most.
    """
    device = model.table.device
    for first in range(0, len(sources), _AT_ONCE):
        source, present = side_by_side(sources[first : first + _AT_ONCE])
        memory = model.read(source.to(device), present.to(device))
        cache, said = Cache(model.config), [torch.full((len(source), 1), marks.begin, device=device)]
        ended = torch.zeros(len(source), dtype=torch.bool, device=device)
        while len(said) <= most and not ended.all():
            points = model.points(said[-1], cache=cache, source=memory, last=True)
            said.append(model.scores(points).argmax(-1))
            ended |= said[-1][:, 0] == marks.end
        for row in torch.cat(said, dim=1)[:, 1:].tolist():
            yield list(takewhile(lambda one: one != marks.end, row))
