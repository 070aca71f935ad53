"""count: every parameter of a model, from its config alone."""

import re
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import json_option
from armillary.cli.show import as_json, say_line, table
from armillary.count import NOTHING, Ledger, Row, count
from armillary.errors import InputError, NotFound
from armillary.language import say
from armillary.published.configs import Named, named, read_config
from armillary.transformer.config import Config

# Kinds of tensors, and parts without any, as people read them.
SENTENCES_OF_KINDS = {
    "embedding": "embedding (W_E)", "positions": "positions (W_pos)", "types": "segments (W_type)",
    "pairs": "pairs of tokens (W_pair)",
    "query": "query (W_Q)", "key": "key (W_K)", "value": "value (W_V)", "output": "output (W_O)",
    "up-projection": "up-projection (W_in)", "gate-projection": "gate (W_gate)",
    "down-projection": "down-projection (W_out)", "router": "router (W_router)", "norms": "norms, gain and bias",
    "biases": "biases", "transform": "transform", "unembedding": "unembedding (W_U)", "pooler": "pooler",
    "rotary": "rotary positions", "sinusoids": "sinusoidal positions", "mask": "mask", "softmax": "softmax",
    "activation": "activation", "residual addition": "residual addition", "dropout": "dropout",
    "soft cap": "soft cap",
}


@command(
    "count",
    """
    armillary count gpt2
    armillary count gpt-3 --by row
    armillary count qwen3-0.6b --json
    """,
)
@click.argument("target", metavar="TARGET|NAME")
@option("--by", type=click.Choice(["kind", "row"]), default="kind", show_default=True,
        help="Sums by what the tensors are for, or the tensors themselves.")
@json_option
def count_command(target: str, by: str, json_: bool) -> None:
    """Every parameter of a model: each tensor with its shape, formula and number.

    TARGET is a config.json, the folder that it lies in, or a GGUF file. NAME is a published model (gpt2, gpt2-xl,
    gpt-3, llama-3-8b, qwen3-0.6b, gemma3-270m, smollm2-135m, bert-base-uncased and more) or a model on the shelf. Only
    the config is read, never the weights. Tied tensors are counted once.
    """
    known, config = _asked(target)
    ledger = count(config)
    name = known.name if known else target
    if json_:
        return as_json(_facts(name, ledger, known))
    say_line(say("{name}: {total:,} parameters", name=name, total=ledger.total))
    say_line()
    if by == "row":
        return _rows(ledger)
    _kinds(ledger)
    return _costs(ledger, known)


def _asked(target: str) -> tuple[Named | None, Config]:
    """The config that is meant, and what is known of it: what lies on the disk goes before a name."""
    if Path(target).exists():
        return None, read_config(Path(target))
    try:
        known = named(target)
    except NotFound as unknown:
        from armillary.opening import WITH_MODEL, located  # brings NumPy, for which a name must not wait
        from armillary.shelf import Shelf

        kinds = {entry.name: entry.kind for entry in Shelf().entries}
        if target not in kinds:
            raise unknown from None
        if kinds[target] not in WITH_MODEL:
            raise InputError("{name!r} is no model; see armillary info {name}", name=target) from None
        return None, read_config(located(target, WITH_MODEL))
    return known, known.config


def _facts(name: str, ledger: Ledger, known: Named | None) -> dict[str, Any]:
    n_ctx = ledger.config.n_ctx
    return {
        "name": name, "total": ledger.total, "active": ledger.active, "by_kind": ledger.by_kind,
        "eight": ledger.eight | {"total": sum(ledger.eight.values())}, "bytes": ledger.bytes,
        "cache": {"per_token": ledger.cached(), "n_ctx": ledger.cached(n_ctx)},
        "flops": {"first_token": ledger.flops(), "last_token": ledger.flops(n_ctx)},
        "n_ctx": n_ctx, "source": known and known.source, "published": known and known.published,
        "rows": [asdict(row) for row in ledger.rows],
    }


def _kinds(ledger: Ledger) -> None:
    """Sums by kind, in the order in which a token meets them; what has no parameters at the end."""
    lines: list[tuple[object, ...]] = []
    for kind, parameters in ledger.by_kind.items():
        rows = [row for row in ledger.rows if row.kind == kind]
        tied = next((row.tied for row in rows if row.tied and not parameters), "")
        share = say("is {tensor}", tensor=tied.rpartition(".")[2]) if tied else f"{100 * parameters / ledger.total:.1f}"
        lines.append((say(SENTENCES_OF_KINDS[kind]), len(rows), parameters, share))
    lines += [(say(SENTENCES_OF_KINDS[row.name]), 0, 0, "") for row in ledger.rows if row.kind == NOTHING]
    lines.append((say("total"), sum(row.kind != NOTHING for row in ledger.rows), ledger.total, ""))
    table((say("what for"), say("tensors"), say("parameters"), "%"), lines)
    say_line()


def _rows(ledger: Ledger) -> None:
    """Every tensor; those of several blocks that are alike on one line, below the numbers of their blocks."""
    lines: list[tuple[object, ...]] = []
    above = ""
    for (name, _), rows in _alike(ledger.rows).items():
        where, own = _place(name, rows)
        if where and where != above:
            lines.append((where, f"×{len(rows)}", "", None))
        above = where
        shape = "×".join(map(str, rows[0].shape))
        how = say("is {tensor}", tensor=rows[0].tied) if rows[0].tied else rows[0].formula.replace(" × ", "·")
        lines.append((own, shape, how, sum(row.parameters for row in rows)))
    lines.append((say("total"), "", "", ledger.total))
    table((say("tensor"), say("shape"), say("formula"), say("parameters")), lines)


def _alike(rows: tuple[Row, ...]) -> dict[tuple[str, str], list[Row]]:
    """(name with * for the number of the block, formula) -> the rows that have them, in order of the first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        name = say(SENTENCES_OF_KINDS[row.name]) if row.kind == NOTHING else row.name
        found.setdefault((re.sub(r"\bblocks\.\d+\.", "blocks.*.", name), row.formula), []).append(row)
    return found


def _place(name: str, rows: list[Row]) -> tuple[str, str]:
    """(the blocks that tensors lie in, "" for others; the name inside)."""
    outer, star, inner = name.partition("blocks.*.")
    if not star:
        return "", name
    layers = [int(found[1]) for row in rows if (found := re.search(r"blocks\.(\d+)\.", row.name))]
    return f"{outer}blocks.{_ranges(layers)}", f"  {inner}"


def _ranges(layers: list[int]) -> str:
    """`0-11` for twelve blocks that follow each other, `0-4,6-10` where some between them differ."""
    runs = [list(run) for _, run in groupby(enumerate(layers), lambda pair: pair[1] - pair[0])]
    return ",".join(f"{run[0][1]}-{run[-1][1]}" if len(run) > 1 else str(run[0][1]) for run in runs)


def _costs(ledger: Ledger, known: Named | None) -> None:
    """What it takes to hold and to use, and where the config comes from."""
    n_ctx = ledger.config.n_ctx
    say_line(say("The eight kinds of matrices alone, with W_E and W_U counted apart: {sum:,}",
                 sum=sum(ledger.eight.values())))
    if ledger.active < ledger.total:
        say_line(say("Active on one token: {active:,}", active=ledger.active))
    sizes = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in ledger.bytes.items())
    say_line(say("Bytes: {sizes}", sizes=sizes))
    if ledger.cached():
        say_line(say("Keys and values kept: {one:,} numbers for one token, {all:,} for {n_ctx:,} tokens",
                     one=ledger.cached(), all=ledger.cached(n_ctx), n_ctx=n_ctx))
    say_line(say("Operations for the scores of a token: {first:,} for the first, {last:,} for number {n_ctx:,}",
                 first=ledger.flops(), last=ledger.flops(n_ctx), n_ctx=n_ctx))
    if known:
        say_line(say("Published: {published}. Config: {source}", published=known.published, source=known.source))
