"""SentencePiece's Unigram (T5 and its kind) in a GGUF file, told as a tokenizer.json for the library that runs it.

A text is normalised (`precompiled_charsmap`), blanks are put in order and written ▁; then it is cut into the pieces
whose scores add up to the most (Kudo 2018, arXiv:1804.10959). Sources of the keys: llama.cpp, src/llama-vocab.cpp and
convert_hf_to_gguf.py; of the rules: SentencePiece, src/normalizer.cc and src/unigram_model.cc.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import DamagedFile
from armillary.formats.tokenizer_json import as_byte, library_tokenizer
from armillary.shapes import Float64
from armillary.text.byte_pairs import SPACE
from armillary.text.library import LibraryTokenizer
from armillary.text.tokenizer import Vocabulary

NORMAL, UNKNOWN, USER_DEFINED, UNUSED = 1, 2, 4, 5
_KEY = "tokenizer.ggml."


def unigram(
    path: Path, metadata: Mapping[str, Any], tokens: Sequence[str], types: Float64[np.ndarray, "n"],
    scores: Float64[np.ndarray, "n"], told: Vocabulary,
) -> LibraryTokenizer:
    """The tokenizer of pieces with scores.

    Args:
        path: the file, for messages.
        metadata: its key-values.
        tokens: by id.
        types: of each id.
        scores: of each id.
        told: what the file says besides; the pieces are found here.

    Raises:
        DamagedFile: it has no token for what is unknown, scores that are no numbers, or a table of characters that is
            cut or makes texts far too long.
    """
    plain = types == NORMAL
    unknown = np.flatnonzero(types == UNKNOWN).tolist()
    if len(unknown) != 1 or not plain.any():
        raise DamagedFile(path, "has {count} tokens for what is unknown, where one is wanted", count=len(unknown))
    if not np.isfinite(scores[plain]).all():
        raise DamagedFile(path, "has scores of tokens that are no numbers")
    sizes = np.fromiter(map(len, tokens), float, len(tokens))
    chosen = np.where(types == USER_DEFINED, sizes * scores[plain].max() - 0.1, scores[plain].min())  # as SentencePiece
    own = np.where(plain, scores, chosen).tolist()  # what no text is cut into must not be the lowest
    written = [f" {one}" if types[one] == UNUSED else token for one, token in enumerate(tokens)]  # no text has these
    added = [{"id": one.id, "content": one.text, "special": one.special, "normalized": False, "single_word": False,
              "lstrip": False, "rstrip": False} for one in told.added if one.special]
    found = {
        "version": "1.0", "added_tokens": added, "post_processor": None,
        "normalizer": {"type": "Sequence", "normalizers": _normalising(path, metadata)},
        "pre_tokenizer": None if any(SPACE in token[1:] for token in tokens) else _WORDS,
        "decoder": {**_WORDS, "prepend_scheme": "always" if _prefix(metadata) else "never"},
        "model": {"type": "Unigram", "unk_id": unknown[0], "vocab": list(map(list, zip(written, own, strict=True))),
                  "byte_fallback": len({byte for token in tokens if (byte := as_byte(token)) is not None}) == 256},
    }
    made = library_tokenizer(path, found, "Unigram")
    made.vocabulary = replace(told, pieces=made.vocabulary.pieces)
    return made


_WORDS = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "never", "split": True}
"""Cuts before each ▁, which changes nothing where no piece has one inside."""


def _prefix(metadata: Mapping[str, Any]) -> bool:
    return bool(metadata.get(f"{_KEY}add_space_prefix", True))


def _normalising(path: Path, metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps from a text to what is cut."""
    steps: list[dict[str, Any]] = []
    table = metadata.get(f"{_KEY}precompiled_charsmap")
    if table is not None:
        numbers = np.asarray(table)
        if numbers.dtype not in (np.uint8, np.int8):
            raise DamagedFile(path, "has a table of characters that is not told in bytes")
        if numbers.size:
            steps.append({"type": "Precompiled", "precompiled_charsmap": b64encode(numbers.tobytes()).decode()})
    if metadata.get(f"{_KEY}remove_extra_whitespaces", False):
        steps += [_replaced({"Regex": pattern}, "") for pattern in ("^ +", f"[ {SPACE}]+$")]
        steps.append(_replaced({"Regex": " {2,}"}, " "))
    steps.append(_replaced({"String": " "}, SPACE))
    return [*steps, {"type": "Prepend", "prepend": SPACE}] if _prefix(metadata) else steps


def _replaced(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}
