r"""Where a text is cut before byte pairs are merged: the published patterns, and GPT-2's alphabet of bytes.

Byte pairs never merge across the pieces that a pattern finds, so the pattern is as much a part of a tokenizer as its
merges. Each stands here as its publisher wrote it; a file that brings another one is refused, as an unknown pattern
could take for ever on some texts. Two that look alike can differ where white space ends a text: tiktoken's cl100k_base
keeps "\n  " there in one piece, the older form that Llama 3's files hold cuts after the line break.

Sources: tiktoken (tiktoken_ext/openai_public.py), GPT-2 (src/encoder.py), tokenizer.json of Llama 3, Qwen 2 and
SmolLM2.
"""

from functools import cache

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
_MARKS = r" ?[^\s\p{L}\p{N}]+[\r\n]*"
_BLANKS = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"

R50K = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"
CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
O200K = "|".join((
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_CONTRACTIONS}?",
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_CONTRACTIONS}?",
    r"\p{N}{1,3}",
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
    _BLANKS,
))
CL100K_BEFORE = rf"{_CONTRACTIONS}|{_WORDS}|\p{{N}}{{1,3}}|{_MARKS}|{_BLANKS}"
SINGLE_DIGITS = rf"{_CONTRACTIONS}|{_WORDS}|\p{{N}}|{_MARKS}|{_BLANKS}"
DIGITS_FIRST = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++|\p{N}| ?[^\s\p{L}\p{N}]++|\s+(?![^\s\p{N}])|\s"
"""R50K on the stretches between digits, which are cut out one by one first; a stretch ends before a digit."""

R50K_AS_WRITTEN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
KNOWN = {R50K_AS_WRITTEN: R50K, **{one: one for one in (R50K, CL100K, O200K, CL100K_BEFORE, SINGLE_DIGITS)}}
"""The patterns that a tokenizer.json may bring, each with the one that is run."""


@cache
def alphabet() -> dict[int, str]:
    """The character that stands for each byte in GPT-2's files: itself if it can be printed, else one from U+0100 on.

    >>> alphabet()[0x41], alphabet()[0x20]
    ('A', 'Ġ')
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(plain)]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + place) for place, byte in enumerate(others)}


def spelled(piece: str) -> bytes:
    """The bytes that a piece written in GPT-2's alphabet stands for.

    Raises:
        ValueError: a character that is not of the alphabet.
    """
    return piece.translate(_codes()).encode("latin-1")


@cache
def _codes() -> dict[int, int]:
    """Characters of the alphabet to bytes; the other 68 below U+0100 to something that Latin-1 refuses."""
    return {code: 0xFFFE for code in range(256)} | {ord(character): byte for byte, character in alphabet().items()}
