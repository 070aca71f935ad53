"""inside --looking: which heads look from one word of a phrase to another, from nouns to their adjectives if unsaid."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from armillary.cli.inside_asked import View
from armillary.cli.options import lines_in
from armillary.cli.progress import progress_over
from armillary.cli.show import say_line, table
from armillary.draw import Bar, bars_svg
from armillary.errors import InputError
from armillary.language import say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel
    from armillary.trace.run import Run


def looking(model: "LanguageModel", written: str, count: int, quiet: bool) -> View:
    """All heads over a list of phrases: "en" or "zh", or a file of them.

    Raises:
        InputError: a line of the file is no phrase, or a phrase cannot be looked at.
    """
    from armillary.trace.looking import PAIRS, phrases
    from armillary.trace.looking import looking as looked

    listed = phrases(written) if written in PAIRS else list(_phrases(Path(written)))

    with progress_over(listed, say("phrases"), quiet) as counted:
        runs: Iterator[tuple[Run, str, str]] = ((model.trace(text), first, second) for text, first, second in counted)
        found = looked(runs)
    first, more = found[0], sum(one.looks for one in found)
    title = say("The heads that look most from nouns to their adjectives, over {count} phrases" if written in PAIRS else
                "The heads that look most from second words to first ones, over {count} phrases", count=len(listed))
    facts: dict[str, Any] = {
        "phrases": [{"text": text, "first": first, "second": second} for text, first, second in listed],
        "chance": first.chance, "more_than_chance": more,
        "heads": [asdict(one) | {"looks": one.looks} for one in found]}

    def tell() -> None:
        say_line(f"{title}:")
        table((say("head"), say("share"), say("of phrases drawn anew"), say("other words"), say("looks there most")), [
            (f"{one.block}.{one.head}", f"{one.rate:.1%}", f"{one.low:.1%} … {one.high:.1%}", f"{one.other:.1%}",
             f"{one.most:.0%}") for one in found[:count]])
        say_line(say("By chance, all positions listened to alike, the share would be {chance:.1%}. Other words: what "
                     "the head gives elsewhere in the texts to whatever stands as far before; if that is as much, the "
                     "words are not why. The heads are in order of the difference.", chance=first.chance))
        say_line(say("{more} of {heads} heads look there more than by chance and more than at other words, even by the "
                     "least share of phrases drawn anew.", more=more, heads=len(found)))

    bars = [Bar(f"{one.block}.{one.head}", one.rate) for one in found[:count]]
    return View(lambda: facts, tell, lambda: bars_svg(bars, title))


def _phrases(path: Path) -> Iterator[tuple[str, str, str]]:
    """The lines of a file, each a text and two of its words, with tabs between."""
    for number, line in lines_in(path):
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 3 or not all(parts):
            raise InputError("line {number} of {path} is no phrase: write a text and two of its words, with tabs "
                             "between", number=number, path=str(path))
        yield parts[0], parts[1], parts[2]
