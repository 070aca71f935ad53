"""A model's table of tokens by itself: W_E or W_U as an array, a row for each token.

No torch is needed, and nothing else of the model is read. A file holds W_U the other way round than a model uses it, so
that its columns are rows here, and both tables look alike: a row for each token.
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

Table = Literal["W_E", "W_U"]
"""The rows that tokens start from; the columns that they are scored by, as rows. Tied, they are the same numbers."""
TABLES: tuple[Table, ...] = ("W_E", "W_U")
_GGUF = {"embedding.W_E": "token_embd.weight", "unembedding.W_U": "output.weight"}


def table_of_folder(folder: Path, name: Table = "W_E") -> Float32[np.ndarray, "d_vocab d_model"]:
    """A table of the model in `folder`, mapped from its file where the numbers there are float32.

    Raises:
        InputError: the model has no unembedding.
        NotFound, UnknownFormat, DamagedFile: as `folder.read_model`.
    """
    values = read_keys(folder)
    config = config_of(folder / "config.json", values)
    names = names_of(folder, values)
    weight = _weight(config, name)
    found = {names.plain(theirs): tensor for theirs, tensor in tensors_in(folder).items()}
    return _read(folder, found, names.of(weight), config)


def table_of_gguf(file: gguf.Gguf, name: Table = "W_E") -> Float32[np.ndarray, "d_vocab d_model"]:
    """A table of the model in a GGUF file, dequantised.

    Raises:
        InputError: the model has no unembedding.
        UnknownFormat, DamagedFile: as `gguf_config.config_of_gguf`.
    """
    config = config_of_gguf(file)
    return _read(file.path, file.tensors, _GGUF[_weight(config, name).name], config)


def _weight(config: Config, name: Table) -> Weight:
    """The tensor that holds the numbers of a table: the one that it is tied to, if it is."""
    listed = {weight.name: weight for weight in weights(config)}
    wanted = listed.get("embedding.W_E" if name == "W_E" else "unembedding.W_U")
    if wanted is None:
        raise InputError("this model has no unembedding: it ends in points, not in scores")
    return listed[wanted.tied_to] if wanted.tied_to else wanted


def _read(
    path: Path, found: Mapping[str, safetensors.Tensor | gguf.Tensor], name: str, config: Config
) -> Float32[np.ndarray, "d_vocab d_model"]:
    """The numbers of a tensor, which in a file has a row for each token, whichever table it is."""
    if name not in found:
        raise DamagedFile(path, "lacks the tensor {name!r} that its config calls for", name=name)
    shape = (config.d_vocab, config.d_model)
    if found[name].shape != shape:
        raise DamagedFile(path, "has {name!r} of shape {there}, and its config calls for {shape}",
                          name=name, there=str(found[name].shape), shape=str(shape))
    table = as_float32(found[name].array())
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(table.sum(dtype=np.float32)) and not np.isfinite(table).all():
            raise DamagedFile(path, "has NaN or infinity in {name!r}", name=name)
    return table
