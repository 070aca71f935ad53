"""The two doors to every file format: `read` knows a file by its content, `write` by the ending of the name.

A format is one row of FORMATS: its functions `read_…` and `write_…` lie in a module of its own, which is imported when
it is needed. To add a format, write the module and its row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from armillary.errors import InputError, UnknownFormat
from armillary.formats import limits
from armillary.formats.pack import ENDINGS
from armillary.formats.points import STRICT, Accept, Points
from armillary.formats.store import is_unfinished
from armillary.formats.strangers import is_language_model, is_sparse, what_it_is
from armillary.formats.text_rows import is_number
from armillary.formats.unpack import head
from armillary.formats.word2vec_binary import HEADER
from armillary.formats.word_vectors import layout
from armillary.language import Note


@dataclass(frozen=True)
class Format:
    """A format, and how to tell it.

    Attributes:
        name: what it is called; `Points.format` of what is read says the same, or says it more closely.
        begins: whether a file that begins with these bytes (up to limits.HEAD, unpacked) is one.
        read: "module.function" in `armillary.formats`, called as (path, accept, limit).
        write: the same, called as (points, path, force).
        endings: the names under which it is written.
        packed: whether it is also written compressed.
        keeps: what it holds besides labels and vectors: "counts", "subwords".
        suits: whether it is for such points; of formats with one ending, the first that suits is written.
    """

    name: str
    begins: Callable[[bytes], bool]
    read: str
    write: str
    endings: tuple[str, ...]
    packed: bool = False
    keeps: frozenset[str] = frozenset()
    suits: Callable[[Points], bool] = lambda points: True


def read(path: Path, accept: Accept = STRICT, limit: int | None = None) -> Points:
    """The points in the file `path`, whatever its format and however it is compressed; its name says nothing.

    Args:
        path: the file, or a folder of the TensorBoard projector's.
        accept: what may pass that is refused by default.
        limit: read so many rows at most.

    Raises:
        UnknownFormat: it holds no points; the message says what it is.
        DamagedFile: it is cut, corrupt, or lies about itself.
        NotFound: nothing is there.
        MissingExtra: it needs an optional package.
    """
    if path.is_dir():
        if not any((path / name).is_file() for name in _PROJECTOR_FILES):
            raise UnknownFormat(
                path,
                "its writing was interrupted; write it again" if is_unfinished(path) and any(path.iterdir()) else
                "is a folder with no space in it: neither manifest.json, as in Armillary's own, nor tensors.tsv, as in "
                "those of TensorBoard's projector. Name a file or a folder in it",
            )
        found = _PROJECTOR
    else:
        begin = head(path, accept)
        known = recognise(begin)
        if known is None:
            raise UnknownFormat(path, what_it_is(begin))
        found = known
    points: Points = _function(found.read)(path, accept, limit)
    return points


def write(points: Points, path: Path, force: bool = False) -> tuple[Note, ...]:
    """Write `points` to `path` in the format that its ending names; gives what that format could not hold.

    Raises:
        InputError: no format has this ending, or the format cannot hold one of the labels. A name without an ending
            is a folder for the TensorBoard projector.
        OutputExists: `path` is there and `force` is false.
        MissingExtra: it needs an optional package.
        FileError: the disk refuses.
    """
    found = _by_ending(path, points)
    _function(found.write)(points, path, force)
    lost = []
    if points.counts is not None and "counts" not in found.keeps:
        lost.append(Note("{format} holds no counts; they were left out", {"format": found.name}))
    if points.subwords is not None and "subwords" not in found.keeps:
        lost.append(Note("{format} holds no n-grams; unseen words have no vectors there", {"format": found.name}))
    return tuple(lost)


def recognise(begin: bytes) -> Format | None:
    """The format of a file that begins with these bytes (its first limits.HEAD, or all of it)."""
    if is_language_model(begin) or is_sparse(begin):
        return None  # they look like safetensors and like text
    return next((found for found in FORMATS if found.begins(begin)), None)


def _by_ending(path: Path, points: Points) -> Format:
    """The format to write to `path`: of those that suit, the one whose ending is longest; without one, a folder."""
    if path.is_dir() or not path.suffix:
        return _PROJECTOR
    name = path.name.lower()
    stem = next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), name)
    fitting = {
        len(ending): found
        for found in reversed(FORMATS)
        for ending in found.endings
        if (stem if found.packed else name).endswith(ending) and found.suits(points)
    }
    if not fitting:
        raise InputError(
            "no format is written to a name like {name!r}; endings are {endings}, and a text or .bin may be compressed "
            "({packings})",
            name=path.name,
            endings=" ".join(sorted({ending for found in FORMATS for ending in found.endings})),
            packings=" ".join(ENDINGS),
        )
    return fitting[max(fitting)]


def _function(place: str) -> Callable[..., Any]:
    """The function at "module.function" in `armillary.formats`; its module is imported now if it was not yet."""
    module, _, function = place.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"armillary.formats.{module}"), function)
    return found


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda begin: begin.startswith(beginnings)


def _is_safetensors(begin: bytes) -> bool:
    """A length that is no text, and JSON."""
    return begin[4:9] == b"\0\0\0\0{"


def _is_projector(begin: bytes) -> bool:
    """Numbers between tabs, two lines of one number each, or the projector's own description of its files."""
    first, *others = [line.rstrip(b"\r").split(b"\t") for line in begin.split(b"\n", 2)[:2]]
    several = len(first) > 1 or (others and is_number(others[0][0]))
    return b'"tensorPath"' in begin or bool(several and is_number(first[0]) and all(map(is_number, first[:-1])))


def _is_text(begin: bytes, headed: bool) -> bool:
    """Lines that end in numbers, after a header or not."""
    found = layout(_whole_fields(begin) if len(begin) == limits.HEAD else begin)
    return found is not None and (found.promised is not None) == headed


def _whole_fields(begin: bytes) -> bytes:
    """`begin` without the line that its end cuts; if that is the first row, without the number that is cut."""
    if begin.count(b"\n") > 1:
        return begin[: begin.rfind(b"\n") + 1]
    end = begin.rfind(b" ") + 1
    return begin[:end] if len(begin) - end <= limits.DIGITS else begin


_PROJECTOR_FILES = ("projector_config.json", "tensors.tsv")
_PROJECTOR = Format(
    "TensorBoard projector",
    _is_projector,
    "projector.read_projector",
    "projector.write_projector",
    (".tsv",),
    keeps=frozenset({"counts"}),
)
FORMATS = (
    Format(
        "fastText",
        _starts(b"\xba\x16O/"),
        "fasttext.read_fasttext",
        "write_fasttext.write_fasttext",
        (".bin",),
        keeps=frozenset({"counts", "subwords"}),
        suits=lambda points: points.subwords is not None and points.subwords.whole,
    ),
    Format(
        "safetensors",
        _is_safetensors,
        "safetensors.read_safetensors",
        "safetensors.write_safetensors",
        (".safetensors",),
        keeps=frozenset({"counts"}),
    ),
    Format(".npy", _starts(b"\x93NUMPY"), "numpy_files.read_npy", "numpy_files.write_npy", (".npy",)),
    Format(
        "Parquet",
        _starts(b"PAR1"),
        "parquet.read_parquet",
        "parquet.write_parquet",
        (".parquet",),
        keeps=frozenset({"counts"}),
    ),
    Format(
        "Arrow",
        _starts(b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"),
        "parquet.read_parquet",
        "parquet.write_parquet",
        (".arrow", ".feather", ".ipc"),
        keeps=frozenset({"counts"}),
    ),
    _PROJECTOR,
    Format(
        "word2vec text",
        partial(_is_text, headed=True),
        "word_vectors.read_word_vectors",
        "write_word_vectors.write_word2vec_text",
        (".txt", ".vec"),
        packed=True,
    ),
    Format(
        "GloVe text",
        partial(_is_text, headed=False),
        "word_vectors.read_word_vectors",
        "write_word_vectors.write_glove",
        (".glove.txt",),
        packed=True,
    ),
    Format(
        "word2vec binary",
        lambda begin: HEADER.match(begin) is not None,
        "word2vec_binary.read_word2vec_binary",
        "word2vec_binary.write_word2vec_binary",
        (".bin",),
        packed=True,
    ),
)
"""Every format, in the order in which a file is held against them."""
