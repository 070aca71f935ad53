"""SentencePiece's byte pairs (Llama 2, Mistral, Gemma) on the core that merges bytes.

There a text is characters, which merge by scores; spaces are written ▁, and a character that the vocabulary lacks falls
back to its bytes, which merge no further. The core knows bytes only. So it first puts characters together: their
beginnings are pieces of the lowest ranks, which stand for the bytes they consist of should the character not come
about.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from armillary.text.byte_pairs import SPACE, BytePairs, Writing
from armillary.text.merges import ranks_of
from armillary.text.tokenizer import Vocabulary


@dataclass(frozen=True)
class CharacterPairs:
    """What a file says of merging characters.

    Attributes:
        pieces: the ids of pieces as they are written, bytes and special tokens left out.
        fallback: the ids of the 256 bytes.
        merges: which pieces merge.
        order: the rank of each pair; their order if None.
    """

    pieces: Mapping[str, int]
    fallback: Sequence[int]
    merges: Sequence[tuple[str, str]]
    order: Sequence[int] | None = None


def by_score(pieces: Mapping[str, int], scores: Mapping[int, float]) -> tuple[list[tuple[str, str]], list[int]]:
    """The pairs that merge where pieces have scores, with their ranks: all that give a piece, high scores first."""
    merges, order = [], []
    same = {piece: piece for piece in pieces}  # one object each, whose hash is known: half a million pairs are to come
    for rank, piece in enumerate(sorted(pieces, key=lambda one: (-scores[pieces[one]], pieces[one]))):
        for place in range(1, len(piece)):
            first = same.get(piece[:place])
            if first is not None and (second := same.get(piece[place:])) is not None:
                merges.append((first, second))
                order.append(rank)
    return merges, order


def character_pairs(vocabulary: Vocabulary, pairs: CharacterPairs, prefix: bool) -> BytePairs:
    """The tokenizer; `prefix` puts a space before the text."""
    characters = [piece for piece in pairs.pieces if len(piece) == 1]
    ranks = list(ranks_of(characters, pairs.merges, pairs.order))
    core = _with_bytes(*([piece.encode() for piece in some] for some in (characters, ranks[len(characters) :])))
    written = {piece.encode(): one for piece, one in pairs.pieces.items()}
    # A piece of the core that is none of the vocabulary is a byte, or the beginning of a character.
    ids = [[written[piece]] if piece in written else [pairs.fallback[byte] for byte in piece] for piece in core]
    pattern = _pattern(ranks)
    return BytePairs(vocabulary, core, pattern, ids, Writing(spaces=True, prefix=prefix))


def _with_bytes(characters: Sequence[bytes], products: Sequence[bytes]) -> dict[bytes, int]:
    """Ranks of all bytes, of characters and their beginnings, the shorter first, and of what is merged from them."""
    beginnings = {piece[:size] for piece in characters for size in range(2, len(piece) + 1)}
    singles = [bytes([byte]) for byte in range(256)]
    return {piece: rank for rank, piece in enumerate([*singles, *sorted(beginnings, key=len), *products])}


def _pattern(pieces: Sequence[str]) -> str:
    """What cuts before spaces, but for those that some piece holds together with the character before them."""
    held = sorted({a for piece in pieces if SPACE in piece[1:] for a in re.findall(f"([^{SPACE}]){SPACE}", piece)})
    word = f"{SPACE}++[^{SPACE}]*+"
    more = f"(?:(?<=[{''.join(map(re.escape, held))}]){word})*+" if held else ""
    return f"(?:{word}|[^{SPACE}]++){more}"
