"""Models in GGUF files: their tensors by the names that llama.cpp gives them (their configs: `gguf_config`).

What the converter of llama.cpp changed is changed back: rows of W_Q and W_K in another order.
"""

from pathlib import Path
from typing import Any

import torch

from armillary.formats.gguf import Gguf, read_gguf
from armillary.published.gguf_config import config_of_gguf, kind_of
from armillary.published.gguf_names import names_of
from armillary.published.tensors import Source, fill
from armillary.transformer.model import Transformer


def read_gguf_model(path: Path, dtype: torch.dtype = torch.float32) -> Transformer:
    """The model in a GGUF file, dequantised to `dtype`.

    Raises:
        UnknownFormat: another kind of model, or a fact that could change numbers and is not known.
        DamagedFile: facts and tensors do not agree, or the file is cut or lies about itself.
    """
    return model_of(read_gguf(path), dtype)


def model_of(file: Gguf, dtype: torch.dtype = torch.float32) -> Transformer:
    """The model in an opened GGUF file (errors as `read_gguf_model`)."""
    return fill(config_of_gguf(file), _Tensors(file), dtype)


class _Tensors(Source):
    """The tensors of a GGUF file."""

    def __init__(self, file: Gguf) -> None:
        kind = kind_of(file)
        super().__init__(file.path, file.tensors, names_of(kind))
        self._heads: dict[str, Any] = {}
        if kind == "llama":  # rows of each head in pairs of neighbours, as the paper turns them
            heads = file.facts["llama.attention.head_count"]
            self._heads = {"attn_q": heads, "attn_k": file.facts.get("llama.attention.head_count_kv", heads)}

    def read(self, name: str) -> torch.Tensor:
        """The numbers of a tensor, dequantised; rows of W_Q and W_K in our order."""
        numbers = super().read(name)
        heads = self._heads.get(name.split(".")[-2])
        if heads is None:
            return numbers
        return numbers.view(heads, -1, 2, numbers.shape[-1]).transpose(1, 2).flatten(0, 2)
