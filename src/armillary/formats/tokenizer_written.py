"""Byte pairs written as tokenizer.json, wherever they were read from."""

from typing import Any

from armillary.text.byte_pairs import BytePairs
from armillary.text.merges import merge_steps
from armillary.text.patterns import DIGITS_FIRST, KNOWN, R50K, alphabet

_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def tokenizer_json(tokenizer: BytePairs) -> dict[str, Any]:
    """What `read_tokenizer_json` reads the same tokenizer from; of one that writes spaces as they are."""
    told = tokenizer.vocabulary
    names = {one.id for one in told.added}
    merges = [pair for piece in sorted(tokenizer.ranks, key=tokenizer.ranks.__getitem__)
              if len(piece) > 1 and (pair := _last_pair(piece, tokenizer)) is not None]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": one.id, "content": one.text, "single_word": False, "lstrip": one.left,
                          "rstrip": one.right, "normalized": False, "special": one.special}
                         for one in sorted(told.added, key=lambda one: one.id)],
        "normalizer": {"type": "NFC"} if tokenizer.writing.composed else None,
        "pre_tokenizer": _pre_tokenizer(tokenizer.pattern),
        "post_processor": _frame(tokenizer),
        "decoder": {**_LEVEL, "add_prefix_space": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {piece.decode() if one in names else _written(piece): one
                      for one, piece in sorted(told.pieces.items())},
            "merges": [[_written(left), _written(right)] for left, right in merges],
        },
    }


def _written(piece: bytes) -> str:
    """A piece in GPT-2's alphabet of bytes."""
    letters = alphabet()
    return "".join(letters[byte] for byte in piece)


def _last_pair(piece: bytes, tokenizer: BytePairs) -> tuple[bytes, bytes] | None:
    """The two parts whose merge gives a piece."""
    parts: list[bytes] = []
    for now in merge_steps(piece, tokenizer.ranks):
        if len(now) == 2:
            parts = now
    return (parts[0], parts[1]) if parts else None


def _pre_tokenizer(pattern: str) -> dict[str, Any]:
    if pattern == R50K:
        return _LEVEL
    if pattern == DIGITS_FIRST:
        return {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, _LEVEL]}
    written = next(theirs for theirs, ours in KNOWN.items() if ours == pattern)
    split = {"type": "Split", "pattern": {"Regex": written}, "behavior": "Isolated", "invert": False}
    return {"type": "Sequence", "pretokenizers": [split, {**_LEVEL, "use_regex": False}]}


def _frame(tokenizer: BytePairs) -> dict[str, Any] | None:
    """What the model expects around a text."""
    told = tokenizer.vocabulary
    if not (told.before or told.after):
        return None
    name = {one.id: one.text for one in told.added}
    before, after = ([{"SpecialToken": {"id": name[one], "type_id": 0}} for one in some]
                     for some in (told.before, told.after))
    text = [{"Sequence": {"id": letter, "type_id": 0}} for letter in "AB"]
    named = {name[one]: {"id": name[one], "ids": [one], "tokens": [name[one]]} for one in (*told.before, *told.after)}
    return {"type": "TemplateProcessing", "single": [*before, text[0], *after],
            "pair": [*before, text[0], *after, *before, text[1], *after], "special_tokens": named}
