"""The text that is learned from: what it is, what its tokens are, and what of it is held out."""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import regex

from armillary.errors import InputError
from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.language import say
from armillary.shapes import Int64
from armillary.text.learn_characters import learn_characters
from armillary.text.learn_pairs import learn_pairs
from armillary.text.tokenizer import Tokenizer
from armillary.train.next_token import Tokens
from armillary.train.packing import AT_ONCE, numbered
from armillary.train.tokenizer import Source, texts_of

HELD_OUT, MOST_HELD = 0.1, 200_000
"""The part of the text, its last, that is not learned from; and the most characters that it has."""
MOST_HELD_TOKENS = 4096
"""Of them, where a published model is gone on from: it is slow."""
LEAST, SMALL = 1_000, 100_000
"""Characters: fewer are refused, or told to be few."""
_SAMPLE = 200_000
_PAIRS_FROM = 4_000_000  # bytes: below, most pairs come too rarely to learn what follows them
_PIECE = 1 << 16


@dataclass(frozen=True)
class Look:
    """What a text is.

    Attributes:
        bytes: in UTF-8.
        characters: in it.
        plain: the part of them that are ASCII.
        chinese: the part of its letters that are Chinese characters.
        distinct: different characters.
        sha256: of its bytes.
    """

    bytes: int
    characters: int
    plain: float
    chinese: float
    distinct: int
    sha256: str

    def __str__(self) -> str:
        return say("{characters:,} characters ({bytes:,} bytes), {distinct:,} different ones; {chinese:.0%} of the "
                   "letters are Chinese", **vars(self))


@dataclass(frozen=True, eq=False)
class Material:
    """A text in tokens.

    Attributes:
        look: what it is.
        tokenizer: what made the tokens.
        written: the tokenizer.json that it was read from; None where it is another model's.
        kind: what a token is, as `tokenizer` is asked for; "" where the tokenizer is another model's.
        learned: the ids that are learned from.
        held: those that are held out.
        learned_text: what the former stand for.
        held_bytes: what the latter stand for, in UTF-8.
        held_text: all the text that is not learned from.
        first_line: of the text.
    """

    look: Look
    tokenizer: Tokenizer
    written: dict[str, Any] | None
    kind: str
    learned: Tokens
    held: Tokens
    learned_text: str
    held_bytes: int
    held_text: str
    first_line: str


Learner = Callable[[str, str, Look], dict[str, Any]]
"""What learns a tokenizer: told what a token shall be, the text, and what that is; gives what tokenizer.json holds."""


def read(source: Source) -> str:
    """The text of a source, whole.

    Raises:
        InputError: so short that there is nothing to learn from it.
        NotFound, UnknownFormat, DamagedFile: a source cannot be read.
    """
    text = "".join(texts_of(source))
    if len(text) < LEAST:
        raise InputError("the text has {count:,} characters; a model that shall guess the next one needs {least:,} at "
                         "least, and writes something like words from {small:,} on",
                         count=len(text), least=LEAST, small=SMALL)
    return text


def look(text: str) -> Look:
    """What a text is; of a long one, letters are counted in its first part."""
    encoded = text.encode()
    counts = _counts(text)
    letters = "".join(regex.findall(r"\p{L}+", text[:_SAMPLE]))
    chinese = len(regex.findall(r"\p{Han}", letters)) / max(len(letters), 1)
    plain, distinct = int(counts[:128].sum()) / len(text), int(np.count_nonzero(counts))
    return Look(len(encoded), len(text), plain, chinese, distinct, hashlib.sha256(encoded).hexdigest())


def _counts(text: str) -> Int64[np.ndarray, "characters"]:
    """How often each character that Unicode has occurs."""
    counts = np.zeros(sys.maxunicode + 1, np.int64)
    for start in range(0, len(text), AT_ONCE):
        found = np.bincount(np.frombuffer(text[start : start + AT_ONCE].encode("utf-32-le"), np.uint32))
        counts[: len(found)] += found
    return counts


def material(
    text: str, kind: str | None, tokenizer: Tokenizer | None = None, learn: Learner | None = None
) -> Material:
    """Cut off what is held out, learn a tokenizer from the rest or take that of a model, and number both."""
    seen = look(text)
    apart = min(int(len(text) * HELD_OUT), MOST_HELD)
    cut = len(text) - apart
    cut = text.find("\n", cut, len(text) - apart // 2) + 1 or cut
    learned, held = text[:cut], text[cut:]
    chosen = "" if tokenizer else kind or _kind(seen)
    written = None
    if tokenizer is None:
        written = (learn or _told)(chosen, learned, seen)
        tokenizer = _read(written)
    ids = numbered(tokenizer, learned)
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    apart_ids = numbered(tokenizer, held)[: None if written else MOST_HELD_TOKENS]
    size = len(tokenizer.decode_bytes(apart_ids))
    return Material(seen, tokenizer, written, chosen, ids, apart_ids, learned, size, held, first_line)


def _kind(seen: Look) -> str:
    if seen.bytes >= _PAIRS_FROM:
        return "pairs"
    return "bytes" if seen.plain > 0.99 else "characters"


def _told(kind: str, text: str, seen: Look) -> dict[str, Any]:
    """A tokenizer of this kind, as in tokenizer.json."""
    if kind == "pairs":
        size = 256 + 256 * max(1, min(31, seen.bytes // 1_000_000))
        return learn_pairs(parts(text), size, special=())
    return learn_characters(parts(text)) if kind == "characters" else learn_characters((), 256)


def _read(written: dict[str, Any]) -> Tokenizer:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        path.write_text(json.dumps(written), encoding="utf-8")
        return read_tokenizer_json(path)


def parts(text: str) -> Iterator[str]:
    """The text in parts that end with lines, where there are lines."""
    start = 0
    while start < len(text):
        end = text.rfind("\n", start, start + _PIECE) + 1
        end = end if end > start else min(start + _PIECE, len(text))
        yield text[start:end]
        start = end
