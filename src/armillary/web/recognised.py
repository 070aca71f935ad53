"""What format an open thing is in, as the readers tell it: by what it holds, never by its name."""

import math
from collections import Counter
from pathlib import Path

from armillary.formats.projector import FORMAT as PROJECTOR
from armillary.formats.sniff import recognise
from armillary.formats.store import is_store
from armillary.formats.tokenizer_files import GGUF, format_of, is_tokenizer, tokenizer_in
from armillary.formats.unpack import head
from armillary.language import say
from armillary.language_model import LanguageModel, is_model

SENTENCES = ("GloVe text", "word2vec text", "word2vec binary", "tiktoken ranks")
"""Names of formats that are put into the reader's language; the others are names of files and programs."""


def recognised(path: Path, model: LanguageModel | None = None) -> str:
    """The name of the format of what lies at `path`; of a GGUF file with the type of most of its numbers.

    Args:
        path: a file or a folder.
        model: what it is, if somebody opened it already.

    Raises:
        As its reader.
    """
    name = _named(path, model)
    return say(name) if name in SENTENCES else name


def _named(path: Path, model: LanguageModel | None) -> str:
    if is_store(path):
        return say("Armillary store")
    if is_model(path):
        return say("safetensors folder") if path.is_dir() else f"{GGUF} {_numbers(model or LanguageModel(path))}"
    if is_tokenizer(path):
        return format_of(head(tokenizer_in(path) or path))
    if path.is_dir():
        return PROJECTOR
    found = recognise(head(path))
    return "" if found is None else found.name


def _numbers(model: LanguageModel) -> str:
    counts: Counter[str] = Counter()
    for tensor in model.gguf.tensors.values() if model.gguf else ():
        counts[tensor.kind.name] += math.prod(tensor.shape)
    return counts.most_common(1)[0][0] if counts else ""
