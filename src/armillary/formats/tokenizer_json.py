"""tokenizer.json, the one file in which Hugging Face's `tokenizers` keeps a tokenizer.

Byte pairs are read here and run on tiktoken's core; WordPiece and Unigram go to the library, after a check of
everything that it would accept and should not. What a file asks for and is not known here is an error that names it:
another pre-tokeniser gives other ids, silently.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from armillary.errors import DamagedFile, InputError, UnknownFormat
from armillary.formats.pair_files import Pairs, byte_pairs
from armillary.formats.strict_json import parse_json
from armillary.formats.tokenizer_checks import checked_added, checked_merges, checked_vocabulary
from armillary.formats.tokenizer_parts import check_parts, listed
from armillary.formats.unpack import open_bounded
from armillary.text.byte_pairs import SPACE, BytePairs, Writing
from armillary.text.library import LibraryTokenizer, no_panic
from armillary.text.patterns import DIGITS_FIRST, KNOWN, R50K
from armillary.text.sentence_pieces import CharacterPairs, by_pairs, character_pairs, encoded
from armillary.text.tokenizer import Tokenizer, Vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Library

FORMAT = "tokenizer.json"


def read_tokenizer_json(path: Path) -> Tokenizer:
    """The tokenizer in the file `path`.

    Raises:
        DamagedFile: it is cut, or contradicts itself.
        UnknownFormat: it asks for a part that is not known here.
    """
    found = parse_json(path, open_bounded(path).content[:])
    try:
        return _of_json(path, found)
    except (TypeError, AttributeError, KeyError) as error:  # a list where an object belongs, and the like
        raise DamagedFile(path, "is not built as a tokenizer.json is: {reason}", reason=str(error)) from error


def _of_json(path: Path, found: Any) -> Tokenizer:
    if not isinstance(found, dict) or not isinstance(model := found.get("model"), dict):
        raise DamagedFile(path, "holds no tokenizer: a tokenizer.json has a \"model\"")
    kind = model.get("type") or ("BPE" if "merges" in model else None)
    if kind == "BPE":
        return _byte_pairs(path, found, model)
    if kind in ("WordPiece", "Unigram"):
        return library_tokenizer(path, found, kind)
    raise UnknownFormat(path, "holds a tokenizer of the type {kind!r}; BPE, WordPiece and Unigram are read",
                        kind=str(kind))


def library_tokenizer(path: Path, found: Mapping[str, Any], kind: str) -> LibraryTokenizer:
    """A WordPiece or Unigram tokenizer, told as in tokenizer.json, that the library runs.

    Raises:
        DamagedFile, UnknownFormat: as `read_tokenizer_json`.
    """
    model = found["model"]
    vocabulary = _unigram(path, model) if kind == "Unigram" else checked_vocabulary(path, model.get("vocab"))
    if kind == "WordPiece" and model.get("unk_token") not in vocabulary:
        raise DamagedFile(path, "has no token for what is unknown ([UNK])")
    check_parts(path, found)
    added = checked_added(path, found.get("added_tokens"), vocabulary)
    library, bare = _library(path, found), None
    if kind == "Unigram" and (inside := {one.text: one.id for one in added if one.special and one.text in vocabulary}):
        bare = _library(path, _without(found, inside))
    prefix = str(model.get("continuing_subword_prefix", "##")) if kind == "WordPiece" else ""
    pieces = {one: _plain(piece, prefix, bool(model.get("byte_fallback"))) for piece, one in vocabulary.items()}
    pieces |= {one.id: one.text.encode() for one in added}
    before, after = frame(path, found.get("post_processor"), vocabulary)
    return LibraryTokenizer(kind, Vocabulary(pieces, tuple(added), FORMAT, before, after), library, bare)


def _library(path: Path, found: Mapping[str, Any]) -> "Library":
    from tokenizers import Tokenizer as Library

    try:
        with no_panic(path.name):
            return Library.from_str(json.dumps({**found, "truncation": None, "padding": None}))
    except InputError as error:
        raise DamagedFile(path, "{problem}", problem=str(error)) from error


def _without(found: Mapping[str, Any], special: Mapping[str, int]) -> dict[str, Any]:
    """A Unigram tokenizer whose special tokens no text can be cut into: there they stand under names with blanks."""
    model = found["model"]
    pieces = [[f" {special[piece]}" if piece in special else piece, score] for piece, score in model["vocab"]]
    added = [one for one in found.get("added_tokens") or [] if one["content"] not in special]
    return {**found, "model": {**model, "vocab": pieces}, "added_tokens": added, "post_processor": None}


def frame(path: Path, part: Any, vocabulary: Mapping[str, int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids before and after a text that a post-processor asks for."""
    before: list[int] = []
    after: list[int] = []
    for one in listed(part, "processors"):
        if one.get("type") in ("BertProcessing", "RobertaProcessing"):
            before.append(_told_id(path, one.get("cls")))
            after.append(_told_id(path, one.get("sep")))
        elif one.get("type") == "TemplateProcessing":
            _from_template(path, one, before, after)
        elif one.get("type") != "ByteLevel":
            raise UnknownFormat(path, "asks for the part {part!r}, which this version does not know",
                                part=str(one.get("type")))
    if any(one not in set(vocabulary.values()) for one in (*before, *after)):
        raise DamagedFile(path, "frames a text with ids that the vocabulary lacks")
    return tuple(before), tuple(after)


def _from_template(path: Path, part: Mapping[str, Any], before: list[int], after: list[int]) -> None:
    now = before
    for step in part.get("single") or []:
        if "Sequence" in step:
            now = after
        else:
            name = str(step.get("SpecialToken", {}).get("id"))
            ids = part.get("special_tokens", {}).get(name, {}).get("ids")
            if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
                raise DamagedFile(path, "frames a text with {name!r} and does not say its id", name=name)
            now += ids


def _told_id(path: Path, pair: Any) -> int:
    if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], int)):
        raise DamagedFile(path, "frames a text with {name!r} and does not say its id", name=str(pair))
    return pair[1]


def _unigram(path: Path, model: Mapping[str, Any]) -> dict[str, int]:
    """The pieces of a Unigram model by their places, after a check of their scores."""
    vocabulary: dict[str, int] = {}
    for number, entry in enumerate(model.get("vocab") or []):
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)
                and isinstance(entry[1], int | float) and math.isfinite(entry[1]) and entry[0] not in vocabulary):
            raise DamagedFile(path, "entry {number} of the vocabulary is not a piece of its own with a score",
                              number=number)
        vocabulary[entry[0]] = number
    unknown = model.get("unk_id")
    if not vocabulary or not (unknown is None or (isinstance(unknown, int) and 0 <= unknown < len(vocabulary))):
        raise DamagedFile(path, "has no vocabulary, or an unknown token outside of it")
    return vocabulary


def _plain(piece: str, prefix: str, fallback: bool) -> bytes:
    """The bytes that a piece stands for, without the marks of where it stands in a word."""
    if fallback and (byte := as_byte(piece)) is not None:
        return bytes([byte])
    return (piece.removeprefix(prefix) or piece).replace(SPACE, " ").encode()


def as_byte(piece: str) -> int | None:
    """The byte that a piece like <0x0A> stands for."""
    if len(piece) != 6 or not (piece.startswith("<0x") and piece.endswith(">")):
        return None
    try:
        return int(piece[3:5], 16)
    except ValueError:
        return None


def _byte_pairs(path: Path, found: Mapping[str, Any], model: Mapping[str, Any]) -> BytePairs:
    if model.get("dropout") or model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        raise UnknownFormat(path, "asks for the part {part!r}, which this version does not know",
                            part="dropout, continuing_subword_prefix or end_of_word_suffix")
    vocabulary = checked_vocabulary(path, model.get("vocab"))
    added = checked_added(path, found.get("added_tokens"), vocabulary)
    merges = checked_merges(path, model.get("merges"), vocabulary)
    ids = {**vocabulary, **{one.text: one.id for one in added}}
    told = Vocabulary({}, tuple(added), FORMAT, *frame(path, found.get("post_processor"), ids))
    if model.get("byte_fallback"):
        return _characters(path, found, (vocabulary, merges), told)
    pattern = _pattern(path, found.get("pre_tokenizer"))
    forms = [one.get("type") for one in listed(found.get("normalizer"), "normalizers")]
    if forms not in ([], ["NFC"]):
        raise UnknownFormat(path, "asks for the part {part!r}, which this version does not know", part=str(forms))
    taken_whole = bool(model.get("ignore_merges"))
    return byte_pairs(path, Pairs(vocabulary, merges, pattern, Writing(composed=bool(forms)), taken_whole), told)


def _pattern(path: Path, part: Any) -> str:
    """The pattern that pre-tokenisers come to, if they are of a known kind."""
    steps = listed(part, "pretokenizers")
    last = steps[-1] if steps else {}
    if last.get("type") == "ByteLevel" and not last.get("add_prefix_space", True):
        rest, own = steps[:-1], last.get("use_regex", True)
        if not rest and own:
            return R50K
        if own and rest == [{"type": "Digits", "individual_digits": True}]:
            return DIGITS_FIRST
        if len(rest) == 1 and not own and rest[0].get("type") == "Split" and rest[0].get("behavior") == "Isolated":
            wanted = rest[0].get("pattern", {}).get("Regex")
            if wanted in KNOWN and not rest[0].get("invert"):
                return KNOWN[wanted]
    raise UnknownFormat(path, "cuts the text in a way that this version does not know: {part}", part=json.dumps(part))


def _characters(
    path: Path, found: Mapping[str, Any], pairs: tuple[Mapping[str, int], Sequence[tuple[str, str]]], told: Vocabulary
) -> BytePairs:
    """A tokenizer that SentencePiece made, told as merges of characters."""
    space = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
    prefix = {"type": "Prepend", "prepend": SPACE}
    steps = listed(found.get("normalizer"), "normalizers")
    cuts = found.get("pre_tokenizer")
    no_cut = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    if steps not in ([space], [prefix, space]) or cuts not in (None, no_cut):
        raise UnknownFormat(path, "cuts the text in a way that this version does not know: {part}",
                            part=json.dumps([steps, cuts]))
    vocabulary, merges = pairs
    return characters(path, vocabulary, told, lambda pieces: by_pairs(pieces, merges), prefix=len(steps) == 2)


def characters(
    path: Path, vocabulary: Mapping[str, int], told: Vocabulary, order: Callable[[Mapping[str, int]], list[str]],
    prefix: bool, left_out: Set[str] = frozenset(),
) -> BytePairs:
    """The tokenizer of pairs of characters; pieces like <0x0A> in `vocabulary` are its bytes.

    Args:
        path: the file, for messages.
        vocabulary: the ids of pieces.
        told: what the file says besides; its pieces are found here.
        order: what puts pieces that are no bytes and not added into the order in which they merge.
        prefix: whether a space is put before the text.
        left_out: pieces that are never given.

    Raises:
        DamagedFile: it has no piece for some byte.
    """
    as_bytes = {piece: byte for piece in vocabulary if piece[:3] == "<0x" and (byte := as_byte(piece)) is not None}
    fallback = {byte: vocabulary[piece] for piece, byte in as_bytes.items()}
    if len(fallback) < 256:
        raise DamagedFile(path, "has pieces for {count} of the 256 bytes only", count=len(fallback))
    left_out |= {one.text for one in told.added} | as_bytes.keys()
    pieces = {piece: one for piece, one in vocabulary.items() if piece not in left_out}
    spelled = dict(zip(pieces.values(), encoded(list(pieces), spaces=True), strict=True))
    spelled |= {one: bytes([byte]) for byte, one in fallback.items()}
    spelled |= {one.id: one.text.encode() for one in told.added}
    pairs = CharacterPairs(pieces, [fallback[byte] for byte in range(256)], order(pieces))
    return character_pairs(replace(told, pieces=spelled), pairs, prefix)
