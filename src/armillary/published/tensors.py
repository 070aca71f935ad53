"""A model filled from the tensors of a file: every tensor used, every parameter filled, each of the right shape.

Nothing is read before all names and shapes are known to fit. What needs no other type of number stays mapped from the
file, as it lies there; the rest is converted tensor by tensor, and laid out as it is read fastest (see `product`).
"""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats import gguf, safetensors
from armillary.published.names import Names
from armillary.transformer.config import Config
from armillary.transformer.model import Transformer
from armillary.transformer.weights import Weight, weights

_FLOATS = ("F64", "F32", "F16", "BF16")
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

    def read(self, name: str) -> torch.Tensor:
        """The numbers of a tensor, mapped from the file or dequantised."""
        tensor = self.found[name]
        half = False
        if isinstance(tensor, safetensors.Tensor) and tensor.dtype == "BF16":  # NumPy lacks it: its bits are taken over
            half, tensor = True, replace(tensor, dtype="U16")
        array = tensor.array()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            numbers = torch.from_numpy(array)
        return numbers.view(torch.bfloat16) if half else numbers

    def maps(self, name: str, numbers: torch.Tensor) -> bool:
        """Whether numbers that were read as this tensor are those that lie in the file."""
        content = np.frombuffer(self.found[name].file.content, "u1")
        return 0 <= numbers.data_ptr() - content.ctypes.data < max(content.size, 1)

    def left(self) -> list[str]:
        """Tensors that nothing used and nothing explains."""
        return [name for name in self.found if name not in self.used and not self.names.is_aside(name)]


def fill(config: Config, source: Source, dtype: torch.dtype) -> Transformer:
    """The model of `config` with the numbers of `source`.

    Raises:
        DamagedFile: a tensor is missing, has another shape than the config says, or holds NaN or infinity.
        UnknownFormat: a tensor is left over, or is tied and yet has numbers of its own.
    """
    listed = [weight for weight in weights(config) if not weight.tied_to]
    for weight in listed:
        _check(source, weight)
    tied = [name for name in source.left() if name in _tied_names(config, source.names)]
    if left := [name for name in source.left() if name not in tied]:
        raise UnknownFormat(source.path, "holds {count} tensors that its config has no place for, such as {name!r}",
                            count=len(left), name=left[0])
    model = Transformer(config)
    scoring = {weight.tied_to for weight in weights(config)}
    for weight in listed:
        numbers = _laid_out(source, weight, dtype, weight.name in scoring)
        if not torch.stack(torch.aminmax(numbers)).isfinite().all():  # NaN is the least and the greatest, if there
            raise DamagedFile(source.path, "has NaN or infinity in {name!r}", name=source.names.of(weight))
        model.put(weight.name, numbers)
    for name in tied:
        ours = model.table if len(source.found[name].shape) == 2 else model.get_parameter("unembedding.b_U")
        if source.found[name].shape != tuple(ours.shape) or not torch.equal(source.read(name).to(dtype), ours):
            raise UnknownFormat(source.path, "has numbers of its own at {name!r}, which its config calls tied",
                                name=name)
    return model.eval()


def _tied_names(config: Config, names: Names) -> set[str]:
    """Tensors that a file may repeat though they are tied."""
    again = {names.of(weight) for weight in weights(config) if weight.tied_to}
    return again | {name.replace(".weight", ".bias") for name in again}


def _parts(source: Source, weight: Weight) -> list[str]:
    """Their tensors that make up one of ours: one, or one for each expert."""
    name = source.names.of(weight)
    return [name.replace("+", str(expert)) for expert in range(weight.shape[0])] if "+" in name else [name]


def _check(source: Source, weight: Weight) -> None:
    """Their shape is the one that our tensor calls for."""
    names = _parts(source, weight)
    shape = weight.shape[1:] if "+" in source.names.of(weight) else weight.shape
    if source.names.third(weight) is not None:
        shape = (*shape[:-1], 3 * shape[-1])
    if source.names.transposed(weight):
        shape = shape[::-1]
    for name in names:
        if (there := source.shape(name)) != shape:
            raise DamagedFile(source.path, "has {name!r} of shape {there}, and its config calls for {shape}",
                              name=name, there=str(there), shape=str(shape))


def _numbers(source: Source, weight: Weight) -> torch.Tensor:
    """Our tensor, out of theirs."""
    found = [source.read(name) for name in _parts(source, weight)]
    if source.names.transposed(weight):
        found = [one.T for one in found]
    numbers = torch.stack(found) if len(weight.shape) > 2 else found[0]
    third = source.names.third(weight)
    return numbers if third is None else numbers.chunk(3, dim=-1)[third]


def _laid_out(source: Source, weight: Weight, dtype: torch.dtype, scoring: bool) -> torch.Tensor:
    """Our tensor as it is read fastest: row by row, or of a W_E whose transpose makes scores, column by column."""
    numbers, names = _numbers(source, weight), _parts(source, weight)
    if numbers.dtype == dtype and source.maps(names[0], numbers):
        return numbers
    wanted = numbers.T if scoring else numbers
    laid = torch.empty(wanted.shape, dtype=dtype).copy_(wanted)  # at once: what goes again leaves holes
    for name in names:
        source.found[name].file.release()  # the original need not stay in memory
    return laid.T if scoring else laid
