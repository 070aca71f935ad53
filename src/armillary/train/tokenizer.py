"""A tokenizer learned from one's own text, kept as tokenizer.json, which others open too."""

import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

from armillary.errors import ArmillaryWarning
from armillary.formats.aside import file_aside
from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.language import say
from armillary.text.blocks import blocks, decoded
from armillary.text.byte_pairs import BytePairs
from armillary.text.learn_pairs import END, learn_pairs
from armillary.train.sources import STDIN, files_of, pieces_of_file, pieces_of_stdin

FILE = "tokenizer.json"

Source = str | Path | Sequence[str | Path]


def learn_tokenizer(
    source: Source, out: str | Path, size: int = 8000, special: Sequence[str] = (END,), force: bool = False
) -> BytePairs:
    """Learn byte pairs from a text and keep them in the folder `out`.

    Args:
        source: a file or several, folders, patterns, or "-" for standard input; compressed ones are read through.
        out: a folder, made if it is not there, for tokenizer.json.
        size: how many tokens to come to at most.
        special: the special tokens, which get the highest ids.
        force: replace what is there.

    Raises:
        NotFound, UnknownFormat, DamagedFile: a source cannot be read.
        InputError: the text is too short, or `size` too small.
        OutputExists: there is a tokenizer and `force` is false.
    """
    folder = Path(out)
    found = learn_pairs(texts_of(source), size, special)
    folder.mkdir(parents=True, exist_ok=True)
    with file_aside(folder / FILE, force) as file:
        file.write(json.dumps(found, ensure_ascii=False, indent=1).encode())
    return cast(BytePairs, read_tokenizer_json(folder / FILE))


def texts_of(source: Source) -> Iterator[str]:
    """The text of a source, in blocks that end with lines; bytes that are no UTF-8 are warned of."""
    several = [source] if isinstance(source, str | Path) else source
    bad = 0
    for block in blocks(piece for one in several for piece in _pieces(one)):
        text, wrong = decoded(block)
        bad += wrong
        yield text
    if bad:
        said = say("{count:,} bytes are no UTF-8; each run of them is read as U+FFFD", count=bad)
        warnings.warn(said, ArmillaryWarning, stacklevel=2)


def _pieces(one: str | Path) -> Iterable[bytes]:
    if str(one) == STDIN:
        return pieces_of_stdin()
    return (piece for path in files_of(one) for piece in pieces_of_file(path))
