"""`learn_bert`: from a text to a model that fills blanks; `armillary learn bert` is a skin over it."""

from pathlib import Path
from typing import Any

from armillary.learning.bert.asked import Asked
from armillary.learning.bert.card import Card
from armillary.learning.bert.origin import Encoder
from armillary.learning.card import warned
from armillary.learning.self_supervised.learn import learned
from armillary.train.tokenizer import Source


def learn_bert(source: Source, out: str | Path, **settings: Any) -> Card:
    """Learn a model that fills blanks from a text: a masked language model (Devlin et al. 2018, arXiv:1810.04805).

        >>> card = ar.learn_bert("book.txt", "book", minutes=2)                                 # doctest: +SKIP
        >>> ar.open("book").fill("Once [MASK] a time")                                          # doctest: +SKIP

    Args:
        source: the text, as of `learn_gpt`.
        out: a folder for config.json, model.safetensors, tokenizer.json and vocab.txt, which this and other programs
            open.
        **settings: by name, see `Asked`: minutes, steps, tokenizer, d_model, n_layers, context, batch, seed,
            snapshot_seconds, resume, force, progress.

    Returns:
        The card, which lies in the folder too as learned.json.

    Raises:
        ArmillaryError: as `learn_gpt`: the text is too short, `out` is there or cannot be written, a source cannot be
            read, the loss leads nowhere, torch is not installed.
    """
    return warned(bert_learned(source, Path(out), Asked(**settings)))


def bert_learned(source: Source, out: Path, asked: Asked) -> Card:
    """What `learn_bert` does, without warnings: notes are in the card."""
    return learned(source, out, asked, lambda: Encoder(asked), Card)
