"""How a learning is had again: its command line."""

import shlex
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from armillary.train.tokenizer import Source

_OF_ONE_RUN = ("snapshot_seconds", "resume", "force", "share", "progress", "seen", "enough")


def again(kind: str, source: Source, out: Path, asked: Any, plan: Mapping[str, int]) -> str:
    """The command line that makes the same again, for `armillary learn` with the name of a `kind`.

    Args:
        kind: what was learned.
        source: from what.
        out: where it went.
        asked: a dataclass of what was asked for; all that is not as it stands there by itself is said.
        plan: what was chosen and would be chosen otherwise elsewhere: always said.
    """
    several = [source] if isinstance(source, str | Path) else list(source)
    words = ["armillary", "learn", kind, *map(str, several), "--out", str(out)]
    for name, value in plan.items():
        words += [f"--{name}", str(value)]
    for one in fields(asked):
        if one.name not in (*plan, *_OF_ONE_RUN) and getattr(asked, one.name) != one.default:
            option = "from" if one.name == "start" else one.name.replace("_", "-")
            words += [f"--{option}", str(getattr(asked, one.name))]
    return shlex.join(words)
