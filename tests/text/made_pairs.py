"""A small byte-pair tokenizer that tests learn from a text of their own."""

import json
from functools import cache
from pathlib import Path

from armillary.formats.tokenizer_json import read_tokenizer_json
from armillary.text.byte_pairs import BytePairs
from armillary.text.learn_pairs import learn_pairs

TEXT = (
    "The king writes with a quill, and the queen writes with the king's quill. "
    "国王写字，女王也写字；国王和女王一起写字。\n  They're writing,   writing\r\n\n and 1234 more: it's naïve.\n"
) * 20


@cache
def learned() -> str:
    """tokenizer.json of a tokenizer with 320 tokens."""
    return json.dumps(learn_pairs([TEXT], 320))


def small(folder: Path) -> BytePairs:
    """The tokenizer, read from a file."""
    path = folder / "tokenizer.json"
    path.write_text(learned(), encoding="utf-8")
    made = read_tokenizer_json(path)
    assert isinstance(made, BytePairs)
    return made
