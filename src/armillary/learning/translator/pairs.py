"""Pairs of texts: read, divided into what is learned from and what is measured on, and numbered."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from armillary.errors import InputError
from armillary.formats.table import Cells, read_table
from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.language import Note
from armillary.learning.supervised.figures import LEAST, apart
from armillary.learning.translator.asked import Asked
from armillary.text.learn_characters import learn_characters
from armillary.text.tokenizer import Tokenizer
from armillary.train.translation import Marks

SOURCES = ("source", "src", "input", "from", "原文", "源", "输入")
TARGETS = ("target", "tgt", "output", "to", "translation", "译文", "目标", "输出")
"""Usual names of the two columns."""
BEGIN, END = "<pad>", "</s>"
"""How the marks are written in a tokenizer.json."""
LONGEST = 512
"""Tokens of a source or a target: pairs with longer ones are left out, and counted."""

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Pairs:
    """What is learned from.

    Attributes:
        columns: of sources and of targets.
        learned: the pairs that are learned from.
        held: those that are measured on; no source of theirs is among the others.
        tokenizer: a token is a character of the pairs, or a byte.
        written: it, as in tokenizer.json.
        marks: the tokens that are no text.
        n_ctx: tokens of the longest source or target, with its mark.
        sha256: of all that was read.
        notes: what was odd.
    """

    columns: tuple[str, str]
    learned: Sequence[Pair]
    held: Sequence[Pair]
    tokenizer: Tokenizer
    written: dict[str, Any]
    marks: Marks
    n_ctx: int
    sha256: str
    notes: Sequence[Note]


def pairs(path: Path, asked: Asked) -> Pairs:
    """Read, divide, number.

    Raises:
        NotFound, UnknownFormat, DamagedFile, InputError: as `read_table`, or too few pairs, or no such column.
    """
    cells = read_table(path)
    columns = _columns(cells, asked)
    read = list(zip(*map(cells.column, columns), strict=True))
    found, notes = _different(read)
    if len(found) < LEAST:
        raise InputError("{path} has {count} pairs of a source and a target; a translator needs {least} at least, and "
                         "thousands to be of use", path=str(path), count=len(found), least=LEAST)
    chosen = apart(len(found), asked.held_out, asked.seed)
    learned, held = ([found[row] for row in np.flatnonzero(mine)] for mine in (~chosen, chosen))
    written = _tokenizer(learned)
    tokenizer = _opened(written)
    marks = Marks(tokenizer.vocabulary.special[BEGIN], tokenizer.vocabulary.special[END])
    n_ctx = 1 + max(len(tokenizer.encode(one)) for pair in found for one in pair)
    digest = hashlib.sha256("\0".join(one for pair in read for one in pair).encode()).hexdigest()
    return Pairs(columns, learned, held, tokenizer, written, marks, n_ctx, digest, [*cells.notes, *notes])


def _columns(cells: Cells, asked: Asked) -> Pair:
    """The columns of sources and of targets.

    Raises:
        InputError: there is one column only, none of the name asked for, or none can be told.
    """
    names = list(cells.columns)
    if len(names) < 2:
        raise InputError("{path} has one column, {name!r}; a pair is a source and its target, in two columns with a "
                         "tab or a comma between", path=str(cells.path), name=names[0])
    usual = {name.lower(): name for name in reversed(names)}
    source = asked.source or next((usual[name] for name in SOURCES if name in usual), None)
    target = asked.target or next((usual[name] for name in TARGETS if name in usual), None)
    if len(names) == 2:
        source = source or names[target == names[0]]
        target = target or names[source == names[0]]
    if source is None or target is None or source == target:
        raise InputError("{path} has the columns {names}: say which holds the source (--source) and which the target "
                         "(--target)", path=str(cells.path), names=", ".join(names))
    cells.column(source), cells.column(target)
    return source, target


def _different(read: Sequence[Pair]) -> tuple[list[Pair], list[Note]]:
    """The pairs that have both, each source once, of which neither is too long; and what was left out."""
    full = [pair for pair in read if all(pair)]
    short = [pair for pair in full if max(len(one.encode()) for one in pair) < LONGEST]
    found: dict[str, str] = {}
    for source, target in short:
        found.setdefault(source, target)
    notes = [
        Note("{count} lines lack a source or a target and were left out", {"count": len(read) - len(full)}),
        Note("{count} pairs are of {most} bytes or more and were left out",
             {"count": len(full) - len(short), "most": LONGEST}),
        Note("{count} pairs have a source that came before and were left out: what is held out must be new",
             {"count": len(short) - len(found)}),
    ]
    return list(found.items()), [note for note in notes if note.facts["count"]]


def _tokenizer(learned: Sequence[Pair]) -> dict[str, Any]:
    """A tokenizer of characters, with the two marks."""
    from tokenizers import Tokenizer as Library

    made = Library.from_str(json.dumps(learn_characters(one for pair in learned for one in pair)))
    made.add_special_tokens([BEGIN, END])
    found: dict[str, Any] = json.loads(made.to_str())
    return found


def _opened(written: dict[str, Any]) -> Tokenizer:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        path.write_text(json.dumps(written), encoding="utf-8")
        return read_tokenizer_json(path)


def characters(learned: Sequence[Pair]) -> str:
    """All characters of the sources, each once."""
    return "".join(sorted(Counter("".join(source for source, _ in learned))))
