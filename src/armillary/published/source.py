"""The tensors of a file as a model takes them: by name, numbers mapped or dequantised, some rows at a time."""

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats import gguf, safetensors
from armillary.published.names import Names

_FLOATS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_AT_ONCE = 1 << 20
"""Numbers that are read together: of float32 4 MB, which is little beside a model."""
Stored = safetensors.Tensor | gguf.Tensor


class Source:
    """The tensors of a file (or of several), by names without prefix and in their newest spelling.

    Attributes:
        path: for messages.
        names: how they are called.
    """

    def __init__(self, path: Path, found: Mapping[str, Stored], names: Names) -> None:
        self.path = path
        self.names = names
        self.found = {names.plain(name): tensor for name, tensor in found.items()}
        self.used: set[str] = set()

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, which is then used.

        Raises:
            DamagedFile: there is none of that name.
            UnknownFormat: its numbers are no floats that can be computed with.
        """
        if name not in self.found:
            raise DamagedFile(self.path, "lacks the tensor {name!r} that its config calls for", name=name)
        if self.found[name].dtype not in _FLOATS:
            raise UnknownFormat(self.path, "has {name!r} as numbers of type {dtype}, which cannot be computed with",
                                name=name, dtype=self.found[name].dtype)
        self.used.add(name)
        return self.found[name].shape

    def mapped(self, name: str, dtype: torch.dtype) -> torch.Tensor | None:
        """The numbers of a tensor as they lie in the file; None where they are not of type `dtype` there."""
        tensor = self.found[name]
        quantised = isinstance(tensor, gguf.Tensor) and tensor.kind.name != "F32"
        return None if quantised or _FLOATS[tensor.dtype] != dtype else _numbers(tensor)

    def pieces(self, name: str) -> Iterator[torch.Tensor]:
        """The numbers of a tensor, mapped from the file or dequantised, some rows at a time."""
        tensor = self.found[name]
        row = math.prod(tensor.shape[1:])
        step = max(1, _AT_ONCE // row)
        if isinstance(tensor, safetensors.Tensor) or len(tensor.shape) == 1:
            yield from torch.split(_numbers(tensor), step)
            return
        for first in range(0, tensor.shape[0], step):
            shape = (min(step, tensor.shape[0] - first), *tensor.shape[1:])
            yield _numbers(replace(tensor, start=tensor.start + tensor.kind.bytes(first * row), shape=shape))

    def release(self, name: str) -> None:
        """What was read of a tensor need not stay in memory."""
        self.found[name].file.release()

    def left(self) -> list[str]:
        """Tensors that nothing used and nothing explains."""
        return [name for name in self.found if name not in self.used and not self.names.is_aside(name)]


def _numbers(tensor: Stored) -> torch.Tensor:
    """The numbers of a tensor, or of some rows of it: mapped, or dequantised."""
    half = False
    if isinstance(tensor, safetensors.Tensor) and tensor.dtype == "BF16":  # NumPy lacks it: its bits are taken over
        half, tensor = True, replace(tensor, dtype="U16")
    array = tensor.array()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        numbers = torch.from_numpy(array)
    return numbers.view(torch.bfloat16) if half else numbers
