"""A table of a model by itself: W_E or W_U as an array with a row for each token, W_pos with one for each place.

No torch is needed, and nothing else of the model is read. A file holds W_U the other way round than a model uses it, so
that its columns are rows here, and both tables of tokens look alike.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from armillary.errors import DamagedFile, InputError
from armillary.formats import gguf, safetensors
from armillary.formats.checks import as_float32
from armillary.published.configs import config_of, names_of, read_keys
from armillary.published.gguf_config import config_of_gguf
from armillary.published.shards import tensors_in
from armillary.shapes import Float32
from armillary.transformer.config import Config
from armillary.transformer.weights import Weight, weights

Table = Literal["W_E", "W_U", "W_pos"]
"""The rows that tokens start from; the columns that score them, as rows (tied, the same numbers); learned positions."""
_OURS = {"W_E": "embedding.W_E", "W_U": "unembedding.W_U", "W_pos": "embedding.W_pos"}
_GGUF = {"embedding.W_E": "token_embd.weight", "unembedding.W_U": "output.weight",
         "embedding.W_pos": "position_embd.weight"}


def read_table(path: Path, name: Table, file: gguf.Gguf | None = None) -> Float32[np.ndarray, "rows d_model"]:
    """A table of the model at `path`: dequantised, or mapped from the file where the numbers there are float32.

    Args:
        path: a folder with a config.json, or a GGUF file.
        name: which table.
        file: the GGUF file, if it has been opened.

    Raises:
        InputError: the model has no such table.
        NotFound, UnknownFormat, DamagedFile: as `folder.read_model`.
    """
    if not path.is_dir():
        file = file or gguf.read_gguf(path)
        weight = _weight(config_of_gguf(file), name)
        return _read(path, file.tensors, _GGUF[weight.name], weight)
    values = read_keys(path)
    names, weight = names_of(path, values), _weight(config_of(path / "config.json", values), name)
    found = {names.plain(theirs): tensor for theirs, tensor in tensors_in(path).items()}
    return _read(path, found, names.of(weight), weight)


def _weight(config: Config, name: Table) -> Weight:
    """The tensor that holds the numbers of a table: the one that it is tied to, if it is."""
    listed = {weight.name: weight for weight in weights(config)}
    wanted = listed.get(_OURS[name])
    if wanted is None and name == "W_U":
        raise InputError("this model has no unembedding: it ends in points, not in scores")
    if wanted is None:
        raise InputError("this model has no learned positions (W_pos)")
    return listed[wanted.tied_to] if wanted.tied_to else wanted


def _read(
    path: Path, found: Mapping[str, safetensors.Tensor | gguf.Tensor], name: str, weight: Weight
) -> Float32[np.ndarray, "rows d_model"]:
    """The numbers of a tensor, which in a file has a row for each token or place, whichever table it is."""
    if name not in found:
        raise DamagedFile(path, "lacks the tensor {name!r} that its config calls for", name=name)
    shape = weight.shape[::-1] if weight.kind == "unembedding" else weight.shape
    if found[name].shape != shape:
        raise DamagedFile(path, "has {name!r} of shape {there}, and its config calls for {shape}",
                          name=name, there=str(found[name].shape), shape=str(shape))
    table = as_float32(found[name].array())
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(table.sum(dtype=np.float32)) and not np.isfinite(table).all():
            raise DamagedFile(path, "has NaN or infinity in {name!r}", name=name)
    return table
