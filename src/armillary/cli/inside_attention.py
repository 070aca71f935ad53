"""inside --attention: one head's scores and pattern, all heads of a block, or all of all blocks."""

import re
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from armillary.cli.inside_asked import Asked, View
from armillary.cli.show import console, say_line, table
from armillary.cli.speaking import bar, percent
from armillary.draw import attention_text, heat_text
from armillary.errors import InputError
from armillary.language import say

if TYPE_CHECKING:
    from armillary.trace.attention import Attention


def attention(asked: Asked, written: str, arcs: bool, alone: bool) -> View:
    """What `written` names: "5.3" a head, "5" a block, "all".

    Raises:
        InputError: it names none of these, or no block or head of the model.
    """
    found = re.fullmatch(r"(\d+)(?:\.(\d+))?", written)
    if written == "all":
        return _all(asked)
    if arcs and asked.columns:
        raise InputError("--columns turns the matrices of --attention; arcs have no rows")
    if found is None:
        raise InputError("{written!r} is no head: write 5.3 for head 3 of block 5, 5 for all heads of it, or all",
                         written=written)
    block = asked.run.attention(int(found[1]))
    return _block(asked, block) if found[2] is None else _head(asked, block, int(found[2]), (arcs, alone))


def _head(asked: Asked, found: "Attention", head: int, how: tuple[bool, bool]) -> View:
    from armillary.trace.pictures import head_arcs_svg, head_svg, seen

    arcs, alone = how
    position, names = asked.position, asked.run.read.names
    sizes = _sizes(asked, found, head)

    def facts() -> dict[str, Any]:
        return {
            "block": found.block, "head": head, "position": position, "tokens": names,
            "pattern": found.pattern(head).tolist(), "scores": found.scores(head).tolist(),
            "scores_before_division": found.scores(head, divided=False).tolist(),
            "entropy": found.entropy(head).tolist(),
            "entropy_without_division": found.entropy(head, divided=False).tolist(), **sizes,
        }

    def tell() -> None:
        pattern, scores, bare = found.pattern(head), found.scores(head), found.scores(head, divided=False)
        undivided = found.pattern(head, divided=False)
        click.echo(attention_text(pattern, [seen(name) for name in names], min(console().width, 100),
                                  columns=asked.columns), nl=False)
        say_line(say("A row is a token that listens, a column one that is listened to.") if not asked.columns else
                 say("A column is a token that listens, a row one that is listened to."))
        say_line()
        say_line(say("What {name}, position {position}, listens to.", name=seen(names[position]), position=position))
        best = np.argsort(-pattern[position], kind="stable")[: max(asked.count, 5)].tolist()
        table((say("token"), say("q · k"), say("score"), say("share"), "", say("share if not divided")), [
            (f"{seen(names[one])} {one}", float(bare[position, one]), float(scores[position, one]),
             percent(float(pattern[position, one])), bar(float(pattern[position, one]), 12),
             percent(float(undivided[position, one]))) for one in best])
        _tell_sizes(asked, found, head, sizes)

    def svg() -> str:
        return head_arcs_svg(found, head, position if alone else None) if arcs else head_svg(found, head, asked.columns)

    return View(facts, tell, svg)


def _sizes(asked: Asked, found: "Attention", head: int) -> dict[str, Any]:
    """What the mask does, and how large patterns are."""
    config, t = asked.model.config, len(asked.run)
    heads = sum(block.attention.n_heads for block in config.blocks)
    facts: dict[str, Any] = {
        "divisor": 1 / found.facts.scale, "d_head": found.facts.d_head, "numbers_a_pattern": t * t, "heads": heads,
        "numbers_of_all_patterns": heads * t * t, "n_ctx": config.n_ctx,
        "numbers_of_all_patterns_at_n_ctx": heads * config.n_ctx**2,
        "evenly": float(np.log(asked.position + 1 if found.facts.causal else t)),
    }
    if found.facts.causal and t > 2:
        middle = t // 2
        row = found.scores(head)[middle].astype(np.float64)
        whole = np.exp(row - row.max())
        facts["mask"] = {"position": middle, "hidden": t - 1 - middle,
                         "sum_if_zeroed_after_the_softmax": float(whole[: middle + 1].sum() / whole.sum())}
    return facts


def _tell_sizes(asked: Asked, found: "Attention", head: int, facts: dict[str, Any]) -> None:
    root = abs(facts["divisor"] ** 2 - facts["d_head"]) < 1e-3
    say_line(say("q · k is divided by {divisor:.2f}, the root of d_head = {d_head}." if root else
                 "q · k is divided by {divisor:.2f} here; d_head is {d_head}.",
                 divisor=facts["divisor"], d_head=facts["d_head"]))
    say_line(say("The entropy of the shares is {entropy:.2f} nats; without the division it would be {without:.2f}, and "
                 "{evenly:.2f} if all were listened to alike.", entropy=float(found.entropy(head)[asked.position]),
                 without=float(found.entropy(head, divided=False)[asked.position]), evenly=facts["evenly"]))
    if mask := facts.get("mask"):
        say_line(say("The mask: before the softmax the scores of later tokens become minus infinity, so that their "
                     "shares are 0 and a row still adds up to 1. Put to 0 after it, the row of position {position} "
                     "would add up to {sum:.3f}.", position=mask["position"],
                     sum=mask["sum_if_zeroed_after_the_softmax"]))
    elif not found.facts.causal:
        say_line(say("Nothing is masked: this model looks both ways."))
    say_line(say("A pattern is the square of the text: {numbers:,} numbers, {all:,} for all {heads} heads; at the "
                 "{n_ctx:,} tokens of the whole context, {most:,}. So none is kept: q and k are, and a pattern is made "
                 "when it is asked for.", numbers=facts["numbers_a_pattern"], all=facts["numbers_of_all_patterns"],
                 heads=facts["heads"], n_ctx=facts["n_ctx"], most=facts["numbers_of_all_patterns_at_n_ctx"]))


def _block(asked: Asked, found: "Attention") -> View:
    from armillary.trace.pictures import block_svg, seen

    position, names = asked.position, asked.run.read.names
    rows = [found.row(head, position) for head in range(found.facts.n_heads)]
    heads: list[dict[str, Any]] = []
    for head, row in enumerate(rows):
        best = np.argsort(-row, kind="stable")[:3].tolist()
        spread = float(-(row[row > 0] * np.log(row[row > 0])).sum())
        heads.append({"head": head, "entropy": spread, "to": [
            {"position": one, "token": names[one], "share": float(row[one])} for one in best if row[one] > 0]})
    facts = {"block": found.block, "position": position, "tokens": names, "heads": heads}

    def tell() -> None:
        say_line(say("Whom {name}, position {position}, listens to in block {block}, head by head.",
                     name=seen(names[position]), position=position, block=found.block))
        table((say("head"), say("listens to"), say("entropy")), [
            (str(one["head"]), "  ".join(f"{seen(each['token'])} {each['position']}: {each['share']:.0%}"
                                         for each in one["to"]), one["entropy"]) for one in heads])
        say_line(say("--attention {block}.0 shows one head with its scores, --out FILE.svg draws them all.",
                     block=found.block))

    return View(lambda: facts, tell, lambda: block_svg(found, asked.columns))


def _all(asked: Asked) -> View:
    """All heads of all blocks: how much each gives to the first token, and how widely it listens."""
    from armillary.trace.pictures import blocks_svg, seen

    position, found = asked.position, []
    for block in range(asked.model.config.n_layers):
        attention = asked.run.attention(block)
        found.append([attention.row(head, position) for head in range(attention.facts.n_heads)])
    names = asked.run.read.names
    facts = {"position": position, "tokens": names, "heads": [
        {"block": block, "head": head, "first": float(row[0]), "itself": float(row[position]),
         "entropy": float(-(row[row > 0] * np.log(row[row > 0])).sum()), "most": int(row.argmax())}
        for block, rows in enumerate(found) for head, row in enumerate(rows)]}

    def tell() -> None:
        say_line(say("How much of its listening {name}, position {position}, gives to the first token: a row for each "
                     "block, a column for each head.", name=seen(names[position]), position=position))
        first = np.array([[row[0] for row in rows] for rows in found], np.float32)
        labels = [str(block) for block in range(len(found))]
        click.echo(heat_text(first, labels, min(console().width, 80), 100), nl=False)
        say_line(say("--out FILE.svg draws all patterns."))

    return View(lambda: facts, tell, lambda: blocks_svg(asked.run, asked.columns))
