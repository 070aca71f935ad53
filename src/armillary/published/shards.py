"""The tensors of a folder as others publish models: model.safetensors, in one piece or in shards with an index."""

from pathlib import Path

from armillary.errors import DamagedFile, NotFound, UnknownFormat
from armillary.formats.bounded import map_file
from armillary.formats.safetensors import Tensor, tensors
from armillary.formats.strict_json import parse_json

WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def tensors_in(folder: Path) -> dict[str, Tensor]:
    """The tensors of the one file, or of all shards, by the names that they have there; none is read.

    Raises:
        NotFound: there are none.
        UnknownFormat: they are in a form that is not read (pickles).
        DamagedFile: a file is cut or lies about itself, or the index does not agree with the shards.
    """
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
