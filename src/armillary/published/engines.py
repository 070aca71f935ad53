"""Which engine computes a model: torch, or the one that takes the numbers of its file as they are."""

import warnings
from pathlib import Path

from armillary.errors import ArmillaryWarning, InputError
from armillary.formats.gguf import Gguf
from armillary.language import Note
from armillary.speak.engine import Engine
from armillary.text.tokenizer import Tokenizer

DTYPES = ("float32", "bfloat16", "float16")
DEVICES = ("auto", "cpu", "cuda", "mps")
ENGINES = ("fast", "fast-int8", "torch")
"""The fast one keeps keys and values as float16 or, at half the memory, as whole numbers of 8 bits."""


def asked_for(engine: str, dtype: str, device: str) -> str:
    """The engine that is meant: torch, which gives the published scores, unless the other is asked for.

    Args:
        engine: one of ENGINES, or "".
        dtype: the numbers to compute with.
        device: where.

    Raises:
        InputError: no such engine, numbers or device.
    """
    if device.partition(":")[0] not in DEVICES:
        raise InputError("there is no device {device!r}; known are {known}", device=device, known=", ".join(DEVICES))
    if dtype not in DTYPES:
        raise InputError("a model is not computed with {dtype!r}; known are {known}",
                         dtype=dtype, known=", ".join(DTYPES))
    if engine not in ("", *ENGINES):
        raise InputError("there is no engine {engine!r}; known are {known}", engine=engine, known=", ".join(ENGINES))
    return engine or "torch"


def fast_engine(model: Gguf | Path, name: str, folder: Path, engine: str = "fast") -> Engine | None:
    """The engine that computes with the numbers of a file as they are; None where torch is to compute it.

    That is where the engine has no way with the model; an ArmillaryWarning then says what stands in the way.

    Args:
        model: a GGUF file, or a folder with safetensors.
        name: for messages.
        folder: where tiles are kept (see `speak.fast.kept`).
        engine: which of ENGINES.

    Raises:
        UnknownFormat, DamagedFile: the tensors do not fit the config, or hold NaN or infinity.
    """
    from armillary.published.folder_blocks import FolderBlocks
    from armillary.published.gguf_blocks import GgufBlocks
    from armillary.speak.fast.fits import obstacle

    source = FolderBlocks(model) if isinstance(model, Path) else GgufBlocks(model)
    if found := obstacle(source):
        note = Note("{name} is computed with torch: the fast engine has no way with {what!r}",
                    {"name": name, "what": found})
        warnings.warn(str(note), ArmillaryWarning, stacklevel=3)
        return None
    from armillary.speak.fast.engine import FastEngine

    return FastEngine(source, folder, cache="int8" if engine == "fast-int8" else "float16")


def tokenizer_of(model: Gguf, folder: Path | None) -> Tokenizer:
    """The tokenizer in a GGUF file.

    Args:
        model: the file.
        folder: where it is kept, so that the next start maps it (see `formats.kept_tokenizer`); None for nowhere.

    Raises:
        UnknownFormat, DamagedFile: as `gguf_tokenizer`.
    """
    def made() -> Tokenizer:
        from armillary.formats.gguf_tokenizer import gguf_tokenizer

        return gguf_tokenizer(model.path, model.facts)

    if folder is None:
        return made()
    from armillary.formats.kept_tokenizer import VERSION, kept_tokenizer
    from armillary.formats.known_files import name_of

    return kept_tokenizer(folder / f"{name_of([model.path], folder, VERSION)}.tokenizer", made)
