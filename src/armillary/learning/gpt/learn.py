"""`learn_gpt`: from a text to a language model in one call; `armillary learn gpt` is a skin over it."""

import warnings
from pathlib import Path
from time import monotonic
from typing import Any

import torch

from armillary.errors import ArmillaryWarning
from armillary.language import Note
from armillary.learning.gpt.asked import Asked
from armillary.learning.gpt.card import Card, measured, sha256_of
from armillary.learning.gpt.learning import Learning, again
from armillary.learning.gpt.material import SMALL, material, read
from armillary.learning.gpt.origin import New, Published
from armillary.learning.gpt.output import checked
from armillary.learning.reports import ended
from armillary.published.shards import WHOLE
from armillary.train.together import is_first, join, wait
from armillary.train.tokenizer import Source


def learn_gpt(source: Source, out: str | Path, **settings: Any) -> Card:
    """Learn a language model from a text.

        >>> card = ar.learn_gpt("book.txt", "book", minutes=2)                                  # doctest: +SKIP
        >>> ar.open("book").next("Once upon a time")                                            # doctest: +SKIP

    Args:
        source: a file or several, folders, patterns, or "-" for standard input; compressed ones are read through.
        out: a folder for config.json, model.safetensors and tokenizer.json, which this and other programs open.
        **settings: by name, see `Asked`: minutes, steps, recipe, tokenizer, d_model, n_layers, context, batch, start,
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
    if asked.recipe != "published":
        notes.append(Note("the recipe {recipe} learns in fewer steps, and makes a model that opens here only",
                          {"recipe": asked.recipe}))
    told = material(text, asked.tokenizer, origin.tokenizer)
    learning = Learning(told, asked, out, origin)
    notes += learning.notes
    for note in (Note("{text}", {"text": str(told.look)}), origin.chosen(told), *learning.chosen(), *notes):
        asked.progress(note)
    before = learning.before()
    learning.course.go(learning.snapshot, learning.question)
    if learning.course.step < learning.design.plan.steps:
        notes.append(ended(learning.course.step / learning.design.plan.steps))
    if is_first():
        learning.write()
    wait()
    facts = measured(learning.course, told, origin.model(learning.design))
    card = Card(
        out=str(out), text=vars(told.look), tokenizer=told.kind, design=learning.design.facts(),
        steps=learning.course.step, before=before, seconds=monotonic() - began, sha256=sha256_of(out / WHOLE),
        command=again("gpt", source, out, asked, learning.design), threads=torch.get_num_threads(), notes=notes,
        **facts,
    )
    if is_first():
        card.write(out)
        learning.snapshot.unlink(missing_ok=True)
    return card
