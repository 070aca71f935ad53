"""A translator that was learned, opened: what becomes of a text, and what the decoder listened to as it said it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from armillary.errors import InputError, NotFound, UnknownFormat
from armillary.formats.bounded import open_regular
from armillary.formats.strict_json import parse_json
from armillary.formats.tokenizer_files import read_tokenizer
from armillary.learning.card import CARD
from armillary.learning.translator.pairs import BEGIN, END
from armillary.published.folder import read_model
from armillary.published.writing import CONFIG
from armillary.shapes import Float32
from armillary.text.tokenizer import Tokenizer
from armillary.trace.taps import Record, array
from armillary.train.translation import Marks, Source, translations
from armillary.transformer.model import Transformer


@dataclass(frozen=True, eq=False)
class Listened:
    """A translation, and what each token of it listened to.

    Attributes:
        source, target: the texts.
        heard: the tokens of the source.
        said: those of the target, and its end.
        patterns: of each block and head, how much the decoder listened to each token of the source as it guessed each
            token that it said; rows add up to 1.
    """

    source: str
    target: str
    heard: Sequence[str]
    said: Sequence[str]
    patterns: Float32[np.ndarray, "n_layers h t r"]

    def pattern(self, block: int | None = None, head: int | None = None) -> Float32[np.ndarray, "t r"]:
        """The pattern of a head, the mean of those of a block, or of all.

        Raises:
            InputError: there is no such block or head.
        """
        layers, heads = self.patterns.shape[:2]
        if block is not None and not 0 <= block < layers:
            raise InputError("there is no block {block}; they go from 0 to {last}", block=block, last=layers - 1)
        if head is not None and not 0 <= head < heads:
            raise InputError("there is no head {head}: block {block} has heads 0 to {last}",
                             head=head, block=block, last=heads - 1)
        some = self.patterns if block is None else self.patterns[block : block + 1]
        some = some if head is None else some[:, head : head + 1]
        mean: np.ndarray = some.mean(axis=(0, 1), dtype=np.float32)
        return mean


class Translator:
    """What becomes of a text.

    Attributes:
        model: the encoder-decoder.
        tokenizer: of both sides.
        characters: what the sources had that it learned from; "" if nobody says.
    """

    def __init__(self, model: Transformer, tokenizer: Tokenizer, characters: str = "") -> None:
        self.model, self.tokenizer, self.characters = model, tokenizer, characters
        special = tokenizer.vocabulary.special
        self._marks = Marks(special[BEGIN], special[END])

    @classmethod
    def load(cls, path: str | Path) -> "Translator":
        """Open the folder that `armillary learn translator` made.

        Raises:
            NotFound: nothing is there.
            UnknownFormat: another kind of folder.
            DamagedFile: something is missing or of another shape.
        """
        path = Path(path)
        if not path.exists():
            raise NotFound("there is no folder {path}", path=str(path))
        if not (path / CONFIG).is_file():
            raise UnknownFormat(path, "is no translator: it has no {name}", name=CONFIG)
        model, tokenizer = read_model(path), read_tokenizer(path)
        if model.encoder is None or not {BEGIN, END} <= set(tokenizer.vocabulary.special):
            raise UnknownFormat(path, "is no translator: nothing in it reads a source and writes a target")
        return cls(model, tokenizer, str(_card(path / CARD).get("characters", "")))

    def translate(self, text: str) -> str:
        """What becomes of `text`: the likeliest character, again and again (errors as `listen`)."""
        return self.translate_all([text])[0]

    def translate_all(self, texts: Sequence[str]) -> list[str]:
        """What becomes of each text (errors as `listen`)."""
        sources = [self._source(text) for text in texts]
        found = translations(self.model, sources, self._marks, self.model.config.n_ctx)
        return [self.tokenizer.decode(ids) for ids in found]

    @torch.no_grad()
    def listen(self, text: str) -> Listened:
        """What becomes of `text`, and what was listened to on the way.

        Raises:
            InputError: an empty text, or one longer than any that was learned from.
            NotFound: it has characters that nothing was learned of.
        """
        source, config = self._source(text), self.model.config
        said = next(translations(self.model, [source], self._marks, config.n_ctx))
        places = [f"blocks.{layer}.cross.pattern" for layer in range(config.n_layers)]
        record = Record(places)
        self.model(torch.tensor([[self._marks.begin, *said]]), tap=record, source=torch.from_numpy(source)[None])
        heard = [self.tokenizer.decode([one]) for one in source]
        names = [*(self.tokenizer.decode([one]) for one in said), END]
        return Listened(text, self.tokenizer.decode(said), heard, names,
                        np.concatenate([array(record.kept[place]) for place in places]))

    def _source(self, text: str) -> Source:
        strange = sorted(set(text) - set(self.characters)) if self.characters else []
        if strange:
            raise NotFound("the translator has learned nothing of {strange}; its sources had only: {known}",
                           strange=" ".join(strange), known=self.characters)
        ids = self.tokenizer.encode(text).astype(np.int64)
        if not len(ids):
            raise InputError("an empty text becomes nothing: give a source to translate")
        if len(ids) >= self.model.config.n_ctx:
            raise InputError("the source has {count} tokens, more than the {most} of the longest that was learned from",
                             count=len(ids), most=self.model.config.n_ctx - 1)
        return ids


def _card(path: Path) -> dict[str, Any]:
    """What learned.json tells, if it is there."""
    if not path.is_file():
        return {}
    with open_regular(path) as file:
        found = parse_json(path, file.read())
    return found if isinstance(found, dict) else {}
