"""learn table: a number or a class from the columns of a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_rows import rows_options, run, shown
from armillary.cli.show import say_line, table
from armillary.language import say
from armillary.learning.supervised.figures import Miss, Part

if TYPE_CHECKING:
    from armillary.learning.table.card import Card

_COUNT = click.IntRange(1)


@command(
    "table",
    """
    armillary learn table films.json --target "IMDB Rating" --out films
    armillary learn table films.json --target "IMDB Rating" --out plain --one-hot
    armillary learn table houses.csv --target price --columns rooms --model line --out houses
    """,
)
@click.argument("data", metavar="FILE", type=click.Path(path_type=Path))
@option("--target", required=True, metavar="COLUMN", help="The column that is guessed.")
@option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where the model goes.")
@option("--columns", greedy=True, metavar="COLUMN...", help="Guess from these columns; unsaid, from all others.")
@option("--categories", greedy=True, metavar="COLUMN...", help="Columns of numbers that are categories.")
@option("--kind", type=click.Choice(["number", "class"]), help="What is guessed; unsaid, by the cells.")
@option("--model", default="network", show_default=True, type=click.Choice(["network", "line"]),
        help="An MLP over points of categories and numbers, or a line: a weight for each column of numbers.")
@option("--one-hot", is_flag=True, help="Categories as one-hot rows in place of points, in the same model.")
@option("--width", type=_COUNT, help="Numbers in the point of a category; unsaid, the root of how many there are.")
@option("--hidden", default=32, show_default=True, type=_COUNT, help="Numbers in the hidden layer.")
@rows_options
def table_command(data: Path, out: Path, json_: bool, quiet: bool, **settings: Any) -> int:
    """Learn a number or a class from the other columns of a table.

    FILE is CSV, TSV, JSON, JSON lines or Parquet, compressed or not. Each category becomes a point, learned for the
    guess: entity embeddings. FOLDER then holds a space for each column of categories, which `armillary near` opens.
    --one-hot learns the same model without points: more parameters, and nothing that could be near.

    A fifth of the rows is held out. On it stand the accuracy, or the error, with its 95 % interval, beside that of who
    always says the commonest class or the mean. --model line learns one weight for each column by the same steps, and
    shows what least squares give at once.

    Ctrl-C saves what was learned, and --resume goes on from there; so it does after a crash.
    """
    def learn(progress: Any) -> "Card":
        from armillary.learning.table.asked import Asked
        from armillary.learning.table.learn import table_learned

        return table_learned(data, out, Asked(**settings, progress=progress))

    return run(learn, _tell, out, json_, quiet)


def _tell(card: "Card") -> None:
    parameters = sum(card.parameters.values())
    say_line(say("{out}: {parameters:,} parameters, learned from {rows:,} rows in {steps:,} steps, {seconds:.0f} s",
                 out=card.out, parameters=parameters, rows=card.rows, steps=card.steps, seconds=card.seconds))
    names = {"embedding": say("points of categories"), "one-hot": say("one-hot categories"),
             "line": say("a line, by steps")}
    if isinstance(card.held, Part) and isinstance(card.plain, Part):
        say_line(say("{target!r} of the {count:,} rows that were held out, right:",
                     target=card.target, count=card.held.rows))
        table((say("by"), say("parameters"), say("correct"), say("95 % interval")),
              [(say("always the commonest class"), "0", *shown(card.plain)),
               (names[card.model], f"{parameters:,}", *shown(card.held))])
    elif isinstance(card.held, Miss) and isinstance(card.plain, Miss):
        say_line(say("{target!r} of the {count:,} rows that were held out, missed by:",
                     target=card.target, count=card.held.rows))
        rows = [(say("always the mean"), "1", *_missed(card.plain))]
        if card.closed is not None:
            rows.append((say("a line, by least squares"), f"{parameters:,}", *_missed(card.closed)))
        table((say("by"), say("parameters"), say("root mean square"), say("95 % interval"), say("mean size")),
              [*rows, (names[card.model], f"{parameters:,}", *_missed(card.held))])
    if card.weights:
        table((say("weight of"), say("by steps"), say("by least squares")),
              [(one.column or say("(added)"), f"{one.learned:.4f}", f"{one.closed:.4f}") for one in card.weights])
    for column, file in card.spaces.items():
        levels = next(one["levels"] for one in card.columns["categories"] if one["name"] == column)
        width = card.widths[[one["name"] for one in card.columns["categories"]].index(column)]
        say_line(say("{column}: {levels:,} points of {width} numbers in {file}",
                     column=column, levels=len(levels), width=width, file=str(Path(card.out) / file)))
    say_line(say("SHA-256 of all numbers: {sha256}", sha256=card.sha256))


def _missed(miss: Miss) -> tuple[str, str, str]:
    return f"{miss.rmse:.3f}", f"{miss.low:.3f} – {miss.high:.3f}", f"{miss.mae:.3f}"
