"""inside: the overview, the lens, what adds up to a score, losses, norms."""

from typing import Any

import click

from armillary.cli.inside_asked import Asked, View, numbered, token_of
from armillary.cli.pages import wrapped
from armillary.cli.progress import progress
from armillary.cli.show import console, say_line, table
from armillary.cli.speaking import bar, percent
from armillary.draw import Bar, Line, bars_svg, bars_text, lines_svg, readings_text
from armillary.draw.measure import left, right, shorten
from armillary.language import say

GRID = 14
"""Positions that a lens is read at, if none is named."""


def overview(asked: Asked) -> View:
    """The tokens, what the last position listens to block by block, what each depth would say, and the next words."""
    facts: dict[str, Any] = {"model": asked.model.name, **_text(asked), "listens": _listens(asked)}
    if asked.model.config.unembedding is not None:
        found = asked.run.lens([asked.position])
        facts["layers"] = [
            {"layer": layer, "token": found.names[layer][0][0], "chance": float(found.chances[layer, 0, 0]),
             "rank_of_the_answer": int(found.token_ranks[layer, 0])}
            for layer in range(len(found.depths))
        ]
        facts["answer"] = asked.run.token(found.token)
    if _writes(asked):
        facts["next"] = following(asked.run, asked.count, asked.position)
    return View(lambda: facts, lambda: _tell_overview(asked, facts), lambda: asked.run._repr_html_())


def lens(asked: Asked, token: str, middles: bool, alone: bool) -> View:
    """Every layer read as if it were the last, at some positions; `alone`: at one, with the likeliest tokens."""
    from armillary.trace.pictures import lens_svg, readings, seen

    chosen = [asked.position] if alone else list(range(max(0, asked.position + 1 - GRID), asked.position + 1))
    one = token_of(asked.model, token) if token else None
    with progress(say("reading"), asked.quiet) as told:
        found = asked.run.lens(chosen, one, middles, asked.count, told)
    name = asked.run.token(found.token)
    facts = {**_text(asked), "positions": list(found.positions), "token": {"id": found.token, "text": name}, "depths": [
        {"depth": depth, "read": [
            {"position": position, "tokens": list(names), "chances": chances.tolist(), "rank_of_the_token": int(rank),
             "chance_of_the_token": float(chance)}
            for position, names, chances, rank, chance in zip(found.positions, *layer, strict=True)]}
        for depth, *layer in zip(found.depths, found.names, found.chances, found.token_ranks, found.token_chances,
                                 strict=True)]}

    def tell() -> None:
        if alone:
            rows = [(f"{depth:g}", "  ".join(f"{shorten(seen(token), 9)} {chance:.0%}" for token, chance in
                     zip(names[0][:3], chances[0], strict=False)), int(rank[0]), percent(float(chance[0])))
                    for depth, names, chances, rank, chance in zip(
                        found.depths, found.names, found.chances, found.token_ranks, found.token_chances, strict=True)]
            table((say("depth"), say("would say"), say("rank of {token}", token=seen(name)), say("its chance")), rows)
        else:
            click.echo(readings_text(readings(found), min(console().width, 120)), nl=False)
            say_line(say("The mark before each word tells its chance: ▁ little, █ sure."))
        say_line(say("Depth 0 is the start, 1 what stands after block 0; read by the last norm and the unembedding."))
        if middles:
            say_line(say("0.5 is what stands between attention and MLP of block 0."))

    return View(lambda: facts, tell, lambda: lens_svg(found))


def contributions(asked: Asked, token: str) -> View:
    """What each part of the model adds to one score."""
    from armillary.trace.pictures import bars, contributions_svg, seen

    found = asked.run.contributions(asked.position, token_of(asked.model, token) if token else None)
    facts = {**_text(asked), "token": {"id": found.token, "text": found.name}, "score": found.score,
             "error": found.error, "scale": found.scale,
             "parts": [{"part": part.part, "score": part.score} for part in found.parts]}

    def tell() -> None:
        drawn = bars(found, max(asked.count, 12))
        say_line(say("What adds up to the score of {name} after {last}:", name=seen(found.name),
                     last=seen(asked.run.read.names[found.position])))
        click.echo(bars_text(drawn, min(console().width, 100)), nl=False)
        say_line(say("Sum {sum:.4f}; the model's own score {score:.4f}; difference {error:.0e}.",
                     sum=sum(part.score for part in found.parts), score=found.score, error=found.error))
        say_line(say("The last norm divides all by {scale:.2f}, which is held; a part says what it writes directly, "
                     "not what later blocks make of it.", scale=found.scale))

    return View(lambda: facts, tell, lambda: contributions_svg(found))


def losses(asked: Asked) -> View:
    """How surprising each token was to the model."""
    from armillary.trace.pictures import seen

    nats = asked.run.losses().tolist()
    pieces = asked.run.read.pieces[1:]
    facts = {"losses": [{"position": place, "id": piece.id, "token": piece.name, "nats": one}
                        for place, (piece, one) in enumerate(zip(pieces, nats, strict=True), 1)],
             "mean": sum(nats) / len(nats) if nats else None}
    shown = list(enumerate(zip(pieces, nats, strict=True), 1))
    if len(shown) > 40:
        shown = sorted(shown, key=lambda one: -one[1][1])[:40]
    drawn = [Bar(f"{seen(piece.name)} {place}", one) for place, (piece, one) in shown]

    def tell() -> None:
        say_line(say("The loss of each token, in nats: -ln of the chance that it had."))
        if len(nats) > 40:
            say_line(say("{count:,} tokens; the 40 that surprised most:", count=len(nats)))
        click.echo(bars_text(drawn, min(console().width, 100)), nl=False)
        say_line(say("mean {mean:.4f} nats; the first token is not counted: nothing tells it", mean=facts["mean"]))

    return View(lambda: facts, tell, lambda: bars_svg(drawn, say("The loss of each token, in nats")))


def norms(asked: Asked) -> View:
    """What each norm does to the point at the position."""
    from dataclasses import asdict

    from armillary.trace.norms import norms as normed

    found = normed(asked.run, asked.position)
    facts = {**_text(asked), "norms": [asdict(one) for one in found]}

    def tell() -> None:
        spread = [(one.before, one.scaled, one.after, one.gain) for one in found]
        rows = [(_norm(one.place), *(f"{each.mean:+.3f}±{each.deviation:.3f}" for each in some))
                for one, some in zip(found, spread, strict=True)]
        table((say("norm"), say("before"), say("to scale"), say("after the gain"), say("the gain")), rows)
        say_line(say(_SENTENCES_OF_NORMS[found[0].kind]) if found else "")

    def svg() -> str:
        lines = [Line(say("before"), [one.before.deviation for one in found]),
                 Line(say("after the gain"), [one.after.deviation for one in found])]
        steps = [_norm(one.place) for one in found]
        return lines_svg(lines, steps, say("The deviation of a point's numbers, norm by norm"))

    return View(lambda: facts, tell, svg)


def _norm(place: str) -> str:
    """A norm by its block and the part that it stands before or after."""
    block, _, rest = place.partition(".")
    return f"{block} {say('MLP') if rest.endswith('mlp') else say('attention')}" if rest else say("end")


_SENTENCES_OF_NORMS = {
    "rms": "Mean ± standard deviation of the point's numbers. An RMSNorm divides by the root of their mean square and "
    "does not centre: the mean stays in proportion. Then each number is multiplied by a gain of its own, which was "
    "learned, so that what goes on need not have deviation 1.",
    "layer": "Mean ± standard deviation of the point's numbers. A LayerNorm takes the mean away and divides by the "
    "deviation; then gain and bias, which were learned, stretch and move each number, so that mean 0 and deviation 1 "
    "do not last.",
}


def following(run: Any, count: int, position: int = -1) -> list[dict[str, Any]]:
    """The tokens that may come after a position."""
    from armillary.speak.candidates import candidates

    found = candidates(run.scores([position])[0], run.tokenizer, count)
    return [{"token": one.token, "id": one.id, "chance": one.probability, "score": one.logit} for one in found]


def _text(asked: Asked) -> dict[str, Any]:
    listed = [{"position": place, "id": piece.id, "text": piece.name}
              for place, piece in enumerate(asked.run.read.pieces)]
    return {"tokens": listed, "position": asked.position}


def _writes(asked: Asked) -> bool:
    """Whether the model predicts what comes next."""
    config = asked.model.config
    return config.unembedding is not None and all(block.attention.causal for block in config.pattern)


def _listens(asked: Asked) -> list[dict[str, Any]]:
    """For each block, to whom the position listens most, in the mean over its heads."""
    import numpy as np

    found = []
    for block in range(asked.model.config.n_layers):
        attention = asked.run.attention(block)
        heads = attention.facts.n_heads
        mean = np.mean([attention.row(head, asked.position) for head in range(heads)], axis=0)
        best = np.argsort(-mean, kind="stable")[:3].tolist()
        found.append({"block": block, "to": [{"position": one, "token": asked.run.read.names[one],
                                              "share": float(mean[one])} for one in best if mean[one] > 0]})
    return found


def _tell_overview(asked: Asked, facts: dict[str, Any]) -> None:
    from armillary.trace.pictures import seen

    config = asked.model.config
    say_line(say("{model}: {blocks} blocks of {heads} heads, points of {d_model} numbers", model=asked.model.name,
                 blocks=config.n_layers, heads=config.pattern[0].attention.n_heads, d_model=config.d_model))
    for line in wrapped("   ".join(numbered(asked.run)), 78):
        click.echo(f"  {line}")
    click.echo()
    last = seen(asked.run.read.names[asked.position])
    say_line(say("Block by block: what the layer before it would say comes after {last} (position {position}), and to "
                 "whom that listens, in the mean over the heads.", last=last, position=asked.position))
    said = facts.get("layers", [])
    lines = [(str(one["block"]), _said(said, one["block"]), _heard(one["to"])) for one in facts["listens"]]
    lines.append((say("end"), _said(said, config.n_layers), ""))
    click.echo(f"{right(say('block'), 5)}  {left(say('would say'), 25)}{say('listens to')}")
    for block, words, heard in lines:
        click.echo(f"{right(block, 5)}  {left(words, 25)}{heard}".rstrip())
    if "next" in facts:
        click.echo()
        rows = [(seen(one["token"]), one["score"], percent(one["chance"]), bar(one["chance"])) for one in facts["next"]]
        table((say("next"), say("score"), say("chance"), ""), rows)


def _said(layers: list[dict[str, Any]], layer: int) -> str:
    from armillary.trace.pictures import seen

    if not layers:
        return ""
    one = layers[layer]
    return left(shorten(seen(one["token"]), 14), 15) + percent(one["chance"])


def _heard(to: list[dict[str, Any]]) -> str:
    from armillary.trace.pictures import seen

    return "  ".join(f"{shorten(seen(one['token']), 8)} {one['position']}: {one['share']:.0%}" for one in to)
