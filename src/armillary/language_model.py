"""A language model that somebody published: its tokenizer, its transformer, and how it is used.

The config, the tokenizer and the tables of tokens are read without torch; the weights are read when they are first
asked for (extra `lm`).

    lm.next("The capital of France is")     the tokens that may come next, with their chances
    lm.write("Once upon a time")            a text that goes on, token by token
    lm.chat()                               a conversation
    lm.fill("[MASK] is the capital")        what stands in a blank, of a model that sees both sides
    lm.perplexity(text)                     how surprising a text is
    lm.sentence_vectors(texts)              a vector for each text, of an encoder
    lm.trace("The quill of the hedgehog")   what happens inside, step by step
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from armillary.errors import InputError
from armillary.extras import need
from armillary.formats.gguf import Gguf, read_gguf
from armillary.formats.unpack import head
from armillary.published.engines import asked_for, tokenizer_of
from armillary.shelf import home
from armillary.speak.candidates import Candidate, candidates
from armillary.speak.chat import DRAWN, SHORT, Chat
from armillary.speak.engine import Engine, Scores
from armillary.speak.perplexity import Perplexity, losses
from armillary.speak.sample import Sampling
from armillary.speak.write import ALL, PLAIN, Limits, Writing
from armillary.text.token_labels import token_labels
from armillary.text.tokenizer import Tokenizer
from armillary.transformer.config import Config

if TYPE_CHECKING:
    from armillary.published.sentences import Sentences
    from armillary.published.speaking import Speaking
    from armillary.published.tables import Table
    from armillary.space import Space
    from armillary.speak.fill import Filled
    from armillary.trace.run import Run
    from armillary.transformer.model import Transformer
    from armillary.transformer.places import Tap


class LanguageModel:
    """A folder with config.json and safetensors, or a GGUF file, opened.

    Attributes:
        path: the folder or the file.
        name: how it is called: its name on the shelf, or its file's.
        dtype: the numbers that it is computed with. float32 gives the published scores; the others halve the memory.
    """

    def __init__(
        self, path: Path, name: str = "", dtype: str = "float32", device: str = "auto", keep: bool = True,
        engine: str = "",
    ) -> None:
        """Open what lies at `path`.

        Args:
            path: a folder or a GGUF file.
            name: how it is called, if not as the file is.
            dtype: the numbers to compute with.
            device: where: "cpu", "cuda" (also "cuda:1"), "mps"; "auto" takes an accelerator if there is one.
            keep: see `opening.open_model`.
            engine: see `opening.open_model`.

        Raises:
            InputError: no such device, numbers or engine.
        """
        self._engine = asked_for(engine, dtype, device)
        self.path = path
        self.name = name or path.resolve().name
        self.dtype = dtype
        self._device, self._keep = device, keep

    def __repr__(self) -> str:
        facts = self.config
        return (f"<LanguageModel {self.name}: {facts.n_layers} blocks, d_model {facts.d_model}, d_vocab "
                f"{facts.d_vocab}, n_ctx {facts.n_ctx}>")

    @cached_property
    def config(self) -> Config:
        """What it is, by facts (UnknownFormat, DamagedFile: another kind of model, or facts missing or not known)."""
        from armillary.published.configs import read_config
        from armillary.published.gguf_config import config_of_gguf

        return read_config(self.path) if self.gguf is None else config_of_gguf(self.gguf)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """What makes its tokens (errors as `read_tokenizer`)."""
        if self.gguf is None:
            from armillary.formats.tokenizer_files import read_tokenizer

            return read_tokenizer(self.path)
        return tokenizer_of(self.gguf, None if self._engine == "torch" else home() / "engine")

    @cached_property
    def embedding(self) -> "Space":
        """W_E: a point for each token, where it starts; see `text.token_labels` (errors as `tables.read_table`)."""
        return self._table("W_E")

    @cached_property
    def unembedding(self) -> "Space":
        """W_U: a point for each token, the column that scores it; W_E again where the two are tied.

        Raises:
            InputError: the model ends in points, not in scores.
            UnknownFormat, DamagedFile: as `embedding`.
        """
        if self.config.unembedding and self.config.unembedding.tied:
            return self.embedding.with_origin(points="W_U")
        return self._table("W_U")

    def _table(self, name: "Table") -> "Space":
        """A table of the model as a space."""
        from armillary.published.tables import read_table
        from armillary.space import Space

        table = read_table(self.path, name, self.gguf)
        origin = {"file": self.path.name, "format": "GGUF" if self.gguf else "safetensors", "points": name}
        return Space(token_labels(self.tokenizer, len(table)), table, tokens=True, origin=origin)

    @cached_property
    def device(self) -> str:
        """Where it is computed (errors as `transformer.device.device`, and MissingExtra where torch is not here)."""
        need("torch")
        from armillary.transformer.device import device

        return device(self._device)

    @cached_property
    def transformer(self) -> "Transformer":
        """Its weights, ready to compute.

        Raises:
            MissingExtra: torch is not installed.
            UnknownFormat, DamagedFile: the weights cannot be read; the message says why.
        """
        dtype = getattr(need("torch"), self.dtype)
        from armillary.published.folder import read_model
        from armillary.published.gguf import model_of
        from armillary.published.tensors import Holding

        how = Holding(dtype, self.device, self._keep)
        return read_model(self.path, how) if self.gguf is None else model_of(self.gguf, how)

    @cached_property
    def engine(self) -> Engine:
        """Who computes the scores of its next token; an ArmillaryWarning says where torch has to.

        Raises:
            InputError: it is no model that goes from left to right and ends in scores.
        """
        if self._engine != "torch":
            from armillary.published.engines import fast_engine

            if found := fast_engine(self.gguf or self.path, self.name, home() / "engine", self._engine):
                return found
        transformer = self.transformer
        from armillary.speak.torch_engine import TorchEngine

        return TorchEngine(transformer, self.name)

    @cached_property
    def speaking(self) -> "Speaking":
        """What its files say of how it speaks: the tokens that end a text, the chat template."""
        from armillary.published.speaking import told_by_folder, told_by_gguf

        if self.gguf is None:
            return told_by_folder(self.path, self.tokenizer)
        return told_by_gguf(self.path, self.gguf.facts)

    def ids(self, text: str) -> list[int]:
        """The tokens of a text that is to go on: those that the model expects before it, and its own."""
        return [*self.tokenizer.vocabulary.before, *self.tokenizer.encode(text).tolist()]

    def scores(self, text: str) -> Scores:
        """The score of every token to come next after `text`.

        Raises:
            InputError: no text, or one that is longer than the context.
        """
        return self.engine.start().read(self._fitting(self.ids(text)))

    def rows(self, text: str) -> Iterator[tuple[int, Scores]]:
        """Each token of `text` with the scores after it, as in training (errors as `scores`)."""
        ids = self._fitting(self.ids(text))
        yield from zip(ids, (row for rows in self.engine.start().rows(ids) for row in rows), strict=True)

    def next(self, text: str, n: int = 10, how: Sampling = PLAIN) -> list[Candidate]:
        """The `n` tokens that most probably come after `text`, the likeliest first.

        Args:
            text: any text that fits the context.
            n: how many; those whose chance is 0 are left out.
            how: the settings of the drawing, which change the chances, not the scores.

        Raises:
            InputError: no text, or one that is longer than the context.
        """
        return candidates(self.scores(text), self.tokenizer, n, how, self.ids(text))

    def write(self, text: str, how: Sampling = PLAIN, limits: Limits = ALL, seed: int = 0) -> Writing:
        """A text that goes on from `text`: iterate for its tokens (arguments and errors as `Writing`).

        The tokens that the model ends a text with, and those that stand before every text, are added to `limits`.
        """
        frame = len(self.tokenizer.vocabulary.before)
        limits = replace(limits, stops=limits.stops | self.speaking.stops, frame=frame)
        return Writing(self.engine, self.ids(text), how, limits, seed)

    def chat(
        self, system: str = "", template: str = "", how: Sampling = DRAWN, limits: Limits = SHORT
    ) -> Chat:
        """A conversation.

        Args:
            system: what the model is told first.
            template: one of ours by name; unsaid, the one that is known by the hash of the file's.
            how: the settings of the drawing.
            limits: how long an answer may become.

        Raises:
            InputError: no template is known; the message says what to do.
        """
        from armillary.published.templates import template_for

        chosen = template_for(self.name, self.speaking.template, template)
        limits = replace(limits, stops=limits.stops | self.speaking.stops)
        return Chat(self.engine, self.tokenizer, chosen, system, how, limits)

    def fill(self, text: str, n: int = 10, words: Sequence[str] = ()) -> "Filled":
        """What may stand in the blanks of `text`, of a masked model (arguments and errors as `speak.fill.Gaps`)."""
        from armillary.speak.fill import Gaps

        return Gaps(self.transformer, self.tokenizer, self.name).fill(text, n, words)

    def perplexity(
        self, text: str, context: int = 0, stride: int = 0, told: Callable[[int, int], None] | None = None
    ) -> Perplexity:
        """How surprising `text` is to the model.

        Args:
            text: a text, which may be longer than the context.
            context: the most tokens that are read at once; the model's n_ctx if 0, but 2,048 at most.
            stride: how far each window goes beyond the one before; half a context if 0.
            told: hears how many tokens are done, of how many.

        Raises:
            InputError: the text is too short, or context and stride do not suit each other or the model.
        """
        frame, ids = self.tokenizer.vocabulary.before, self.tokenizer.encode(text).tolist()
        context = context or min(self.config.n_ctx, 2048)
        stride = stride or context // 2
        nats = losses(self.engine, ids, frame, context, stride, told)
        lost = len(self.tokenizer.vocabulary.pieces[ids[0]]) if len(nats) < len(ids) else 0
        return Perplexity(ids[len(ids) - len(nats) :], nats, len(text.encode()) - lost, context, stride)

    def sentence_vectors(self, texts: Sequence[str], told: Callable[[int, int], None] | None = None) -> "Sentences":
        """A vector for each of `texts`, pooled as the encoder's files say (errors as `published.sentences`)."""
        from armillary.published.sentences import pooling_of, sentences

        pooling = pooling_of(self.path, self.config)
        return sentences(self.transformer, self.tokenizer, pooling, texts, told)

    def trace(self, text: str, *changes: "Tap") -> "Run":
        """Look inside while the model reads `text`; `changes` step in (see `trace`).

        Raises:
            InputError: no text, or one that is longer than the context.
        """
        from armillary.trace.run import Run
        from armillary.trace.text import read

        both_ways = not all(block.attention.causal for block in self.config.pattern)
        return Run(self.transformer, read(self.tokenizer, text, both_ways), self.tokenizer, changes)

    def _fitting(self, ids: list[int]) -> list[int]:
        if not ids:
            raise InputError("there is no text to go on from, and this model has no token that begins one")
        if len(ids) > self.config.n_ctx:
            raise InputError("the text has {count} tokens, more than the context of {n_ctx} that this model has",
                             count=len(ids), n_ctx=self.config.n_ctx)
        return ids

    @cached_property
    def gguf(self) -> Gguf | None:
        """The file, read once for all that is in it; None of a folder."""
        return None if self.path.is_dir() else read_gguf(self.path)


def is_model(path: Path) -> bool:
    """Whether a language model or an encoder lies at `path`: a GGUF file, or a folder with a config.json."""
    return (path / "config.json").is_file() if path.is_dir() else head(path).startswith(b"GGUF")
