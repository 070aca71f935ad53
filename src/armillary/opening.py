"""`open(anything)`: a file, a folder, or a name on the shelf; recognised by what it holds."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from armillary.errors import ArmillaryWarning, InputError, NotFound, UnknownFormat
from armillary.formats.points import STRICT, Accept
from armillary.formats.store import is_store
from armillary.language import say
from armillary.shelf import Shelf

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel
    from armillary.published.tables import Table
    from armillary.space import Space
    from armillary.text.tokenizer import Tokenizer

WITH_MODEL = ("language model", "encoder")
"""The kinds of entries of the shelf that are models."""
WITH_TOKENIZER = ("tokenizer", *WITH_MODEL)
"""The kinds that have a tokenizer."""


def open(target: str | Path, accept: Accept = STRICT, limit: int | None = None) -> Any:
    """Open `target` as what it is: a Space, a Tokenizer or a LanguageModel (arguments and errors as `open_space`)."""
    path = located(target, ("points", *WITH_TOKENIZER))
    if not is_store(path):  # a store must not wait for the readers of other formats
        from armillary.formats.tokenizer_files import is_tokenizer, read_tokenizer
        from armillary.language_model import is_model

        if is_model(path):
            return open_model(target)
        if is_tokenizer(path):
            return read_tokenizer(path)
    return _space(path, accept, limit)


def open_model(
    target: str | Path, dtype: str = "float32", device: str = "auto", keep: bool = True, engine: str = ""
) -> "LanguageModel":
    """Open `target`, a folder with config.json, a GGUF file or a name on the shelf, as a language model.

    Args:
        target: what to open.
        dtype: the numbers to compute with: "float32" as the published scores are, "bfloat16" or "float16".
        device: "cpu", "cuda", "mps", or "auto", which takes an accelerator if there is one.
        keep: hold all its numbers in memory. Otherwise those of a block are read from the file each time it computes:
            as fast for a single text, in a part of the memory; slower for more.
        engine: who computes: "torch", also if unsaid, which gives the published scores; or "fast", which takes the
            numbers of a file as they are, and of quantised ones rounds the points between its products to 8 bits;
            "fast-int8" keeps keys and values in half the memory.

    Raises:
        NotFound, UnknownFormat, DamagedFile: as `open_space`; the weights are looked at when they are first used.
        InputError: no such device or numbers.
    """
    from armillary.language_model import LanguageModel, is_model

    path = located(target, WITH_MODEL)
    if not is_model(path):
        raise UnknownFormat(path, "is no language model: neither a GGUF file nor a folder with a config.json")
    on_the_shelf = not Path(target).expanduser().exists()
    model = LanguageModel(path, str(target).lower() if on_the_shelf else "", dtype, device, keep, engine)
    _ = model.config  # a model of a kind that is not known is refused here, not at its first use
    return model


def open_tokenizer(target: str | Path) -> "Tokenizer":
    """The tokenizer that `target` is, or that the model `target` comes with.

    Raises:
        NotFound, UnknownFormat, DamagedFile: as `open_space`.
    """
    from armillary.formats.tokenizer_files import read_tokenizer

    return read_tokenizer(located(target, WITH_TOKENIZER))


def open_space(
    target: str | Path, accept: Accept = STRICT, limit: int | None = None, points: "Table | None" = None
) -> "Space":
    """Open `target` as a space.

    Args:
        target: a native store, a file or folder of any format that `formats` reads, a language model, or a name on the
            shelf.
        accept: what may pass that is refused by default.
        limit: only the first so many rows.
        points: which points of a language model: "W_E", the rows that tokens start from (if unsaid), or "W_U", the
            columns that score them.

    Raises:
        NotFound: no such file, and no such name on the shelf (or it is listed there but not here yet).
        UnknownFormat, DamagedFile: what is there cannot be opened; the message says why.
        InputError: `points` of what is no model, or that the model does not have.
    """
    path = located(target, ("points", *WITH_MODEL))
    if not is_store(path):  # a store must not wait for the readers of models
        from armillary.language_model import is_model

        if is_model(path):
            model = open_model(target)
            space = model.unembedding if points == "W_U" else model.embedding
            return space if limit is None else space.first(limit)
    if points is not None:
        raise InputError("{target!r} is a space as it is; {points} is a table of a language model",
                         target=str(target), points=points)
    return _space(path, accept, limit)


def _space(path: Path, accept: Accept, limit: int | None) -> "Space":
    """The space at `path`; warnings point at the line that called the function that called this one."""
    from armillary.space import Space  # a model that speaks must not wait for it

    if is_store(path):
        space = Space.load(path)
        return space if limit is None else space.first(limit)
    from armillary.formats.sniff import read

    points = read(path, accept, limit)
    for note in points.notes:
        warnings.warn(f"{path}: {note}", ArmillaryWarning, stacklevel=3)
    return Space.of(points, origin={"file": path.name, "format": points.format})


def located(target: str | Path, kinds: Sequence[str] = ("points",)) -> Path:
    """The path that `target` means; what lies on the disk goes before what is on the shelf, of these kinds."""
    path = Path(target).expanduser()
    if path.exists():
        return path
    shelf = Shelf()
    try:
        entry = shelf.entry(str(target))
    except NotFound as error:
        raise NotFound("there is no file or folder {target!r}; {problem}",
                       target=str(target), problem=str(error)) from error
    if entry.kind not in kinds:
        raise UnknownFormat(entry.name, "is not what is asked for here: its kind is {kind}", kind=say(entry.kind))
    return shelf.path(entry.name)
