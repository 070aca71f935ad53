"""fill: the cloze. What stands in the blanks of a text, by a model that sees both sides."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from armillary.cli.command import command, option
from armillary.cli.options import json_option, quiet_option
from armillary.cli.progress import progress
from armillary.cli.show import as_json, say_line, table
from armillary.cli.speaking import bar, model_option, percent
from armillary.cli.tokens import shown, text_or_stdin
from armillary.language import printable, say

if TYPE_CHECKING:
    from armillary.speak.fill import Blank


@command(
    "fill",
    """
    armillary fill "我[MASK]欢你。" --in bert-base-chinese
    armillary fill "[MASK][MASK]是法国的首都。" --in bert-base-chinese
    armillary fill "[MASK]是法国的首都。" --in bert-base-chinese --word 巴黎 --word 里昂 --word 马赛
    """,
)
@click.argument("text")
@model_option
@option("-n", "count", default=10, show_default=True, type=click.IntRange(1, 1_000), help="How many guesses to show.")
@option("--word", "words", multiple=True, metavar="WORD", help="The chance of this word in the blank, which gets as "
        "many tokens as the word has; several for comparison.")
@option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|mps",
        help="Where to compute; auto takes an accelerator if there is one.")
@json_option
@quiet_option
def fill_command(
    text: str, target: str, count: int, words: tuple[str, ...], device: str, json_: bool, quiet: bool
) -> None:
    """What stands in the blanks of a text, by a masked model.

    A blank is [MASK]; a word of several tokens is as many of them with nothing between, all masked together. The chance
    of a joint guess is that of its first token, times that of the second once the first stands there, and so on.
    "Apart" is what comes out if no token knows of the others.

    With several blanks the guesses for each are made while the others are blank; then the surest is filled, and the
    model reads again, until the text is whole. TEXT `-` is stdin.
    """
    read = text_or_stdin(text)
    from armillary.opening import open_model

    with progress(say("opening {target}", target=printable(target)), quiet):
        found = open_model(target, device=device).fill(read, count, words)
    if json_:
        return as_json(asdict(found))
    for number, blank in enumerate(found.blanks, 1):
        if len(found.blanks) > 1:
            say_line(say("blank {number}:", number=number))
        _tell(blank)
    return say_line(found.text)


def _tell(blank: "Blank") -> None:
    """The guesses for a blank; the chance apart where some are of several tokens."""
    several = any(len(guess.ids) > 1 for guess in blank.guesses)
    rows = [(place, shown(guess.text), *([len(guess.ids)] if several else []), percent(guess.chance),
             *([percent(guess.apart)] if several else []), bar(guess.chance))
            for place, guess in enumerate(blank.guesses, 1)]
    more = (say("tokens"),) if several else ()
    table((say("rank"), say("guess"), *more, say("chance"), *((say("apart"),) if several else ()), ""), rows)
