"""inside: what a head does whatever the text, contexts like this one, and which texts drive a neuron."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from armillary.cli.inside_asked import Asked, View
from armillary.cli.options import lines_in, opened
from armillary.cli.progress import progress
from armillary.cli.show import say_line, table
from armillary.draw import Bar, bars_svg
from armillary.errors import InputError
from armillary.language import say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel


def head(model: "LanguageModel", written: str, count: int) -> View:
    """What a head writes when it is fed, and what it asks for: its two maps of low rank, direction by direction."""
    from armillary.trace.heads import channels, query_map, sizes, value_map

    block, place = _pair(written)
    maps = {"value": value_map(model.transformer, block, place), "query": query_map(model.transformer, block, place)}
    found = {name: channels(model.transformer, low, name == "value", min(count, 6), 4) for name, low in maps.items()}
    numbers = sizes(model.config)

    def facts() -> dict[str, Any]:
        return {"block": block, "head": place, **numbers, **{
            name: [{"strength": each.strength, "reads": _tokens(model, each.reads),
                    "writes": _tokens(model, each.writes)} for each in several] for name, several in found.items()}}

    def tell() -> None:
        say_line(say("Head {head} of block {block}. Its value map would have {full:,} numbers; as two factors, W_V and "
                     "W_O, it has {factors:,}: its rank is {rank} at most.", head=place, block=block, **numbers,
                     rank=maps["value"].first.shape[1]))
        for name, (reads, writes) in {"value": (say("where it finds"), say("it writes")),
                                      "query": (say("where it stands at"), say("it looks for"))}.items():
            say_line()
            table((say("strength"), reads, writes), [
                (f"{one.strength:.2f}", _shown(model, one.reads), _shown(model, one.writes)) for one in found[name]])

    def svg() -> str:
        bars = [Bar(f"{_shown(model, each.reads[:2])} → {_shown(model, each.writes[:2])}", each.strength)
                for each in found["value"]]
        return bars_svg(bars, say("What head {head} of block {block} finds and writes", head=place, block=block))

    return View(facts, tell, svg)


def similar(asked: Asked, target: str) -> View:
    """The contexts of a corpus whose points are most like that of the position."""
    space = opened(target, asked.quiet, choice=False)
    layer = space.origin.get("layer")
    if not isinstance(layer, int):
        raise InputError("{target} does not say at which layer its points stood; make it by `armillary embed FILE --in "
                         "MODEL --layer N --each-token --out FILE.space`", target=target)
    found = [(one.label, float(one.cosine)) for one in space.near(asked.run.at(layer, asked.position), asked.count)]

    def tell() -> None:
        table((say("context"), say("cosine")), found)
        say_line(say("Of {count:,} points at layer {layer}.", count=len(space), layer=layer))

    return View(
        lambda: {"layer": layer, "position": asked.position, "of": len(space),
                 "similar": [{"context": label, "cosine": cosine} for label, cosine in found]},
        tell, lambda: bars_svg([Bar(*one) for one in found], say("Contexts like this one, by cosine")))


def neuron(model: "LanguageModel", written: str, corpus: Path | None, count: int, quiet: bool) -> View:
    """The lines of a corpus that drive one unit of an MLP most."""
    from armillary.trace.corpus import Corpus
    from armillary.trace.neurons import drivers

    block, unit = _pair(written)
    if corpus is None:
        raise InputError("in which text? Say --corpus FILE, a text a line")
    lines = Corpus(model.tokenizer, lines_in(corpus), model.config.n_ctx)
    with progress(say("reading"), quiet) as told:
        found = drivers(model.transformer, lines, block, unit, count, told)

    def tell() -> None:
        say_line(say("What drives unit {unit} of block {block} most:", unit=unit, block=block))
        table((say("context"), say("says")), [(one.label, one.activation) for one in found])

    title = say("What drives unit {unit} of block {block} most:", unit=unit, block=block)
    return View(
        lambda: {"block": block, "unit": unit, "lines": [
            {"line": one.line, "position": one.position, "context": one.label, "activation": one.activation}
            for one in found]},
        tell, lambda: bars_svg([Bar(one.label, one.activation) for one in found], title))


def _pair(written: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)\.(\d+)", written)
    if found is None:
        raise InputError("{written!r}: write the number of the block and the number in it, as in 5.3", written=written)
    return int(found[1]), int(found[2])


def _tokens(model: "LanguageModel", several: Any) -> list[dict[str, Any]]:
    from armillary.speak.candidates import name

    return [{"id": one, "token": name(model.tokenizer, one), "value": value} for one, value in several]


def _shown(model: "LanguageModel", several: Any) -> str:
    from armillary.trace.pictures import seen

    return " ".join(seen(one["token"]) for one in _tokens(model, several))
