"""Home: what is open, what it is, what else is on the shelf."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from armillary.count import count
from armillary.errors import ArmillaryError
from armillary.extras import have
from armillary.language import current
from armillary.published.configs import names, read_config
from armillary.shelf.places import files_in
from armillary.transformer.config import Config
from armillary.web.library import Item, Library
from armillary.web.recognised import recognised
from armillary.web.route import Nothing, Route
from armillary.web.workshop import MOST


@dataclass(frozen=True)
class Opened:
    """An item.

    Attributes:
        id: what to call it by.
        kind: space, model, tokenizer or config.
        format: the format that was recognised, such as "GloVe text" or "GGUF Q4_1".
        about: what the shelf says of it, or "".
        licence: its licence, or "".
        bytes: its size on the disk.
        named: whether it was named at the start.
        speaks: whether it predicts the next token.
        points: the tables of points that it has.
        parameters: of a model; else None.
        facts: of a model: its config in numbers.
        problem: why it cannot be used, or "".
    """

    id: str
    kind: str
    format: str
    about: str
    licence: str
    bytes: int
    named: bool
    speaks: bool
    points: tuple[str, ...]
    parameters: int | None
    facts: dict[str, int]
    problem: str = ""


@dataclass(frozen=True)
class Listed:
    """Something on the shelf's list that is not here."""

    id: str
    kind: str
    about: str
    licence: str
    bytes: int


@dataclass(frozen=True)
class Home:
    """What the page Home shows.

    Attributes:
        version: of Armillary.
        opened: what is open.
        shelf: what could be brought.
        configs: the names of known configs.
        torch: whether torch is installed.
        takes: the bytes of a file that may be dropped there; 0 where none may.
    """

    version: str
    opened: tuple[Opened, ...]
    shelf: tuple[Listed, ...]
    configs: tuple[str, ...]
    torch: bool
    takes: int


def home(library: Library, _: Nothing) -> Home:
    """What is open and what could be."""
    opened = tuple(
        library.once(("opened", item.id, current()), partial(_opened, library, item, place < library.named))
        for place, item in enumerate(library.items.values())
    )
    here = {item.entry.name for item in library.items.values() if item.entry}
    listed = tuple(
        Listed(one.name, one.kind, str(one), one.licence.name, one.size)
        for one in library.shelf.entries if one.name not in here
    )
    return Home(version("armillary"), opened, listed, names(), have("torch"),
                MOST if library.workshop else 0)


def _opened(library: Library, item: Item, named: bool) -> Opened:
    licence, about = (item.entry.licence.name, str(item.entry)) if item.entry else ("", "")
    size = sum(path.stat().st_size for path in _files(item))
    form = ""
    with suppress(ArmillaryError):  # what is wrong is said below, or by whoever reads it
        form = recognised(item.path, library.file(item) if item.kind == "model" else None)
    if item.kind not in ("model", "config"):
        points: tuple[str, ...] = ("rows",) if item.kind == "space" else ()
        return Opened(item.id, item.kind, form, about, licence, size, named, False, points, None, {})
    try:
        if item.kind == "config":
            config = read_config(item.path)
            return Opened(item.id, item.kind, form, about, licence, size, named, False, (), count(config).total,
                          facts_of(config))
        config = library.file(item).config
        points = ("W_E", "W_U") if config.unembedding and not config.unembedding.tied else ("W_E",)
        return Opened(item.id, item.kind, form, about, licence, size, named, speaks(config), points,
                      count(config).total, facts_of(config))
    except ArmillaryError as error:
        return Opened(item.id, item.kind, form, about, licence, size, named, False, (), None, {}, str(error))


def _files(item: Item) -> Iterator[Path]:
    return iter([item.path]) if item.path.is_file() else iter(files_in(item.path))


def speaks(config: Config) -> bool:
    """Whether a model goes from left to right and ends in scores."""
    return config.unembedding is not None and all(one.attention.causal for one in config.blocks)


def facts_of(config: Config) -> dict[str, int]:
    """The numbers that say how large a model is, by the field's names."""
    first = config.pattern[0]
    return {
        "d_vocab": config.d_vocab, "d_model": config.d_model, "n_layers": config.n_layers, "n_ctx": config.n_ctx,
        "n_heads": first.attention.n_heads, "n_kv_heads": first.attention.n_kv_heads,
        "d_head": first.attention.d_head, "d_mlp": first.mlp.d_mlp,
    }


ROUTES = (Route("home", "What is open, and what could be.", Nothing, Home, home),)
