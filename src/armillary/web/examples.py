"""What the pages show before anybody types: the same file that the front end is built with."""

import json
from functools import cache
from importlib import resources
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@cache
def examples() -> dict[str, Any]:
    """The file: texts by page and language, sentences, expressions, pairs."""
    found: dict[str, Any] = json.loads((resources.files("armillary.web") / "examples.json").read_text("utf-8"))
    return found
