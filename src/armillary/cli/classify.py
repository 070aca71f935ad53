"""classify: the class of a text, by a classifier that was learned."""

from dataclasses import asdict
from pathlib import Path

import click

from armillary.cli.command import command, option
from armillary.cli.options import json_option, lines_of
from armillary.cli.show import as_json, say_line, table
from armillary.language import say

_WORDS = 8


@command(
    "classify",
    """
    armillary classify "a charming and often affecting journey" --in reviews
    armillary classify "the plot is thin and the end is cold" --in reviews --json
    """,
)
@click.argument("text")
@option("--in", "folder", required=True, metavar="FOLDER", type=click.Path(path_type=Path),
        help="What `armillary learn classifier` made.")
@json_option
@option("--jsonl", is_flag=True, help="One JSON object a line, for many texts.")
def classify_command(text: str, folder: Path, json_: bool, jsonl: bool) -> None:
    """The class of a text, how likely each is, and what each word said.

    Since the score of a class is the mean of what the words say, plus a bias, each word's part can be told: it is shown
    for the likeliest class, over the mean of all classes. `-` reads a text a line from stdin.
    """
    from armillary.learning.classifier.classifier import Classifier

    classifier = Classifier.load(folder)
    for place, one in enumerate(lines_of(text)):
        found = classifier.classify(one)
        if json_ or jsonl:
            as_json(asdict(found), lines=jsonl or text == "-")
            continue
        if place:
            say_line()
        listed = "  ".join(f"{name} {chance:.1%}" for name, chance in
                           sorted(found.chances.items(), key=lambda item: -item[1])[:_WORDS])
        say_line(say("{label}  ({listed})", label=found.label, listed=listed))
        loudest = sorted(found.words, key=lambda item: -abs(item[1]))[:_WORDS]
        table((say("word"), say("says for {label}", label=found.label)), loudest)
        if found.unknown:
            say_line(say("not known: {words}", words=", ".join(found.unknown)))
