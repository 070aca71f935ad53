"""Where a model begins: at random, as a decoder of a size that suits; or where a published one ended."""

import json
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from armillary.errors import InputError
from armillary.formats.tokenizer_written import tokenizer_json
from armillary.language import Note
from armillary.learning.gpt.asked import Asked, Part
from armillary.learning.gpt.card import Guesses, measured
from armillary.learning.gpt.recipes import RECIPES, Recipe
from armillary.learning.self_supervised.course import Course
from armillary.learning.self_supervised.design import CONTEXT, TOKENS, Design, designed
from armillary.learning.self_supervised.material import SMALL, Material, material
from armillary.learning.self_supervised.origin import Origin
from armillary.opening import open_model
from armillary.published.configs import config_of, read_keys
from armillary.published.writing import CONFIG
from armillary.speak.torch_engine import TorchEngine
from armillary.text.byte_pairs import BytePairs
from armillary.train.measure import guessed
from armillary.train.parts import let_learn
from armillary.train.plan import Plan
from armillary.train.tokenizer import FILE
from armillary.transformer.config import Config
from armillary.transformer.model import Transformer

BESIDE = (FILE, "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "vocab.json",
          "merges.txt", "chat_template.jinja")
"""What lies beside a model's numbers and is taken over as it is."""
RATES: dict[Part, float] = {"all": 1e-4, "W_E": 1e-3, "but-W_E": 1e-4, "lora": 1e-3}
"""AdamW's rate where a published model is gone on from."""


class Decoder(Origin):
    """A language model."""

    _asked: Asked
    kind = "gpt"

    def odd(self, characters: int) -> list[Note]:
        """That a text is small."""
        return [] if characters >= SMALL else [
            Note("a text of {count:,} characters is small: what is learned from it is letters and some words; "
                 "sentences take a million", {"count": characters})]

    def material(self, text: str) -> Material:
        """Tokens of a tokenizer that is learned, or is the model's."""
        return material(text, self._asked.tokenizer, self.tokenizer)

    def measured(self, course: Course, material: Material, design: Design) -> dict[str, Any]:
        """How well the text is guessed, and was before."""
        return {**measured(course, material), "before": None}

    def question(self) -> dict[str, Any]:
        """Where it begins."""
        return {"start": str(self._asked.start), "train": self._asked.train}


class New(Decoder):
    """A model at random, made by a recipe."""

    @property
    def _recipe(self) -> Recipe:
        return RECIPES[self._asked.recipe]

    def odd(self, characters: int) -> list[Note]:
        """What the recipe costs, too."""
        recipe = self._asked.recipe
        return super().odd(characters) + ([] if recipe == "published" else [
            Note("the recipe {recipe} learns in fewer steps, and makes a model that opens here only",
                 {"recipe": recipe})])

    def design(self, material: Material) -> Design:
        """By text and time."""
        design = designed(material, self._asked)
        return replace(design, d_mlp=self._recipe.d_mlp(design.d_model), plan=self._recipe.plan(1))

    def question(self) -> dict[str, Any]:
        """The recipe too."""
        return {**super().question(), "recipe": self._asked.recipe}

    def model(self, design: Design) -> Transformer:
        """Numbers that were drawn."""
        return self._recipe.begun(config_of(Path(CONFIG), self.keys(design)), self._asked.seed).requires_grad_()

    def keys(self, design: Design) -> dict[str, Any]:
        """By its sizes."""
        return self._recipe.keys(design.d_vocab, design.d_model, design.n_layers, design.n_heads, design.context,
                                 design.d_mlp)

    def files(self, material: Material) -> dict[str, bytes]:
        """The tokenizer that was learned."""
        return {FILE: json.dumps(material.written, ensure_ascii=False, indent=1).encode()}

    def chosen(self, material: Material) -> Note:
        """What a token is, and why."""
        return {
            "bytes": Note("tokens are bytes: the text is nearly all plain letters, and too short for pairs of them"),
            "characters": Note("tokens are characters: the text has many, and is too short for pairs of them"),
            "pairs": Note("tokens are pairs of bytes that were learned: the text is long enough"),
        }[material.kind] if self._asked.tokenizer is None else Note("tokens are {kind}, as was asked",
                                                                    {"kind": material.kind})


class Published(Decoder):
    """A model that somebody published, gone on from."""

    looks = 4

    def __init__(self, asked: Asked) -> None:
        """Open it.

        Raises:
            InputError: no decoder, or one whose kind or tokenizer cannot be written.
            NotFound, UnknownFormat, DamagedFile: it cannot be opened.
        """
        super().__init__(asked)
        assert asked.start is not None
        self._opened = open_model(asked.start, device="cpu")
        self.tokenizer = self._opened.tokenizer
        TorchEngine(Transformer(self._opened.config), self._opened.name)  # refuses what is no decoder
        if config_of(Path(CONFIG), self._keys) != self._opened.config:
            raise InputError("{name} is of a kind that is read here from GGUF and not written as a folder; go on from "
                             "a folder with config.json", name=self._opened.name)
        self._files()

    def measured(self, course: Course, material: Material, design: Design) -> dict[str, Any]:
        """With how well the model guessed before."""
        score = guessed(self.model(design), material.held, design.context, material.held_bytes)
        return {**super().measured(course, material, design), "before": Guesses.of(score)}

    def design(self, material: Material) -> Design:
        """The model's size, and a plan by what learns."""
        return continued(self._opened.config, self._asked)

    def model(self, design: Design) -> Transformer:
        """A copy of its own, as files are only mapped."""
        model = self._opened.transformer
        copied = Transformer(model.config)
        for name, one in model.named_parameters():
            copied.put(name, one.detach().clone())
        let_learn(copied, self._asked.train, self._asked.seed)
        return copied

    def keys(self, design: Design) -> dict[str, Any]:
        """Its own."""
        return self._keys

    def files(self, material: Material) -> dict[str, bytes]:
        """Its own."""
        return self._files()

    def chosen(self, material: Material) -> Note:
        """Which it is, and what learns."""
        part = {"all": Note("all weights of {name} learn"), "W_E": Note("of {name} only W_E learns"),
                "but-W_E": Note("all weights of {name} but W_E learn"),
                "lora": Note("low-rank additions to the matrices of {name} learn")}[self._asked.train]
        return Note(part.sentence, {"name": self._opened.name})

    @cached_property
    def _keys(self) -> dict[str, Any]:
        path = self._opened.path
        if path.is_dir():
            return {**read_keys(path), "dtype": "float32"}
        from armillary.formats.gguf import read_gguf
        from armillary.published.gguf_config import keys_of_gguf

        ends = sorted(self._opened.speaking.stops)
        return {**keys_of_gguf(read_gguf(path)), "eos_token_id": ends or None, "dtype": "float32"}

    def _files(self) -> dict[str, bytes]:
        path = self._opened.path
        if path.is_dir():
            return {name: (path / name).read_bytes() for name in BESIDE if (path / name).is_file()}
        if not isinstance(self.tokenizer, BytePairs) or self.tokenizer.writing.spaces:
            raise InputError("the tokenizer of {name} is read here from GGUF and not written; go on from a folder with "
                             "tokenizer.json", name=self._opened.name)
        told = {FILE: tokenizer_json(self.tokenizer),
                "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast",
                                          "chat_template": self._opened.speaking.template or None}}
        return {name: json.dumps(one, ensure_ascii=False, indent=1).encode() for name, one in told.items()}


def continued(config: Config, asked: Asked) -> Design:
    """How a published model is gone on with; its plan's steps are those of a trial."""
    block = config.blocks[0]
    context = asked.context or min(config.n_ctx, CONTEXT)
    plan = Plan(steps=1, rate=RATES[asked.train], warm=10, decay=0.0)
    return Design(d_vocab=config.d_vocab, d_model=config.d_model, n_layers=config.n_layers,
                  n_heads=block.attention.n_heads, d_mlp=block.mlp.d_mlp, context=context,
                  batch=asked.batch or max(1, TOKENS // 3 // context), plan=plan)
