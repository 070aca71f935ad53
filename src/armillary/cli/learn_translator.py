"""learn translator: what becomes of a text, from pairs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_rows import rows_options, run, shown
from armillary.cli.show import say_line, table
from armillary.language import say

if TYPE_CHECKING:
    from armillary.learning.translator.card import Card, Example


@command(
    "translator",
    """
    armillary learn translator dates.tsv --out dates
    armillary learn translator sentences.csv --source english --target français --out french --steps 4000
    armillary learn translator 数字.jsonl --out 数字
    """,
)
@click.argument("data", metavar="FILE", type=click.Path(path_type=Path))
@option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where the translator goes.")
@option("--source", metavar="COLUMN", help="The column of sources; unsaid, one of a usual name (source, input, from), "
        "or the first of two.")
@option("--target", metavar="COLUMN", help="The column of targets; unsaid, one of a usual name (target, output, to), "
        "or the second of two.")
@option("--d-model", default=96, show_default=True, type=click.IntRange(1), help="Numbers in a point.")
@option("--n-layers", default=2, show_default=True, type=click.IntRange(1), help="Blocks that read, and as many that "
        "write.")
@rows_options
def translator_command(data: Path, out: Path, json_: bool, quiet: bool, **settings: Any) -> int:
    """Learn what becomes of a text: an encoder reads it, a decoder listens to what it read and writes.

    FILE is a table of pairs, a column of sources and one of targets: TSV, CSV, JSON, JSON lines, Parquet, compressed or
    not; its first line names the columns. A token is a character. A part of the pairs is held out, no source of which
    is among the others: on them stands how many targets are said exactly, to the last character, with the 95 %
    interval.

    The folder has config.json, model.safetensors and tokenizer.json: it opens here and in transformers. `armillary
    translate` uses it and shows what was listened to. Ctrl-C saves what was learned, and --resume goes on from there;
    so it does after a crash.
    """
    def learn(progress: Any) -> "Card":
        from armillary.learning.translator.asked import Asked
        from armillary.learning.translator.learn import translator_learned

        return translator_learned(data, out, Asked(**settings, progress=progress))

    return run(learn, _tell, out, json_, quiet)


def _tell(card: "Card") -> None:
    parameters = sum(card.parameters.values())
    say_line(say("{out}: {parameters:,} parameters, learned from {pairs:,} pairs in {steps:,} steps, {seconds:.0f} s",
                 out=card.out, parameters=parameters, pairs=card.pairs, steps=card.steps, seconds=card.seconds))
    say_line(say("the {count:,} sources that were held out, said exactly:", count=card.held.rows))
    table((say("by"), say("parameters"), say("correct"), say("95 % interval")), [
        (say("always the commonest target"), "0", *shown(card.commonest)),
        (say("the translator"), f"{parameters:,}", *shown(card.held)),
    ])
    _examples(card.shown)
    if card.missed:
        say_line(say("not said exactly:"))
        _examples(card.missed)
    say_line(say("SHA-256 of model.safetensors: {sha256}", sha256=card.sha256))
    say_line(say("the same again: {command}", command=card.command))


def _examples(some: "Sequence[Example]") -> None:
    table((say("source"), say("wanted"), say("said")), [(one.source, one.target, one.said) for one in some])
