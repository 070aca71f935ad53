"""`learn_translator`: pairs of texts become a translator in one call; `armillary learn translator` is its skin."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from armillary.count import count
from armillary.formats.aside import file_aside
from armillary.language import Note
from armillary.learning.again import again
from armillary.learning.card import sha256_of, warned
from armillary.learning.supervised.course import Course
from armillary.learning.supervised.figures import Part
from armillary.learning.supervised.learn import Learning, learned
from armillary.learning.translator.asked import Asked
from armillary.learning.translator.card import Card, Example
from armillary.learning.translator.pairs import Pair, characters, pairs
from armillary.published.configs import config_of
from armillary.published.shards import WHOLE
from armillary.published.translating import translator_keys
from armillary.published.writing import CONFIG, write_model
from armillary.train.plan import Plan
from armillary.train.tokenizer import FILE
from armillary.train.translation import Source, Translation, translations
from armillary.transformer.initial import drawn

EPOCHS = 3
"""Times through the pairs, if the steps are unsaid."""
_D_HEAD = 24
_MEASURED = 200  # held-out pairs at each look
_SHOWN = 5


def learn_translator(source: str | Path, out: str | Path, **settings: Any) -> Card:
    """Learn what becomes of a text from pairs: a source, and its target.

        >>> card = ar.learn_translator("numbers.tsv", "numbers")                                # doctest: +SKIP
        >>> ar.Translator.load("numbers").translate("three hundred and five")                   # doctest: +SKIP

    Args:
        source: CSV, TSV, JSON, JSON lines or Parquet, compressed or not; its first line names the columns.
        out: a folder for config.json, model.safetensors and tokenizer.json, which this and other programs open.
        **settings: by name, see `Asked`.

    Returns:
        The card, which lies in the folder too as learned.json.

    Raises:
        InputError: too few pairs, no such column, settings that do not suit each other.
        OutputExists: `out` is there, and `force` is not said.
        NotFound, FileError: what cannot be read, written, or gone on from.
        Diverged: the loss leads nowhere.
        MissingExtra: torch (extra `lm`) is not installed.
    """
    return warned(translator_learned(Path(source), Path(out), Asked(**settings)))


def translator_learned(source: Path, out: Path, asked: Asked) -> Card:
    """What `learn_translator` does, without warnings: notes are in the card."""
    return learned(out, asked, lambda: _Learning(source, out, asked), Card, CONFIG)


class _Learning(Learning):
    """A model, what it learns from, and how."""

    def __init__(self, source: Path, out: Path, asked: Asked) -> None:
        self.told = told = pairs(source, asked)
        self.notes = told.notes
        n_heads = max(one for one in range(1, asked.d_model // 8 + 1)
                      if asked.d_model % one == 0 and (one == 1 or asked.d_model // one >= _D_HEAD))
        d_vocab, marks = told.tokenizer.vocabulary.size, told.marks
        self.keys = translator_keys(d_vocab, asked.d_model, asked.n_layers, n_heads, told.n_ctx,
                                    (marks.begin, marks.end))
        self.config = config_of(Path(CONFIG), self.keys)
        self.model = drawn(self.config, asked.seed).requires_grad_()
        sources, targets = self._numbers(told.learned)
        lessons = Translation(sources, [one.tolist() for one in targets], marks, asked.batch, d_vocab, asked.seed)
        self.plan = Plan(steps=asked.steps_for(len(told.learned), EPOCHS), rate=3e-3, matrices=0.02, warm=20,
                         betas=(0.8, 0.95), decay=0.0, course="linear", cool=0.6, least=0.0)
        self.question = {"pairs": told.sha256, "columns": list(told.columns), "steps": self.plan.steps,
                         "batch": asked.batch, "seed": asked.seed, "held_out": asked.held_out, "model": self.keys,
                         "threads": torch.get_num_threads()}
        self.course = Course(self.model, lessons, self.plan, self._exact, asked)
        self._command = again("translator", source, out, asked, {"steps": self.plan.steps})

    def chosen(self) -> list[Note]:
        """How large the model is, and how much it reads."""
        config, told = self.config, self.told
        return [
            Note("{learned:,} pairs to learn from, {held:,} held out; {characters} characters in the sources",
                 {"learned": len(told.learned), "held": len(told.held), "characters": len(characters(told.learned))}),
            Note("the model: {layers} blocks that read and {layers} that write, d_model {d_model}, {heads} heads, "
                 "d_vocab {d_vocab:,}: {count:,} parameters; {steps:,} steps",
                 {"layers": config.n_layers, "d_model": config.d_model, "d_vocab": config.d_vocab,
                  "heads": config.blocks[0].attention.n_heads, "count": count(config).total,
                  "steps": self.plan.steps}),
        ]

    def write(self, out: Path) -> str:
        """The model and its tokenizer; what makes it a model comes last."""
        out.mkdir(exist_ok=True)
        (out / CONFIG).unlink(missing_ok=True)
        with file_aside(out / FILE, force=True) as file:
            file.write(json.dumps(self.told.written, ensure_ascii=False, indent=1).encode())
        write_model(self.model, out, self.keys)
        return sha256_of(out / WHOLE)

    def measured(self) -> dict[str, Any]:
        """What a card says of a model that has learned."""
        told, config = self.told, self.config
        said = self._said(told.held)
        examples = [Example(source, target, one) for (source, target), one in zip(told.held, said, strict=True)]
        commonest = Counter(target for _, target in told.learned).most_common(1)[0][0]
        return {
            "columns": told.columns, "pairs": len(told.learned), "characters": characters(told.learned),
            "d_model": config.d_model, "n_layers": config.n_layers, "n_ctx": config.n_ctx, "d_vocab": config.d_vocab,
            "n_heads": config.blocks[0].attention.n_heads,
            "held": Part.of(np.array([one.said == one.target for one in examples])),
            "commonest": Part.of(np.array([one.target == commonest for one in examples])),
            "shown": examples[:_SHOWN], "missed": [one for one in examples if one.said != one.target][:_SHOWN],
            "parameters": count(config).by_kind, "command": self._command, "threads": torch.get_num_threads(),
        }

    def _numbers(self, some: Sequence[Pair]) -> tuple[list[Source], list[Source]]:
        encode = self.told.tokenizer.encode
        return ([encode(source).astype(np.int64) for source, _ in some],
                [encode(target).astype(np.int64) for _, target in some])

    def _said(self, some: Sequence[Pair]) -> list[str]:
        found = translations(self.model, self._numbers(some)[0], self.told.marks, self.config.n_ctx)
        return [self.told.tokenizer.decode(ids) for ids in found]

    def _exact(self) -> float:
        some = self.told.held[:_MEASURED]
        return sum(one == target for one, (_, target) in zip(self._said(some), some, strict=True)) / len(some)
