"""What the pages show before anybody types: the same file that the front end is built with."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "zh")


@cache
def examples() -> dict[str, Any]:
    """The file: texts by page and language, sentences, expressions, pairs."""
    found: dict[str, Any] = json.loads((resources.files("armillary.web") / "examples.json").read_text("utf-8"))
    return found


@dataclass(frozen=True)
class Texts:
    """The texts of the pages.

    Attributes:
        own: what stands in their place, or "".
    """

    own: str = ""

    def of(self, *pages: str) -> list[str]:
        """What these pages begin with, in both languages, each once."""
        if self.own:
            return [self.own]
        return list(dict.fromkeys(examples()["texts"][page][one] for page in pages for one in LANGUAGES))


def words_of(kind: str) -> tuple[str, ...]:
    """The languages of the words that points are asked about: word vectors are English here, models know both."""
    return LANGUAGES if kind == "model" else ("en",)
