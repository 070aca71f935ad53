"""What Armillary says, in the reader's language.

The English sentence in the code is the key; `locale/zh.json` holds the Chinese one. A test reads every sentence
out of the source and fails when its translation, or one of its {placeholders}, is missing.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")

_current: ContextVar[str] = ContextVar("language", default="en")


def current() -> str:
    """The language now spoken: one of LANGUAGES."""
    return _current.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` ("en" or "zh") inside a `with` block; others fall back to English."""
    token = _current.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _current.reset(token)


def from_environment() -> str:
    """The language that LC_ALL, LC_MESSAGES or LANG asks for, English where none says Chinese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def from_header(accepted: str) -> str:
    """The language that a browser asks for first in Accept-Language, English where that is not Chinese."""
    return "zh" if accepted.lower().startswith("zh") else "en"


def say(sentence: str, /, **facts: object) -> str:
    """`sentence` in the current language with {facts} filled in; text from outside is made printable."""
    if current() != "en":
        sentence = catalogue(current()).get(sentence, sentence)
    return sentence.format(**{k: printable(v) if isinstance(v, str) else v for k, v in facts.items()})


@cache
def catalogue(language: str) -> dict[str, str]:
    """The translations of `language`: English sentence -> sentence."""
    text = (Path(__file__).parent / "locale" / f"{language}.json").read_text(encoding="utf-8")
    sentences: dict[str, str] = json.loads(text)
    return sentences


def printable(text: str) -> str:
    r"""`text` with control characters written as escapes, so that a label cannot steer the terminal.

    >>> printable("red\x1b[31m")
    'red\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in text)


@dataclass(frozen=True)
class Note:
    """A sentence to be said later, in whatever language is then spoken: a reader's warning, for one."""

    sentence: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.sentence, **self.facts)
