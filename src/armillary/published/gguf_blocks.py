"""The tensors of a GGUF file as they lie in it, for the engine that computes with quantised numbers; no torch here.

What `tensors.fill` promises holds here too: every tensor used, every parameter filled, each of the right shape.
"""

from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat
from armillary.formats.gguf import Gguf, Tensor
from armillary.published.gguf_config import config_of_gguf, has_experts, kind_of
from armillary.published.gguf_names import names_of
from armillary.shapes import Float32
from armillary.speak.fast.source import Stored
from armillary.transformer.weights import Weight, weights


class GgufBlocks:
    """See `speak.fast.source.Source`."""

    def __init__(self, file: Gguf) -> None:
        """Take the tensors of a file.

        Raises:
            UnknownFormat: another kind of model, or a tensor that its config has no place for.
            DamagedFile: a tensor is missing, or has another shape than the config says.
        """
        kind = kind_of(file)
        self.path, self.config = file.path, config_of_gguf(file)
        self._file, self._names = file, names_of(kind, has_experts(file))
        self._weights = {weight.name: weight for weight in weights(self.config) if not weight.tied_to}
        heads = file.facts.get(f"{kind}.attention.head_count")
        shared = file.facts.get(f"{kind}.attention.head_count_kv", heads)
        # rows of each head in pairs of neighbours, as the paper turns them
        self._pairs = {"attn_q": heads, "attn_k": shared} if kind == "llama" else {}
        for weight in self._weights.values():
            self._check(weight)
        used = {self._names.of(weight) for weight in self._weights.values()}
        left = [name for name in file.tensors if name not in used and not self._names.is_aside(name)]
        if left:
            raise UnknownFormat(self.path, "holds {count} tensors that its config has no place for, such as {name!r}",
                                count=len(left), name=left[0])

    @property
    def paths(self) -> list[Path]:
        """The files that hold them."""
        return sorted({tensor.file.path for tensor in self._file.tensors.values()})

    def kind(self, name: str) -> str:
        """The kind of the numbers of a matrix."""
        return self._tensor(self._weights[name]).kind.name

    def matrix(self, name: str) -> Stored:
        """A matrix, a row for each of its outputs, in our order; of W_E and W_pos a row for each token or place."""
        weight = self._weights[name]
        tensor = self._tensor(weight)
        rows = tensor.raw().reshape(tensor.shape[0], -1)
        third = self._names.third(weight)
        if third is not None:
            rows = rows[third * len(rows) // 3 : (third + 1) * len(rows) // 3]
        pairs = self._pairs.get(self._names.of(weight).split(".")[-2])
        if isinstance(pairs, int):
            rows = np.ascontiguousarray(rows.reshape(pairs, -1, 2, rows.shape[1]).swapaxes(1, 2)).reshape(rows.shape)
        return Stored(tensor.kind, tensor.shape[1], rows)

    def vector(self, name: str) -> Float32[np.ndarray, "d"]:
        """A gain or a bias.

        Raises:
            DamagedFile: it holds NaN or infinity.
        """
        weight = self._weights[name]
        numbers = self._tensor(weight).array()
        third = self._names.third(weight)
        if third is not None:
            numbers = numbers[third * len(numbers) // 3 : (third + 1) * len(numbers) // 3]
        if not np.isfinite(numbers).all():
            raise DamagedFile(self.path, "has NaN or infinity in {name!r}", name=self._names.of(weight))
        return numbers

    def theirs(self, name: str) -> str:
        """How the file calls one of our tensors."""
        return self._names.of(self._weights[name])

    def _tensor(self, weight: Weight) -> Tensor:
        return self._file.tensors[self._names.of(weight)]

    def _check(self, weight: Weight) -> None:
        name = self._names.of(weight)
        if name not in self._file.tensors:
            raise DamagedFile(self.path, "lacks the tensor {name!r} that its config calls for", name=name)
        shape = weight.shape if self._names.third(weight) is None else (*weight.shape[:-1], 3 * weight.shape[-1])
        if self._names.transposed(weight):
            shape = (*shape[:-2], shape[-1], shape[-2])
        if (there := self._file.tensors[name].shape) != shape:
            raise DamagedFile(self.path, "has {name!r} of shape {there}, and its config calls for {shape}",
                              name=name, there=str(there), shape=str(shape))
