"""The tokenizer in a GGUF file's metadata: the keys `tokenizer.ggml.*`.

Sources: ggml's docs/gguf.md; llama.cpp, src/llama-vocab.cpp.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats import limits
from armillary.formats.gguf_strings import Strings
from armillary.formats.gguf_unigram import unigram
from armillary.formats.kept_order import kept_order
from armillary.formats.pair_files import Pairs, byte_pairs
from armillary.formats.tokenizer_checks import checked_merges, no_piece_twice
from armillary.formats.tokenizer_json import characters
from armillary.formats.word_pieces import word_pieces
from armillary.shapes import Float64
from armillary.text.byte_pairs import SPACE
from armillary.text.patterns import CL100K_BEFORE, DIGITS_FIRST, O200K, R50K, SINGLE_DIGITS
from armillary.text.sentence_pieces import by_score
from armillary.text.tokenizer import Added, Tokenizer, Vocabulary

FORMAT = "GGUF"
UNKNOWN, CONTROL, USER_DEFINED, UNUSED = 2, 3, 4, 5
"""Types of tokens: for what is unknown, what only a program writes, what is looked for first, what is not used."""
PATTERNS = {
    "gpt-2": R50K, "llama-bpe": CL100K_BEFORE, "qwen2": SINGLE_DIGITS, "smollm": DIGITS_FIRST, "gpt-4o": O200K,
}
"""The patterns by the names that files give them (`tokenizer.ggml.pre`)."""
_KINDS = ("gpt2", "llama", "t5", "bert")
_KEY = "tokenizer.ggml."


def gguf_tokenizer(path: Path, metadata: Mapping[str, Any]) -> Tokenizer:
    """The tokenizer that the metadata of the GGUF file `path` tell.

    Args:
        path: the file, for messages.
        metadata: its key-values; lists may be any sequences.

    Raises:
        UnknownFormat: it has none, or one of a kind that is not read.
        DamagedFile: it contradicts itself.
    """
    model = metadata.get(f"{_KEY}model")
    if not isinstance(model, str) or model not in _KINDS:
        raise UnknownFormat(path, "has a tokenizer of the kind {kind!r}; {known} are read",
                            kind=str(model), known=", ".join(_KINDS))
    listed = metadata.get(f"{_KEY}tokens")
    tokens = list(listed) if isinstance(listed, list | Strings) else []
    if not 0 < len(tokens) <= limits.TOKENS or set(map(type, tokens)) != {str}:
        raise DamagedFile(path, "holds no list of tokens")
    if model == "bert":
        return word_pieces(path, [_as_listed(one) for one in tokens], FORMAT, lower=True)
    ids = no_piece_twice(path, tokens)
    types = _numbers(path, metadata, "token_type", len(tokens))
    first = np.flatnonzero((types == CONTROL) | (types == USER_DEFINED)).tolist()
    added = tuple(Added(tokens[one], one, bool(types[one] == CONTROL)) for one in first if tokens[one])
    others = {tokens[one] for one in [*first, *np.flatnonzero(types == UNUSED).tolist()]}
    told = Vocabulary({}, added, FORMAT, *_frame(path, metadata, model, len(tokens)))
    if model == "gpt2":
        plain = {one: number for one, number in ids.items() if one not in others}
        return _bytes(path, metadata, plain, told)
    scores = _numbers(path, metadata, "scores", len(tokens))
    if model == "t5":
        unknown = tuple(Added(tokens[one], one) for one in np.flatnonzero(types == UNKNOWN).tolist())
        return unigram(path, metadata, tokens, types, scores, replace(told, added=(*unknown, *added)))

    def order(pieces: Mapping[str, int]) -> list[str]:
        listed, own = list(pieces), scores[np.fromiter(pieces.values(), np.int64, len(pieces))]
        if not np.isfinite(own).all():
            raise DamagedFile(path, "has scores of tokens that are no numbers")
        return [listed[one] for one in kept_order(listed, own, by_score).tolist()]

    return characters(path, ids, told, order, bool(metadata.get(f"{_KEY}add_space_prefix", True)), others)


def _bytes(path: Path, metadata: Mapping[str, Any], plain: Mapping[str, int], told: Vocabulary) -> Tokenizer:
    """Byte pairs as GPT-2 has them."""
    name = metadata.get(f"{_KEY}pre")
    if not isinstance(name, str) or name not in PATTERNS:
        raise UnknownFormat(path, "cuts the text by the pattern called {name!r}; known are {known}",
                            name=str(name), known=", ".join(PATTERNS))
    merges = checked_merges(path, list(metadata.get(f"{_KEY}merges") or ()), plain)
    return byte_pairs(path, Pairs(plain, merges, PATTERNS[name]), told)


def _frame(path: Path, metadata: Mapping[str, Any], model: str, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids before and after a text; SentencePiece's have a beginning unless the file says otherwise."""
    def edge(name: str, default: bool) -> tuple[int, ...]:
        one = metadata.get(f"{_KEY}{name}_token_id")
        if one is None or not metadata.get(f"{_KEY}add_{name}_token", default):
            return ()
        if not isinstance(one, int) or not 0 <= one < count:
            raise DamagedFile(path, "frames a text with ids that the vocabulary lacks")
        return (one,)

    return edge("bos", model == "llama"), edge("eos", model == "t5")


def _numbers(
    path: Path, metadata: Mapping[str, Any], name: str, count: int
) -> Float64[np.ndarray, "count"]:
    """A number for each token, by id."""
    found = metadata.get(f"{_KEY}{name}")
    numbers = np.asarray([] if found is None else found)
    if numbers.shape != (count,) or numbers.dtype.kind not in "iuf":
        raise DamagedFile(path, "has {found} values of {name} for {count} tokens", found=numbers.size, name=name,
                          count=count)
    return numbers.astype(np.float64)


def _as_listed(piece: str) -> str:
    """A piece as vocab.txt writes it: GGUF marks what begins a word, BERT what goes on with one."""
    if piece.startswith("[") and piece.endswith("]"):
        return piece
    return piece.removeprefix(SPACE) if piece.startswith(SPACE) else f"##{piece}"
