"""A folder as others publish models: config.json beside model.safetensors, in one piece or in shards."""

from dataclasses import replace
from pathlib import Path

from armillary.published.configs import config_of, names_of, read_keys
from armillary.published.shards import tensors_in
from armillary.published.source import Source
from armillary.published.tensors import KEPT, Holding, fill
from armillary.transformer.model import Transformer


def read_model(folder: Path, how: Holding = KEPT) -> Transformer:
    """The model in `folder`; numbers that are of the type to compute with in the file stay mapped from it.

    Raises:
        NotFound: no config.json, or no weights beside it.
        UnknownFormat: a model that is not known here, or weights in a form that is not read (pickles).
        DamagedFile: config and weights do not agree, or a file is cut or lies about itself.
    """
    values = read_keys(folder)
    config = config_of(folder / "config.json", values)
    names = names_of(folder, values)
    source = Source(folder, tensors_in(folder), names)
    # Whether there is a pooler, files tell more reliably than configs: those of masked-word models often keep theirs.
    config = replace(config, pooler=source.names.theirs.get("pooler.W") in source.found)
    return fill(config, source, how)
