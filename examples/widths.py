"""Why a token is not its id, and why its point has many columns: one text learned at several widths, and from raw ids.

    python examples/widths.py shakespeare.txt

All models have four heads of 16 numbers, an MLP of 256, two blocks and the same 600 steps; what differs is how many
numbers a point has. The last two take no row of W_E for each token but its id as a number, times one row: once in the
order of the characters' codes, once in a random order. A table has no order that could matter.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from armillary.count import count
from armillary.train.fit import fit
from armillary.train.next_token import NextToken
from armillary.train.objective import Batch
from armillary.train.plan import Plan
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Rotary, Unembedding
from armillary.transformer.initial import drawn
from armillary.transformer.model import Transformer

WIDTHS = (1, 2, 8, 64)
CONTEXT, BATCH, STEPS = 32, 32, 600
PLAN = Plan(steps=STEPS, rate=3e-3, matrices=0.02, warm=20, decay=0.0, course="linear", cool=0.6, least=0.0)


class FromIds(NextToken):
    """Lessons in which a token comes in as a number: its id, made a number between 0 and 1, times one row of W_E."""

    def __init__(self, ids: np.ndarray, d_vocab: int) -> None:
        super().__init__(ids, CONTEXT, BATCH, d_vocab)
        self.d_vocab = d_vocab

    def loss(self, model: Transformer, batch: Batch) -> tuple[Tensor, int]:
        """Nats, in sum, and how many tokens they are of."""
        tokens = batch["tokens"]
        numbers = torch.zeros((*tokens[:, :-1].shape, self.d_vocab))
        numbers[..., 0] = tokens[:, :-1] / self.d_vocab
        wanted = tokens[:, 1:].flatten()
        return functional.cross_entropy(model(numbers).flatten(0, 1), wanted, reduction="sum"), len(wanted)


def config(d_vocab: int, d_model: int) -> Config:
    """A decoder whose points have `d_model` numbers. Its norm leaves a single number more than its sign."""
    attention = Attention(n_heads=4, n_kv_heads=4, d_head=16, scale=0.25, rotary=Rotary(base=1e4))
    return Config(d_vocab=d_vocab, d_model=d_model, n_layers=2, n_ctx=CONTEXT, norm=Norm(kind="rms", epsilon=1.0),
                  embedding=Embedding(), pattern=(Block(attention=attention, mlp=Mlp(d_mlp=256, activation="relu")),),
                  unembedding=Unembedding(tied=False))


def learned(model: Transformer, lessons: NextToken, held: NextToken) -> float:
    """Nats a token of held-out text, after all steps."""
    for _ in fit(model.requires_grad_(), lessons, PLAN):
        pass
    with torch.no_grad():
        sums = [held.loss(model, held.batch(step)) for step in range(100)]
    return sum(loss.item() for loss, _ in sums) / sum(size for _, size in sums)


def rows(text: str) -> Iterator[tuple[str, int, int, float]]:
    """What a token comes in as; numbers in all of W_E, or of its one row; parameters; nats."""
    kinds = sorted(set(text))
    numbers = {kind: row for row, kind in enumerate(kinds)}
    ids = np.array([numbers[kind] for kind in text], np.uint16)
    cut, d_vocab = int(len(ids) * 0.9), len(kinds)
    for width in WIDTHS:
        model = drawn(config(d_vocab, width), rows=1.0, matrices=0.1)
        parts = [NextToken(part, CONTEXT, BATCH, d_vocab) for part in (ids[:cut], ids[cut:])]
        yield f"a row of {width}", d_vocab * width, count(model.config).total, learned(model, *parts)
    for name, order in (("its id, times a row of 64", np.arange(d_vocab)),
                        ("another id, times a row of 64", np.random.default_rng(1).permutation(d_vocab))):
        model = drawn(config(d_vocab, WIDTHS[-1]), rows=1.0, matrices=0.1)
        found = order[ids].astype(np.uint16)
        loss = learned(model, FromIds(found[:cut], d_vocab), FromIds(found[cut:], d_vocab))
        yield name, WIDTHS[-1], count(model.config).total - (d_vocab - 1) * WIDTHS[-1], loss


def main() -> None:
    """A line for each, as it is learned."""
    for name, numbers, parameters, loss in rows(Path(sys.argv[1]).read_text(encoding="utf-8")):
        sys.stdout.write(f"{name:30}  {4 * numbers:>7,} bytes  {parameters:>7,} parameters  {loss:.3f} nats\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
