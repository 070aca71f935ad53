"""The folder of a model that was learned from rows: spaces of its tables, its other numbers, and what it is."""

import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats.bounded import open_regular
from armillary.formats.safetensors import tensors, write_tensors
from armillary.formats.store import is_store
from armillary.formats.strict_json import parse_json
from armillary.learning.card import CARD
from armillary.space import Space

MODEL, ENDING = "model.safetensors", ".space"


def write_folder(out: Path, spaces: Mapping[str, Space], weights: Mapping[str, np.ndarray]) -> None:
    """Write a model without its card, which makes the folder one and comes last."""
    out.mkdir(exist_ok=True)
    (out / CARD).unlink(missing_ok=True)
    for old in out.glob(f"*{ENDING}"):
        if is_store(old):
            shutil.rmtree(old)
    for name, space in spaces.items():
        space.save(out / f"{name}{ENDING}")
    arrays = {name: ("F32", np.ascontiguousarray(one, "<f4")) for name, one in sorted(weights.items())}
    write_tensors(arrays, out / MODEL, {}, force=True)


def read_folder(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The card and the numbers that `write_folder` wrote.

    Raises:
        UnknownFormat: no folder of this kind.
        DamagedFile: it has changed.
    """
    if not (path / CARD).is_file():
        raise UnknownFormat(path, "is no folder that `armillary learn {kind}` made: it has no {card}",
                            kind=kind, card=CARD)
    with open_regular(path / CARD) as file:
        card = parse_json(path / CARD, file.read())
    if not isinstance(card, dict) or card.get("kind") != kind:
        raise UnknownFormat(path, "is no folder that `armillary learn {kind}` made", kind=kind)
    weights = {name: np.asarray(one.array()) for name, one in tensors(path / MODEL).items()}
    if not all(np.isfinite(one).all() for one in weights.values()):
        raise DamagedFile(path / MODEL, "holds numbers that are none (nan or infinity)")
    return card, weights


def file_name(column: str, taken: Mapping[str, Any]) -> str:
    """A name for a file that stands for a column, unlike those that are taken."""
    plain = re.sub(r"[^\w-]+", "_", column).strip("_") or "column"
    name, number = plain, 1
    while name.lower() in {one.lower() for one in taken}:
        number += 1
        name = f"{plain}_{number}"
    return name


def digest(weights: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of all numbers, by the names of their arrays."""
    found = hashlib.sha256()
    for name, one in sorted(weights.items()):
        found.update(name.encode() + b"\0" + str(one.shape).encode())
        found.update(np.ascontiguousarray(one, "<f4").data)
    return found.hexdigest()
