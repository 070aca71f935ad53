"""What comes in pieces, and its name: patches of an image or frames of a sound in, its description out.

Tokens need not be words. The encoder is the one that reads texts; all that differs is what W_E is multiplied by: the
numbers of a piece in place of a one-hot vector (Dosovitskiy et al. 2020, arXiv:2010.11929). Through its cross-attention
the decoder listens to the pieces and spells the name, a character at a time.

    namer = learn_names(patches, names)
    namer.said(others)                   what each is called
    namer.listen(one)                    its name, and what each character listened to
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from armillary.errors import InputError
from armillary.shapes import Float, Float32
from armillary.trace.taps import Record, array
from armillary.train.fit import fit
from armillary.train.plan import Plan
from armillary.train.translation import Marks, Translation, translations
from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding
from armillary.transformer.initial import drawn
from armillary.transformer.model import Transformer

Pieces = Sequence[np.ndarray]
"""Of each thing its pieces, float (r, d_source); things may have more or fewer pieces, each of as many numbers."""


@dataclass(frozen=True)
class Alphabet:
    """The characters that names are spelled with; two marks more stand before a name and after it."""

    characters: str

    @property
    def marks(self) -> Marks:
        """The marks."""
        return Marks(len(self.characters), len(self.characters) + 1)

    def spelled(self, name: str) -> list[int]:
        """A name as tokens."""
        return [self.characters.index(one) for one in name]

    def read(self, ids: Sequence[int]) -> str:
        """Tokens as a name."""
        return "".join(self.characters[one] for one in ids if one < len(self.characters))


@dataclass(frozen=True, eq=False)
class Namer:
    """What was learned.

    Attributes:
        model: the encoder-decoder.
        alphabet: what names are spelled with.
        mean, scale: of each number of a piece: it is brought to mean 0 and deviation 1 first.
        longest: characters of the longest name.
    """

    model: Transformer
    alphabet: Alphabet
    mean: Float32[np.ndarray, " d_source"]
    scale: Float32[np.ndarray, " d_source"]
    longest: int

    def said(self, pieces: Pieces) -> list[str]:
        """What each thing is called."""
        found = translations(self.model, self._scaled(pieces), self.alphabet.marks, self.longest + 1)
        return [self.alphabet.read(ids) for ids in found]

    @torch.no_grad()
    def listen(self, pieces: Float[np.ndarray, "r d_source"]) -> tuple[str, Float32[np.ndarray, "t r"]]:
        """What a thing is called, and how much each character, and the end, listened to each piece: the mean of all."""
        marks = self.alphabet.marks
        scaled = self._scaled([pieces])
        ids = next(translations(self.model, scaled, marks, self.longest + 1))
        places = [f"blocks.{layer}.cross.pattern" for layer in range(self.model.config.n_layers)]
        record = Record(places)
        self.model(torch.tensor([[marks.begin, *ids]]), source=torch.from_numpy(scaled[0])[None], tap=record)
        pattern = np.concatenate([array(record.kept[place]) for place in places]).mean(axis=(0, 1), dtype=np.float32)
        return self.alphabet.read(ids), pattern

    def _scaled(self, pieces: Pieces) -> list[np.ndarray]:
        return [((one - self.mean) / self.scale).astype(np.float32) for one in pieces]


def learn_names(
    pieces: Pieces, names: Sequence[str], *, steps: int = 600, batch: int = 64, d_model: int = 64, n_layers: int = 2,
    seed: int = 1, longest: int = 0,
) -> Namer:
    """Learn what things are called.

    Args:
        pieces: of each thing its pieces.
        names: what each is called.
        steps: how many.
        batch: things in a step.
        d_model: numbers in a point.
        n_layers: blocks that read, and as many that write.
        seed: of all that is drawn.
        longest: pieces of the longest thing that may come, where that is longer than any that is learned from; a place
            that none has stays as it was drawn.

    Raises:
        InputError: nothing to learn from, not as many of the two, pieces of different widths, or an empty name.
        Diverged: the loss leads nowhere.
    """
    if not pieces or len(pieces) != len(names) or not all(names) or len({one.shape[1:] for one in pieces}) != 1:
        raise InputError("{things} things and {names} names do not go together, or pieces are not of one width",
                         things=len(pieces), names=len(names))
    together = np.concatenate(list(pieces)).astype(np.float32)
    alphabet = Alphabet("".join(sorted(set("".join(names)))))
    config = _config(together.shape[1], len(alphabet.characters) + 2, d_model, n_layers,
                     max(longest, *map(len, pieces), *map(len, names)) + 1)
    model = drawn(config, seed).requires_grad_()
    scale = np.maximum(together.std(axis=0), 1e-3)
    namer = Namer(model, alphabet, together.mean(axis=0), scale, max(map(len, names)))
    lessons = Translation(namer._scaled(pieces), [alphabet.spelled(name) for name in names], alphabet.marks, batch,
                          config.d_vocab, seed)
    plan = Plan(steps=steps, rate=3e-3, matrices=0.02, warm=20, betas=(0.8, 0.95), decay=0.1, course="linear",
                cool=0.6, least=0.0)
    for _ in fit(model, lessons, plan):
        pass
    model.requires_grad_(False)
    return namer


def _config(d_source: int, d_vocab: int, d_model: int, n_layers: int, n_ctx: int) -> Config:
    """An encoder of pieces, whose places are learned, and a decoder of characters."""
    n_heads = max(1, d_model // 16)
    heads = Attention(n_heads=n_heads, n_kv_heads=n_heads, d_head=d_model // n_heads,
                      scale=(d_model // n_heads) ** -0.5, causal=False)
    mlp = Mlp(d_mlp=2 * d_model, activation="gelu", bias=True)
    encoder = Config(
        d_vocab=d_source, d_model=d_model, n_layers=n_layers, n_ctx=n_ctx, norm=Norm(kind="layer", epsilon=1e-5),
        embedding=Embedding(positions="learned", norm=True), pattern=(Block(attention=heads, mlp=mlp),),
    )
    hearing = Block(attention=replace(heads, causal=True), cross=heads, mlp=mlp)
    return replace(encoder, d_vocab=d_vocab, embedding=Embedding(positions="learned"), encoder=encoder,
                   pattern=(hearing,), unembedding=Unembedding(tied=True))
