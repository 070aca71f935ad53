"""Changes as people write them.

5.z.3                                       a place that is silent
5.3                                         a head whose pattern takes only the position listened to most
5.resid_post@-1=The capital of Italy is     what stands there in another text; @3:4 is 3 here and 4 there
6: Love - Hate * 4                          a direction more at a layer: texts with + and -, taken at their ends
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from armillary.errors import InputError
from armillary.space.expression import parse
from armillary.trace.changes import Change, ablate, add, listen_to_one
from armillary.trace.run import Run
from armillary.trace.where import Where, where
from armillary.transformer.config import Config
from armillary.transformer.places import Tap


@runtime_checkable
class Traced(Protocol):
    """A model that reads texts with somebody looking on."""

    @property
    def config(self) -> Config:
        """What it is."""

    def trace(self, text: str, *changes: Tap) -> Run:
        """A text on its way."""


@dataclass(frozen=True)
class Written:
    """Changes as written, by kind."""

    silent: Sequence[str] = ()
    arg_max: Sequence[str] = ()
    patched: Sequence[str] = ()
    steered: Sequence[str] = ()


def changes(model: Traced, written: Written) -> list[Change]:
    """What steps in, in the order: patches, silence, arg-max, steering.

    Raises:
        NotFound, InputError: a place that the model has not, or something that is not written as it should be.
    """
    config = model.config
    return [
        *(_patch(model, one) for one in written.patched),
        *(ablate(where(one, config)) for one in written.silent),
        *(listen_to_one(where(_pattern(one), config)) for one in written.arg_max),
        *(_steer(model, one) for one in written.steered),
    ]


def _pattern(written: str) -> str:
    """A head as `5.3` as the place of its pattern; a place stays as it is."""
    found = re.fullmatch(r"(\d+)\.(\d+)(@.*)?", written)
    return written if found is None else f"{found[1]}.pattern.{found[2]}{found[3] or ''}"


def _patch(model: Traced, written: str) -> Change:
    """`PLACE=TEXT`; after @ the position here, and after a colon that in the other text: `5.resid_post@3:4=...`."""
    place, equals, text = written.partition("=")
    if not (equals and text):
        raise InputError("{written!r} is no patch: write PLACE=TEXT, as in 5.resid_post@-1=\"The capital of Italy is\"",
                         written=written)
    name, at, positions = place.partition("@")
    here, colon, there = positions.partition(":")
    other = model.trace(text)
    if not at:
        return other.patch(name)
    listed = other.where(f"{name}@{here}").positions
    return other.patch(f"{name}@{there if colon else here}", at=listed)


def _steer(model: Traced, written: str) -> Change:
    """`LAYER[@POSITIONS]: EXPR [* STRENGTH]`: texts with + and - between, each taken at its last point."""
    found = re.fullmatch(r"\s*(\d+)(@[-\d,]+)?\s*:\s*(.+?)(?:\s*\*\s*(-?\d+(?:\.\d+)?))?\s*", written)
    if found is None:
        raise InputError("{written!r} is no steering: write \"LAYER: TEXT - TEXT * STRENGTH\", as in "
                         "\"6: Love - Hate * 4\"", written=written)
    layer, expression = int(found[1]), found[3]
    quoted = " ".join(part if part in ("+", "-") or part.startswith('"') else f'"{part}"'
                      for part in map(str.strip, re.split(r"((?:^|(?<=\s))[+-](?=\s))", expression)) if part)
    direction = sum(term.factor * model.trace(term.label).at(layer, -1).vector for term in parse(quoted))
    return add(_layer(model.config, layer, found[2] or ""), direction, float(found[4] or 1))


def _layer(config: Config, layer: int, at: str) -> Where:
    """The place where a layer stands."""
    last = config.n_layers
    return where(f"{last - 1}.resid_post{at}" if layer == last else f"{layer}.resid_pre{at}", config)
