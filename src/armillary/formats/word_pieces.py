"""vocab.txt: BERT's pieces of words, one a line, the line's number being the id."""

from collections.abc import Sequence
from pathlib import Path

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats.strict_json import parse_json
from armillary.formats.tokenizer_checks import no_piece_twice
from armillary.formats.tokenizer_json import library_tokenizer
from armillary.formats.unpack import open_bounded
from armillary.language import Note
from armillary.text.library import LibraryTokenizer
from armillary.text.tokenizer import Vocabulary

FORMAT = "vocab.txt"
UNKNOWN = "[UNK]"
_SPECIAL = ("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]")


def is_word_pieces(begin: bytes) -> bool:
    """Whether a file that begins so is one of pieces of words: a line of its head says what is unknown."""
    return UNKNOWN.encode() in begin.split(b"\n")


def read_word_pieces(path: Path) -> LibraryTokenizer:
    """The tokenizer of the file `path`.

    Whether capitals are made small is not in it: a tokenizer_config.json that lies beside says it, and without one,
    they are if no piece has any.

    Raises:
        DamagedFile: it is not UTF-8, or has a piece twice.
        UnknownFormat: it has no piece for what is unknown.
    """
    try:
        lines = open_bounded(path).content[:].decode().split("\n")
    except UnicodeDecodeError as error:
        raise DamagedFile(path, "is not text in UTF-8", offset=error.start) from error
    pieces = [line.rstrip("\r") for line in lines]
    return word_pieces(path, pieces if pieces[-1] else pieces[:-1], FORMAT, _lower(path))


def word_pieces(path: Path, pieces: Sequence[str], named: str, lower: bool | None) -> LibraryTokenizer:
    """The tokenizer with these pieces, the first being 0; `lower` None goes by whether a piece has capitals.

    Raises:
        DamagedFile, UnknownFormat: as `read_word_pieces`.
    """
    ids = no_piece_twice(path, pieces)
    if UNKNOWN not in ids:
        raise UnknownFormat(path, "is no list of pieces of words: it has no {unknown}", unknown=UNKNOWN)
    small = lower if lower is not None else not any(piece != piece.lower() for piece in ids if piece not in _SPECIAL)
    found = {
        "version": "1.0",
        "added_tokens": [
            {"id": ids[one], "content": one, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for one in _SPECIAL if one in ids
        ],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": small},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": None,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": UNKNOWN, "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": ids},
    }
    made = library_tokenizer(path, found, "WordPiece")
    told = made.vocabulary
    notes = () if lower is not None else (Note(
        "{path} does not say whether capitals are made small; as no piece has any, they are" if small else
        "{path} does not say whether capitals are made small; as pieces have some, they are not", {"path": path.name}),)
    before, after = (() if one not in ids else (ids[one],) for one in ("[CLS]", "[SEP]"))
    made.vocabulary = Vocabulary(told.pieces, told.added, named, before, after, notes)
    return made


def _lower(path: Path) -> bool | None:
    """What a tokenizer_config.json in the same folder says."""
    beside = path.with_name("tokenizer_config.json")
    if not beside.is_file():
        return None
    found = parse_json(beside, open_bounded(beside).content[:])
    said = found.get("do_lower_case") if isinstance(found, dict) else None
    return said if isinstance(said, bool) else None
