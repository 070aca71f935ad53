"""What many processes share, on the disk: each writes its own rows, as safetensors, and any number of them reads them.

PyTorch's distributed checkpoints, through its writer of safetensors: nothing in them is a pickle. The folder must lie
where all processes find it.
"""

import hashlib
import shutil
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
import torch.distributed as ranks
from torch import Tensor

from armillary.errors import DamagedFile
from armillary.formats.bounded import open_regular
from armillary.train.together import place, processes


def write_shards(folder: Path, shared: Mapping[str, Tensor]) -> dict[str, Any]:
    """Write a folder of them, in place of what is there; all processes must take part.

    Returns:
        What `read_shards` asks for: the names of the tensors, and the SHA-256 of each file.
    """
    checkpoint = _checkpoint()
    if place() == 0:
        shutil.rmtree(folder, ignore_errors=True)
    ranks.barrier()
    writer = checkpoint.HuggingFaceStorageWriter(str(folder), save_distributed=True)
    checkpoint.save(dict(shared), storage_writer=writer)
    files = sorted(folder.glob("*.safetensors"))
    digests = torch.zeros((len(files), 32), dtype=torch.uint8)
    for row in range(place(), len(files), processes()):
        digests[row] = torch.frombuffer(bytearray(_digest(files[row])), dtype=torch.uint8)
    ranks.all_reduce(digests)  # each row was filled by one process
    told = {file.name: bytes(row.tolist()).hex() for file, row in zip(files, digests, strict=True)}
    return {"folder": folder.name, "names": sorted(shared), "files": told}


def read_shards(folder: Path, told: Mapping[str, Any], like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Read what `write_shards` told of.

    Args:
        folder: where the folder lies.
        told: what it gave.
        like: tensors by name, each of the shape that is asked for, and shared as it shall be.

    Raises:
        DamagedFile: a file has changed, or is not there.
    """
    checkpoint = _checkpoint()
    path = folder / told["folder"]
    for name, digest in told["files"].items():
        if not (path / name).is_file() or _digest(path / name).hex() != digest:
            raise DamagedFile(path / name, "has changed since it was written; bring it back from where it came, or "
                                           "begin anew")
    found = {name: torch.empty_like(like[name]) for name in told["names"]}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is disabled")  # one process alone is as meant
        checkpoint.load(found, storage_reader=checkpoint.HuggingFaceStorageReader(str(path)),
                        no_dist=not ranks.is_initialized())
    return found


def _checkpoint() -> Any:
    """PyTorch's module of that name: a second to import, which a learning that shares nothing need not spend."""
    return import_module("torch.distributed.checkpoint")


def _digest(path: Path) -> bytes:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").digest()
