"""The rules that every file of a tokenizer is held to before anything is built from it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile
from armillary.formats import limits
from armillary.text.tokenizer import Added


def checked_vocabulary(path: Path, found: Any) -> dict[str, int]:
    """A mapping of pieces to ids.

    Raises:
        DamagedFile: it is none, an id is not a number from 0 to limits.TOKENS, or stands there twice.
    """
    if not isinstance(found, dict) or not found:
        raise DamagedFile(path, "holds no vocabulary: pieces with their ids are wanted")
    seen: dict[int, str] = {}
    for piece, one in found.items():
        if not _is_id(one):
            raise DamagedFile(path, "gives {piece!r} the id {id}; ids are whole numbers from 0 to {last}",
                              piece=piece, id=str(one), last=limits.TOKENS - 1)
        if one in seen:
            raise DamagedFile(path, "gives {piece!r} and {other!r} one id, {id}", piece=piece, other=seen[one], id=one)
        seen[one] = piece
    return found


def checked_added(path: Path, found: Any, vocabulary: Mapping[str, int]) -> list[Added]:
    """The added tokens of a tokenizer.json; none may have the id of another piece, or another id than its own.

    Raises:
        DamagedFile: they are not a list of such tokens, or contradict the vocabulary.
    """
    names = {one: piece for piece, one in vocabulary.items()}
    added: list[Added] = []
    if not isinstance(found or [], list):
        raise DamagedFile(path, "has an added token without a text or an id")
    for one in found or []:
        if not (isinstance(one, dict) and _is_id(one.get("id")) and isinstance(one.get("content"), str)
                and one["content"]):
            raise DamagedFile(path, "has an added token without a text or an id")
        text, number = one["content"], one["id"]
        if names.setdefault(number, text) != text or vocabulary.get(text, number) != number:
            raise DamagedFile(path, "gives the added token {text!r} the id {id}, which contradicts another entry",
                              text=text, id=number)
        added.append(Added(text, number, bool(one.get("special")), bool(one.get("lstrip")), bool(one.get("rstrip"))))
    if len({one.text for one in added}) < len(added):
        raise DamagedFile(path, "has an added token twice")
    return added


def checked_merges(path: Path, found: Any, vocabulary: Mapping[str, int]) -> list[tuple[str, str]]:
    """Merges as pairs, written "a b" or ["a", "b"]; both parts and the whole must be in the vocabulary.

    Raises:
        DamagedFile: one is no pair, or makes what the vocabulary lacks.
    """
    if not isinstance(found, list):
        raise DamagedFile(path, "holds no list of merges")
    merges = []
    for number, one in enumerate(found, 1):
        pair = tuple(one.split(" ")) if isinstance(one, str) else tuple(one) if isinstance(one, list) else ()
        if len(pair) != 2 or not all(isinstance(part, str) and part for part in pair):
            raise DamagedFile(path, "merge {number} is not two pieces", number=number)
        if not all(part in vocabulary for part in (*pair, "".join(pair))):
            raise DamagedFile(path, "merge {number}, {a!r} and {b!r}, is of pieces that the vocabulary lacks",
                              number=number, a=pair[0], b=pair[1])
        merges.append((pair[0], pair[1]))
    if len(set(merges)) < len(merges):
        raise DamagedFile(path, "has a merge twice")
    return merges


def no_piece_twice(path: Path, pieces: Sequence[str]) -> dict[str, int]:
    """Pieces in a row to their places.

    Raises:
        DamagedFile: one stands there twice.
    """
    found = {piece: number for number, piece in enumerate(pieces)}
    if len(found) < len(pieces):
        first = next(number for number, piece in enumerate(pieces) if found[piece] != number)
        raise DamagedFile(path, "has the piece {piece!r} twice, as {first} and {second}",
                          piece=pieces[first], first=first, second=found[pieces[first]])
    return found


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limits.TOKENS
