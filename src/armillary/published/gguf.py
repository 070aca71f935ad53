"""Models in GGUF files: their tensors by the names that llama.cpp gives them (their configs: `gguf_config`).

What the converter of llama.cpp changed is changed back: rows of W_Q and W_K in another order.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from armillary.formats.gguf import Gguf, read_gguf
from armillary.published.gguf_config import config_of_gguf, has_experts, kind_of
from armillary.published.gguf_names import names_of
from armillary.published.source import Source
from armillary.published.tensors import KEPT, Holding, fill
from armillary.transformer.model import Transformer


def read_gguf_model(path: Path, how: Holding = KEPT) -> Transformer:
    """The model in a GGUF file, dequantised.

    Raises:
        UnknownFormat: another kind of model, or a fact that could change numbers and is not known.
        DamagedFile: facts and tensors do not agree, or the file is cut or lies about itself.
    """
    return model_of(read_gguf(path), how)


def model_of(file: Gguf, how: Holding = KEPT) -> Transformer:
    """The model in an opened GGUF file (errors as `read_gguf_model`)."""
    return fill(config_of_gguf(file), _Tensors(file), how)


class _Tensors(Source):
    """The tensors of a GGUF file."""

    def __init__(self, file: Gguf) -> None:
        kind = kind_of(file)
        super().__init__(file.path, file.tensors, names_of(kind, has_experts(file)))
        self._heads: dict[str, Any] = {}
        if kind == "llama":  # rows of each head in pairs of neighbours, as the paper turns them
            heads = file.facts["llama.attention.head_count"]
            self._heads = {"attn_q": heads, "attn_k": file.facts.get("llama.attention.head_count_kv", heads)}

    def mapped(self, name: str, dtype: torch.dtype) -> torch.Tensor | None:
        """The numbers of a tensor as they lie in the file; None where they are of another type, or in another order."""
        return None if self._turned(name) else super().mapped(name, dtype)

    def pieces(self, name: str) -> Iterator[torch.Tensor]:
        """The numbers of a tensor some rows at a time, dequantised; those of W_Q and W_K in our order, all at once."""
        heads = self._turned(name)
        if heads is None:
            return super().pieces(name)
        numbers = torch.cat(list(super().pieces(name)))
        return iter([numbers.view(heads, -1, 2, numbers.shape[-1]).transpose(1, 2).flatten(0, 2)])

    def _turned(self, name: str) -> int | None:
        """The heads whose rows are in another order in the file; None if they are not."""
        return self._heads.get(name.split(".")[-2])
