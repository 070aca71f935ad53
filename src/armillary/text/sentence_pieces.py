"""SentencePiece's byte pairs (Llama 2, Mistral, Gemma) on the core that merges bytes.

There a text is characters, which merge by scores; spaces are written ▁, and a character that the vocabulary lacks falls
back to its bytes, which merge no further. The core knows bytes only. So it first puts characters together: their
beginnings are pieces of the lowest ranks, which stand for the bytes they consist of should the character not come
about.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile

import numpy as np

from armillary.shapes import Float64, Int64
from armillary.text.byte_pairs import SPACE, BytePairs, Expansion, Writing
from armillary.text.merges import Pairs, made_by, ranks_of
from armillary.text.splits import splits
from armillary.text.tokenizer import Vocabulary


@dataclass(frozen=True)
class CharacterPairs:
    """What a file says of merging characters.

    Attributes:
        pieces: the ids of pieces as they are written, bytes and special tokens left out.
        fallback: the ids of the 256 bytes.
        ranked: the pieces that merging gives, single characters first, then those that merge first.
    """

    pieces: Mapping[str, int]
    fallback: Sequence[int]
    ranked: Sequence[str]


def by_pairs(pieces: Iterable[str], merges: Sequence[tuple[str, str]]) -> list[str]:
    """The order of pieces (`CharacterPairs.ranked`) where it is listed which merge."""
    return list(ranks_of([piece for piece in pieces if len(piece) == 1], merges))


def by_score(pieces: Sequence[str], scores: Float64[np.ndarray, "n"]) -> Int64[np.ndarray, "m"]:
    """The places of pieces as `CharacterPairs.ranked` has them: all pairs merge that give a piece, high scores first.

    Args:
        pieces: by their ids, the lowest first.
        scores: of each; of equal ones, the first merges first.
    """
    first, second, made = (column.astype(np.int64) for column in splits(pieces))
    rank = np.empty(len(pieces), np.int64)
    rank[np.argsort(-scores, kind="stable")] = np.arange(len(pieces))
    sizes = np.fromiter(map(len, pieces), np.int64, len(pieces))
    pairs = Pairs(first, second, made, rank[made])
    return np.concatenate([np.flatnonzero(sizes == 1), made_by(pairs, sizes, sizes == 1)])


def character_pairs(vocabulary: Vocabulary, pairs: CharacterPairs, prefix: bool) -> BytePairs:
    """The tokenizer; `prefix` puts a space before the text."""
    written = encoded(pairs.ranked)
    own = np.fromiter(map(pairs.pieces.__getitem__, pairs.ranked), np.uint32, len(written))
    singles = sum(1 for _ in takewhile(lambda piece: len(piece) == 1, pairs.ranked))
    characters = dict(zip(written[:singles], own[:singles].tolist(), strict=True))
    head = _with_bytes(characters)
    # What is no character is a byte, or the beginning of a character, and stands for its bytes.
    ids = Expansion.of([[characters[piece]] if piece in characters else [pairs.fallback[byte] for byte in piece]
                        for piece in head], own[singles:])
    core = {piece: rank for rank, piece in enumerate(chain(head, written[singles:]))}
    return BytePairs(vocabulary, core, _pattern(pairs.ranked), ids, Writing(spaces=True, prefix=prefix))


def encoded(pieces: Sequence[str], spaces: bool = False) -> list[bytes]:
    """Each piece in UTF-8, if `spaces` with a space where ▁ stands: of many pieces faster at once than one by one."""
    written = SPACE, " " if spaces else SPACE
    found = "\0".join(pieces).replace(*written).encode().split(b"\0")
    return found if len(found) == len(pieces) else [piece.replace(*written).encode() for piece in pieces]


def _with_bytes(characters: Iterable[bytes]) -> list[bytes]:
    """All bytes, then characters and their beginnings, the shorter first."""
    beginnings = {piece[:size] for piece in characters for size in range(2, len(piece) + 1)}
    return [*(bytes([byte]) for byte in range(256)), *sorted(beginnings, key=len)]


def _pattern(pieces: Sequence[str]) -> str:
    """What cuts before spaces, but for those that some piece holds together with the character before them."""
    held = sorted({a for piece in pieces if SPACE in piece[1:] for a in re.findall(f"([^{SPACE}]){SPACE}", piece)})
    word = f"{SPACE}++[^{SPACE}]*+"
    more = f"(?:(?<=[{''.join(map(re.escape, held))}]){word})*+" if held else ""
    return f"(?:{word}|[^{SPACE}]++){more}"
