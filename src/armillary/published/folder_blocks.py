"""The tensors of a folder with safetensors as they lie there, for the engine that computes with them; no torch here.

What `tensors.fill` promises holds here too: every tensor used, every parameter filled, each of the right shape.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats.dequantise import KINDS
from armillary.formats.safetensors import Tensor
from armillary.published.configs import config_of, names_of, read_keys
from armillary.published.names import LOOKED_UP
from armillary.published.shards import tensors_in
from armillary.shapes import Float32
from armillary.speak.fast.source import Stored
from armillary.transformer.weights import Weight, weights

_KINDS = {kind.name: kind for kind in KINDS.values() if not kind.function}


class FolderBlocks:
    """See `speak.fast.source.Source`."""

    def __init__(self, folder: Path) -> None:
        """Take the tensors of a folder.

        Raises:
            NotFound: no config.json, or no weights beside it.
            UnknownFormat: another kind of model, or a tensor that its config has no place for.
            DamagedFile: a tensor is missing, or has another shape than the config says.
        """
        values = read_keys(folder)
        self.path, self.config = folder, config_of(folder / "config.json", values)
        self._names = names_of(folder, values)
        self._found = {self._names.plain(name): tensor for name, tensor in tensors_in(folder).items()}
        self._weights = {weight.name: weight for weight in weights(self.config) if not weight.tied_to}
        if any("+" in self._names.of(weight) for weight in self._weights.values()):
            return  # experts, one tensor for each: `fits` leaves them to torch, which checks what is there
        for weight in self._weights.values():
            self._check(weight)
        again = {self._names.of(weight) for weight in weights(self.config) if weight.tied_to and self._same(weight)}
        used = again | {self._names.of(weight) for weight in self._weights.values()}
        left = [name for name in self._found if name not in used and not self._names.is_aside(name)]
        if left:
            raise UnknownFormat(self.path, "holds {count} tensors that its config has no place for, such as {name!r}",
                                count=len(left), name=left[0])

    @property
    def paths(self) -> list[Path]:
        """The files that hold them."""
        return sorted({tensor.file.path for tensor in self._found.values()})

    def kind(self, name: str) -> str:
        """The kind of the numbers of a matrix."""
        return self._found[self._names.of(self._weights[name])].dtype

    def matrix(self, name: str) -> Stored:
        """A matrix, a row for each of its outputs; of W_E and W_pos a row for each token or place.

        Raises:
            UnknownFormat: its numbers are of a type that cannot be computed with.
        """
        weight = self._weights[name]
        tensor = self._found[self._names.of(weight)]
        if tensor.dtype not in _KINDS:
            raise UnknownFormat(self.path, "has {name!r} as numbers of type {dtype}, which cannot be computed with",
                                name=self._names.of(weight), dtype=tensor.dtype)
        numbers = self._part(weight, _bits(tensor))
        if weight.kind not in LOOKED_UP and not self._names.transposed(weight):
            numbers = np.ascontiguousarray(numbers.T)
        return Stored(_KINDS[tensor.dtype], numbers.shape[1], numbers.view(np.uint8).reshape(len(numbers), -1))

    def vector(self, name: str) -> Float32[np.ndarray, "d"]:
        """A gain or a bias.

        Raises:
            DamagedFile: it holds NaN or infinity.
        """
        weight = self._weights[name]
        numbers = self._part(weight, self._found[self._names.of(weight)].array()).astype(np.float32)
        if not np.isfinite(numbers).all():
            raise DamagedFile(self.path, "has NaN or infinity in {name!r}", name=self._names.of(weight))
        return numbers

    def theirs(self, name: str) -> str:
        """How the file calls one of our tensors."""
        return self._names.of(self._weights[name])

    def _part(self, weight: Weight, numbers: np.ndarray) -> np.ndarray:
        """The third that is ours, if theirs is three side by side."""
        third = self._names.third(weight)
        return numbers if third is None else np.split(numbers, 3, axis=-1)[third]

    def _same(self, weight: Weight) -> bool:
        """Whether they repeat a tensor that is tied, with the same numbers."""
        again = self._found.get(self._names.of(weight))
        tied = self._found[self._names.of(self._weights[weight.tied_to])]
        return again is not None and again.dtype == tied.dtype and np.array_equal(_bits(again), _bits(tied))

    def _check(self, weight: Weight) -> None:
        name = self._names.of(weight)
        if name not in self._found:
            raise DamagedFile(self.path, "lacks the tensor {name!r} that its config calls for", name=name)
        shape = weight.shape if self._names.third(weight) is None else (*weight.shape[:-1], 3 * weight.shape[-1])
        shape = shape[::-1] if self._names.transposed(weight) else shape
        if (there := self._found[name].shape) != shape:
            raise DamagedFile(self.path, "has {name!r} of shape {there}, and its config calls for {shape}",
                              name=name, there=str(there), shape=str(shape))


def _bits(tensor: Tensor) -> np.ndarray:
    """The numbers mapped; of BF16, which NumPy lacks, their bits."""
    found: np.ndarray = replace(tensor, dtype="U16").array() if tensor.dtype == "BF16" else tensor.array()
    return found
