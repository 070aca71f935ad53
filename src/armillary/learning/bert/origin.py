"""An encoder at its beginning: its size, its tokens, its lessons."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from armillary.language import Note
from armillary.learning.bert.asked import Asked
from armillary.learning.bert.beginning import beginning
from armillary.learning.bert.card import measured
from armillary.learning.bert.course import ClozeCourse
from armillary.learning.self_supervised.course import Course, Lessons
from armillary.learning.self_supervised.design import Design, designed
from armillary.learning.self_supervised.material import SMALL, Look, Material, material, parts
from armillary.learning.self_supervised.origin import Origin
from armillary.published.configs import config_of
from armillary.published.writing import CONFIG, encoder_keys
from armillary.speak.fill import MASK
from armillary.text.learn_word_pieces import learn_word_pieces
from armillary.text.words import cut_chinese
from armillary.train.masked_token import MaskedToken
from armillary.train.next_token import NextToken
from armillary.train.plan import Plan
from armillary.train.tokenizer import FILE
from armillary.transformer.model import Transformer

PIECES = "vocab.txt"


class Encoder(Origin):
    """An encoder at random, of a published kind."""

    _asked: Asked
    kind = "bert"
    epochs = 100  # a token in seven is guessed, another one each time

    def odd(self, characters: int) -> list[Note]:
        """That a text is small."""
        return [] if characters >= SMALL else [
            Note("a text of {count:,} characters is small: what is learned from it is which letters stand together; "
                 "words take a million", {"count": characters})]

    def material(self, text: str) -> Material:
        """Pieces of words, or words."""
        kind = self._asked.tokenizer
        return material(spaced(text) if kind == "words" else text, kind, learn=_told_pieces)

    def design(self, material: Material) -> Design:
        """By text and time, as a decoder; the MLP as wide as BERT's."""
        design = designed(material, self._asked)
        plan = replace(design.plan, rate=3e-3, matrices=0.02, warm=30, betas=(0.9, 0.95))
        return replace(design, d_mlp=4 * design.d_model, plan=plan)

    def model(self, design: Design) -> Transformer:
        """See `beginning`."""
        return beginning(config_of(Path(CONFIG), self.keys(design)), self._asked.seed).requires_grad_()

    def lessons(self, material: Material, design: Design) -> Lessons:
        """Tokens to guess from both sides."""
        told = material.tokenizer.vocabulary
        windows = NextToken(material.learned, design.context, design.batch, design.d_vocab, self._asked.seed)
        return MaskedToken(windows, told.special[MASK], design.d_vocab, self._asked.seed, (told.before, told.after))

    def course(self, model: Transformer, lessons: Lessons, plan: Plan, material: Material) -> Course:
        """Its way, on which blanks are filled."""
        return ClozeCourse(model, lessons, plan, material, self._asked, self.looks)

    def question(self) -> dict[str, Any]:
        """It always begins at random."""
        return {"learns": "masked tokens"}

    def keys(self, design: Design) -> dict[str, Any]:
        """BERT's; the frame of a text has positions too."""
        return encoder_keys(design.d_vocab, design.d_model, design.n_layers, design.n_heads, design.context + 2,
                            design.d_mlp)

    def files(self, material: Material) -> dict[str, bytes]:
        """The tokenizer that was learned, as newer and older programs read it."""
        assert material.written is not None
        beside = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": False,
                  "tokenize_chinese_chars": material.kind == "pieces", "unk_token": "[UNK]", "cls_token": "[CLS]",
                  "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": MASK}
        return {FILE: json.dumps(material.written, ensure_ascii=False, indent=1).encode(),
                PIECES: "".join(f"{piece}\n" for piece in material.written["model"]["vocab"]).encode(),
                "tokenizer_config.json": json.dumps(beside, indent=1).encode()}

    def chosen(self, material: Material) -> Note:
        """What a token is."""
        count = {"count": material.tokenizer.vocabulary.size}
        if material.kind == "words":
            return Note("tokens are words and, of rarer ones, characters: {count:,}. What is to be filled needs blanks "
                        "between its words, Chinese ones too", count)
        return Note("tokens are pieces of words, and single Chinese characters: {count:,}", count)

    def measured(self, course: Course, material: Material, design: Design) -> dict[str, Any]:
        """How well blanks are filled."""
        return measured(course, material)


def _told_pieces(kind: str, text: str, look: Look) -> dict[str, Any]:
    """A tokenizer of this kind, as in tokenizer.json."""
    return learn_word_pieces(parts(text), words=kind == "words")


def spaced(text: str) -> str:
    """The text with blanks between all of its words, the Chinese too."""
    return "".join(_spaced(text))


def _spaced(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield " ".join(word for word in cut_chinese(line) if word.strip()) + "\n"
