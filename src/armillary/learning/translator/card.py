"""What came of the learning of a translator."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from armillary.formats.aside import file_aside
from armillary.language import Note
from armillary.learning.gpt.card import NAME
from armillary.learning.supervised.figures import Part


@dataclass(frozen=True)
class Example:
    """A held-out source, what it should become, and what the translator says."""

    source: str
    target: str
    said: str


@dataclass(frozen=True)
class Card:
    """What was learned. `learned.json` in the folder holds it.

    Attributes:
        out: the folder.
        columns: of sources and of targets.
        pairs: that were learned from.
        characters: all that the sources of these have.
        d_model, n_layers, n_heads, n_ctx, d_vocab: the model's.
        steps: how many were made.
        held: held-out sources of which the target is said exactly, to the last character.
        commonest: the same of who always says the commonest target.
        shown: the first of them.
        missed: the first of those that are not.
        parameters: by kind.
        trail: at each look: step, loss since the last, the part of some held-out sources that are said exactly.
        seconds: it took, in all.
        sha256: of model.safetensors.
        command: repeats it, bit for bit on the same machine with as many threads.
        threads: that computed.
        notes: what was odd, or had to be said.
    """

    out: str
    columns: tuple[str, str]
    pairs: int
    characters: str
    d_model: int
    n_layers: int
    n_heads: int
    n_ctx: int
    d_vocab: int
    steps: int
    held: Part
    commonest: Part
    shown: Sequence[Example]
    missed: Sequence[Example]
    parameters: Mapping[str, int]
    trail: Sequence[tuple[int, float, float]]
    seconds: float
    sha256: str
    command: str
    threads: int
    notes: Sequence[Note] = field(default=())

    def facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "notes": [str(note) for note in self.notes]}

    def write(self, folder: Path) -> None:
        """Write it into the folder of the model, without the time that it took: equal runs give equal files."""
        kept = {name: value for name, value in self.facts().items() if name not in ("out", "seconds")}
        with file_aside(folder / NAME, force=True) as file:
            file.write((json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode())
