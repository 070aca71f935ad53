"""tour --learn: a text of the user's own, from random vectors to neighbours, told in the terminal."""

from collections.abc import Iterator
from typing import Any

from armillary.draw import Bar, bars_text
from armillary.language import printable, say

_WIDTH = 74


def chapters_of_learning(facts: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """(title, paragraphs) of each stop; a paragraph that starts with a tab is figures."""
    word = facts["word"]
    yield say("Words become numbers"), [
        say("{file} holds {words:,} words, {vocabulary:,} different ones. Each gets a row of {dim} numbers in a table, "
            "drawn at random: nothing is known yet.",
            file=facts["file"], words=facts["words"], vocabulary=facts["vocabulary"], dim=facts["dim"]),
        *facts["notes"],
    ]
    yield say("Before: chance"), [
        say("Among random vectors {word!r}, which comes {count:,} times, has these neighbours (cosine):",
            word=word, count=facts["count"]),
        "\t" + _bars(facts["before"]),
    ]
    yield say("Learning: guess who stands nearby"), [
        say("Each word is to tell the words beside it from five drawn at random; after each guess the table is moved a "
            "little. On sentences that are held out, the loss was {before:.3f} nats a pair (who knows nothing has some "
            "6 ln 2). After each of the {epochs} epochs:", before=facts["loss_before"], epochs=facts["epochs"]),
        "\t" + "\n".join(_losses(facts["loss"])),
    ]
    yield say("After: company"), [
        say("The same word, with the numbers that it has now:"),
        "\t" + _bars(facts["after"]),
        say("Nobody said what any word means. Words that keep the same company have come to lie near each other."),
    ]
    file = printable(facts["file"])
    yield say("What to try next"), [
        "\t" + "\n".join([
            f"armillary learn vectors {file} --out my.space",
            f"armillary near {printable(word)} --in my.space",
            f"armillary tour --learn {file} --word {printable(facts['after'][0]['label'])}",
        ]),
    ]


def _bars(neighbours: list[dict[str, Any]]) -> str:
    return bars_text([Bar(one["label"], one["cosine"]) for one in neighbours], _WIDTH)


def _losses(losses: list[float]) -> Iterator[str]:
    """Ten losses a line."""
    for first in range(0, len(losses), 10):
        yield f"{first + 1:>3}   " + " ".join(f"{loss:.3f}" for loss in losses[first : first + 10])
