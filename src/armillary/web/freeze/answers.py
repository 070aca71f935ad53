"""Questions answered once, for a copy that will never ask again: the same call and the same JSON as the server's."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from armillary.errors import ArmillaryError
from armillary.language import speaking
from armillary.web.library import Library
from armillary.web.route import Route, facts_of, plain
from armillary.web.schema import read

SPEAKING = {"home", "space"}
"""Paths whose answers hold sentences; so do refusals."""


def line(path: str, question: dict[str, Any]) -> str:
    """A question as one line: the front end writes the same (`line` in explorer/src/lib/frozen.ts)."""
    if not question:
        return path
    said = json.dumps(_whole(question), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{path} {said}"


def _whole(value: Any) -> Any:
    """Numbers as JavaScript writes them, 1.0 as 1; a field that holds an empty object says nothing."""
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items() if one != {}}
    if isinstance(value, list | tuple):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def kept(library: Library, route: Route, question: dict[str, Any]) -> dict[str, Any]:
    """The answer to a question; in Chinese too, where it is another.

    Raises:
        InputError: there is no such question: the plan and the route disagree.
    """
    asked = read(route.question, question)
    found = {"en": _answer(library, route, asked, "en")}
    if route.path in SPEAKING or "failed" in found["en"]:
        found["zh"] = _answer(library, route, asked, "zh")
    return found


def _answer(library: Library, route: Route, asked: Any, language: str) -> dict[str, Any]:
    with speaking(language):
        try:
            return {"answer": _sent(route, route.call(library, asked))}
        except (ArmillaryError, ValueError) as error:
            return {"failed": facts_of(error)}


def _sent(route: Route, found: Any) -> Any:
    """What the client gets: numbers in base 64, a stream as a list."""
    if route.sent == "bytes":
        return base64.b64encode(np.ascontiguousarray(found, "<f4").tobytes()).decode("ascii")
    if route.sent == "text":
        return found.decode("utf-8", "replace")
    return [plain(step) for step in found] if route.sent == "events" else plain(found)


def script(call: str, *values: Any) -> bytes:
    """A classic script that hands JSON to a function: ASCII, so that no host's charset can spoil it."""
    said = ",".join(json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False) for value in values)
    return f"{call}({said});\n".encode("ascii")


def by_path(routes: Sequence[Route]) -> dict[str, Route]:
    """The routes by their paths."""
    return {route.path: route for route in routes}
