"""A tokenizer told as in tokenizer.json, written and read."""

import json
from pathlib import Path
from typing import Any

from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.text.tokenizer import Tokenizer


def written(folder: Path, told: dict[str, Any]) -> Path:
    """The folder with its tokenizer.json, and what tells others of whose kind it is."""
    (folder / "tokenizer.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    return folder


def read(folder: Path, told: dict[str, Any]) -> Tokenizer:
    """The tokenizer."""
    return read_tokenizer_json(written(folder, told) / "tokenizer.json")
