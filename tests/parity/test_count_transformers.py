"""Totals against the official implementation: its own modules, made without memory and summed."""

import tomllib
from importlib import resources
from typing import Any

import pytest
import torch
import transformers

from armillary.count import count
from armillary.published.configs import named

TABLE = tomllib.loads(resources.files("armillary.published").joinpath("configs.toml").read_text(encoding="utf-8"))
KINDS = {"bert": transformers.AutoModel}
THEIRS = [name for name, entry in TABLE.items() if entry["config"]["model_type"] != "transformer"]


@pytest.mark.parametrize("name", THEIRS)
def test_the_official_implementation_has_as_many_parameters(name: str) -> None:
    values: dict[str, Any] = dict(TABLE[name]["config"])
    kind = values.pop("model_type")
    config = transformers.AutoConfig.for_model(kind, **values)
    with torch.device("meta"):
        theirs = KINDS.get(kind, transformers.AutoModelForCausalLM).from_config(config)
    assert count(named(name).config).total == sum(p.numel() for p in theirs.parameters())
