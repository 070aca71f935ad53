"""One text on its way through a model.

The text is read once, and only the points between the blocks are kept: (n_layers + 1) x t x d_model numbers. What else
is asked for is made when it is asked for, by opening one block again at the points before it; so a long text needs no
more memory than a plain reading, and a question about one block costs no more than that block.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from armillary.errors import InputError
from armillary.shapes import Float, Float32
from armillary.space import Point, Space
from armillary.speak.candidates import Candidate, candidates
from armillary.speak.candidates import name as token_name
from armillary.speak.sample import Sampling
from armillary.text.tokenizer import Tokenizer
from armillary.trace.attention import Attention
from armillary.trace.changes import Change, put
from armillary.trace.contributions import Contributions, contributions
from armillary.trace.everything import Everything
from armillary.trace.lens import Lens, lens
from armillary.trace.taps import Past, Record, Several, array
from armillary.trace.text import Read
from armillary.trace.where import Where, inside, where
from armillary.transformer.model import Transformer
from armillary.transformer.places import Tap, within

PLAIN = Sampling()
NUMBERS = 1 << 24
"""Scores that are held at once: 64 MB."""


class Run:
    """A text, a model, and what happens between them.

    Attributes:
        model: the transformer.
        read: the text in tokens.
        tokenizer: what the tokens of the vocabulary are called by.
    """

    def __init__(self, model: Transformer, read: Read, tokenizer: Tokenizer, changes: Sequence[Tap] = ()) -> None:
        """Look on while `model` reads; `changes` step in, the first of them first.

        Raises:
            InputError: the model reads a source text first, or the text is longer than its context.
        """
        if model.config.encoder is not None:
            raise InputError("a model that reads a source text first is looked into by taps only: forward(tap=...)")
        if len(read.ids) > model.config.n_ctx:
            raise InputError("the text has {count} tokens, more than the context of {n_ctx} that this model has",
                             count=len(read.ids), n_ctx=model.config.n_ctx)
        self.model, self.read, self.tokenizer = model, read, tokenizer
        self.tap = Several(*changes) if changes else None
        self._spaces: dict[int, Space] = {}

    def __len__(self) -> int:
        return len(self.read.ids)

    def where(self, written: str) -> Where:
        """A place of this model as people write it (see `where`)."""
        return where(written, self.model.config)

    def position(self, word: str, occurrence: int = -1) -> int:
        """Where the last token of a word stands (see `text.Read.position`)."""
        return self.read.position(word, occurrence)

    def _repr_html_(self) -> str:
        from armillary.trace.pictures import run_html  # nobody who draws nothing waits for it

        return run_html(self)

    # The points between the blocks

    @property
    def nbytes(self) -> int:
        """Bytes of the points between the blocks, which are kept once they were asked for."""
        config = self.model.config
        return (config.n_layers + 1) * len(self) * config.d_model * self.model.table.element_size()

    @cached_property
    def points(self) -> list[Float[Tensor, "t d_model"]]:
        """Layer 0, which are the points before the first block, to layer n_layers, which are those after the last."""
        last = self.model.config.n_layers - 1
        wanted = [*(f"blocks.{layer}.resid_pre" for layer in range(last + 1)), f"blocks.{last}.resid_post"]
        kept = self.record(wanted)
        return [kept[place][0] for place in wanted]

    def layer(self, layer: int) -> Space:
        """The points after `layer` blocks as a Space, each labelled by its token: `quill@5.3` is position 3, layer 5.

        Raises:
            InputError: there is no such layer.
        """
        self._layer(layer)
        if layer not in self._spaces:
            labels = [self.label(layer, position) for position in range(len(self))]
            self._spaces[layer] = Space(labels, array(self.points[layer]), origin={"layer": layer})
        return self._spaces[layer]

    def at(self, layer: int, position: int) -> Point:
        """One point after `layer` blocks: a spot, which any space of as many numbers takes as a question.

        Raises:
            InputError: there is no such layer or position.
        """
        return self.layer(layer)[self.label(layer, inside(position, len(self)))]

    def journey(self, position: int) -> Space:
        """The way of one token through the layers, a row each from layer 0 on (errors as `at`)."""
        position = inside(position, len(self))
        labels = [self.label(layer, position) for layer in range(len(self.points))]
        rows = torch.stack([points[position] for points in self.points])
        return Space(labels, array(rows), origin={"position": position})

    def label(self, layer: int, position: int) -> str:
        """What a spot is called."""
        return f"{self.read.pieces[position].name.strip() or '␣'}@{layer}.{position}"

    # What is made again when it is asked for

    @torch.inference_mode()
    def record(self, wanted: Collection[str], position: int | None = None) -> dict[str, Tensor]:
        """Read the text again and keep what stands at the places `wanted`, everywhere or at one position."""
        record = Record(wanted, position)
        points = self.look(record)
        if {"logits", "unembedding.norm.norm_scale"} & set(wanted):
            self.model.scores(points, tap=Several(self.tap, record))
        return record.kept

    @torch.inference_mode()
    def look(self, tap: Tap) -> Float[Tensor, "1 t d_model"]:
        """Read the text again with a tap that looks on, after the changes; gives the points after the last block."""
        points: Tensor = self.model.points(self._tokens, tap=Several(self.tap, tap))
        return points

    @torch.inference_mode()
    def everything(self, patterns: bool = True) -> Everything:
        """Read the text again and keep every place; memory let go later stays with the process, for the next text.

        Args:
            patterns: whether they are kept as they stood; else made when they are asked for, as scores always are.
        """
        found = Everything(self.model.config, patterns, self.tap)
        self.model(self._tokens, tap=Several(self.tap, found))
        return found

    @torch.inference_mode()
    def block(self, block: int, wanted: Collection[str]) -> dict[str, Tensor]:
        """What stands at places of one block: it is opened again, at the points before it.

        Args:
            block: from 0 on.
            wanted: names within the block, such as "q" or "mlp_post".

        Raises:
            InputError: there is no such block.
        """
        if not 0 <= block < self.model.config.n_layers:
            raise InputError("there is no block {block}: this model's are 0 to {last}",
                             block=block, last=self.model.config.n_layers - 1)
        prefix = f"blocks.{block}."
        record = Record([prefix + name for name in wanted])
        before = None if self.tap is None else Past(self.tap, f"{prefix}resid_pre")
        self.model.move(block, self.points[block][None], tap=Several(before, record))
        return {place.removeprefix(prefix): x[0] for place, x in record.kept.items()}

    def __getitem__(self, written: str) -> Float32[np.ndarray, "..."]:
        """The numbers that stand at a place: `run["5.z.3@7"]` (errors as `where` and `Where.index`)."""
        there = self.where(written)
        outer, _, rest = there.place.partition(".")
        if outer == "blocks":
            block, _, name = rest.partition(".")
            x = self.block(int(block), [name])[name][None]
        else:
            x = self.record([there.place])[there.place]
        return array(x[there.index(x)][0])

    def patch(self, written: str, at: Sequence[int] | None = None) -> Change:
        """A change that puts what stands at a place of this text there in another: `lm.trace(other, run.patch("5.z"))`.

        Args:
            written: the place, as for `run[written]`.
            at: the positions in the other text, if they are not the same.
        """
        there = self.where(written)
        return put(there if at is None else there.at(*at), self[written])

    # Questions

    def attention(self, block: int) -> Attention:
        """Who listens to whom in a block (errors as `block`)."""
        kept = self.block(block, ["q", "k", "v", "z"])
        return Attention(self.model.config.blocks[block].attention, block, self.read.names, kept)

    def lens(
        self, positions: Sequence[int] | None = None, token: int | None = None, middles: bool = False, n: int = 1,
        told: Callable[[int, int], None] | None = None,
    ) -> Lens:
        """Every layer read as if it were the last (arguments and errors as `lens.lens`)."""
        return lens(self, positions, token, middles, n, told)

    def contributions(self, position: int = -1, token: int | None = None) -> Contributions:
        """What each part of the model adds to the score of one token (arguments and errors as `contributions`)."""
        return contributions(self, position, token)

    @torch.inference_mode()
    def scores(self, positions: Sequence[int]) -> Float32[np.ndarray, "m d_vocab"]:
        """The scores after some positions.

        Raises:
            InputError: a position outside the text, or a model without an unembedding.
        """
        chosen = [inside(one, len(self)) for one in positions]
        return array(self.model.scores(self.final[chosen][None], tap=self.tap)[0])

    def next(self, n: int = 10, how: Sampling = PLAIN) -> list[Candidate]:
        """The tokens that most probably come next (see `speak.candidates`)."""
        return candidates(self.scores([-1])[0], self.tokenizer, n, how, self.read.ids)

    @torch.inference_mode()
    def losses(self) -> Float32[np.ndarray, "t_less_one"]:
        """The loss of each token but the first, in nats: -ln of the chance that the model gave it.

        Raises:
            InputError: the model sees what comes after a token, so that no chance is a prediction.
        """
        if not all(block.attention.causal for block in self.model.config.pattern):
            raise InputError("this model sees both ways: the loss of a token it has seen says nothing")
        ids = torch.tensor(self.read.ids[1:])
        several = max(1, NUMBERS // self.model.config.d_vocab)
        found = [np.zeros(0, np.float32)]
        for first in range(0, len(ids), several):
            rows = torch.from_numpy(self.scores(range(first, min(first + several, len(ids)))))
            chances = rows.log_softmax(-1).gather(1, ids[first : first + several, None])
            found.append(-chances[:, 0].numpy())
        return np.concatenate(found)

    def token(self, one: int) -> str:
        """What a token of the vocabulary is called."""
        return token_name(self.tokenizer, one)

    @cached_property
    def final(self) -> Float[Tensor, "t d_model"]:
        """The points that the scores are made of: the last layer, normed where the model does."""
        norm, last = self.model.final_norm, self.points[-1]
        with torch.inference_mode():
            return last if norm is None else norm(last[None], within(self.tap, "final_norm."))[0]

    @property
    def _tokens(self) -> Tensor:
        return torch.tensor([self.read.ids], device=self.model.table.device)

    def _layer(self, layer: int) -> None:
        if not 0 <= layer <= self.model.config.n_layers:
            raise InputError("there is no layer {layer}: layer 0 are the points before the first block, layer {last} "
                             "those after the last", layer=layer, last=self.model.config.n_layers)
