"""`learn_gpt`: from a text to a language model in one call; `armillary learn gpt` is a skin over it."""

from pathlib import Path
from typing import Any

from armillary.learning.card import warned
from armillary.learning.gpt.asked import Asked
from armillary.learning.gpt.card import Card
from armillary.learning.gpt.origin import New, Published
from armillary.learning.self_supervised.learn import learned
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
    return warned(gpt_learned(source, Path(out), Asked(**settings)))


def gpt_learned(source: Source, out: Path, asked: Asked) -> Card:
    """What `learn_gpt` does, without warnings: notes are in the card."""
    return learned(source, out, asked, lambda: New(asked) if asked.start is None else Published(asked), Card)
