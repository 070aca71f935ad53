"""`learn_gpt`: from a text to a language model in one call; `armillary learn gpt` is a skin over it."""

import shlex
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import torch

from armillary.count import count
from armillary.errors import ArmillaryWarning
from armillary.formats.aside import file_aside
from armillary.formats.store import write_store
from armillary.language import Note
from armillary.learning.gpt.asked import Asked
from armillary.learning.gpt.card import Card, Guesses, measured, sha256_of
from armillary.learning.gpt.course import Course
from armillary.learning.gpt.design import Design, fitted
from armillary.learning.gpt.material import SMALL, Material, material, read
from armillary.learning.gpt.origin import New, Origin, Published
from armillary.learning.gpt.output import checked
from armillary.learning.output import snapshot_of, watched_of
from armillary.published.shards import WHOLE
from armillary.published.writing import CONFIG, write_model
from armillary.train.checkpoint import facts_of
from armillary.train.fit import fit
from armillary.train.measure import guessed
from armillary.train.next_token import NextToken
from armillary.train.parts import settle
from armillary.train.together import agreed, is_first, join, wait
from armillary.train.tokenizer import Source

_TRIAL = 3.0  # seconds in which the pace of a machine shows


def learn_gpt(source: Source, out: str | Path, **settings: Any) -> Card:
    """Learn a language model from a text.

        >>> card = ar.learn_gpt("book.txt", "book", minutes=2)                                  # doctest: +SKIP
        >>> ar.open("book").next("Once upon a time")                                            # doctest: +SKIP

    Args:
        source: a file or several, folders, patterns, or "-" for standard input; compressed ones are read through.
        out: a folder for config.json, model.safetensors and tokenizer.json, which this and other programs open.
        **settings: by name, see `Asked`: minutes, steps, tokenizer, d_model, n_layers, context, batch, start,
            train, seed, snapshot_seconds, resume, force, progress.

    Returns:
        The card, which lies in the folder too as learned.json.

    Raises:
        InputError: a text that is too short, or settings that do not suit each other.
        OutputExists: `out` is there, and `force` is not said.
        NotFound, FileError: a source that cannot be read, an output that cannot be written, a snapshot that cannot be
            gone on from.
        Diverged: the loss leads nowhere.
        MissingExtra: torch (extra `lm`) is not installed.
    """
    card = gpt_learned(source, Path(out), Asked(**settings))
    for note in card.notes:
        warnings.warn(str(note), ArmillaryWarning, stacklevel=2)
    return card


def gpt_learned(source: Source, out: Path, asked: Asked) -> Card:
    """What `learn_gpt` does, without warnings: notes are in the card. Under torchrun, the first process writes."""
    began = monotonic()
    join()
    notes = checked(out, asked) if is_first() else []
    origin = New(asked) if asked.start is None else Published(asked)
    text = read(source)
    if len(text) < SMALL:
        notes.append(Note("a text of {count:,} characters is small: what is learned from it is letters and some words; "
                          "sentences take a million", {"count": len(text)}))
    told = material(text, asked.tokenizer, origin.tokenizer)
    learning = _Learning(told, asked, out, origin)
    notes += learning.notes
    for note in (Note("{text}", {"text": str(told.look)}), origin.chosen(told), *learning.chosen(), *notes):
        asked.progress(note)
    before = learning.before()
    learning.course.go(learning.snapshot, learning.question)
    if is_first():
        learning.write()
    wait()
    facts = measured(learning.course, told)
    card = Card(
        out=str(out), text=vars(told.look), tokenizer=told.kind, design=learning.design.facts(),
        steps=learning.design.plan.steps, before=before, seconds=monotonic() - began, sha256=sha256_of(out / WHOLE),
        command=_command(source, out, asked, learning.design), threads=torch.get_num_threads(), notes=notes, **facts,
    )
    if is_first():
        card.write(out)
        learning.snapshot.unlink(missing_ok=True)
    return card


class _Learning:
    """A model, what it learns from, and how."""

    def __init__(self, told: Material, asked: Asked, out: Path, origin: Origin) -> None:
        self.material, self.out, self.snapshot, self.origin = told, out, snapshot_of(out), origin
        design = origin.design(told)
        self.lessons = NextToken(told.learned, design.context, design.batch, design.d_vocab, asked.seed)
        fit_in, self.notes = self._fitted(design, asked)
        steps, batch = agreed(fit_in.plan.steps), agreed(fit_in.batch)
        self.design = replace(design, batch=batch, plan=replace(design.plan, steps=steps))
        self.lessons = NextToken(told.learned, design.context, batch, design.d_vocab, asked.seed)
        self.question = _question(told, self.design, asked)
        model = origin.model(design)
        self.course = Course(model, self.lessons, self.design.plan, told, asked, origin.looks)
        if asked.resume and self.snapshot.exists():
            self.course.take_up(self.snapshot, self.question)

    def chosen(self) -> list[Note]:
        """How large the model is, and how much it reads."""
        design, told = self.design, self.material
        size = {"count": count(self.course.model.config).total, "layers": design.n_layers, "d_model": design.d_model,
                "heads": design.n_heads, "d_vocab": design.d_vocab}
        steps = {"steps": design.plan.steps, "batch": design.batch, "context": design.context,
                 "epochs": design.plan.steps * design.batch * design.context / len(told.learned),
                 "tokens": len(told.learned)}
        return [
            Note("the model: {layers} blocks, d_model {d_model}, {heads} heads, d_vocab {d_vocab:,}: {count:,} "
                 "parameters", size),
            Note("{steps:,} steps of {batch} windows of {context} tokens: {epochs:.1f} times through {tokens:,} tokens",
                 steps),
        ]

    def before(self) -> Guesses | None:
        """How well the model that is gone on from guessed."""
        if self.origin.tokenizer is None:
            return None
        told = self.material
        return Guesses.of(guessed(self.origin.model(self.design), told.held, self.design.context, told.held_bytes))

    def write(self) -> None:
        """Write the model, its tokenizer, and the way of its commonest tokens; what makes it a model comes last."""
        settle(self.course.model)
        self.out.mkdir(exist_ok=True)
        (self.out / CONFIG).unlink(missing_ok=True)
        for name, content in self.origin.files(self.material).items():
            with file_aside(self.out / name, force=True) as file:
                file.write(content)
        frames = self.course.frames.store()
        if frames is not None:
            write_store(frames, watched_of(self.out), force=True)
        write_model(self.course.model, self.out, self.origin.keys(self.design))

    def _fitted(self, design: Design, asked: Asked) -> tuple[Design, list[Note]]:
        """The design with its steps: as asked, as saved, or as the pace of this machine allows."""
        if asked.resume and self.snapshot.exists():
            facts = facts_of(self.snapshot)
            steps, batch = asked.steps or facts["steps"], asked.batch or facts["batch"]
            return replace(design, batch=batch, plan=replace(design.plan, steps=steps)), []
        if asked.steps is not None:
            return replace(design, plan=replace(design.plan, steps=asked.steps)), []
        tokens, began = 0, perf_counter()
        for step in fit(self.origin.model(design), self.lessons, replace(design.plan, steps=1000)):
            tokens += step.count
            if step.number == 2:
                tokens, began = 0, perf_counter()  # the first steps are slow
            elif perf_counter() - began > _TRIAL:
                break
        return fitted(design, asked, len(self.material.learned), tokens / (perf_counter() - began))


def _question(told: Material, design: Design, asked: Asked) -> Mapping[str, Any]:
    """All that the result depends on."""
    return {"text": told.look.sha256, "tokenizer": told.kind, "seed": asked.seed, "start": str(asked.start),
            "train": asked.train, "threads": torch.get_num_threads(), **design.facts()}


def _command(source: Source, out: Path, asked: Asked, design: Design) -> str:
    """The command line that makes the same again."""
    several = [source] if isinstance(source, str | Path) else list(source)
    words = ["armillary", "learn", "gpt", *map(str, several), "--out", str(out), "--steps", str(design.plan.steps),
             "--batch", str(design.batch)]
    standard = Asked()
    for name in ("minutes", "tokenizer", "d_model", "n_layers", "context", "start", "train", "seed"):
        if getattr(asked, name) != getattr(standard, name):
            option = "from" if name == "start" else name.replace("_", "-")
            words += [f"--{option}", str(getattr(asked, name))]
    return shlex.join(words)
