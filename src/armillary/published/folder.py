"""A folder as others publish models: config.json beside model.safetensors, in one piece or in shards."""

from dataclasses import replace
from pathlib import Path

import torch

from armillary.errors import DamagedFile, NotFound, UnknownFormat
from armillary.formats.bounded import map_file
from armillary.formats.safetensors import Tensor, tensors
from armillary.formats.strict_json import parse_json
from armillary.published import bert, gemma, gpt2, llama
from armillary.published.configs import config_of, read_keys
from armillary.published.names import Names
from armillary.published.tensors import Source, fill
from armillary.transformer.model import Transformer

NAMES: dict[str, Names] = {"gpt2": gpt2.NAMES, "bert": bert.NAMES, **llama.NAMES, **gemma.NAMES}
"""`model_type` -> how its tensors are called."""
WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def read_model(folder: Path, dtype: torch.dtype = torch.float32) -> Transformer:
    """The model in `folder`, its numbers as `dtype`; those that are of that type in the file stay mapped from it.

    Raises:
        NotFound: no config.json, or no weights beside it.
        UnknownFormat: a model that is not known here, or weights in a form that is not read (pickles).
        DamagedFile: config and weights do not agree, or a file is cut or lies about itself.
    """
    values = read_keys(folder)
    config = config_of(folder / "config.json", values)
    if values["model_type"] not in NAMES:
        raise UnknownFormat(folder, "is a model of type {kind!r}, which is known for its count only",
                            kind=values["model_type"])
    source = Source(folder, _tensors(folder), NAMES[values["model_type"]])
    # Whether there is a pooler, files tell more reliably than configs: those of masked-word models often keep theirs.
    config = replace(config, pooler=source.names.theirs.get("pooler.W") in source.found)
    return fill(config, source, dtype)


def _tensors(folder: Path) -> dict[str, Tensor]:
    """The tensors of the one file, or of all shards."""
    if (folder / WHOLE).exists():
        return tensors(_inside(folder, WHOLE))
    if not (folder / INDEX).exists():
        if (folder / "pytorch_model.bin").exists() or (folder / "pytorch_model.bin.index.json").exists():
            raise UnknownFormat(
                folder, "has its weights in a pickle, which can run code when opened. Save them as safetensors first: "
                "model.save_pretrained(folder, safe_serialization=True)",
            )
        raise NotFound("there is no {name} in {folder}", name=WHOLE, folder=str(folder))
    places = _weight_map(folder)
    shards = {shard: tensors(_inside(folder, shard)) for shard in sorted(set(places.values()))}
    found: dict[str, Tensor] = {}
    for shard, inside in shards.items():
        for name, tensor in inside.items():
            if places.get(name) != shard:
                raise DamagedFile(folder / INDEX, "does not say that {name!r} is in {shard}", name=name, shard=shard)
            found[name] = tensor
    if missing := places.keys() - found.keys():
        raise DamagedFile(folder / INDEX, "names the tensor {name!r}, which no shard holds", name=min(missing))
    return found


def _weight_map(folder: Path) -> dict[str, str]:
    """Tensor -> shard, as the index says."""
    path = folder / INDEX
    index = parse_json(path, bytes(map_file(path)))
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict) or not all(isinstance(shard, str) for shard in places.values()):
        raise DamagedFile(path, "does not say which tensor is in which shard")
    return places


def _inside(folder: Path, name: str) -> Path:
    """A file of the folder itself; nothing that an index names leads out of it."""
    path = folder / name
    if not name or Path(name).name != name or "\\" in name or (path.is_symlink() and not _beside(path, folder)):
        raise DamagedFile(folder, "names the file {name!r}, which does not lie in the folder", name=name)
    return path


def _beside(path: Path, folder: Path) -> bool:
    """Whether a link stays inside: in the folder, or in the store of the hub's cache that the folder belongs to."""
    real = path.resolve()
    return real.is_relative_to(folder.resolve()) or real.is_relative_to(folder.resolve().parent.parent / "blobs")
