"""From a config.json, or the name of a published model, to a Config."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile, InputError, NotFound, UnknownFormat
from armillary.formats.strict_json import parse_json
from armillary.published import bert, fast, gemma, gpt2, llama, pegasus, vaswani
from armillary.published.keys import Keys
from armillary.published.names import Names
from armillary.transformer.config import Config

READERS: dict[str, Callable[[Keys], Config]] = {
    "gpt2": gpt2.config, "bert": bert.config, "pegasus": pegasus.config, "transformer": vaswani.config,
    fast.KIND: fast.config, **llama.READERS, **gemma.READERS,
}
"""What `model_type` may say, and who reads the other keys."""
NAMES: dict[str, Names] = {
    "gpt2": gpt2.NAMES, "bert": bert.NAMES, "pegasus": pegasus.NAMES, fast.KIND: fast.NAMES, **llama.NAMES,
    **gemma.NAMES,
}
"""`model_type` -> how the tensors of published files are called."""
LARGEST_CONFIG = 10_000_000
"""Bytes; a config has a few thousand."""


@dataclass(frozen=True)
class Named:
    """A published model, known by its config.

    Attributes:
        name: how it is asked for.
        config: what it is.
        source: where the config stands.
        published: how many parameters its authors name, in their words, and where.
    """

    name: str
    config: Config
    source: str
    published: str


def read_config(path: Path) -> Config:
    """The Config that a config.json, the folder that it lies in, or a GGUF file describes.

    Raises:
        NotFound: no such file.
        DamagedFile: not JSON, or keys that are missing or of the wrong kind.
        UnknownFormat: another kind of model, or a key that could change numbers and is not known.
    """
    if path.suffix == ".gguf":
        from armillary.formats.gguf import read_gguf
        from armillary.published.gguf_config import config_of_gguf

        return config_of_gguf(read_gguf(path))
    return config_of(path, read_keys(path))


def read_keys(path: Path) -> dict[str, Any]:
    """The keys of a config.json, or of the one in the folder `path` (errors as `read_config`)."""
    from armillary.formats.bounded import map_file  # brings NumPy, for which a config known by name must not wait

    path = path / "config.json" if path.is_dir() else path
    content = map_file(path)
    if len(content) > LARGEST_CONFIG:
        raise UnknownFormat(path, "is {size} bytes long: no config of a model", size=len(content))
    values = parse_json(path, bytes(content))
    if not isinstance(values, dict):
        raise UnknownFormat(path, "is not the config of a model: no object")
    return values


def config_of(path: Path, values: dict[str, Any]) -> Config:
    """The Config that the keys of a config.json describe; `path` is for messages (errors as `read_config`)."""
    keys = Keys(path, values)
    kind = keys.text("model_type")
    if kind not in READERS:
        raise UnknownFormat(path, "is a model of type {kind!r}; known are {known}",
                            kind=kind, known=", ".join(sorted(READERS)))
    try:
        return READERS[kind](keys)
    except InputError as error:
        raise DamagedFile(path, "describes no model: {problem}", problem=str(error)) from error


def names_of(path: Path, values: dict[str, Any]) -> Names:
    """How the tensors beside a config.json with these keys are called; `path` is for messages.

    Raises:
        UnknownFormat: a model that is known for its count only.
    """
    kind = values["model_type"]
    if kind not in NAMES:
        raise UnknownFormat(path, "is a model of type {kind!r}, which is known for its count only", kind=kind)
    return NAMES[kind]


@cache
def names() -> tuple[str, ...]:
    """The published models whose configs are known by name."""
    return tuple(_table())


def named(name: str) -> Named:
    """The published model called `name`; case and the owner before a slash do not matter.

    Raises:
        NotFound: no such name.
    """
    known = {one.lower(): one for one in names()}
    found = known.get(name.lower()) or known.get(name.lower().rpartition("/")[2])
    if found is None:
        listed = ", ".join(names())
        raise NotFound("no config is known by the name {name!r}; known are {known}", name=name, known=listed)
    entry = _table()[found]
    return Named(found, config_of(Path("configs.toml"), entry["config"]), entry["source"], entry["published"])


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = resources.files("armillary.published").joinpath("configs.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
