"""inside: what if a part were silent, said something else, or had a direction more? The next words before and after."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from armillary.cli.inside_asked import Asked, View
from armillary.cli.show import say_line, table
from armillary.cli.speaking import percent
from armillary.draw import Bar, bars_svg
from armillary.errors import InputError
from armillary.language import say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel
    from armillary.trace.changes import Change
    from armillary.trace.where import Where


def changes(
    model: "LanguageModel", ablated: Sequence[str], arg_max: Sequence[str], patched: Sequence[str],
    steered: Sequence[str],
) -> "list[Change]":
    """What steps in, in the order: patches, ablations, arg-max, steering.

    Raises:
        NotFound, InputError: a place that the model has not, or something that is not written as the help says.
    """
    from armillary.trace.changes import ablate, listen_to_one
    from armillary.trace.where import where

    config = model.config
    return [
        *(_patch(model, written) for written in patched),
        *(ablate(where(written, config)) for written in ablated),
        *(listen_to_one(where(_pattern(written), config)) for written in arg_max),
        *(_steer(model, written) for written in steered),
    ]


def what_if(asked: Asked, text: str, written: Sequence[str]) -> View:
    """The next words before and after the changes `written`."""
    from armillary.speak.candidates import name
    from armillary.speak.sample import softmax
    from armillary.trace.pictures import seen

    plain = asked.model.trace(text)
    before, after = (softmax(run.scores([asked.position])[0]) for run in (plain, asked.run))
    places = np.argsort(-np.maximum(before, after), kind="stable")[: asked.count].tolist()
    rank = [(int((odds > odds[one]).sum()) + 1) for one in places for odds in (before, after)]
    rows = [{"token": name(asked.model.tokenizer, one), "id": one, "before": float(before[one]),
             "after": float(after[one]), "rank_before": rank[2 * place], "rank_after": rank[2 * place + 1]}
            for place, one in enumerate(places)]
    moved = float(np.abs(before - after).sum() / 2)
    facts = {"changes": list(written), "position": asked.position, "next": rows, "moved": moved}

    def tell() -> None:
        for one in written:
            say_line(one)
        table((say("token"), say("chance before"), say("after it"), say("rank before"), say("after it")), [
            (seen(str(row["token"])), percent(float(before[row["id"]])), percent(float(after[row["id"]])),
             row["rank_before"], row["rank_after"]) for row in rows])
        say_line(say("{moved:.1%} of the chance has moved to other tokens.", moved=moved))

    def svg() -> str:
        bars = [Bar(seen(str(row["token"])), float(after[row["id"]] - before[row["id"]])) for row in rows]
        return bars_svg(bars, say("What changes in the chances: {written}", written="; ".join(written)))

    return View(lambda: facts, tell, svg)


def _pattern(written: str) -> str:
    """A head as `5.3` as the place of its pattern; a place stays as it is."""
    found = re.fullmatch(r"(\d+)\.(\d+)(@.*)?", written)
    return written if found is None else f"{found[1]}.pattern.{found[2]}{found[3] or ''}"


def _patch(model: "LanguageModel", written: str) -> "Change":
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


def _steer(model: "LanguageModel", written: str) -> "Change":
    """`LAYER[@POSITIONS]: EXPR [* STRENGTH]`: texts with + and - between, each taken at its last point."""
    from armillary.space.expression import parse
    from armillary.trace.changes import add

    found = re.fullmatch(r"\s*(\d+)(@[-\d,]+)?\s*:\s*(.+?)(?:\s*\*\s*(-?\d+(?:\.\d+)?))?\s*", written)
    if found is None:
        raise InputError("{written!r} is no steering: write \"LAYER: TEXT - TEXT * STRENGTH\", as in "
                         "\"6: Love - Hate * 4\"", written=written)
    layer, expression = int(found[1]), found[3]
    quoted = " ".join(part if part in ("+", "-") or part.startswith('"') else f'"{part}"'
                      for part in map(str.strip, re.split(r"((?:^|(?<=\s))[+-](?=\s))", expression)) if part)
    direction = sum(term.factor * model.trace(term.label).at(layer, -1).vector for term in parse(quoted))
    return add(_layer(model, layer, found[2] or ""), direction, float(found[4] or 1))


def _layer(model: "LanguageModel", layer: int, at: str) -> "Where":
    """The place where a layer stands."""
    from armillary.trace.where import where

    last = model.config.n_layers
    return where(f"{last - 1}.resid_post{at}" if layer == last else f"{layer}.resid_pre{at}", model.config)


def listed(chosen: dict[str, Sequence[str]]) -> list[str]:
    """The changes as they were written, each after its option."""
    return [f"--{option} {one}" for option, several in chosen.items() for one in several]

