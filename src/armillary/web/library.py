"""What is open in the explorer: things known by ids from a list made at the start, read when they are first used."""

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Literal

from armillary.errors import ArmillaryError, ArmillaryWarning, InputError, NotFound
from armillary.formats.store import is_store
from armillary.formats.tokenizer_files import is_tokenizer
from armillary.language_model import LanguageModel, is_model
from armillary.opening import WITH_TOKENIZER, located, open_model, open_space, open_tokenizer
from armillary.published.configs import read_config
from armillary.shelf import Entry, Shelf
from armillary.space import Space
from armillary.text.tokenizer import Tokenizer
from armillary.web.patience import Patience, making
from armillary.web.workshop import DROPPED, Workshop

Kind = Literal["space", "model", "tokenizer", "config"]
Points = Literal["W_E", "W_U"]
KEPT = 16
"""Answers of one sort that are kept for the next question."""
BYTES = 1 << 30
"""What the answers of one sort that say how large they are hold together at most, but for the latest."""

_opening = RLock()  # the filters for warnings belong to the whole process


@dataclass(frozen=True)
class Item:
    """Something that can be looked at.

    Attributes:
        id: what requests call it by.
        kind: what it is.
        target: what `armillary.open` takes.
        path: where it lies.
        entry: its entry on the shelf, or None.
    """

    id: str
    kind: Kind
    target: str
    path: Path
    entry: Entry | None = None


class Library:
    """The items, and what was read of them so far.

    Attributes:
        items: by id; those that were named at the start come first.
        named: how many were named.
        shelf: the shelf of this machine.
        workshop: where things are learned, or None.
    """

    def __init__(
        self, targets: Sequence[str] = (), shelf: Shelf | None = None, learn_into: str | Path | None = None
    ) -> None:
        """List `targets`, what was learned into the folder `learn_into`, and what is on the shelf and here.

        Raises:
            InputError: `learn_into` is no folder.
            NotFound, UnknownFormat, DamagedFile: one of the targets cannot be opened; the message says why.
        """
        self.shelf = shelf or Shelf()
        self.items: dict[str, Item] = {}
        for target in targets:
            self._add(self._item(target))
        self.named = len(self.items)
        self.workshop = None if learn_into is None else Workshop(Path(learn_into))
        self._learned_before()
        for entry in self.shelf.entries:
            if self.shelf.here(entry.name) and entry.name not in self.items:
                self._add(Item(entry.name, _kind_of_entry(entry), entry.name, self.shelf.path(entry.name), entry))
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._making: dict[Any, tuple[RLock, list[Patience]]] = {}
        self._guard = Lock()

    def _item(self, target: str) -> Item:
        path = located(target, ("points", *WITH_TOKENIZER))
        entry = None if Path(target).expanduser().exists() else self.shelf.entry(target)
        kind: Kind = "space"
        if not is_store(path):
            kind = "model" if is_model(path) else "tokenizer" if is_tokenizer(path) else "space"
        if path.name == "config.json" and path.is_file():
            kind = "config"
            read_config(path)  # a config of a kind that is not known is refused here
        if kind == "model":
            open_model(target)  # a model of a kind that is not known is refused here
        return Item(entry.name if entry else path.resolve().name, kind, target, path, entry)

    def _learned_before(self) -> None:
        """List what lies in the folder of the workshop; what cannot be opened is left out."""
        if self.workshop is None:
            return
        here = {item.path.resolve() for item in self.items.values()}
        for path in sorted(self.workshop.folder.iterdir()):
            whole = path.is_dir() and path.resolve() not in here
            if whole and ((path.suffix == ".space" and is_store(path)) or is_model(path)):
                with suppress(ArmillaryError):
                    self.add(path)
        for path in sorted((self.workshop.folder / DROPPED).glob("[!.]*")):
            if path.resolve() not in here:
                with suppress(ArmillaryError):
                    self.add(path)

    def check(self, path: Path) -> None:
        """Read what lies at `path` as it is read when somebody looks at it.

        Raises:
            As at the start, and as its reader.
        """
        item = self._item(str(path))
        if item.kind == "tokenizer":
            open_tokenizer(item.target)
        elif item.kind == "space":
            _space(item, None)

    def add(self, path: Path) -> str:
        """Open something more that lies in the workshop; its id.

        Raises:
            As at the start.
        """
        return self._add(self._item(str(path)))

    def _add(self, item: Item) -> str:
        names = (item.id, *(f"{item.id}-{place}" for place in range(2, len(self.items) + 3)))
        name = next(one for one in names if one not in self.items)
        added = Item(name, item.kind, item.target, item.path, item.entry)
        self.items = {**self.items, name: added}  # whoever goes through the old ones is not disturbed
        return name

    def only_named(self) -> None:
        """Let go of what was not named at the start, if anything was."""
        if self.named:
            self.items = dict(list(self.items.items())[: self.named])

    def item(self, name: str) -> Item:
        """The item called `name`.

        Raises:
            NotFound: there is none.
            InputError: it is a config without weights.
        """
        if name not in self.items:
            raise NotFound("nothing called {name!r} is open here; the page Home lists what is", name=name)
        if self.items[name].kind == "config":
            raise InputError("{name} is a config alone, which the page Count counts; for more name the folder with its "
                             "weights", name=name)
        return self.items[name]

    def space(self, name: str, points: Points = "W_E") -> Space:
        """The points of an item: of a model, of its table `points`.

        Raises:
            InputError: it has none.
        """
        item = self.item(name)
        if item.kind == "tokenizer":
            raise InputError("{name} is a tokenizer: it has no points", name=name)
        chosen = points if item.kind == "model" else None
        space: Space = self.once(("space", name, chosen), partial(_space, item, chosen))
        return space

    def tokenizer(self, name: str) -> Tokenizer:
        """The tokenizer of an item.

        Raises:
            InputError: it has none.
        """
        item = self.item(name)
        if item.kind == "space":
            raise InputError("{name} holds points: it has no tokenizer", name=name)
        found: Tokenizer = self.once(("tokenizer", name), partial(open_tokenizer, item.target))
        return found

    def model(self, name: str) -> LanguageModel:
        """The language model that an item is, its weights read.

        Raises:
            InputError: it is none.
            MissingExtra: torch is not installed.
        """
        item = self.item(name)
        if item.kind != "model":
            raise InputError("{name} is no language model", name=name)
        model: LanguageModel = self.once(("model", name), lambda: _ready(self.file(item)))
        return model

    def file(self, item: Item) -> LanguageModel:
        """The language model that an item is, its weights not read until somebody needs them (errors as `open_model`).

        Opened once: a GGUF file tells all that it is together with all its pieces of text.
        """
        found: LanguageModel = self.once(("file", item.id), lambda: open_model(item.target))
        return found

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for a `key` however many ask at the same time, and kept for a while."""
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            lock, askers = self._making.setdefault(key, (RLock(), []))
        with making(askers), lock:
            with self._guard:
                if key in self._kept:
                    return self._kept[key]
            made = make()
            with self._guard:
                self._kept[key] = made
                same = [one for one in self._kept if one[0] == key[0]]
                sizes = [getattr(self._kept[one], "nbytes", 0) for one in same]
                while len(same) > KEPT or (len(same) > 1 and sum(sizes) > BYTES):
                    sizes.pop(0)
                    del self._kept[same[0]]
                    self._making.pop(same.pop(0), None)
        return made

    def named_configs(self) -> tuple[str, ...]:
        """The ids of what was named at the start, if all of it is configs to be counted."""
        named = list(self.items.values())[: self.named]
        return tuple(one.id for one in named) if all(one.kind == "config" for one in named) else ()

    def of_kind(self, *kinds: Kind) -> Iterator[Item]:
        """The items of these kinds."""
        return (item for item in self.items.values() if item.kind in kinds)


def _kind_of_entry(entry: Entry) -> Kind:
    return "space" if entry.kind == "points" else "tokenizer" if entry.kind == "tokenizer" else "model"


def _ready(model: LanguageModel) -> LanguageModel:
    try:
        _ = model.engine
    except ArmillaryError:
        if model.config.unembedding is not None and all(block.attention.causal for block in model.config.blocks):
            raise
    return model


def _space(item: Item, points: Points | None) -> Space:
    """The points of an item; what was odd about its file stands in its notes."""
    if item.kind == "model" or is_store(item.path):
        return open_space(item.target, points=points)
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore", ArmillaryWarning)
        return open_space(item.target)
