"""What format an open thing is in, as the readers tell it: by what it holds, never by its name."""

import math
from collections import Counter
from functools import cache
from pathlib import Path

from armillary.formats.gguf import read_gguf
from armillary.formats.projector import FORMAT as PROJECTOR
from armillary.formats.sniff import recognise
from armillary.formats.store import is_store
from armillary.formats.tokenizer_files import GGUF, format_of, is_tokenizer, tokenizer_in
from armillary.formats.unpack import head
from armillary.language import say
from armillary.language_model import is_model

SENTENCES = ("GloVe text", "word2vec text", "word2vec binary", "tiktoken ranks")
"""Names of formats that are put into the reader's language; the others are names of files and programs."""


def recognised(path: Path) -> str:
    """The name of the format of what lies at `path`; of a GGUF file with the type of most of its numbers.

    Raises:
        As its reader.
    """
    name = _named(path)
    return say(name) if name in SENTENCES else name


def _named(path: Path) -> str:
    if is_store(path):
        return say("Armillary store")
    if is_model(path):
        return say("safetensors folder") if path.is_dir() else f"{GGUF} {_numbers(path, path.stat().st_mtime_ns)}"
    if is_tokenizer(path):
        return format_of(head(tokenizer_in(path) or path))
    if path.is_dir():
        return PROJECTOR
    found = recognise(head(path))
    return "" if found is None else found.name


@cache
def _numbers(path: Path, _changed: int) -> str:
    """Found once for each file as it is: its list of tensors comes after all its pieces of text."""
    counts: Counter[str] = Counter()
    for tensor in read_gguf(path).tensors.values():
        counts[tensor.kind.name] += math.prod(tensor.shape)
    return counts.most_common(1)[0][0] if counts else ""
