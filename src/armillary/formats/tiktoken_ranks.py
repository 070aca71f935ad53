"""tiktoken's files of ranks: a line for each piece, its bytes in base64 and its rank.

The pattern that cuts the text and the special tokens are not in the file but in tiktoken's source
(tiktoken_ext/openai_public.py); which of them belong to it is seen from how many ranks it has.
"""

import re
from binascii import Error, a2b_base64
from dataclasses import dataclass
from pathlib import Path

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats import limits
from armillary.formats.unpack import open_bounded
from armillary.text.byte_pairs import BytePairs
from armillary.text.patterns import CL100K, O200K, R50K
from armillary.text.tokenizer import Added, Vocabulary

FORMAT = "tiktoken ranks"
_LINE = rb"(?=[A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)? [0-9]{1,10}(?:\r?\n|\Z)"
_LINES = re.compile(rb"(?:%s)++" % _LINE)
_HEAD = re.compile(rb"(?:%s){3}" % _LINE)


@dataclass(frozen=True)
class Encoding:
    """What tiktoken's source says of one encoding."""

    name: str
    pattern: str
    special: dict[str, int]


_END = "<|endoftext|>"
ENCODINGS = {
    50_256: Encoding("r50k_base", R50K, {_END: 50256}),  # GPT-2's too
    50_280: Encoding("p50k_base", R50K, {_END: 50256}),
    100_256: Encoding("cl100k_base", CL100K, {
        _END: 100257, "<|fim_prefix|>": 100258, "<|fim_middle|>": 100259, "<|fim_suffix|>": 100260,
        "<|endofprompt|>": 100276,
    }),
    199_998: Encoding("o200k_base", O200K, {_END: 199999, "<|endofprompt|>": 200018}),
}
"""The encodings, by the number of ranks in their files."""


def is_ranks(begin: bytes) -> bool:
    """Whether a file that begins so is one of ranks; three lines tell, as headers of vectors look like one."""
    return _HEAD.match(begin) is not None


def read_ranks(path: Path, encoding: Encoding | None = None) -> BytePairs:
    """The tokenizer of a file of ranks.

    Args:
        path: the file.
        encoding: its pattern and its special tokens, where it is none of the published ones.

    Raises:
        DamagedFile: a line is none, a piece or a rank stands there twice, or a byte has no piece.
        UnknownFormat: it has as many ranks as no encoding that is known.
    """
    ranks = _ranks(path)
    known = encoding or ENCODINGS.get(len(ranks))
    if known is None:
        raise UnknownFormat(
            path,
            "has {count} ranks, and no published encoding has so many; the file does not hold the pattern that belongs "
            "to it (in Python read_ranks(path, encoding) takes one)",
            count=len(ranks),
        )
    pieces = {rank: piece for piece, rank in ranks.items()}
    pieces |= {one: text.encode() for text, one in known.special.items()}
    if len(pieces) < len(ranks) + len(known.special):
        raise DamagedFile(path, "gives the id of a special token to another piece as well")
    added = tuple(Added(text, one) for text, one in known.special.items())
    return BytePairs(Vocabulary(pieces, added, f"{FORMAT} ({known.name})"), ranks, known.pattern)


def check_bytes(path: Path, pieces: set[bytes]) -> None:
    """Each of the 256 bytes must be a piece, or there are texts that cannot be told.

    Raises:
        DamagedFile: one is not.
    """
    for byte in range(256):
        if bytes([byte]) not in pieces:
            raise DamagedFile(path, "has no piece for the byte {byte}; with it missing some texts have no tokens",
                              byte=f"0x{byte:02X}")


def _ranks(path: Path) -> dict[bytes, int]:
    content = open_bounded(path).content[:]
    good = _LINES.match(content)
    if good is None or good.end() < len(content):
        raise DamagedFile(
            path, "line {number} is not a piece in base64, a blank and a rank below {most}",
            number=content.count(b"\n", 0, good.end() if good else 0) + 1, most=limits.TOKENS,
        )
    fields = content.split()
    ranks = list(map(int, fields[1::2]))
    found: dict[bytes, int] = {}
    for number, (coded, rank) in enumerate(zip(fields[::2], ranks, strict=True), 1):
        try:
            piece = a2b_base64(coded, strict_mode=True)
        except Error as error:
            raise DamagedFile(path, "line {number} is not in base64: {reason}", number=number,
                              reason=str(error)) from error
        if piece in found:
            raise DamagedFile(path, "line {number} has the piece of an earlier line", number=number)
        found[piece] = rank
    if len(set(ranks)) < len(ranks) or max(ranks) >= limits.TOKENS:
        raise DamagedFile(path, "has a rank twice, or one of {most} or more", most=limits.TOKENS)
    check_bytes(path, set(found))
    return found
