"""JSON out of files that may lie: no key twice, no NaN, no stack or digit tricks."""

import json
from pathlib import Path
from typing import Any, NoReturn

from armillary.errors import DamagedFile


def parse_json(path: Path, text: bytes) -> Any:
    """The value that `text`, which stands in the file `path`, denotes.

    Python's parser alone would take the last of two equal keys, and NaN.

    Raises:
        DamagedFile: not UTF-8, not JSON, a key twice, NaN or infinity, or nested too deeply.
    """
    try:
        return json.loads(text.decode(), object_pairs_hook=_distinct_keys, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DamagedFile(path, "holds JSON that cannot be read: {reason}", reason=str(error)) from error


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twin = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twin!r} stands there twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
