"""Where a text comes from: files, folders, patterns, standard input, a column of a table, or Python's own iterables."""

import glob
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile, InputError, NotFound, UnknownFormat
from armillary.extras import need
from armillary.formats.points import Accept
from armillary.formats.unpack import PIECE, pieces
from armillary.text.blocks import decoded

STDIN = "-"
_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_MOST_UNDECODABLE = 0.1  # of the first bytes: a text in another encoding has more, a damaged one fewer
# What a text unpacks to goes through memory in pieces, so that however much it is cannot fill it.
_ANY_SIZE = Accept(huge=True)


def files_of(source: str | Path) -> list[Path]:
    """The files that a name means: itself, all in a folder (hidden ones left out), or all that match a pattern, sorted.

    Raises:
        NotFound: there is none.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        found = [p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path))]
        if not found:
            raise NotFound("there is no file in the folder {folder}", folder=str(path))
        return sorted(found)
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    found = [Path(name) for name in glob.glob(str(path), recursive=True)]  # noqa: PTH207
    if not found:
        raise NotFound("there is no file that matches {pattern}", pattern=str(path))
    return sorted(chain.from_iterable(files_of(one) for one in found))


def pieces_of_file(path: Path, column: str | None = None) -> Iterator[bytes]:
    """The text in a file, unpacked, in pieces; a line break at its end, so that no sentence runs into the next file.

    Args:
        path: text in UTF-8, perhaps compressed, or Parquet.
        column: of Parquet, the column of strings; may be left out where there is one only.

    Raises:
        UnknownFormat: no text: zero bytes, another encoding, or a table without such a column.
        DamagedFile: what is compressed is cut or damaged.
        NotFound: nothing is there.
        MissingExtra: Parquet without pyarrow (extra `table`), .zst without zstandard (extra `zstd`).
    """
    content = pieces(path, _ANY_SIZE)
    first = next(content, b"")
    if first.startswith(b"PAR1"):
        content.close()  # type: ignore[attr-defined]
        yield from _of_parquet(path, column)
        return
    if column is not None:
        raise UnknownFormat(path, "is no Parquet file, so it has no column {column!r}", column=column)
    _check_text(path, first)
    yield first.removeprefix(_BOM)
    yield from content
    yield b"\n"


def pieces_of_stdin() -> Iterator[bytes]:
    """The text on standard input, in pieces (errors as `pieces_of_file`)."""
    read = iter(partial(sys.stdin.buffer.read, PIECE), b"")
    first = next(read, b"")
    _check_text(Path(STDIN), first)
    yield first.removeprefix(_BOM)
    yield from read


def pieces_of_lines(lines: Iterable[str]) -> Iterator[bytes]:
    """Sentences from Python, in pieces; each ends a sentence, and so do line breaks in it."""
    for line in lines:
        if not isinstance(line, str):
            raise _not_a_corpus(line)
        yield line.encode("utf-8", "surrogatepass") + b"\n"


def sentences_of(several: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Sentences of words from Python, checked as they come."""
    for words in several:
        if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
            raise _not_a_corpus(words)
        yield words


def first_of(source: object) -> tuple[Any, Iterator[Any]]:
    """The first thing in an iterable, None where there is none, and all of it with that one.

    Raises:
        InputError: no iterable, or a set, whose order is another one in each process.
    """
    if isinstance(source, set | frozenset | bytes | bytearray) or not isinstance(source, Iterable):
        raise _not_a_corpus(source)
    rest = iter(source)
    first = next(rest, None)
    return first, rest if first is None else chain([first], rest)


def _not_a_corpus(found: object) -> InputError:
    return InputError(
        "a text is a file, a folder, a pattern or -, or an iterable of strings, of lists of strings or of Paths, "
        "not {kind}",
        kind=type(found).__name__,
    )


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _check_text(path: Path, first: bytes) -> None:
    """Refuse a file whose first piece is no UTF-8 text."""
    if first.startswith(_WIDE):
        raise UnknownFormat(path, "is text in UTF-16, not UTF-8. Convert it: iconv -f UTF-16 -t UTF-8")
    if (offset := first.find(b"\0")) >= 0:
        raise UnknownFormat(path, "is no text: its byte {offset} is zero", offset=offset)
    undecodable = decoded(first)[1]
    if undecodable > max(3, _MOST_UNDECODABLE * len(first)):  # three: the piece may end inside a character
        raise UnknownFormat(
            path,
            "is no text in UTF-8: {share:.0%} of its first bytes are not. If it is text in another encoding, "
            "convert it: iconv -f GB18030 -t UTF-8",
            share=undecodable / len(first),
        )


def _of_parquet(path: Path, column: str | None) -> Iterator[bytes]:
    """The strings of a column, a line each; empty cells are none."""
    arrow, parquet = need("pyarrow"), need("pyarrow.parquet")
    types = arrow.types
    try:
        with parquet.ParquetFile(path) as table:
            schema = table.schema_arrow
            texts = [f.name for f in schema if types.is_string(f.type) or types.is_large_string(f.type)]
            chosen = [column] if column is not None else texts
            if len(chosen) != 1 or chosen[0] not in texts:
                raise UnknownFormat(
                    path,
                    "has these columns of text: {columns}. Name one: --column (in Python column=)",
                    columns=", ".join(texts) or "-",
                )
            # Single-threaded: a C++ exception in a thread of pyarrow's would end the process.
            for batch in table.iter_batches(columns=chosen, use_threads=False):
                cells = batch.column(0)
                cells.validate(full=True)
                as_bytes = cells.cast(arrow.large_binary() if types.is_large_string(cells.type) else arrow.binary())
                yield b"".join(cell + b"\n" for cell in as_bytes.drop_null().to_pylist())
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise DamagedFile(path, "cannot be read: {reason}", reason=str(error)) from error
