"""What the files of a model say of how it speaks, besides its numbers: tokens that end a text, a chat template."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile
from armillary.formats.bounded import map_file
from armillary.formats.strict_json import parse_json
from armillary.text.tokenizer import Tokenizer

LARGEST_TEMPLATE = 1 << 20
"""Bytes; the longest that are published have some tens of thousands."""
_ENDS = ("eos", "eot", "eom")


@dataclass(frozen=True)
class Speaking:
    """How a model speaks.

    Attributes:
        stops: ids with which it says that it is done.
        template: its chat template as it stands in the file, a little program that is never run; "" if there is none.
    """

    stops: frozenset[int] = frozenset()
    template: str = ""


def told_by_gguf(path: Path, facts: Mapping[str, Any]) -> Speaking:
    """What the facts of a GGUF file say.

    Raises:
        DamagedFile: a template that is none, or too long.
    """
    ends = (facts.get(f"tokenizer.ggml.{name}_token_id") for name in _ENDS)
    return Speaking(frozenset(end for end in ends if type(end) is int),
                    _template(path, facts.get("tokenizer.chat_template")))


def told_by_folder(folder: Path, tokenizer: Tokenizer) -> Speaking:
    """What generation_config.json, config.json, tokenizer_config.json and chat_template.jinja in a folder say.

    Raises:
        DamagedFile: one of them is no JSON object, or has a template that is none, or too long.
    """
    config = _object(folder / "tokenizer_config.json")
    stops: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        stops |= _ids(_object(folder / name).get("eos_token_id"))
    written = config.get("eos_token")
    written = written.get("content") if isinstance(written, dict) else written
    stops |= {one.id for one in tokenizer.vocabulary.added if one.text == written}
    jinja = folder / "chat_template.jinja"
    if not jinja.is_file():
        return Speaking(frozenset(stops), _template(folder, _default(config.get("chat_template"))))
    try:
        return Speaking(frozenset(stops), _template(jinja, bytes(map_file(jinja)[: LARGEST_TEMPLATE + 1]).decode()))
    except UnicodeDecodeError as error:
        raise DamagedFile(jinja, "is not text in UTF-8", offset=error.start) from error


def _default(found: Any) -> Any:
    """The template itself; of several that have names, the one called default."""
    if isinstance(found, list):
        named = {one.get("name"): one.get("template") for one in found if isinstance(one, dict)}
        return named.get("default")
    return found


def _template(path: Path, found: Any) -> str:
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > LARGEST_TEMPLATE:
        raise DamagedFile(path, "has a chat template that is no text, or too long to be one")
    return found


def _ids(found: Any) -> set[int]:
    listed = found if isinstance(found, list) else [found]
    return {one for one in listed if type(one) is int}


def _object(path: Path) -> dict[str, Any]:
    """The keys of a JSON file; none if it is not there."""
    if not path.is_file():
        return {}
    found = parse_json(path, bytes(map_file(path)))
    if not isinstance(found, dict):
        raise DamagedFile(path, "is not a JSON object")
    return found
