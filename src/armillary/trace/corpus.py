"""Many lines through the first blocks of a model, lines of a length together."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch

from armillary.errors import InputError
from armillary.shapes import Float, Int32
from armillary.text.tokenizer import Tokenizer
from armillary.trace.text import Read, read
from armillary.transformer.model import Transformer
from armillary.transformer.pooled import padded, together

AROUND = 24
"""Characters that are shown on each side of a token."""


class Corpus:
    """Lines in tokens. Only ids are held; names and characters are found again where they are shown.

    Attributes:
        tokenizer: what made them.
        lines: each line that has tokens, with its number.
        ids: its ids, those that the model expects before it included.
        frame: how many these are; the tokens after them are the line's own.
        truncated: how many lines were longer than the context; their ends are left out.
    """

    def __init__(self, tokenizer: Tokenizer, lines: Iterable[tuple[int, str]], n_ctx: int) -> None:
        """Take numbered lines.

        Raises:
            InputError: none has a token.
        """
        before = tokenizer.vocabulary.before
        self.tokenizer, self.frame, self.truncated = tokenizer, len(before), 0
        self.lines: list[tuple[int, str]] = []
        self.ids: list[Int32[np.ndarray, "t"]] = []
        for number, text in lines:
            ids = np.array([*before, *tokenizer.encode(text).tolist()], np.int32)
            if len(ids) == len(before):
                continue
            self.truncated += len(ids) > n_ctx
            self.lines.append((number, text))
            self.ids.append(ids[:n_ctx].copy())
        if not self.lines:
            raise InputError("there is no line of text to look into")

    def read(self, row: int) -> Read:
        """A line in tokens with their names."""
        return read(self.tokenizer, self.lines[row][1])

    def label(self, row: int, position: int, seen: Read) -> str:
        """What a token is called in its context: `12.3 raised a [quill], and the`, where 12 is the line."""
        piece, text = seen.pieces[position], seen.text
        before, after = max(0, piece.start - AROUND), piece.end + AROUND
        shown = f"{text[before : piece.start]}[{piece.name}]{text[piece.end : after]}".replace("\n", " ")
        return f"{self.lines[row][0]}.{position} {'…' * (before > 0)}{shown}{'…' * (after < len(text))}"


@torch.inference_mode()
def layers(
    model: Transformer, corpus: Corpus, layer: int, told: Callable[[int, int], None] | None = None
) -> Iterator[tuple[list[int], Float[torch.Tensor, "b t d_model"]]]:
    """The rows of some lines, and their points after `layer` blocks, filled up on the right, until all lines are done.

    Args:
        model: goes from left to right, so that what is filled up changes nothing before it.
        corpus: the lines.
        layer: how many blocks are computed; those behind them are not.
        told: hears how many tokens are done, of how many.

    Raises:
        InputError: the model sees both ways, or has no such layer.
    """
    if not all(block.attention.causal for block in model.config.pattern) or model.config.encoder is not None:
        raise InputError("the points of a corpus are those of a model that goes from left to right; an encoder has a "
                         "point for each text instead")
    if not 0 <= layer <= model.config.n_layers:
        raise InputError("there is no layer {layer}: layer 0 are the points before the first block, layer {last} "
                         "those after the last", layer=layer, last=model.config.n_layers)
    done, total = 0, sum(map(len, corpus.ids))
    for rows in together([len(ids) for ids in corpus.ids]):
        tokens = padded([corpus.ids[row].tolist() for row in rows])[0].to(model.table.device)
        x = model.embedding(tokens, model.table)
        for block in range(layer):
            x = model.move(block, x)
        yield rows, x
        done += sum(len(corpus.ids[row]) for row in rows)
        if told is not None:
            told(done, total)
