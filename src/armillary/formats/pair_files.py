"""Byte pairs in the files of GPT-2, and what all files of byte pairs share.

GPT-2's are vocab.json and merges.txt, in its own repository encoder.json and vocab.bpe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, NotFound, UnknownFormat
from armillary.formats.strict_json import parse_json
from armillary.formats.tokenizer_checks import checked_merges, checked_vocabulary
from armillary.formats.unpack import open_bounded
from armillary.language import Note
from armillary.text.byte_pairs import NONE, BytePairs, Expansion, Writing
from armillary.text.merges import ranks_of
from armillary.text.patterns import R50K, spelled
from armillary.text.tokenizer import Added, Vocabulary

NAMES = (("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe"))
"""The two files, as transformers and as GPT-2 itself call them."""


@dataclass(frozen=True)
class Pairs:
    """What a file says of merging bytes.

    Attributes:
        vocabulary: the ids of pieces, in GPT-2's alphabet.
        merges: pairs of pieces, the first to merge first.
        pattern: what cuts a text before.
        writing: how it is written before.
        whole: whether a stretch that is a piece is never merged but taken as it is (`ignore_merges`).
    """

    vocabulary: Mapping[str, int]
    merges: Sequence[tuple[str, str]]
    pattern: str
    writing: Writing = field(default_factory=Writing)
    whole: bool = False


def read_pairs(path: Path) -> BytePairs:
    """The tokenizer of vocab.json and merges.txt that lie in the folder `path`, or of which `path` is one.

    Raises:
        NotFound: one of them is missing.
        DamagedFile: they are cut, contradict themselves or each other.
    """
    folder = path if path.is_dir() else path.parent
    names = next((names for names in NAMES if (folder / names[0]).is_file() or (folder / names[1]).is_file()), NAMES[0])
    for name in names:
        if not (folder / name).is_file():
            raise NotFound("{folder} needs {name} too: byte pairs are told in {names} together",
                           folder=str(folder), name=name, names=" + ".join(names))
    words, merges = (folder / name for name in names)
    vocabulary = checked_vocabulary(words, parse_json(words, open_bounded(words).content[:]))
    try:
        lines = open_bounded(merges).content[:].decode().split("\n")
    except UnicodeDecodeError as error:
        raise DamagedFile(merges, "is not text in UTF-8", offset=error.start) from error
    listed = [line.rstrip("\r") for line in lines if line.rstrip("\r")]
    if listed and listed[0].startswith("#version"):
        listed = listed[1:]
    pairs = Pairs(vocabulary, checked_merges(merges, listed, vocabulary), R50K)
    return byte_pairs(words, pairs, Vocabulary({}, (), " + ".join(names)))


def byte_pairs(path: Path, pairs: Pairs, told: Vocabulary) -> BytePairs:
    """The tokenizer of `pairs`; `told` has what the file says besides (added tokens, what frames a text).

    Pieces that no merge makes are special tokens, if they are not added ones anyway.

    Raises:
        DamagedFile: a merge is not written in GPT-2's alphabet.
        UnknownFormat: it wants pieces taken whole that merging never gives.
    """
    try:
        merges = [(spelled(a), spelled(b)) for a, b in pairs.merges]
    except ValueError as error:
        raise DamagedFile(path, "has a merge that is not written in the alphabet of bytes") from error
    ranks = ranks_of([bytes([byte]) for byte in range(256)], merges)
    ids = {_bytes(piece): one for piece, one in pairs.vocabulary.items()}
    known, products = {one.text for one in told.added}, {a + b for a, b in merges}
    left = {piece: one for piece, one in pairs.vocabulary.items()
            if _bytes(piece) not in ranks and piece not in known}
    if pairs.whole and left:
        raise UnknownFormat(
            path, "wants pieces taken whole that its merges never give, {piece!r} for one; this version does not read "
            "such a tokenizer", piece=next(iter(left)))
    missing = [byte for byte in range(256) if bytes([byte]) not in ids]
    if missing:
        told = replace(told, notes=(*told.notes, Note(
            "{count} bytes have no token, the first is {byte}; a text that holds one cannot be told",
            {"count": len(missing), "byte": f"0x{missing[0]:02X}"})))
    more = [Added(piece, one) for piece, one in left.items() if _bytes(piece) not in products]
    pieces = {one: piece for piece, one in ids.items()} | {one.id: one.text.encode() for one in told.added}
    return BytePairs(
        replace(told, pieces=pieces, added=(*told.added, *more)), ranks, pairs.pattern,
        Expansion.of([], np.array([ids.get(piece, NONE) for piece in ranks], np.uint32)), pairs.writing,
    )


def _bytes(piece: str) -> bytes:
    """The bytes of a piece in GPT-2's alphabet, or of what is written out, as special tokens are."""
    try:
        return spelled(piece)
    except ValueError:
        return piece.encode()
