"""The door to every file of a tokenizer: which it is, is seen from what it holds.

    tokenizer.json                 Hugging Face's tokenizers
    vocab.json + merges.txt        GPT-2 (also encoder.json + vocab.bpe)
    vocab.txt                      BERT
    *.tiktoken                     tiktoken's ranks
    *.gguf                         the metadata of a language model

A folder is asked for them in this order.
"""

import re
from pathlib import Path

from armillary.errors import UnknownFormat
from armillary.formats.pair_files import NAMES, read_pairs
from armillary.formats.sniff import recognise
from armillary.formats.tiktoken_ranks import FORMAT as RANKS
from armillary.formats.tiktoken_ranks import is_ranks, read_ranks
from armillary.formats.unpack import head
from armillary.formats.word_pieces import FORMAT as WORDS
from armillary.formats.word_pieces import is_word_pieces, read_word_pieces
from armillary.text.tokenizer import Tokenizer

GGUF = "GGUF"
PAIRS = "vocab.json + merges.txt"
_JSON = "tokenizer.json"
_PAIRS = {name for names in NAMES for name in names}
_VOCABULARY = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\d+\s*[,}]')
_MODEL = re.compile(rb'"(?:model|added_tokens)"\s*:\s*[\[{]')
_MERGES = re.compile(rb"#version|(?:[^\x00-\x20]+ [^\x00-\x20]+\r?\n){3}")


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in the file or the folder `path`.

    Raises:
        UnknownFormat: there is none, or one that is not read; the message says why.
        DamagedFile: it is cut, corrupt or contradicts itself.
        NotFound: nothing is there, or one of two files that belong together.
    """
    file = tokenizer_in(path)
    if file is None:
        raise UnknownFormat(path, "holds no tokenizer that is read here: tokenizer.json, vocab.json with merges.txt, "
                            "vocab.txt, tiktoken's ranks, GGUF")
    named = format_of(head(file))
    if named == GGUF:
        from armillary.formats.gguf import read_gguf
        from armillary.formats.gguf_tokenizer import gguf_tokenizer

        return gguf_tokenizer(file, read_gguf(file).facts)
    if named == RANKS:
        return read_ranks(file)
    if named == WORDS:
        return read_word_pieces(file)
    if named == PAIRS:
        return read_pairs(file)
    from armillary.formats.tokenizer_json import read_tokenizer_json

    return read_tokenizer_json(file)


def format_of(begin: bytes) -> str:
    """What a tokenizer's file is called that begins with these bytes (up to limits.HEAD of them)."""
    if begin.startswith(b"GGUF"):
        return GGUF
    if is_ranks(begin):
        return RANKS
    if is_word_pieces(begin):
        return WORDS
    if not _MODEL.search(begin) and (_VOCABULARY.match(begin) or _MERGES.match(begin)):
        return PAIRS
    return _JSON


def tokenizer_in(path: Path) -> Path | None:
    """The file to begin with: `path` if it is one of a tokenizer, or what lies in the folder `path`; None if none."""
    if not path.is_dir():
        return path if _is_tokenizer(head(path)) else None
    for name in (_JSON, *(names[0] for names in NAMES), WORDS):
        if (path / name).is_file():
            return path / name
    others = sorted([*path.glob("*.tiktoken"), *path.glob("*.gguf")])
    return others[0] if others else None


def is_tokenizer(path: Path) -> bool:
    """Whether `path` is a tokenizer and nothing more: no file of vectors, and no model that has one."""
    if path.is_dir():
        return not any(path.glob("*config*.json")) and not any(path.glob("*.gguf")) and tokenizer_in(path) is not None
    begin = head(path)
    return _is_tokenizer(begin) and not begin.startswith(b"GGUF")


def _is_tokenizer(begin: bytes) -> bool:
    if begin[:1] == b"{":
        return _MODEL.search(begin) is not None or _VOCABULARY.match(begin) is not None
    return begin.startswith((b"GGUF", b"#version")) or is_ranks(begin) or is_word_pieces(begin) or (
        _MERGES.match(begin) is not None and recognise(begin) is None)  # vectors of one number are two words a line too
