"""The parts of a tokenizer.json that may go to the `tokenizers` library: known ones, that cannot blow up or hang.

The library runs whatever a file names: a chain of replacements that doubles a text forty times, or a pattern that takes
for ever. So parts are held against a list, a pattern must be one of a few that are harmless, and what replacements can
make of a text is bounded.
"""

from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile, UnknownFormat

GROWTH = 16
"""How many times longer normalising may make a text."""
_FORMS = {"NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "BertNormalizer", "Nmt", "Precompiled"}
_CUTS = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Metaspace", "Punctuation", "Digits", "UnicodeScripts"}
_PATTERNS = {" {2,}", "^ +", "[ ▁]+$"}
_LONGEST = 48
"""Bytes that a table of characters may put in place of one character; of those that are published, 33."""


def check_parts(path: Path, found: Mapping[str, Any]) -> None:
    """Hold the parts of a tokenizer.json against what is known to be harmless.

    Raises:
        UnknownFormat: a part, or a pattern, is not known.
        DamagedFile: it is not written as such parts are, or makes texts more than GROWTH times longer.
    """
    growth = 1.0
    for part in listed(found.get("normalizer"), "normalizers"):
        if part.get("type") == "Replace":
            growth *= _replacing(path, part)
        elif part.get("type") == "Prepend":
            growth += len(str(part.get("prepend")))
        elif part.get("type") == "Precompiled":
            _check_table(path, part.get("precompiled_charsmap"))
        elif part.get("type") not in _FORMS:
            raise _unknown(path, part)
        if growth > GROWTH:
            raise DamagedFile(path, "would make a text more than {growth} times longer before cutting it",
                              growth=GROWTH)
    for part in listed(found.get("pre_tokenizer"), "pretokenizers"):
        if part.get("type") not in _CUTS:
            raise _unknown(path, part)


def listed(part: Any, inside: str) -> list[dict[str, Any]]:
    """A part as the steps that it has: none, itself, or what a Sequence holds under the name `inside`."""
    if not isinstance(part, dict):
        return []
    steps = part.get(inside) or [] if part.get("type") == "Sequence" else [part]
    return [step if isinstance(step, dict) else {"type": step} for step in steps]


def _replacing(path: Path, part: Mapping[str, Any]) -> float:
    """How many times longer a replacement can make a text."""
    pattern, content = part.get("pattern"), part.get("content")
    if not isinstance(pattern, dict) or not isinstance(content, str):
        raise _unknown(path, part)
    if pattern.get("Regex") in _PATTERNS:
        return max(1.0, len(content) / 2)
    if not isinstance(pattern.get("String"), str) or not pattern["String"]:
        raise _unknown(path, part)
    return max(1.0, len(content) / len(pattern["String"]))


def _check_table(path: Path, table: Any) -> None:
    """SentencePiece's table of characters: a trie of 32-bit numbers after its size, then texts with a 0 after each.

    The library would read beyond what is cut; and one character must not become a book.
    """
    try:
        content = b64decode(table, validate=True) if isinstance(table, str) else b""
    except ValueError:
        content = b""
    size = int.from_bytes(content[:4], "little")
    texts = content[4 + size :]
    if len(content) < 8 or size % 4 or not size or len(content) < 4 + size or not texts.endswith(b"\0"):
        raise DamagedFile(path, "has a table of characters that is cut")
    if max(map(len, texts.split(b"\0"))) > _LONGEST:
        raise DamagedFile(path, "would make a text more than {growth} times longer before cutting it", growth=GROWTH)


def _unknown(path: Path, part: Mapping[str, Any]) -> UnknownFormat:
    return UnknownFormat(path, "asks for the part {part!r}, which this version does not know",
                         part=str(dict(part))[:200])
