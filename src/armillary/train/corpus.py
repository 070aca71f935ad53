"""A corpus from wherever it lies to numbers: read, split and counted once, kept, and reused while nothing has changed.

What was made of files is kept in the user's cache as a native store. Its name is made of the SHA-256 of each file, in
their order, and of the settings, so that a text that changed is read anew and one that moved is not.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import platformdirs

from armillary.errors import FileError
from armillary.formats.unpack import is_plain
from armillary.text.corpus import encode_sentences, encode_text
from armillary.text.encoded import Encoded
from armillary.text.settings import CorpusSettings
from armillary.train.corpus_store import Fingerprint, fingerprint, kept, key_of
from armillary.train.sources import (
    STDIN,
    files_of,
    first_of,
    pieces_of_file,
    pieces_of_lines,
    pieces_of_stdin,
    sentences_of,
)

Source = str | Path | Iterable[str] | Iterable[Path] | Iterable[Sequence[str]]
Progress = Callable[[int, int], None]
"""Told, as reading goes on, the bytes of text that were read, and how many there are in all (0 where unknown)."""

DEFAULT = CorpusSettings()


def read_corpus(
    source: Source,
    settings: CorpusSettings = DEFAULT,
    *,
    column: str | None = None,
    cache: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Encoded:
    """A text as numbers; the same numbers for any number of workers.

    Args:
        source: a file, a folder (all files in it, sorted, hidden ones left out), a pattern (`"news/*.txt.xz"`) or
            `"-"` for standard input; or an iterable, which is read once: of Paths, of strings (each a sentence or
            several lines of them), or of lists of strings (sentences of words, which are taken as they are).
            Files may be compressed (.gz .bz2 .xz .zst .zip), or Parquet.
        settings: how to split and count it.
        column: of Parquet files, the column of text; may be left out where there is one only.
        cache: the folder that keeps what was made of files; the user's cache if None.
        workers: threads; all processors if None.
        progress: see Progress.

    Returns:
        The ids, memory-mapped and read-only, with notes on what was odd.

    Raises:
        InputError: no word in it, none that is frequent enough, more distinct ones than fit into the memory, or no
            text at all.
        NotFound: no such file.
        FileError: no text in UTF-8, a file that is damaged or changed while it was read, or a full disk.
        MissingExtra: .zst or Parquet without the package that reads it.
    """
    folder = platformdirs.user_cache_path("armillary") / "corpora" if cache is None else cache
    _make(folder)
    workers = workers or _processors()
    if isinstance(source, str | Path):
        names: list[str | Path] = [source]
    else:
        first, rest = first_of(source)
        if first is None or isinstance(first, str):
            return encode_text(_told(pieces_of_lines(rest), 0, progress), settings, folder, workers)
        if not isinstance(first, Path):
            return encode_sentences(sentences_of(rest), settings, folder)
        names = list(rest)
    if STDIN in map(str, names):
        content = chain.from_iterable(_pieces(name, column) for name in names)
        return encode_text(_told(content, 0, progress), settings, folder, workers)
    files = [fingerprint(file) for name in names for file in files_of(name)]

    def make() -> Encoded:
        content = chain.from_iterable(pieces_of_file(file.path, column) for file in files)
        made = encode_text(_told(content, _size(files), progress), settings, folder, workers)
        for file in files:
            file.check()
        return made

    return kept(folder, key_of(files, settings, column), make)


def _pieces(name: str | Path, column: str | None) -> Iterator[bytes]:
    """The text in standard input, or in all files of a name."""
    if str(name) == STDIN:
        return pieces_of_stdin()
    return chain.from_iterable(pieces_of_file(file, column) for file in files_of(name))


def _told(content: Iterable[bytes], total: int, progress: Progress | None) -> Iterator[bytes]:
    """`content`, with the progress told."""
    read = 0
    for piece in content:
        yield piece
        read += len(piece)
        if progress is not None:
            progress(read, total)


def _size(files: Sequence[Fingerprint]) -> int:
    """Bytes of text in files, or 0 where some are compressed, which tells nothing of what comes out."""
    return sum(file.size for file in files) if all(is_plain(file.path) for file in files) else 0


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(folder, "cannot be made: {reason}", reason=error.strerror or str(error)) from error


def _processors() -> int:
    """The processors that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
