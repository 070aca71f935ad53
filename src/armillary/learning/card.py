"""The card of what was learned: what all of them say, and where it is kept."""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from armillary.errors import ArmillaryWarning
from armillary.formats.aside import file_aside
from armillary.formats.bounded import open_regular
from armillary.language import Note

CARD = "learned.json"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What was learned. `learned.json` in the folder holds it.

    Attributes:
        out: the folder.
        steps: how many were made.
        parameters: by kind.
        trail: at each look: step, loss since the last, what was then measured on what is held out.
        seconds: it took, in all.
        sha256: of model.safetensors; where some of the numbers lie in spaces, of all numbers.
        notes: what was odd, or had to be said.
    """

    out: str
    steps: int
    parameters: Mapping[str, int]
    trail: Sequence[tuple[int, float, float]]
    seconds: float
    sha256: str
    notes: Sequence[Note]

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "notes": [str(note) for note in self.notes]}

    def write(self, folder: Path) -> None:
        """Write it into the folder, without that's name and the time it took: equal runs give equal files."""
        facts = {name: value for name, value in self.facts().items() if name not in ("out", "seconds")}
        with file_aside(folder / CARD, force=True) as file:
            file.write((json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())


C = TypeVar("C", bound=Card)


def warned(card: C) -> C:
    """The card; its notes become warnings of the function that called the one which asks for this."""
    for note in card.notes:
        warnings.warn(str(note), ArmillaryWarning, stacklevel=3)
    return card


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
