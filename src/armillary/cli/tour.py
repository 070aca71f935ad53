"""tour: the walk through a real model, told in the terminal."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import complete_target, json_option, opened
from armillary.cli.pages import wrapped
from armillary.cli.progress import progress
from armillary.cli.show import as_json, console
from armillary.cli.tour_learn import chapters_of_learning
from armillary.cli.tour_model import chapters_of_model
from armillary.cli.tour_pages import page_of_words
from armillary.draw import Bar, bars_text
from armillary.draw.measure import left, right
from armillary.errors import MissingExtra, NotFound
from armillary.extras import need
from armillary.formats.aside import file_aside
from armillary.language import current, printable, say
from armillary.opening import open_model
from armillary.shelf import home
from armillary.tour.words import STOPS, TEXT, slice_of_family, words_are_rows

TARGET = "glove-6b-50d"
WIDTH = 80


@command(
    "tour",
    """
    armillary tour
    armillary tour --text "A cat may look at a" --model gemma3-270m
    armillary tour --learn book.txt --word house
    """,
)
@option("--text", metavar="TEXT", help="The text whose words are looked up, and which the model goes on with.")
@option("--model", metavar="NAME|FILE", shell_complete=complete_target,
        help="The language model of the second half; unsaid, one for the language spoken.")
@option("--learn", type=click.Path(path_type=Path), metavar="FILE", help="Learn from this text instead, and show a "
        "word's neighbours before and after.")
@option("--word", metavar="WORD", help="The word to show with --learn; unsaid, a frequent one is chosen.")
@json_option
def tour_command(
    text: str | None, model: str | None, learn: Path | None, word: str | None, json_: bool
) -> None:
    """One walk through real models, with every number computed then and there.

    The first half: words become rows of a matrix, rows become points, and points have neighbours, sums and directions.
    It runs on glove-6b-50d, 400,000 English words. The second half: a text on its way through a language model, from
    its tokens to the word that comes next; on smollm2-135m-instruct, in Chinese on gemma3-270m.
    """
    if learn is not None:
        from armillary.tour.learning import learned

        learned_facts = learned(learn, word)
        return as_json(learned_facts) if json_ else _tell(chapters_of_learning(learned_facts))
    space = opened(TARGET)
    facts = {name: stop(space) for name, stop in STOPS.items() if stop is not words_are_rows}
    facts = {"words_are_rows": words_are_rows(space, text or TEXT), **facts}
    picture = home() / "tour" / "family.html"
    picture.parent.mkdir(parents=True, exist_ok=True)
    with file_aside(picture, force=True) as file:
        file.write(slice_of_family(space).html().encode())
    if json_:
        return as_json({**facts, "picture": str(picture), "model": through_a_model(text, model)})
    return _tell(_chapters(facts, str(picture), lambda: through_a_model(text, model)))


def through_a_model(text: str | None, model: str | None) -> dict[str, Any]:
    """The facts of the second half; without the model or torch, if no model was asked for, {"missing": why}."""
    try:
        need("torch")
        from armillary.tour import model as tour

        name = model or tour.MODELS[current()]
        with progress(say("opening {target}", target=printable(name)), quiet=False):
            walk = tour.walk(open_model(name), text or tour.TEXTS[current()])
            return {name: stop(walk) for name, stop in tour.STOPS.items()}
    except (MissingExtra, NotFound) as error:
        if model is not None:
            raise
        return {"missing": str(error)}


def _tell(chapters: Iterable[tuple[str, list[str]]]) -> None:
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.text import Text

    screen = console()
    screen.width = min(screen.width, WIDTH)
    for place, (title, paragraphs) in enumerate(chapters, 1):
        screen.print(Rule(Text(f"{place}  {title}", style="bold"), align="left", characters="─"))
        for paragraph in paragraphs:
            figures = paragraph.startswith("\t")
            lines = [paragraph[1:].rstrip()] if figures else wrapped(paragraph, screen.width)
            text = Text("\n".join(lines), style="cyan" if figures else "")
            screen.print(Padding(text, (0, 0, 1, 3 if figures else 0)))


def _chapters(
    facts: dict[str, Any], picture: str, second_half: Callable[[], dict[str, Any]]
) -> Iterator[tuple[str, list[str]]]:
    """(title, paragraphs) of each stop; a paragraph that starts with a tab is figures."""
    tellers: list[tuple[str, Callable[[dict[str, Any]], list[str]], str]] = [
        (say("A word is a row of a matrix"), _rows, "words_are_rows"),
        (say("One-hot times matrix is that row"), _one_hot, "one_hot_times_matrix"),
        (say("A one-hot vector knows nothing"), _nothing, "one_hot_knows_nothing"),
        (say("Near means alike"), _near, "neighbours"),
        (say("king - man + woman"), _analogies, "analogies"),
        (say("The same step, from word to word"), _family, "family"),
        (say("A direction can mean something: the plural"), _plural, "plural_direction"),
        (say("How near is near?"), _angles, "angles"),
        (say("A single column means nothing"), _columns, "columns_mean_nothing"),
        (say("A text as one point"), _order, "order_is_lost"),
    ]
    for title, teller, name in tellers:
        yield title, [*teller(facts[name]), page_of_words(name, TARGET)]
    through = second_half()  # once all of the first is told: a model takes seconds to open
    if "missing" in through:
        yield say("The second half: a language model"), [
            say("From here on a text goes through a language model, to the word that comes next. {problem}",
                problem=through["missing"]),
        ]
    else:
        yield from chapters_of_model(through)
    yield say("What to try next"), [
        say("The family in three dimensions lies in {path}: open it in a browser and turn it.", path=picture),
        "\t" + "\n".join([
            'armillary near "paris - france + japan" --in glove-6b-50d',
            "armillary direction he:she --project nurse pilot --in glove-6b-50d",
            "armillary slice cat car --near 9 --in glove-6b-50d --out slice.html",
            *_with_the_model(through),
        ]),
    ]


def _with_the_model(through: dict[str, Any]) -> list[str]:
    """Commands to try, if there is a model."""
    if "missing" in through:
        return []
    model = printable(through["tokens"]["model"])
    word = "国王 - 男人 + 女人" if current() == "zh" else "king - man + woman"
    return [f'armillary near "{word}" --in {model}', f"armillary positions {model}", f"armillary count {model}"]


def _rows(facts: dict[str, Any]) -> list[str]:
    lines = []
    for word in facts["words"]:
        name = left(printable(word["word"]), 12)
        if word["row"] is None:
            lines.append(name + say("not among them"))
        else:
            lines.append(f"{name}{word['row']:>7,}   " + " ".join(f"{x:+.3f}" for x in word["numbers"]) + " …")
    return [
        say("GloVe is a table of {rows:,} words with {dim} numbers each, learned from six billion words of news and "
            "encyclopaedia. To look a word up is to read its row. Your text, word by word: the row's number, and the "
            "first of its {dim} numbers.", rows=facts["rows"], dim=facts["dim"]),
        "\t" + "\n".join(lines),
    ]


def _one_hot(facts: dict[str, Any]) -> list[str]:
    numbers = [f"{x:+.4f}" for x in facts["vector"]]
    block = "\n".join(" ".join(numbers[start : start + 8]) for start in range(0, len(numbers), 8))
    verdict = say("The same bits as the row itself.") if facts["equal_bit_for_bit"] else say("Not the row's bits!")
    return [
        say("A textbook writes a word as a vector with a single 1, here at place {row:,}, and multiplies it by the "
            "table. Every other row is multiplied by 0, so what is left is the row of {word!r}, all of it:",
            row=facts["row"], word=facts["word"]),
        "\t" + block,
        verdict + " " + say("A lookup gives the same and multiplies nothing."),
    ]


def _nothing(facts: dict[str, Any]) -> list[str]:
    lines = [f"{'':<16}{right(say('one-hot'), 10)}{'GloVe':>18}"]
    lines += [
        f"{one['a'] + ' / ' + one['b']:<16}{'90°  1.41':>10}{one['angle_degrees']:>12.1f}°{one['distance']:>6.2f}"
        for one in facts["pairs"]
    ]
    return [
        say("As one-hot vectors any two words stand at 90 degrees, a root of 2 apart: dog is as far from cat as from "
            "the. The table is what knows better (angle, and distance):"),
        "\t" + "\n".join(lines),
    ]


def _near(facts: dict[str, Any]) -> list[str]:
    bars = [Bar(one["label"], one["cosine"]) for one in facts["neighbours"]]
    return [
        say("Of all {count:,} words, compared one by one with {word!r}, these point most nearly the same way (cosine):",
            count=facts["of"], word=facts["word"]),
        "\t" + bars_text(bars, WIDTH - 6),
        say("Near cat, dog comes first, monster {monster}th and beast {beast}th.",
            monster=facts["places_near_cat"]["monster"], beast=facts["places_near_cat"]["beast"]),
    ]


def _analogies(facts: dict[str, Any]) -> list[str]:
    lines = []
    for one in facts["analogies"]:
        first = one["excluded"][0]
        best = ", ".join(f"{near['label']} {near['cosine']:.3f}" for near in one["neighbours"])
        rank = one["hoped_for_rank"] or say("beyond 200")
        lines += [
            one["expression"],
            "  " + say("first of all: {label} {cosine:.3f}", label=first["label"], cosine=first["cosine"])
            if first["rank"] == 1 else "",
            "  " + say("without its own words: {best}", best=best),
            "  " + say("the video's answer, {label}, has rank {rank} of all", label=one["hoped_for"], rank=rank),
        ]
    return [
        say("Words can be added. The honest answer has two lines: most often the nearest word to the sum is one of the "
            "words that went into it, and only once those are put aside does the famous answer come first, or not."),
        "\t" + "\n".join(line for line in lines if line),
    ]


def _family(facts: dict[str, Any]) -> list[str]:
    bars = [Bar(f"{one['from']} → {one['to']}", one["cosine"]) for one in facts["pairs"]]
    return [
        say("If sex were one direction, the step from man to woman would be the step between all such words. Its "
            "cosine with the others (1 is the same direction; the famous king and queen are the worst but one):"),
        "\t" + bars_text(bars, WIDTH - 6),
    ]


def _plural(facts: dict[str, Any]) -> list[str]:
    bars = [Bar(word, value) for word, value in facts["numbers"].items()]
    return [
        say("Take cats - cat as a direction and place other words on it by dot product. Of {pairs} nouns, {above} lie "
            "higher in the plural than in the singular, mice and children too. And the numbers?",
            pairs=facts["pairs"], above=facts["plurals_above_singulars"]),
        "\t" + bars_text(bars, WIDTH - 6),
        say("They rise from one to five, as the video says; beyond that they do not keep to it."),
    ]


def _angles(facts: dict[str, Any]) -> list[str]:
    lines = [
        f"{one['a'] + ' / ' + one['b']:<14}{one['cosine']:>8.2f}{one['angle_degrees']:>9.1f}°"
        f"{'> 99.9' if one['percentile'] > 99.9 else format(one['percentile'], '.1f'):>10} %" for one in facts["pairs"]
    ]
    return [
        say("Cosine, angle, and how many of 20,000 random pairs are less alike:"),
        "\t" + "\n".join(lines),
        say("Random pairs are not perpendicular here: their mean cosine is {mean:+.2f}, and only {negative:.0%} are "
            "negative. And near is not alike in meaning: good and bad stand in the same sentences.",
            mean=facts["random_mean"], negative=facts["random_negative"]),
    ]


def _columns(facts: dict[str, Any]) -> list[str]:
    def row(numbers: list[float]) -> str:
        return " ".join(f"{x:+.3f}" for x in numbers) + " …"

    return [
        say("Turn the whole space by a random rotation. Every number of {word!r} is another, its neighbours are the "
            "same:", word=facts["word"]),
        "\t" + "\n".join([
            f"{row(facts['numbers_before'])}  {', '.join(facts['neighbours_before'])}",
            f"{row(facts['numbers_after'])}  {', '.join(facts['neighbours_after'])}",
        ]),
        say("No cosine changed by more than {change:.0e}. Directions mean something; a single column, as a rule, does "
            "not.", change=1.5 * facts["largest_change_of_a_cosine"]),  # so that what is rounded stays above it
    ]


def _order(facts: dict[str, Any]) -> list[str]:
    return [
        say("The mean of a text's words is a point too, with the same cosines as their sum. But it has lost their "
            "order: “{a}” and “{b}” have the cosine {cosine:.3f}. To keep it, words must look at each other: that is "
            "what attention is for.", a=facts["a"], b=facts["b"], cosine=facts["cosine"]),
    ]
