"""learn classifier: the class of a text."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_rows import rows_options, run, shown
from armillary.cli.options import complete_target, pairs_of, words_from
from armillary.cli.show import say_line, table
from armillary.language import say

if TYPE_CHECKING:
    from armillary.learning.classifier.card import Card


@command(
    "classifier",
    """
    armillary learn classifier reviews.csv --out reviews
    armillary learn classifier tickets.jsonl --text body --label team --out teams
    armillary learn classifier 评论.csv --out 评论 --pairs 喜欢:讨厌 满意:失望
    armillary learn classifier reviews.csv --out few --rows 200 --embedding glove-6b-50d
    """,
)
@click.argument("data", metavar="FILE", type=click.Path(path_type=Path))
@option("--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Where the classifier goes.")
@option("--text", metavar="COLUMN", help="The column of texts; unsaid, one of a usual name: text, sentence, review.")
@option("--label", metavar="COLUMN", help="The column of classes; unsaid, one of a usual name: label, class, category.")
@option("--test", type=click.Path(path_type=Path), metavar="FILE", help="Measure on this table, hold out nothing.")
@option("--rows", type=click.IntRange(2), help="Learn from so many rows only.")
@option("--embedding", metavar="TARGET", shell_complete=complete_target, help="What W_E begins with: a space, or the "
        "table of a language model; unsaid, small random numbers.")
@option("--d-model", type=click.IntRange(1), help="Numbers in a row of W_E (64).")
@option("--train", default="all", show_default=True, type=click.Choice(["all", "W_E", "but-W_E"]),
        help="What learns: all, only W_E, or all but W_E.")
@option("--rule", type=click.Path(path_type=Path), metavar="FILE", help="Words for each class, a line such as `good: "
        "fine lovely`, for the rule by hand; unsaid, a list of good and bad words where the labels say these.")
@option("--pairs", greedy=True, metavar="A:B...", help="Pairs of words whose cosines in W_E are told, before and "
        "after; @FILE reads them, one a line.")
@rows_options
def classifier_command(
    data: Path, out: Path, pairs: tuple[str, ...], json_: bool, quiet: bool, **settings: Any
) -> int:
    """Learn the class of a text: from W_E of its words, and a score for each class.

    FILE is a table with a column of texts and one of classes: CSV, TSV, JSON, JSON lines, Parquet, compressed or not.
    The model is the plainest that has a table: the mean of the words' rows of W_E, times a matrix. A fifth is held out;
    on it stand the accuracy with its 95 % interval, that of who always says the commonest class, and, where the classes
    are good and bad, that of a rule by hand which counts words of two lists and has no parameters.

    The folder has words.space (W_E: `armillary near` opens it), model.safetensors and learned.json. `armillary
    classify` uses it. Ctrl-C saves what was learned, and --resume goes on from there; so it does after a crash.
    """
    named = tuple(pairs_of(tuple(one for argument in pairs for one in words_from(argument))))

    def learn(progress: Any) -> "Card":
        from armillary.learning.classifier.asked import Asked
        from armillary.learning.classifier.learn import classifier_learned

        return classifier_learned(data, out, Asked(**settings, pairs=named, progress=progress))

    return run(learn, _tell, out, json_, quiet)


def _tell(card: "Card") -> None:
    parameters = sum(card.parameters.values())
    say_line(say("{out}: {parameters:,} parameters, {words:,} words, learned from {rows:,} texts in {steps:,} steps, "
                 "{seconds:.0f} s", out=card.out, parameters=parameters, words=card.words, rows=card.rows,
                 steps=card.steps, seconds=card.seconds))
    say_line(say("the {count:,} texts that were held out, right:", count=card.held.rows))
    rows = [(say("always the commonest class"), "0", *shown(card.commonest))]
    if card.rule is not None:
        rows.append((say("a list of {count} words, by hand", count=card.rule.words), "0", *shown(card.rule.held)))
    rows.append((say("the classifier"), f"{parameters:,}", *shown(card.held)))
    table((say("by"), say("parameters"), say("correct"), say("95 % interval")), rows)
    for name, words in card.strongest.items():
        if words:
            say_line(say("for {name!r} speak most: {words}", name=name, words="  ".join(words)))
    if card.pairs:
        say_line(say("cosines in W_E, before and after:"))
        table((say("pair"), say("times"), say("before"), say("after")),
              [(f"{one.first} : {one.second}", one.times, one.before, one.after) for one in card.pairs])
        say_line(say("in the mean {before:.3f} before and {after:.3f} after; below 0: {count} of {all}",
                     before=sum(one.before for one in card.pairs) / len(card.pairs),
                     after=sum(one.after for one in card.pairs) / len(card.pairs),
                     count=sum(one.after < 0 for one in card.pairs), all=len(card.pairs)))
    say_line(say("SHA-256 of all numbers: {sha256}", sha256=card.sha256))
