"""A learning on the disk, whole: what learned so far, what the optimiser remembers, how far it is, what it is.

One safetensors file: the tensors, and JSON in its metadata. It is written aside and renamed, so that after a crash or
on a full disk the last good one is there. What is drawn at random is drawn from (seed, step), and the step is in it;
torch's own generator, of which a model of somebody's own may draw, is kept too. Tensors that processes share lie in a
folder beside it, which the file names.
"""

import glob
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from armillary.errors import DamagedFile, FileError, UnknownFormat
from armillary.formats.safetensors import read_header, write_tensors
from armillary.formats.strict_json import parse_json
from armillary.train.optimiser import Optimiser
from armillary.train.shards import read_shards, write_shards
from armillary.train.shares import is_shared, shared_as
from armillary.train.together import is_first

KIND = "learning 1"
_RANDOM = "random"


@dataclass(frozen=True)
class Standing:
    """Where a learning stands, besides its weights and its optimiser.

    Attributes:
        step: how many steps are done.
        facts: what the caller wants to find again, as JSON holds it.
        arrays: likewise, arrays of float32.
    """

    step: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


def save(path: Path, optimiser: Optimiser, standing: Standing, asked: Mapping[str, Any]) -> None:
    """Write where a learning stands to the file `path`, in place of what is there; of several processes the first does.

    Where they share the model, all must call this, and each writes its rows.

    Args:
        path: the file.
        optimiser: it, and the weights that it moves.
        standing: how far it is.
        asked: all that the result depends on, as JSON holds it: who resumes must ask for the same.

    Raises:
        FileError: the disk refuses; what was there before is then unchanged.
    """
    held = {f"weight.{name}": one.detach() for name, one in optimiser.learned.items()} | optimiser.memory()
    shared = {name: one for name, one in held.items() if is_shared(one)}
    shards = write_shards(path.with_name(f"{path.name}.{standing.step}"), shared) if shared else None
    if is_first():
        _write(path, {name: one for name, one in held.items() if name not in shared}, standing,
               {"asked": dict(asked), "shards": shards})
        _drop(path, shards)


def dropped(path: Path) -> None:
    """Take away what `save` wrote, if it is there."""
    path.unlink(missing_ok=True)
    _drop(path, None)


def _drop(path: Path, but: Mapping[str, Any] | None) -> None:
    """Take away the folders of shards that no file names any more."""
    for folder in path.parent.glob(f"{glob.escape(path.name)}.*"):
        if folder.is_dir() and (but is None or folder.name != but["folder"]):
            shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, held: Mapping[str, Tensor], standing: Standing, told: Mapping[str, Any]) -> None:
    arrays = {name: ("F32", one.float().cpu().numpy()) for name, one in sorted(held.items())}
    arrays |= {f"own.{name}": ("F32", np.asarray(array, "<f4")) for name, array in sorted(standing.arrays.items())}
    arrays[_RANDOM] = ("U8", torch.get_rng_state().numpy())
    all_told = {"kind": KIND, "step": standing.step, "facts": dict(standing.facts), **told,
                "armillary": version("armillary"), "sha256": _digest(arrays)}
    write_tensors(arrays, path, {"armillary": json.dumps(all_told, sort_keys=True)}, force=True)


def facts_of(path: Path) -> dict[str, Any]:
    """The caller's facts in what `save` wrote (errors as `resume`)."""
    facts: dict[str, Any] = _told(path, read_header(path)[1])["facts"]
    return facts


def resume(path: Path, optimiser: Optimiser, asked: Mapping[str, Any]) -> Standing:
    """Take up what `save` wrote: the weights of `optimiser` and its memory are overwritten.

    Args:
        path: the file.
        optimiser: new, of a model made as it was then.
        asked: as for `save`.

    Raises:
        UnknownFormat: another kind of file.
        DamagedFile: its bytes have changed.
        FileError: it was learning something else, or another version of Armillary was.
    """
    found, metadata = read_header(path)
    told = _told(path, metadata)
    arrays = {name: (tensor.dtype, np.array(tensor.array())) for name, tensor in found.items()}
    if _digest(arrays) != told["sha256"]:
        raise DamagedFile(path, "has changed since it was written; bring it back from where it came, or begin anew")
    _same(path, {**told["asked"], "armillary": told["armillary"]}, {**asked, "armillary": version("armillary")})
    tensors = {name: torch.from_numpy(array) for name, (_, array) in arrays.items()}
    if told["shards"]:
        tensors |= read_shards(path.parent, told["shards"], optimiser.shapes())
    torch.set_rng_state(tensors.pop(_RANDOM))
    _take(optimiser, tensors)
    own = {name.removeprefix("own."): array for name, (_, array) in arrays.items() if name.startswith("own.")}
    return Standing(int(told["step"]), told["facts"], own)


def _told(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    found = parse_json(path, metadata.get("armillary", "{}").encode())
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise UnknownFormat(path, "is not what an unfinished learning leaves")
    return found


@torch.no_grad()
def _take(optimiser: Optimiser, tensors: Mapping[str, Tensor]) -> None:
    for name, weight in optimiser.learned.items():
        weight.copy_(shared_as(tensors[f"weight.{name}"], weight))
    optimiser.remember(tensors)


def _same(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            raise FileError(path, "was learning with another {name}: {before}, not {now}. Say the same as then, or "
                                  "begin anew with --force and without --resume",
                            name=name, before=str(before.get(name)), now=str(now.get(name)))


def _digest(arrays: Mapping[str, tuple[str, np.ndarray]]) -> str:
    digest = hashlib.sha256()
    for name, (_, array) in sorted(arrays.items()):
        digest.update(name.encode() + b"\0" + str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
